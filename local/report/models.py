"""Gold models: how the last run refreshed them, and the first rows of their tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.dashboards import Rows
from local.formatting import describe_casts, format_title, format_value, is_numeric
from local.report.charts import order_rows
from local.report.tables import Tables, anchor
from pipelines.errors import counted

_SAMPLE = 10


@dataclass(frozen=True)
class Grid:
    """A table as texts."""

    title: str
    anchor: str
    note: str
    columns: list[tuple[str, bool]]
    """Name, and whether it is numeric."""
    rows: list[list[str]]


def refreshes(gold: Mapping[str, Mapping[str, Any]], tables: Tables) -> list[dict[str, Any]]:
    """Tell how the last run refreshed each model, and why so."""
    return [
        {
            "model": name,
            "anchor": anchor(f"gold.{name}") if f"gold.{name}" in tables.paths else "",
            "refresh": state.get("refresh") or "failed",
            "affected": _count(state.get("affected")),
            "rows": _count(state.get("rows")),
            "reason": state.get("reason") or "",
            "not_fitting": describe_casts(state),
        }
        for name, state in sorted(gold.items())
    ]


def gold_grids(gold: Mapping[str, Rows], units: Mapping[str, Mapping[str, str]]) -> list[Grid]:
    """The first rows of every gold table; the head of a column has its unit."""
    grids = []
    for name, rows in sorted(gold.items()):
        columns = {
            column: units.get(name, {}).get(column.lower(), "") for column in (rows[0] if rows else ())
        }
        shown = order_rows(rows)[:_SAMPLE]
        grids.append(
            Grid(
                title=format_title(name),
                anchor=anchor(f"gold.{name}"),
                note=counted(len(rows), "row") + (f", {len(shown)} shown" if len(shown) < len(rows) else ""),
                columns=[
                    (f"{column} ({unit})" if unit else column, any(is_numeric(row[column]) for row in rows))
                    for column, unit in columns.items()
                ],
                rows=[
                    [format_value(row[column], column, unit) for column, unit in columns.items()]
                    for row in shown
                ],
            )
        )
    return grids


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "–"
