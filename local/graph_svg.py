"""Draws the task graph of a run as an SVG: a column per dependency level, a box per task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from local.formatting import format_duration
from local.graph import Status, TaskResult
from local.job import Task

_BOX_W, _BOX_H, _GAP_X, _GAP_Y, _EDGE = 168, 40, 46, 12, 8
# With more tasks than this a drawing says nothing; the report has a table instead.
LIMIT = 60


def graph_svg(tasks: Sequence[Task], results: Mapping[str, TaskResult]) -> str:
    """The drawing. Its classes are styled by the report, so that it follows light and dark."""
    columns = _columns(tasks)
    tallest = max(len(column) for column in columns)
    height = tallest * (_BOX_H + _GAP_Y) - _GAP_Y + 2 * _EDGE
    width = len(columns) * (_BOX_W + _GAP_X) - _GAP_X + 2 * _EDGE
    positions: dict[str, tuple[int, int]] = {}
    for at, column in enumerate(columns):
        top = (height - len(column) * (_BOX_H + _GAP_Y) + _GAP_Y) // 2
        for row, task in enumerate(column):
            positions[task.key] = (_EDGE + at * (_BOX_W + _GAP_X), top + row * (_BOX_H + _GAP_Y))
    edges = "".join(
        _edge(positions[before], positions[task.key]) for task in tasks for before in _direct(task, tasks)
    )
    boxes = "".join(_box(task, results.get(task.key), *positions[task.key]) for task in tasks)
    return (
        f'<svg class="graph" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'style="max-width:{width}px" role="img" aria-label="Task graph">{edges}{boxes}</svg>'
    )


def _direct(task: Task, tasks: Sequence[Task]) -> list[str]:
    """Return what a task waits for, without what something else that it waits for has waited for."""
    by_key = {one.key: one for one in tasks}
    earlier: set[str] = set()
    behind = list(task.depends_on)
    while behind:
        new = set(by_key[behind.pop()].depends_on) - earlier
        earlier |= new
        behind += new
    return [key for key in task.depends_on if key not in earlier]


def _columns(tasks: Sequence[Task]) -> list[list[Task]]:
    """Tasks by level: one more than the highest level among what they wait for."""
    levels: dict[str, int] = {}
    for task in tasks:
        levels[task.key] = max((levels[before] + 1 for before in task.depends_on), default=0)
    return [
        [task for task in tasks if levels[task.key] == level] for level in range(max(levels.values()) + 1)
    ]


def _edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + _BOX_W, start[1] + _BOX_H // 2
    x2, y2 = end[0], end[1] + _BOX_H // 2
    bend = max(16, (x2 - x1) // 2)
    return f'<path class="edge" d="M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"/>'


def _box(task: Task, result: TaskResult | None, x: int, y: int) -> str:
    status = result.status if result else Status.PENDING
    ran = result is not None and status in (Status.SUCCEEDED, Status.FAILED)
    note = format_duration(result.duration_s) if result and ran else (result.reason if result else None) or ""
    retried = f", {result.attempts} attempts" if result and result.attempts > 1 else ""
    text = " \u00b7 ".join(filter(None, [status.value, note.replace("_", " ")])) + retried
    name = task.key if len(task.key) <= 24 else f"{task.key[:23]}\u2026"
    return (
        f'<g class="task {status.value}"><title>{escape(task.key)}: {escape(text)}</title>'
        f'<rect x="{x}" y="{y}" width="{_BOX_W}" height="{_BOX_H}" rx="6"/>'
        f'<text x="{x + 12}" y="{y + 17}" class="name">{escape(name)}</text>'
        f'<text x="{x + 12}" y="{y + 32}" class="note">{escape(text)}</text></g>'
    )
