"""Prints rows: as a table, CSV, JSON, or into a Parquet file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.cells import cell_len, set_cell_size

from local.errors import LocalError
from local.formatting import is_numeric

FORMATS = ("table", "csv", "json", "parquet")
#: Rows that a table on the terminal shows; the other formats have all.
SHOWN = 100
_NOTHING = "NULL"


@dataclass(frozen=True)
class Target:
    """Format and destination of rows."""

    format: str = "table"
    output: Path | None = None
    width: int | None = None
    """Columns of the terminal; nothing where there is none, and no table is too wide."""


def write_rows(rows: pa.Table, target: Target) -> str:
    """Write rows to the target's file, or return the text to print.

    Raises :class:`LocalError` where the file cannot be written.
    """
    if target.format == "parquet" and target.output is None:
        raise LocalError("Parquet is no text: give a file with --output.")
    try:
        if target.format == "parquet":
            pq.write_table(_storable(rows), target.output)
            return ""
        text = render(rows, target)
        if target.output is None:
            return text
        target.output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise LocalError(f"{target.output} cannot be written: {error.strerror or error}.") from error
    return ""


def render(rows: pa.Table, target: Target) -> str:
    """The text of rows in a format, with its last line end."""
    names, values = _unique(rows.column_names), _values(rows)
    if target.format == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([["" if value is None else as_text(value) for value in row] for row in values])
        return text.getvalue()
    if target.format == "json":
        lines = (as_json(dict(zip(names, row, strict=True))) for row in values)
        return "[" + ",\n".join(lines) + "]\n"
    return _table(names, list(values), target.width)


def as_text(value: Any) -> str:
    """A value as text, without loss: times in ISO 8601, what is nested as JSON."""
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        text = value.isoformat(sep=" ")
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return as_json(value) if isinstance(value, (dict, list)) else str(value)


def as_json(value: Any) -> str:
    """A value as JSON. Decimals keep their digits; what JSON does not have is text."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{as_json(str(name))}: {as_json(of)}" for name, of in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_json, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if value is None or isinstance(value, (bool, int, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and value - value == 0:
        return json.dumps(value)
    return json.dumps(as_text(value), ensure_ascii=False)


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]], width: int | None) -> str:
    shown = [[_one_line(as_text(value)) for value in row] for row in rows[:SHOWN]]
    widths = [max(map(cell_len, column)) for column in zip(names, *shown, strict=True)]
    fits = width is None or sum(widths) + 3 * len(widths) - 1 <= width
    right = [any(is_numeric(row[at]) for row in rows[:SHOWN]) for at in range(len(names))]
    lines = _side_by_side(names, shown, widths, right) if fits else _one_below_the_other(names, shown)
    more = f", the first {SHOWN} of them shown; --format csv has all" if len(rows) > SHOWN else ""
    return "\n".join([*lines, f"({len(rows):,} row{'' if len(rows) == 1 else 's'}{more})"]) + "\n"


def _side_by_side(
    names: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int], right: Sequence[bool]
) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        placed = zip(cells, widths, right, strict=True)
        return " | ".join(_aligned(text, size, at_right) for text, size, at_right in placed).rstrip()

    return [line(names), "-+-".join("-" * size for size in widths), *map(line, rows)]


def _one_below_the_other(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return each row as one line for each column, for tables that are wider than the terminal."""
    size = max(map(cell_len, names))
    return [
        line
        for number, row in enumerate(rows, 1)
        for line in (
            f"--- row {number} ---",
            *(f"{_aligned(name, size)} | {text}".rstrip() for name, text in zip(names, row, strict=True)),
        )
    ]


def _aligned(text: str, size: int, right: bool = False) -> str:
    return " " * (size - cell_len(text)) + text if right else set_cell_size(text, size)


def _one_line(text: str) -> str:
    """Show control characters by their escapes: data must not steer the terminal."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def _values(rows: pa.Table) -> Iterable[tuple[Any, ...]]:
    columns = [[_maps(value, column.type) for value in column.to_pylist()] for column in rows.columns]
    return zip(*columns, strict=True) if columns else ()


def _maps(value: Any, type_: pa.DataType) -> Any:
    """Maps come as lists of pairs."""
    if value is None:
        return None
    if pa.types.is_map(type_):
        return {as_text(key): _maps(of, type_.item_type) for key, of in value}
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return [_maps(of, type_.value_type) for of in value]
    if pa.types.is_struct(type_):
        return {field.name: _maps(value[field.name], field.type) for field in type_}
    return value


def _unique(names: Sequence[str]) -> list[str]:
    """Names of columns, with a number where one comes again: JSON and CSV readers want each once."""
    found: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in found:
            number += 1
            candidate = f"{name}_{number}"
        found.append(candidate)
    return found


def _storable(rows: pa.Table) -> pa.Table:
    rows = rows.rename_columns(_unique(rows.column_names))
    for at, field in enumerate(rows.schema):
        if pa.types.is_interval(field.type):
            rows = rows.set_column(at, field.name, pa.array(map(as_text, rows.column(at).to_pylist())))
    return rows
