"""What lies in a landing folder, and whether a file is finished."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.bronze.listing import TAIL, Listing, is_closed, list_files, open_file
from test.pipelines.hostile import HOSTILE, hostile_folder


def _write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_files_that_spark_would_not_read_do_not_count(tmp_path: Path) -> None:
    for name in ("b.json", "deep/a.json", "_part.json", ".hidden", "_tmp/c.json"):
        _write(tmp_path / name, "{}")
    listing = list_files(str(tmp_path))
    assert [file.path for file in listing.files] == ["b.json", "deep/a.json"]
    assert listing.skipped == {}


def test_a_missing_folder_is_told_from_an_empty_one(tmp_path: Path) -> None:
    assert list_files(str(tmp_path)) == Listing()
    with pytest.raises(FileNotFoundError):
        list_files(str(tmp_path / "nothing"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_skipped(tmp_path: Path) -> None:
    _write(tmp_path / "a.json", "{}")
    (tmp_path / "closed").mkdir(mode=0o000)
    listing = list_files(str(tmp_path))
    assert [file.path for file in listing.files] == ["a.json"]
    assert listing.skipped == {"closed": "Permission denied"}


@pytest.mark.skipif(os.name == "nt", reason="no such files there")
def test_only_regular_files_inside_the_folder_count(tmp_path: Path) -> None:
    folder, outside = tmp_path / "landing", tmp_path / "outside"
    hostile_folder(folder, outside)
    listing = list_files(str(folder))
    assert [file.path for file in listing.files] == ["a.json", "deep/b.json", "to-hidden.json"]
    assert {name: reason for name, (_, reason) in HOSTILE.items() if reason} == listing.skipped
    # A folder that is a link itself is the operator's choice.
    (tmp_path / "link").symlink_to(folder)
    assert list_files(str(tmp_path / "link")) == listing


@pytest.mark.skipif(os.name == "nt", reason="no such files there")
def test_what_replaces_a_file_after_it_was_listed_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(OSError, match="no regular file"):
            open_file(str(path))


@pytest.mark.parametrize(
    ("text", "format_", "closed"),
    [
        ('{"a": 1}\n', "auto", True),
        ('{"a": 1}', "auto", True),
        ('{"a": 1}\n{"a": ', "auto", False),
        ('{"a": 1}\n{"a": 12', "json-lines", False),
        # A line that is broken but ended: the writer is past it, silver evaluates it.
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
