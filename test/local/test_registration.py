"""Tables on disk: those with a version are known again, and what a killed CREATE TABLE left is in nobody's way."""

from __future__ import annotations

from pathlib import Path

from local.registration import find_tables, remove_unfinished


def _log(warehouse: Path, table: str, *files: str) -> Path:
    log = warehouse / "bronze.db" / table / "_delta_log"
    (log / "_staged_commits").mkdir(parents=True)
    for file in files:
        (log / file).touch()
    return log


def test_tables_without_a_version_are_removed_and_no_others(tmp_path: Path) -> None:
    zero, nine = f"{0:020}", f"{9:020}"
    kept = [
        _log(tmp_path, "whole", f"{zero}.json"),
        _log(tmp_path, "cleaned", f"{nine}.checkpoint.parquet", "_last_checkpoint"),
    ]
    gone = [
        _log(tmp_path, "killed", f".{zero}.json.1c0e.tmp", f".{zero}.crc.1c0e.tmp"),
        _log(tmp_path, "begun"),
    ]
    (gone[1].parent / "part-00000.snappy.parquet").touch()
    other = tmp_path / "bronze.db" / "no_table" / "mine.csv"
    other.parent.mkdir()
    other.touch()
    remove_unfinished(tmp_path)
    assert all(log.exists() for log in kept)
    assert not any(log.parent.exists() for log in gone)
    assert other.exists()
    assert [table.name for table in find_tables(tmp_path)] == ["whole"]
