"""Dashboards as numbers and as charts, drawn by vl-convert (Vega-Lite)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from local.dashboards import Dashboard, Rows
from local.formatting import format_value

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
    """One number."""

    label: str
    value: str


@dataclass(frozen=True)
class Chart:
    """One drawn chart."""

    title: str
    svg: str


# The colours of the series of one chart, in their order.
_SERIES = ("#3b82f6", "#f59e0b", "#10b981", "#a855f7", "#ef4444")
_FORMATS = {"number": ",.0f", "decimal": ",.2f", "percent": ".1%"}


def make_cards(dashboards: Sequence[Dashboard]) -> list[Card]:
    """The counters of the dashboards, as far as there is a row to take them from."""
    cards = []
    for dashboard in dashboards:
        for widget in dashboard.widgets:
            rows = dashboard.datasets.get(widget["dataset"], ())
            if widget["kind"] == "counter" and rows:
                value = rows[0].get(widget["value"])
                cards.append(Card(widget["title"], _number_text(value, widget.get("format", "number"))))
    return cards


def make_charts(dashboards: Sequence[Dashboard], cache_dir: Path) -> list[Chart]:
    """The lines and bars of the dashboards that have rows. One that was drawn before from the same data is not redrawn."""
    charts = []
    for dashboard in dashboards:
        for widget in dashboard.widgets:
            rows = dashboard.datasets.get(widget["dataset"], ())
            if widget["kind"] in ("line", "bar") and rows:
                spec = _line(widget) if widget["kind"] == "line" else _bar(widget)
                charts.append(Chart(widget["title"], _draw(spec, _points(widget, rows), cache_dir)))
    return charts


def order_rows(rows: Rows) -> list[Mapping[str, Any]]:
    """Rows as a reader wants them: newest day first where there are days, else by the first column; nothing comes last."""
    if not rows:
        return []
    dates = [name for name in rows[0] if any(_is_day(row[name]) for row in rows)]
    column = dates[0] if dates else next(iter(rows[0]))
    there = [row for row in rows if row[column] is not None]
    missing = [row for row in rows if row[column] is None]
    return [*sorted(there, key=lambda row: row[column], reverse=bool(dates)), *missing]


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _number_text(value: Any, style: str) -> str:
    if value is None or style == "text":
        return format_value(value)
    return (
        format_value(float(value), "_share") if style == "percent" else format(float(value), _FORMATS[style])
    )


def _label(widget: Mapping[str, Any], column: str) -> str:
    return str(widget.get("labels", {}).get(column) or column.replace("_", " "))


def _points(widget: Mapping[str, Any], rows: Rows) -> list[dict[str, Any]]:
    """A point per row and series, in the order of the rows. The names are ours, so data never names a field."""
    return [
        {
            "x": _plain(row.get(widget["x"])),
            "value": _plain(row.get(column)),
            "series": _label(widget, column),
            "at": at,
        }
        for row in rows
        if row.get(widget["x"]) is not None
        for at, column in enumerate(widget["y"])
    ]


def _line(widget: Mapping[str, Any]) -> dict[str, Any]:
    alone = len(widget["y"]) == 1
    mark = {"type": "area", "line": True, "opacity": 0.25} if alone else {"type": "line"}
    encoding = {
        "x": {"field": "x", "type": "temporal", "title": None},
        "y": _values(widget),
        **_colours(widget),
    }
    return {"mark": {**mark, "interpolate": "monotone"}, "encoding": encoding}


def _bar(widget: Mapping[str, Any]) -> dict[str, Any]:
    grouped = len(widget["y"]) > 1 and not widget.get("stacked")
    if widget.get("time"):
        category: dict[str, Any] = {
            "field": "x",
            "type": "temporal",
            "timeUnit": "yearmonthdate",
            "title": None,
        }
    else:
        category = {"field": "x", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 150}}
    values = {**_values(widget), **({"stack": None} if grouped else {})}
    offset = {"field": "series", "sort": [_label(widget, column) for column in widget["y"]]}
    if widget.get("horizontal"):
        axes = {"y": category, "x": values, **({"yOffset": offset} if grouped else {})}
        return {"mark": {"type": "bar"}, "encoding": {**axes, **_colours(widget)}}
    if not widget.get("time"):
        category["axis"]["labelAngle"] = 0
    axes = {"x": category, "y": values, **({"xOffset": offset} if grouped else {})}
    return {"mark": {"type": "bar", "width": {"band": 0.8}}, "encoding": {**axes, **_colours(widget)}}


def _values(widget: Mapping[str, Any]) -> dict[str, Any]:
    style = _FORMATS.get(widget.get("format", "number"))
    axis = {"axis": {"format": style, "tickCount": 5}} if style else {}
    return {"field": "value", "type": "quantitative", "title": None, **axis}


def _colours(widget: Mapping[str, Any]) -> dict[str, Any]:
    names = [_label(widget, column) for column in widget["y"]]
    if len(names) == 1:
        return {}
    scale = {"domain": names, "range": [_SERIES[at % len(_SERIES)] for at in range(len(names))]}
    colour = {
        "field": "series",
        "type": "nominal",
        "title": None,
        "scale": scale,
        "legend": {"orient": "top"},
    }
    return {"color": colour, "order": {"field": "at", "type": "quantitative"}}


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
