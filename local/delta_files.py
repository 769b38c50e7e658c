"""Reads Delta tables without Spark, by the `deltalake` library.

The report and the result are drawn up from what is on disk: in milliseconds, and even when Spark is what failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError


class UnreadableTableError(Exception):
    """The table is damaged, is none, or uses something that the library does not know."""


class TableVersion(NamedTuple):
    """A commit of a table."""

    version: int
    at: datetime
    operation: str
    metrics: Mapping[str, Any]
    """Counts of the writer, under its own names."""


def read_table(path: Path, columns: Sequence[str] | None = None, version: int | None = None) -> pa.Table:
    """All rows of a table as it is now, or as it was in a version, in no particular order; of ``columns``, those that it has.

    Raises :class:`UnreadableTableError`.
    """
    with readable(path, version) as table:
        for field in table.schema().fields:
            if '"variant"' in field.type.to_json():
                # It comes as the bytes of its encoding.
                raise UnreadableTableError(f"column {field.name} is a variant")
        fields = pa.schema(table.schema().to_arrow())
        wanted = [field for field in fields if columns is None or field.name in columns]
        # Not `to_pyarrow_table`: its threads can outlive the interpreter, which then aborts at exit.
        found = pa.table(table.scan(columns=[field.name for field in wanted]))
        # It comes as views (`string_view`), which few kernels take.
        return found.cast(pa.schema(wanted))


def read_rows(
    path: Path, columns: Sequence[str] | None = None, where: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """All rows as dictionaries, or those in which columns have given values.

    Raises :class:`UnreadableTableError`.
    """
    table = read_table(path, columns)
    for column, value in (where or {}).items():
        if column not in table.column_names:
            return []
        table = table.filter(pc.equal(table[column], pa.scalar(value, table[column].type)))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def count_rows(path: Path) -> int:
    """The number of rows, from the statistics in the table's log where it has them.

    Raises :class:`UnreadableTableError`.
    """
    with readable(path) as table:
        return int(table.count())


def newest_version(path: Path) -> TableVersion:
    """The newest version.

    Raises :class:`UnreadableTableError`.
    """
    return versions(path, 1)[0]


def versions(path: Path, limit: int | None = None) -> list[TableVersion]:
    """The versions that a table's log still has, newest first, at most ``limit``.

    Raises :class:`UnreadableTableError`.
    """
    with readable(path) as table:
        return [
            TableVersion(
                entry["version"],
                datetime.fromtimestamp(entry["timestamp"] / 1000, timezone.utc),
                entry.get("operation", ""),
                entry.get("operationMetrics") or {},
            )
            for entry in table.history(limit)
        ]


@contextmanager
def readable(path: Path, version: int | None = None) -> Iterator[DeltaTable]:
    """Open a table, and turn what fails inside into :class:`UnreadableTableError`."""
    try:
        yield DeltaTable(path, version=version)
    except (DeltaError, OSError, pa.ArrowException, ValueError) as error:
        raise UnreadableTableError(
            f"{path}: {str(error).splitlines()[0] if str(error) else error!r}"
        ) from error
