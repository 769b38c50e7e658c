"""KPIs as figures and as charts, defined in `charts.json` over the gold tables, drawn by vl-convert (Vega-Lite)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from local.formatting import format_value

Rows = Sequence[Mapping[str, Any]]

# Colours that read on light and dark paper alike; texts take the colour of the page.
_CONFIG: dict[str, Any] = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "gridColor": "#8886",
        "gridOpacity": 0.4,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "labelFontSize": 11,
    },
    "legend": {"labelColor": "currentColor", "titleColor": "currentColor", "symbolType": "square"},
    "text": {"color": "currentColor"},
    "bar": {"color": "#3b82f6", "cornerRadiusEnd": 2},
    "area": {"color": "#3b82f6"},
    "line": {"color": "#3b82f6"},
}


@dataclass(frozen=True)
class Card:
    """One figure."""

    label: str
    value: str


@dataclass(frozen=True)
class Chart:
    """One drawn chart."""

    title: str
    svg: str


@cache
def definitions() -> dict[str, Any]:
    """The content of `charts.json`."""
    text = (Path(__file__).parent / "charts.json").read_text(encoding="utf-8")
    body: dict[str, Any] = json.loads(text)
    return body


def order_rows(table: str, rows: Rows) -> list[Mapping[str, Any]]:
    """Rows of a gold table as a reader wants them: by the order that is defined for it, else by the first column."""
    order = definitions()["tables"].get(table, {})
    first = next(iter(rows[0])) if rows else ""
    column = order.get("by") if rows and order.get("by") in rows[0] else first
    there = [row for row in rows if row.get(column) is not None]
    missing = [row for row in rows if row.get(column) is None]
    return [*sorted(there, key=lambda row: row[column], reverse=bool(order.get("newestFirst"))), *missing]


def make_cards(gold: Mapping[str, Rows]) -> list[Card]:
    """The figures whose tables and columns are there."""
    cards = []
    for definition in definitions()["cards"]:
        rows = gold.get(definition["table"], ())
        column = definition.get("sum") or definition["last"]
        needed = {column, definition.get("per", column), definition.get("by", column)}
        if not rows or not needed <= rows[0].keys():
            continue
        if "last" in definition:
            newest = max(rows, key=lambda row: row[definition["by"]])
            cards.append(Card(definition["label"], format_value(_number(newest[column]), column)))
        elif "per" in definition:
            whole = _total(rows, definition["per"])
            share = _total(rows, column) / whole if whole else None
            cards.append(Card(definition["label"], format_value(share, "_share")))
        else:
            value = _total(rows, column)
            cards.append(Card(definition["label"], f"{value:,.0f}"))
    return cards


def make_charts(gold: Mapping[str, Rows], cache_dir: Path) -> list[Chart]:
    """The charts whose tables and columns are there. A chart that was drawn before from the same data is not redrawn."""
    charts = []
    for definition in definitions()["charts"]:
        rows = gold.get(definition["table"], ())
        columns = definition["columns"]
        if rows and all(column in rows[0] for column in columns):
            values = [{column: _plain(row[column]) for column in columns} for row in rows]
            charts.append(Chart(definition["title"], _draw(definition["spec"], values, cache_dir)))
    return charts


def _draw(spec: Mapping[str, Any], values: list[dict[str, Any]], cache_dir: Path) -> str:
    whole = {"width": 420, "height": 200, **spec, "data": {"values": values}, "config": _CONFIG}
    text = json.dumps(whole, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:24]
    kept = cache_dir / f"{digest}.svg"
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    import vl_convert

    svg = str(vl_convert.vegalite_to_svg(text, allowed_base_urls=[]))
    # Several drawings share one page, and each calls its own first clip path `clip0`.
    svg = re.sub(r'(id="|url\(#)(clip|gradient)', rf"\g<1>{digest}-\g<2>", svg)
    cache_dir.mkdir(parents=True, exist_ok=True)
    kept.write_text(svg, encoding="utf-8")
    return svg


def _plain(value: Any) -> Any:
    """A value as Vega takes it. Dates get a time, since a bare date would be read as UTC and shown a day early."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    return float(value) if isinstance(value, Decimal) else value


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _total(rows: Rows, column: str) -> float:
    return float(sum(row[column] for row in rows if row[column] is not None))
