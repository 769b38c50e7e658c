"""Small Delta tables are read from their files, as Delta's log says."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local.delta_files import UnreadableTableError, count_rows, read_rows, read_table, table_version
from local.registration import find_tables
from test.local.support import write_delta


def commit(table: Path, version: int, *actions: object) -> None:
    text = "".join(json.dumps(action) + "\n" for action in actions)
    (table / "_delta_log" / f"{version:020d}.json").write_text(text)


def test_rows_of_all_commits(tmp_path: Path) -> None:
    table = write_delta(tmp_path / "t", {"a": [1, 2]}, {"a": [3], "b": ["x"]})
    assert sorted(read_rows(table), key=lambda row: row["a"]) == [
        {"a": 1, "b": None}, {"a": 2, "b": None}, {"a": 3, "b": "x"},
    ]  # fmt: skip
    assert (count_rows(table), table_version(table)) == (3, 1)
    assert read_rows(table, where={"a": 3}) == [{"a": 3, "b": "x"}]
    assert read_rows(table, where={"unknown": 3}) == []


def test_removed_files_are_not_read(tmp_path: Path) -> None:
    table = write_delta(tmp_path / "t", {"a": [1]}, {"a": [2]})
    commit(table, 2, {"remove": {"path": "part-0.parquet"}}, {"commitInfo": {}})
    assert read_rows(table) == [{"a": 2}]
    commit(table, 3, {"remove": {"path": "part-1.parquet"}})
    assert read_rows(table) == []
    assert table_version(table) == 3


def test_partition_values_and_escaped_paths(tmp_path: Path) -> None:
    table = write_delta(tmp_path / "t", {"a": [1]})
    folder = table / "day=2024 01"
    folder.mkdir()
    pq.write_table(pa.table({"a": [2]}), folder / "p.parquet")
    commit(
        table, 1, {"metaData": {"partitionColumns": ["day"]}}, {"remove": {"path": "part-0.parquet"}},
        {"add": {"path": "day=2024%2001/p.parquet", "partitionValues": {"day": "2024 01"}}},
    )  # fmt: skip
    assert read_rows(table) == [{"a": 2, "day": "2024 01"}]
    assert read_rows(table, ["day"]) == [{"day": "2024 01"}]


def test_a_checkpoint_stands_for_what_came_before(tmp_path: Path) -> None:
    table = write_delta(tmp_path / "t", {"a": [1]}, {"a": [2]}, {"a": [3]})
    log = table / "_delta_log"
    add = {"path": "part-1.parquet", "partitionValues": [], "deletionVector": None}
    kinds = {
        "add": pa.array([add, None], pa.struct([("path", pa.string()), ("partitionValues", pa.map_(pa.string(), pa.string()))])),
        "metaData": pa.array([None, {"partitionColumns": []}], pa.struct([("partitionColumns", pa.list_(pa.string()))])),
    }  # fmt: skip
    pq.write_table(pa.table(kinds), log / f"{1:020d}.checkpoint.parquet")
    (log / "_last_checkpoint").write_text('{"version": 1}')
    for version in (0, 1):
        (log / f"{version:020d}.json").unlink()
    assert sorted(row["a"] for row in read_rows(table)) == [2, 3]
    assert table_version(table) == 2


def test_what_it_does_not_know_it_refuses(tmp_path: Path) -> None:
    table = write_delta(
        tmp_path / "t", {"a": [1]}, properties={"minReaderVersion": 3, "readerFeatures": ["columnMapping"]}
    )
    with pytest.raises(UnreadableTableError, match="columnMapping"):
        read_table(table)
    other = write_delta(tmp_path / "u", {"a": [1]})
    commit(other, 1, {"add": {"path": "part-0.parquet", "deletionVector": {"storageType": "u"}}})
    with pytest.raises(UnreadableTableError, match="deletion vectors"):
        read_table(other)


def test_tables_of_a_warehouse(tmp_path: Path) -> None:
    write_delta(tmp_path / "silver.db" / "orders", {"a": [1]})
    write_delta(tmp_path / "gold.db" / "kpis", {"a": [1]})
    (tmp_path / "gold.db" / "half_made" / "_delta_log").mkdir(parents=True)
    (tmp_path / "gold.db" / "no_table").mkdir()
    assert [(table.schema, table.name) for table in find_tables(tmp_path)] == [
        ("gold", "kpis"),
        ("silver", "orders"),
    ]
