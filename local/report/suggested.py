"""Charts for a project without dashboards, made from the grain of its models and the types of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from local.dashboards import Dashboard, Rows
from local.formatting import SHARES, format_title, is_numeric, units_of

_MOST_CHARTS, _MEASURES, _BARS = 12, 2, 10
# Columns that are numbers and no amounts: a sum of them says nothing.
_NO_SUMS = ("id", "key", "code", "year", "month", "week", "day", "version")
_NO_AMOUNTS = ("rate", "share", "growth", "ratio", "percent", "avg", "average", "mean", "price", "per")


def suggest_charts(models: Sequence[Mapping[str, Any]], gold: Mapping[str, Rows]) -> list[Dashboard]:
    """Charts of every model with rows: over time where its grain has a time, else the largest of its first column.

    Rows that differ in other columns of the grain are added up, and the title says so.
    """
    widgets: list[dict[str, Any]] = []
    datasets: dict[str, Rows] = {}
    for model in models:
        rows = gold.get(model["name"], ())
        grain = [column for column in model["grain"] if rows and column in rows[0]]
        if grain:
            times = [column for column in grain if _all(rows, column, date)]
            by = (times or grain)[0]
            for measure in _measures(rows, grain, adds_up=len(grain) > 1)[:_MEASURES]:
                name = f"{model['name']}.{measure}"
                datasets[name] = _by_time(rows, by, measure) if times else _largest(rows, by, measure)
                widgets.append(_widget(model, name, by, measure, bool(times), len(grain) > 1))
    return [Dashboard("Models", widgets[:_MOST_CHARTS], datasets, {})] if widgets else []


def _widget(
    model: Mapping[str, Any], dataset: str, by: str, measure: str, over_time: bool, added_up: bool
) -> dict[str, Any]:
    what = f"{format_title(model['name'])}: {'sum of ' if added_up else ''}{_words(measure)}"
    style = {
        "x": by,
        "y": [measure],
        "format": "percent" if measure.endswith(SHARES) else "number",
        "dataset": dataset,
        "unit": units_of({"gold": [model]})[model["name"]].get(measure.lower()),
    }
    if over_time:
        return {"kind": "line", "title": f"{what} by {_words(by)}", **style}
    return {"kind": "bar", "title": f"{what}, the largest by {_words(by)}", "horizontal": True, **style}


def _measures(rows: Rows, grain: Sequence[str], *, adds_up: bool) -> list[str]:
    """Columns of amounts, in the order of the table; rates only where nothing is added up."""
    return [
        column
        for column in rows[0]
        if column not in grain
        and column.rpartition("_")[2] not in _NO_SUMS
        and not (adds_up and _is_no_amount(column))
        and any(is_numeric(row[column]) for row in rows)
    ]


def _by_time(rows: Rows, by: str, measure: str) -> Rows:
    return [{by: at, measure: total} for at, total in sorted(_sums(rows, by, measure).items())]


def _largest(rows: Rows, by: str, measure: str) -> Rows:
    ordered = sorted(_sums(rows, by, measure).items(), key=lambda item: (-item[1], str(item[0])))
    return [{by: str(name), measure: total} for name, total in ordered[:_BARS]]


def _sums(rows: Rows, by: str, measure: str) -> dict[Any, Any]:
    sums: dict[Any, Any] = {}
    for row in rows:
        if row[by] is not None and is_numeric(row[measure]):
            sums[row[by]] = sums.get(row[by], 0) + row[measure]
    return sums


def _all(rows: Rows, column: str, type_: type) -> bool:
    values = [row[column] for row in rows if row[column] is not None]
    return bool(values) and all(isinstance(value, type_) for value in values)


def _is_no_amount(column: str) -> bool:
    return any(word in _NO_AMOUNTS for word in column.split("_"))


def _words(column: str) -> str:
    return column.replace("_", " ")
