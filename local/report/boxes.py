"""Draws boxes and the edges between them as an SVG: a column per level, from left to right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 40, 46, 12, 8
_LEAST_WIDTH = 120
# Widths of a sign of a name and of a note, in pixels: no browser is asked, so these are those of a wide font.
_NAME_SIGN, _NOTE_SIGN, _PADDING = 7.3, 6.2, 24
#: With more boxes than this a drawing says nothing; the report has a table instead.
LIMIT = 60


@dataclass(frozen=True)
class Box:
    """A box: its name and, below it, a note."""

    key: str
    name: str
    note: str = ""
    style: str = ""
    """Class of the box; the report's style sheet knows it."""
    href: str = ""
    """Anchor in the page that the box leads to."""


def draw_boxes(boxes: Sequence[Box], edges: Sequence[tuple[str, str]], *, label: str) -> str:
    """The drawing, with every text escaped. Its classes are styled by the report, so that it follows light and dark.

    Args:
        boxes: what to draw; the first of a level is its topmost, unless its edges say otherwise.
        edges: pairs of keys, without circles.
        label: text alternative of the drawing.
    """
    columns = _columns(boxes, edges)
    widths = [max(map(_width, column)) for column in columns]
    tallest = max(len(column) for column in columns)
    height = tallest * (_HEIGHT + _GAP_Y) - _GAP_Y + 2 * _MARGIN
    positions: dict[str, tuple[int, int, int]] = {}
    left = _MARGIN
    for column, width in zip(columns, widths, strict=True):
        top = (height - len(column) * (_HEIGHT + _GAP_Y) + _GAP_Y) // 2
        for row, box in enumerate(column):
            positions[box.key] = (left, top + row * (_HEIGHT + _GAP_Y), width)
        left += width + _GAP_X
    total = left - _GAP_X + _MARGIN
    lines = "".join(_edge(edge, positions) for edge in edges)
    drawn = "".join(_box(box, *positions[box.key]) for box in boxes)
    # The children of an image cannot be links; those of a group can.
    role = "group" if any(box.href for box in boxes) else "img"
    return (
        f'<svg class="graph" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" '
        f'width="{total}" height="{height}" role="{role}" aria-label="{escape(label)}">{lines}{drawn}</svg>'
    )


def _width(box: Box) -> int:
    return max(_LEAST_WIDTH, round(max(len(box.name) * _NAME_SIGN, len(box.note) * _NOTE_SIGN) + _PADDING))


def _columns(boxes: Sequence[Box], edges: Sequence[tuple[str, str]]) -> list[list[Box]]:
    """Boxes by level, one more than the highest level among what leads to them; in a level, beside what leads to them."""
    before: Mapping[str, list[str]] = {box.key: [a for a, b in edges if b == box.key] for box in boxes}
    levels: dict[str, int] = {}

    def level(key: str) -> int:
        if key not in levels:
            levels[key] = max((level(other) + 1 for other in before[key]), default=0)
        return levels[key]

    found: list[list[Box]] = [[] for _ in range(max(level(box.key) for box in boxes) + 1)]
    for box in boxes:
        found[levels[box.key]].append(box)
    heights: dict[str, float] = {}
    for column in found:
        ordered = sorted(enumerate(column), key=lambda item: (_mean(before[item[1].key], heights), item[0]))
        column[:] = [box for _, box in ordered]
        heights.update({box.key: (row + 0.5) / len(column) for row, box in enumerate(column)})
    return found


def _mean(keys: Sequence[str], heights: Mapping[str, float]) -> float:
    return sum(heights[key] for key in keys) / len(keys) if keys else 0.0


def _edge(edge: tuple[str, str], positions: Mapping[str, tuple[int, int, int]]) -> str:
    (start_x, start_y, width), (x2, end_y, _) = positions[edge[0]], positions[edge[1]]
    x1, y1, y2 = start_x + width, start_y + _HEIGHT // 2, end_y + _HEIGHT // 2
    bend = max(16, (x2 - x1) // 2)
    names = f'data-from="{escape(edge[0])}" data-to="{escape(edge[1])}"'
    return f'<path class="edge" {names} d="M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"/>'


def _box(box: Box, x: int, y: int, width: int) -> str:
    drawn = (
        f'<g class="box {escape(box.style)}" data-key="{escape(box.key)}">'
        f"<title>{escape(box.name)}{escape(f': {box.note}' if box.note else '')}</title>"
        f'<rect x="{x}" y="{y}" width="{width}" height="{_HEIGHT}" rx="6"/>'
        f'<text x="{x + 12}" y="{y + (17 if box.note else 24)}" class="name">{escape(box.name)}</text>'
        + (f'<text x="{x + 12}" y="{y + 32}" class="note">{escape(box.note)}</text>' if box.note else "")
        + "</g>"
    )
    return f'<a href="{escape(box.href)}">{drawn}</a>' if box.href else drawn
