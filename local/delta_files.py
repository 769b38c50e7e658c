"""Reads small Delta tables from their files, without Spark.

The report and the result are drawn up from what is on disk: in milliseconds, and even when Spark is what failed.
Only plain tables are read, which the local ones are (no deletion vectors, no column mapping); others are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_PLAIN_READER_FEATURES = {"timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"}


class UnreadableTableError(Exception):
    """The table uses something that this reader does not know."""


@dataclass
class _Snapshot:
    version: int = -1
    partitioned_by: list[str] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def apply(self, action: dict[str, Any]) -> None:
        if action.get("metaData"):
            self.partitioned_by = list(action["metaData"].get("partitionColumns") or [])
        elif action.get("add"):
            self.files[action["add"]["path"]] = action["add"]
        elif action.get("remove"):
            self.files.pop(action["remove"]["path"], None)
        elif action.get("protocol"):
            _check(action["protocol"])


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """All rows of a table as it is now."""
    snapshot = _snapshot(path)
    parts = []
    for name, add in sorted(snapshot.files.items()):
        if add.get("deletionVector"):
            raise UnreadableTableError(f"{path}: has deletion vectors")
        file = path / unquote(name)
        values = dict(add.get("partitionValues") or {})
        wanted = None if columns is None else [column for column in columns if column not in values]
        # One file, not the data set around it: partition folders must not be guessed at.
        table = pq.ParquetFile(file).read(columns=wanted)
        for column in snapshot.partitioned_by:
            if columns is None or column in columns:
                table = table.append_column(
                    column, pa.array([values.get(column)] * table.num_rows, pa.string())
                )
        parts.append(table)
    if not parts:
        return pa.table({})
    return pa.concat_tables(parts, promote_options="permissive")


def read_rows(
    path: Path, columns: list[str] | None = None, where: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """All rows as dictionaries, or those in which columns have given values."""
    table = read_table(path, columns)
    for column, value in (where or {}).items():
        if column not in table.column_names:
            return []
        table = table.filter(pc.equal(table[column], pa.scalar(value)))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def count_rows(path: Path) -> int:
    """The number of rows, from the footers alone."""
    return sum(pq.read_metadata(path / unquote(name)).num_rows for name in _snapshot(path).files)


def table_version(path: Path) -> int:
    """The newest version."""
    return _snapshot(path).version


def _snapshot(path: Path) -> _Snapshot:
    log = path / "_delta_log"
    snapshot = _Snapshot(version=_checkpoint_version(log))
    if snapshot.version >= 0:
        for action in _checkpoint_actions(log, snapshot.version):
            snapshot.apply(action)
    for commit in sorted(log.glob("*.json")):
        if not commit.stem.isdigit() or int(commit.stem) <= snapshot.version:
            continue
        for line in commit.read_text(encoding="utf-8").splitlines():
            if line:
                snapshot.apply(json.loads(line))
        snapshot.version = int(commit.stem)
    return snapshot


def _checkpoint_version(log: Path) -> int:
    """The newest single-file checkpoint; -1 where the commits tell everything."""
    pointer = log / "_last_checkpoint"
    if not pointer.exists():
        return -1
    body = json.loads(pointer.read_text(encoding="utf-8"))
    version = int(body["version"])
    return version if (log / f"{version:020d}.checkpoint.parquet").exists() else -1


def _checkpoint_actions(log: Path, version: int) -> Iterator[dict[str, Any]]:
    table = pq.ParquetFile(log / f"{version:020d}.checkpoint.parquet").read()
    for row in table.to_pylist():
        for kind in ("protocol", "metaData", "add"):
            action = row.get(kind)
            if action:
                values = action.get("partitionValues")
                if isinstance(values, list):
                    action["partitionValues"] = dict(values)
                yield {kind: action}


def _check(protocol: dict[str, Any]) -> None:
    unknown = set(protocol.get("readerFeatures") or ()) - _PLAIN_READER_FEATURES
    if unknown or protocol.get("minReaderVersion", 1) == 2:
        raise UnreadableTableError(
            f"reader features {', '.join(sorted(unknown)) or 'columnMapping'} are not known here"
        )
