"""Schedules of jobs and alerts, followed by the server: what it does by itself.

Times are those of the cron expressions; other triggers are kept, not followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from workspace import alerts, cron, runs
from workspace.api import Call, Later
from workspace.errors import ApiError
from workspace.workspace import Workspace

_TICK_S = 1.0


async def follow(
    workspace: Workspace, wait: Callable[[Later], Awaitable[Any]], log: Callable[[int, str], None]
) -> None:
    """Begin what is due, until it is cancelled; times that pass while nothing looks are not made up for.

    Args:
        workspace: the one whose schedules are followed.
        wait: awaits the outcome of an evaluation.
        log: is told the status and the name of what was begun.
    """
    after, going = workspace.clock(), set[asyncio.Task[Any]]()
    while True:
        await asyncio.sleep(_TICK_S)
        now = workspace.clock()
        for what, begin in due(workspace, after, now):
            try:
                with workspace.store.transaction():
                    runs.take_results(workspace)
                    begun = begin()
                log(200, f"SCHEDULE {what}")
            except ApiError as error:
                log(error.status, f"SCHEDULE {what}: {error.message}")
                continue
            if isinstance(begun, Later):
                going.add(task := asyncio.ensure_future(wait(begun)))
                task.add_done_callback(going.discard)
        after = now


def due(workspace: Workspace, after: float, now: float) -> list[tuple[str, Callable[[], Any]]]:
    """Jobs and alerts that have a time in an interval, by kind and name, each with what begins it.

    Args:
        workspace: the one whose schedules are looked at.
        after: begin of the interval in seconds since 1970, not included.
        now: its end, included.
    """
    found: list[tuple[str, Callable[[], Any]]] = []
    for id_, alert in workspace.store.every("alerts"):
        if cron.is_due(alert.get("schedule"), after, now):
            call = Call("POST", f"alerts/{id_}/evaluate", {"id": id_})
            found.append((f"alert {alert.get('display_name')}", partial(alerts.evaluate, workspace, call)))
    for _, job in workspace.store.every("jobs"):
        settings = job["settings"]
        if cron.is_due(settings.get("schedule"), after, now):
            found.append((f"job {settings['name']}", partial(runs.start, workspace, job, {}, "PERIODIC")))
    return found
