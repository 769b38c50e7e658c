"""Lists the tables of an output folder, their columns and their versions. Each answer is rows, as of a query."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from local.ask.folder import TableFolder
from local.delta_files import UnreadableTableError, readable, versions
from local.errors import LocalError

# Columns of the answer about columns.
_DESCRIBED = ("column", "type", "key", "comment")
# Delta's names of types for those that differ in SQL.
_SQL_TYPES = {"long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint"}
# Counts of a commit that are rows which it changed: by whatever writes whole files, and by a MERGE.
_WRITTEN = ("numOutputRows", "num_added_rows")
_MERGED = ("numTargetRowsInserted", "numTargetRowsUpdated", "numTargetRowsDeleted")


def list_tables(folder: TableFolder) -> pa.Table:
    """Every table: its layer, name, rows, size in bytes, version, last write and comment. A table that cannot be read has its
    name, and the reason as comment.
    """
    schema = pa.schema(
        [
            ("layer", pa.string()),
            ("name", pa.string()),
            ("rows", pa.int64()),
            ("bytes", pa.int64()),
            ("version", pa.int64()),
            ("last_write", pa.timestamp("s", "UTC")),
            ("comment", pa.string()),
        ]
    )
    return pa.Table.from_pylist([_summary(folder, name) for name in folder.paths], schema)


def describe_table(folder: TableFolder, name: str) -> pa.Table:
    """The columns of a table: name, type, part of the key or not, comment."""
    try:
        columns = describe_columns(folder.paths[name], folder.document, name)
    except UnreadableTableError as error:
        raise LocalError(f"{name} cannot be read: {error}") from error
    return pa.Table.from_pylist(columns, pa.schema([(of, pa.string()) for of in _DESCRIBED]))


def describe_columns(path: Path, document: Mapping[str, Any], name: str) -> list[dict[str, str | None]]:
    """The same as dictionaries, for the table ``name`` (`layer.table`) in a folder.

    Raises :class:`UnreadableTableError`.
    """
    with readable(path) as table:
        fields: list[dict[str, Any]] = json.loads(table.schema().to_json())["fields"]
    keys = _keys(document, name, [field["name"] for field in fields])
    described = (
        (
            field["name"],
            _sql_type(field["type"]),
            "key" if field["name"] in keys else None,
            field["metadata"].get("comment"),
        )
        for field in fields
    )
    return [dict(zip(_DESCRIBED, values, strict=True)) for values in described]


def list_versions(folder: TableFolder, name: str) -> pa.Table:
    """The versions of a table, newest first: number, time, operation, rows that it wrote (a MERGE: inserted, updated and
    deleted).
    """
    try:
        found = versions(folder.paths[name])
    except UnreadableTableError as error:
        raise LocalError(f"The history of {name} cannot be read: {error}") from error
    return pa.table(
        {
            "version": pa.array([one.version for one in found], pa.int64()),
            "time": pa.array([one.at for one in found], pa.timestamp("ms", "UTC")),
            "operation": pa.array([one.operation for one in found], pa.string()),
            "rows": pa.array([_written(one.metrics) for one in found], pa.int64()),
        }
    )


def _summary(folder: TableFolder, name: str) -> dict[str, Any]:
    layer, _, table_name = name.partition(".")
    row: dict[str, Any] = {"layer": layer, "name": table_name}
    try:
        with readable(folder.paths[name]) as table:
            sizes = pa.table(table.get_add_actions(flatten=True))["size_bytes"].to_pylist()
            last = table.history(1)[0]["timestamp"] // 1000
            row.update(rows=table.count(), bytes=sum(sizes), version=table.version(), last_write=last)
            row["comment"] = table.metadata().description
    except UnreadableTableError as error:
        row["comment"] = f"cannot be read: {error}"
    return row


def _keys(document: Mapping[str, Any], name: str, columns: Sequence[str]) -> set[str | None]:
    """The columns that identify a row: the keys of a topic in silver, the grain of a model in gold."""
    from pipelines.inference import column_among

    layer, _, table = name.partition(".")
    if layer == "gold":
        return {column for model in document["gold"] if model["name"] == table for column in model["grain"]}
    if layer == "silver":
        settings = [topic["silver"] for topic in document["topics"] if topic["name"] == table]
        return {column_among(key, columns, one["rename"]) for one in settings for key in one.get("keys", ())}
    return set()


def _written(metrics: Mapping[str, Any]) -> int | None:
    counts = [metrics[count] for count in _MERGED if count in metrics]
    counts = counts or [metrics[count] for count in _WRITTEN if count in metrics]
    return sum(map(int, counts)) if counts else None


def _sql_type(type_: Any) -> str:
    """A Delta type as SQL writes it: `struct<a: bigint, b: array<string>>`."""
    if isinstance(type_, str):
        return _SQL_TYPES.get(type_, type_)
    if type_["type"] == "array":
        return f"array<{_sql_type(type_['elementType'])}>"
    if type_["type"] == "map":
        return f"map<{_sql_type(type_['keyType'])}, {_sql_type(type_['valueType'])}>"
    fields = (f"{field['name']}: {_sql_type(field['type'])}" for field in type_["fields"])
    return f"struct<{', '.join(fields)}>"
