"""The task graph of a run, and its time line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.formatting import format_duration
from local.graph import Status, TaskResult
from local.job import Task
from local.report.boxes import Box, draw_boxes
from local.runs import JobRun


def draw_tasks(tasks: Sequence[Task], results: Mapping[str, TaskResult]) -> str:
    """The drawing of the graph."""
    boxes = [_box(task, results.get(task.key)) for task in tasks]
    edges = [(before, task.key) for task in tasks for before in _direct(task, tasks)]
    return draw_boxes(boxes, edges, label="Task graph: each task waits for those that lead to it")


def timeline(run: JobRun | None) -> list[dict[str, Any]]:
    """Tasks with their position on the time line, in percent of the run."""
    if run is None or run.duration_s <= 0:
        return []
    return [
        {
            "key": result.key,
            "status": result.status.value,
            "duration": format_duration(result.duration_s),
            "seconds": round(result.duration_s, 3),
            "left": round(100 * (result.started or 0) / run.duration_s, 2),
            "width": round(max(0.4, 100 * result.duration_s / run.duration_s), 2),
        }
        for result in run.results.values()
        if result.started is not None
    ]


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


def _box(task: Task, result: TaskResult | None) -> Box:
    status = result.status if result else Status.PENDING
    ran = result is not None and status in (Status.SUCCEEDED, Status.FAILED)
    note = format_duration(result.duration_s) if result and ran else (result.reason if result else None) or ""
    retried = f", {result.attempts} attempts" if result and result.attempts > 1 else ""
    text = " \u00b7 ".join(filter(None, [status.value, note.replace("_", " ")])) + retried
    return Box(task.key, task.key, text, status.value)
