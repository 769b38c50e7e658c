"""Dashboards as numbers and as charts, drawn by vl-convert (Vega-Lite).

Every chart has a title, a sentence that says what it shows, and its values as a table: who cannot see it reads the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

from local.dashboards import Dashboard, Rows
from local.formatting import format_value, is_numeric

# Of a phone, so that a chart is never made smaller than it was drawn.
_WIDTH, _HEIGHT = 330, 210
_SIGNS_OF_A_LABEL = 17
#: Points that are listed below a chart; more are in its table.
LISTED = 100

# Colours with a contrast of 3 : 1 at least on light and on dark paper; texts take the colour of the page.
_SERIES = ("#3b82f6", "#d97706", "#059669", "#a855f7", "#ef4444")
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
        "labelLimit": 0,
    },
    "legend": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "symbolType": "square",
        "labelLimit": 0,
        "columns": 2,
        "columnPadding": 18,
    },
    "text": {"color": "currentColor"},
    "bar": {"color": _SERIES[0], "cornerRadiusEnd": 2},
    "area": {"color": _SERIES[0]},
    "line": {"color": _SERIES[0]},
}
_FORMATS = {"number": ",.0f", "decimal": ",.2f", "percent": ".1%"}


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
    """The drawing, with a role, its title and its summary; safe to put into a page."""
    note: str
    """The summary of a chart of one series, to read below it; of several, the drawing alone has it."""
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The values of the chart as texts, below `columns`."""


def make_cards(dashboards: Sequence[Dashboard]) -> list[Card]:
    """The counters of the dashboards, as far as there is a row to take them from."""
    cards = []
    for dashboard in dashboards:
        for widget in dashboard.widgets:
            rows = dashboard.datasets.get(widget["dataset"], ())
            if widget["kind"] == "counter" and rows:
                cards.append(Card(widget["title"], _number_text(rows[0].get(widget["value"]), widget)))
    return cards


def make_charts(dashboards: Sequence[Dashboard], cache_dir: Path) -> list[Chart]:
    """The lines and bars of the dashboards that have rows. One that was drawn before from the same data is not redrawn."""
    charts = []
    for dashboard in dashboards:
        for widget in dashboard.widgets:
            rows = dashboard.datasets.get(widget["dataset"], ())
            if widget["kind"] in ("line", "bar") and rows:
                charts.append(_chart(widget, rows, cache_dir))
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


def _chart(widget: Mapping[str, Any], rows: Rows, cache_dir: Path) -> Chart:
    spec = _line(widget, rows) if widget["kind"] == "line" else _bar(widget, rows)
    svg = _draw(spec, _points(widget, rows), cache_dir)
    summary = _summary(widget, rows)
    # Charts of one page have equal titles at times, and their data too: the summary tells them apart, or they are one.
    id_ = "chart-" + hashlib.sha256(f"{widget['title']}\0{summary}\0{svg}".encode()).hexdigest()[:16]
    spoken = (
        f'<svg role="img" aria-labelledby="{id_} {id_}-summary"',
        f'<title id="{id_}">{escape(str(widget["title"]))}</title><desc id="{id_}-summary">{escape(summary)}</desc>',
    )
    svg = re.sub(r"<svg([^>]*)>", lambda tag: f"{spoken[0]}{tag[1]}>{spoken[1]}", svg, count=1)
    shown = [row for row in rows if row.get(widget["x"]) is not None][-LISTED:]
    return Chart(
        str(widget["title"]),
        svg,
        summary if len(widget["y"]) == 1 else "",
        [str(widget["x"]).replace("_", " "), *(_label(widget, column) for column in widget["y"])],
        [
            [
                format_value(row[widget["x"]]),
                *(_number_text(row.get(column), widget) for column in widget["y"]),
            ]
            for row in shown
        ],
    )


def _number_text(value: Any, widget: Mapping[str, Any]) -> str:
    style, unit = widget.get("format", "number"), widget.get("unit")
    if value is None or style == "text" or not is_numeric(value):
        return format_value(value)
    if style == "percent":
        return format_value(float(value), "_share")
    return format(float(value), _FORMATS[style]) + (f" {unit}" if unit else "")


def _label(widget: Mapping[str, Any], column: str) -> str:
    return str(widget.get("labels", {}).get(column) or column.replace("_", " "))


def _summary(widget: Mapping[str, Any], rows: Rows) -> str:
    """The lowest, the highest and, over time, the last value of each series, in a sentence."""
    x = widget["x"]
    over_time = widget["kind"] == "line" or widget.get("time") or widget.get("times")
    sentences = []
    for column in widget["y"]:
        points = [row for row in rows if row.get(x) is not None and is_numeric(row.get(column))]
        if not points:
            continue
        low, high = (pick(points, key=lambda row: float(row[column])) for pick in (min, max))
        said = [
            f"{name} {_number_text(row[column], widget)} ({format_value(row[x])})"
            for name, row in (("highest", high), ("lowest", low))
        ]
        if over_time:
            said.append(f"last {_number_text(points[-1][column], widget)}")
        label = _label(widget, column)
        sentences.append(f"{label[:1].upper()}{label[1:]}: {', '.join(said)}.")
    return " ".join(sentences) or "No values."


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


def _line(widget: Mapping[str, Any], rows: Rows) -> dict[str, Any]:
    alone = len(widget["y"]) == 1
    mark = {"type": "area", "line": True, "opacity": 0.25} if alone else {"type": "line"}
    encoding = {"x": _time(widget, rows), "y": _values(widget, rows), **_colours(widget)}
    # A line goes straight from value to value: a curve shows some that were never there.
    return {"mark": {**mark, "interpolate": "linear"}, "encoding": encoding}


def _bar(widget: Mapping[str, Any], rows: Rows) -> dict[str, Any]:
    grouped = len(widget["y"]) > 1 and not widget.get("stacked")
    category = _time(widget, rows) if widget.get("time") else _category(widget, rows)
    values = {**_values(widget, rows), **({"stack": None} if grouped else {})}
    offset = {"field": "series", "sort": [_label(widget, column) for column in widget["y"]]}
    if widget.get("horizontal"):
        axes = {"y": category, "x": values, **({"yOffset": offset} if grouped else {})}
        size = {"height": {"step": 14}} if grouped else {"height": max(_HEIGHT, 24 * len(rows))}
        return {"mark": {"type": "bar"}, "encoding": {**axes, **_colours(widget)}, **size}
    axes = {"x": category, "y": values, **({"xOffset": offset} if grouped else {})}
    return {"mark": {"type": "bar", "width": {"band": 0.8}}, "encoding": {**axes, **_colours(widget)}}


def _time(widget: Mapping[str, Any], rows: Rows) -> dict[str, Any]:
    """An axis of time. Of days it goes from the first to the end of the last, so that lines and bars of the same days agree."""
    days = [row[widget["x"]] for row in rows if row.get(widget["x"]) is not None]
    axis = {"axis": {"tickCount": 5, "labelOverlap": True, "format": "%d %b", "labelFlush": False}}
    common = {"field": "x", "type": "temporal", "title": None, **axis}
    if not days or not all(map(_is_day, days)):
        return {**common, "axis": {"tickCount": 4, "labelOverlap": True}}
    domain = [_plain(min(days)), _plain(max(days) + timedelta(days=1))]
    return {
        **common,
        "timeUnit": "yearmonthdate",
        "bandPosition": 0.5,
        "scale": {"domain": [_moment(at) for at in domain]},
    }


def _moment(text: str) -> dict[str, int]:
    at = datetime.fromisoformat(text)
    return {"year": at.year, "month": at.month, "date": at.day}


def _category(widget: Mapping[str, Any], rows: Rows) -> dict[str, Any]:
    """An axis of names, also of those without a value, so that charts over the same names agree. Long ones are broken into
    lines, three at most; the table below the chart has them in full.
    """
    axis: dict[str, Any] = {"labelOverlap": True}
    if widget.get("times"):
        # Without its year and its seconds.
        axis.update(labelExpr="slice(datum.label, 5, 16)", labelAngle=-40)
    elif widget.get("horizontal"):
        axis.update(labelExpr=_in_lines(_SIGNS_OF_A_LABEL), labelOverlap=False)
    else:
        axis.update(labelExpr=_in_lines(10), labelAngle=0)
    names = [_plain(row[widget["x"]]) for row in rows if row.get(widget["x"]) is not None]
    scale = {"domain": list(dict.fromkeys(names))}
    return {"field": "x", "type": "nominal", "title": None, "sort": None, "axis": axis, "scale": scale}


def _in_lines(signs: int) -> str:
    broken = f"replace(datum.label, /(.{{1,{signs}}})(?:\\s+|$)|(.{{{signs}}})/g, '$1$2\\n')"
    return f"slice(split(replace({broken}, /\\n$/, ''), '\\n'), 0, 3)"


def _values(widget: Mapping[str, Any], rows: Rows) -> dict[str, Any]:
    style = widget.get("format", "number")
    axis: dict[str, Any] = {"tickCount": 5}
    # Above the axis, or at the end of a horizontal one, where it takes no width from the chart.
    title = (
        {"titleAnchor": "end"}
        if widget.get("horizontal")
        else {"titleAngle": 0, "titleAlign": "right", "titleX": -6, "titleY": -8}
    )
    if widget.get("unit"):
        axis |= {"titleFontWeight": "normal", **title}
    if style in _FORMATS:
        sizes = [abs(float(row[name])) for row in rows for name in widget["y"] if is_numeric(row.get(name))]
        # Thousands and millions by their letters; below, the digits that there are.
        axis["format"] = ".0%" if style == "percent" else "~s" if max(sizes, default=0) >= 1000 else ",.2~f"
        axis["labelExpr"] = "datum.value === 0 ? '0' : datum.label"  # not 0k beside 5k
    if style == "number":
        axis["tickMinStep"] = 1
    return {"field": "value", "type": "quantitative", "title": widget.get("unit"), "axis": axis}


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
    size = {"width": _WIDTH, "height": _HEIGHT, "autosize": {"type": "fit", "contains": "padding"}}
    whole = {**size, **spec, "data": {"values": values}, "config": _CONFIG}
    text = json.dumps(whole, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:24]
    kept = cache_dir / f"{digest}.svg"
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    import vl_convert

    svg = str(vl_convert.vegalite_to_svg(text, allowed_base_urls=[]))
    # The drawing is one image with a title and a summary: its parts have no roles of their own.
    svg = re.sub(r"<[^>]+>", lambda tag: re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", tag[0]), svg)
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
