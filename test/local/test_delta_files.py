"""Delta tables are read without Spark, whatever their values are."""

from __future__ import annotations

import shutil
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from local.delta_files import UnreadableTableError, count_rows, newest_version, read_rows, read_table
from local.registration import find_tables
from test.local.support import write_delta

#: Python's `splitlines` takes each of these for the end of a line, JSON does not, and Delta's log is JSON Lines.
LINE_ENDS_OF_PYTHON = ["\u2028", "\u2029", "\u0085"]


def test_rows_of_all_commits(tmp_path: Path) -> None:
    table = write_delta(tmp_path / "t", {"a": [1, 2]}, {"a": [3], "b": ["x"]})
    assert sorted(read_rows(table), key=lambda row: row["a"]) == [
        {"a": 1, "b": None}, {"a": 2, "b": None}, {"a": 3, "b": "x"},
    ]  # fmt: skip
    assert (count_rows(table), newest_version(table).version) == (3, 1)
    assert read_rows(table, where={"a": 3}) == [{"a": 3, "b": "x"}]
    assert read_rows(table, where={"unknown": 3}) == []
    assert read_rows(table, ["b", "unknown"], where={"b": "x"}) == [{"b": "x"}]


@pytest.mark.parametrize("sign", LINE_ENDS_OF_PYTHON)
def test_a_value_in_the_statistics_cuts_no_line_of_the_log(tmp_path: Path, sign: str) -> None:
    value = f"before{sign}after"
    table = write_delta(tmp_path / "t", {"a": [value]})
    assert sign in (table / "_delta_log" / f"{0:020d}.json").read_text(encoding="utf-8")
    assert read_rows(table) == [{"a": value}]
    assert count_rows(table) == 1


def test_every_type_comes_back(tmp_path: Path) -> None:
    row = {
        "nested": {"a": "x", "b": ["p", "q"]},
        "amount": Decimal("1.10"),
        "bytes": b"\xff",
        "at": datetime(2024, 1, 1, tzinfo=timezone.utc),
        "with space": "ü",
    }
    assert read_rows(write_delta(tmp_path / "t", {name: [value] for name, value in row.items()})) == [row]


def test_removed_rows_are_not_read(tmp_path: Path) -> None:
    table = write_delta(tmp_path / "t", {"a": [1]}, {"a": [2]})
    DeltaTable(table).delete("a = 1")
    assert read_rows(table) == [{"a": 2}]
    DeltaTable(table).delete()
    assert (read_rows(table), count_rows(table), newest_version(table).version) == ([], 0, 3)


def test_partitions_and_checkpoints(tmp_path: Path) -> None:
    table = tmp_path / "t"
    write_deltalake(table, pa.table({"a": [1, 2], "day": ["2024 01", "2024/02"]}), partition_by=["day"])
    DeltaTable(table).create_checkpoint()
    write_deltalake(table, pa.table({"a": [3], "day": ["x"]}), mode="append")
    (table / "_delta_log" / f"{0:020d}.json").unlink()
    assert sorted(row["day"] for row in read_rows(table, ["day"])) == ["2024 01", "2024/02", "x"]
    assert sorted(row["a"] for row in read_rows(table)) == [1, 2, 3]


def test_a_damaged_table_is_told_in_one_line(tmp_path: Path) -> None:
    gone = write_delta(tmp_path / "gone", {"a": [1]})
    next(gone.glob("*.parquet")).unlink()
    torn = write_delta(tmp_path / "torn", {"a": [1]})
    (torn / "_delta_log" / f"{0:020d}.json").write_text('{"add": ')
    empty = write_delta(tmp_path / "empty", {"a": [1]})
    shutil.rmtree(empty / "_delta_log")
    for table in (gone, torn, empty, tmp_path / "nowhere"):
        with pytest.raises(UnreadableTableError, match=table.name) as raised:
            read_table(table)
        assert "\n" not in str(raised.value)


def test_tables_of_a_warehouse(tmp_path: Path) -> None:
    write_delta(tmp_path / "silver.db" / "orders", {"a": [1]})
    write_delta(tmp_path / "gold.db" / "kpis", {"a": [1]})
    (tmp_path / "gold.db" / "half_made" / "_delta_log").mkdir(parents=True)
    (tmp_path / "gold.db" / "no_table").mkdir()
    assert [(table.schema, table.name) for table in find_tables(tmp_path)] == [
        ("gold", "kpis"),
        ("silver", "orders"),
    ]
