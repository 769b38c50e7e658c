"""Knowing without Spark whether anything has landed."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.listing import list_files, read_signature, signature, write_signature


def _write(path: Path, text: str, mtime: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, ns=(mtime, mtime))


def test_files_that_spark_would_not_read_do_not_count(tmp_path: Path) -> None:
    for name in ("b.json", "deep/a.json", "_part.json", ".hidden", "_tmp/c.json"):
        _write(tmp_path / name, "{}")
    assert [file.path for file in list_files(str(tmp_path))] == ["b.json", "deep/a.json"]


def test_a_missing_folder_is_empty(tmp_path: Path) -> None:
    assert list_files(str(tmp_path / "nothing")) == []


def test_the_signature_sees_new_grown_and_rewritten_files(tmp_path: Path) -> None:
    seen = set()
    for change in ("a.json:x:1", "b.json:x:1", "b.json:xy:1", "b.json:yx:2"):
        name, text, mtime = change.split(":")
        _write(tmp_path / name, text, int(mtime))
        seen.add(signature(list_files(str(tmp_path))))
    assert len(seen) == 4


def test_a_signature_survives_and_a_missing_one_is_none(tmp_path: Path) -> None:
    path = str(tmp_path / "deep" / "orders")
    assert read_signature(path) is None
    write_signature(path, "abc")
    assert read_signature(path) == "abc"
