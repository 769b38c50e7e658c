"""What lies in a landing folder, and whether a file is finished."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.errors import SourceError
from pipelines.listing import TAIL, is_closed, list_files


def _write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_files_that_spark_would_not_read_do_not_count(tmp_path: Path) -> None:
    for name in ("b.json", "deep/a.json", "_part.json", ".hidden", "_tmp/c.json"):
        _write(tmp_path / name, "{}")
    assert [file.path for file in list_files(str(tmp_path))] == ["b.json", "deep/a.json"]


def test_a_missing_folder_is_told_from_an_empty_one(tmp_path: Path) -> None:
    assert list_files(str(tmp_path)) == []
    with pytest.raises(FileNotFoundError):
        list_files(str(tmp_path / "nothing"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o000)
    with pytest.raises(SourceError, match="closed cannot be read"):
        list_files(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "format_", "closed"),
    [
        ('{"a": 1}\n', "auto", True),
        ('{"a": 1}', "auto", True),
        ('{"a": 1}\n{"a": ', "auto", False),
        ('{"a": 1}\n{"a": 12', "json-lines", False),
        # A line that is broken but ended: the writer is past it, silver judges it.
        ('{"a": \n', "auto", True),
        ('{"a": 1}\n{"a": "\u00e9', "auto", False),
        (b'{"a": "\xc3', "auto", False),
        ("[1, 2]", "json-lines", True),
        ('[{"a": 1},\n', "auto", False),
        ('\ufeff [{"a": 1}\n]\n\n', "auto", True),
        ('[{"a": 1}', "json-array", False),
        ("", "auto", False),
        (" \n\n", "auto", False),
        ('{"a": 1}\r\n', "auto", True),
        ('{"a": "' + "x" * TAIL, "auto", True),
    ],
)
def test_a_finished_file_is_told_by_its_end(
    tmp_path: Path, text: str | bytes, format_: str, closed: bool
) -> None:
    assert is_closed(str(_write(tmp_path / "f.json", text)), format_) is closed
