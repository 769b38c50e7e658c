"""Contents of each page as plain values: what the API answers, in the words of a reader."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from os import SEEK_END
from pathlib import Path
from typing import Any

from markupsafe import Markup

from local.errors import LocalError
from local.graph import Status, TaskResult
from local.job import NotebookTask, Task, in_graph_order
from local.report.boxes import LIMIT
from local.report.task_graph import draw_tasks
from workspace import catalog, pipelines, runs
from workspace.api import Call
from workspace.store import Body
from workspace.workspace import Workspace

# The end of an output that a page shows, in bytes; the page names the file that has all of it.
_LOG_LIMIT = 20_000
_RUNS_LISTED = 50
_STATUS = {
    "SUCCESS": "succeeded",
    "FAILED": "failed",
    "CANCELED": "cancelled",
    "UPSTREAM_FAILED": "skipped",
    "EXCLUDED": "skipped",
    "MAXIMUM_CONCURRENT_RUNS_REACHED": "skipped",
}
_GOING = {"RUNNING": "running", "TERMINATING": "running"}
_DRAWN = {
    "running": Status.RUNNING,
    "succeeded": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "cancelled": Status.SKIPPED,
    "skipped": Status.SKIPPED,
}


def overview(workspace: Workspace, _: str = "") -> Mapping[str, Any]:
    """Lists of what people look for in a workspace."""
    every = workspace.store.every
    listed = runs.list_runs(workspace, Call("GET", "jobs/runs/list"))["runs"]
    last: dict[int, Body] = {}
    for one in reversed(listed):
        last[one["job_id"]] = _run(one)
    return {
        "jobs": [
            {
                "id": id_,
                "name": body["settings"]["name"],
                "tasks": len(body["settings"]["tasks"]),
                "run_as": body["run_as_user_name"],
                "last": last.get(body["job_id"]),
            }
            for id_, body in every("jobs")
        ],
        "runs": [_run(one) for one in listed[:_RUNS_LISTED]],
        "runs_in_all": len(listed),
        "pipelines": [pipelines.shown(workspace, body) for _, body in every("pipelines")],
        "catalogs": [
            {
                "name": name,
                "owner": body["owner"],
                "comment": body.get("comment"),
                "schemas": _count_inside(workspace, "schemas", name),
                "tables": _count_inside(workspace, "tables", name),
                "volumes": _count_inside(workspace, "volumes", name),
            }
            for name, body in every("catalogs")
        ],
        "dashboards": [
            {"id": id_, "name": body.get("display_name"), "path": body["path"]}
            for id_, body in every("dashboards")
        ],
        "alerts": [_alert(workspace, body) for _, body in every("alerts")],
        "warehouses": [body for _, body in every("warehouses")],
    }


def job(workspace: Workspace, id_: str) -> Mapping[str, Any]:
    """A job, its task graph, and its runs."""
    body = workspace.require("jobs", id_, "Job")
    settings = body["settings"]
    listed = runs.list_runs(workspace, Call("GET", "jobs/runs/list", query={"job_id": id_}))["runs"]
    return {
        "job": body,
        "settings": settings,
        "graph": _graph(settings["tasks"], {}),
        "tasks": [_task(one) for one in settings["tasks"]],
        "runs": [_run(one) for one in listed[:_RUNS_LISTED]],
        "runs_in_all": len(listed),
    }


def run(workspace: Workspace, id_: str) -> Mapping[str, Any]:
    """A run: each task with its state, times and the end of its output."""
    body = runs.get_run(workspace, Call("GET", "jobs/runs/get", query={"run_id": id_}))
    logs = runs.task_logs(workspace, id_)
    tasks = [
        _task(one)
        | {
            "file": (file := logs.get(one["task_key"])),
            "log": _end(file),
            "started_run": _started(workspace, one),
        }
        for one in body["tasks"]
    ]
    return {
        "run": _run(body),
        "parameters": body["job_parameters"],
        "has_job": workspace.store.get("jobs", str(body["job_id"])) is not None,
        "graph": _graph(body["tasks"], {one["key"]: one for one in tasks}),
        "tasks": tasks,
    }


def catalog_(workspace: Workspace, name: str) -> Mapping[str, Any]:
    """A catalog with its schemas, and what lies in them."""
    body = _securable(workspace, catalog.CATALOGS, name)
    return {
        "catalog": body,
        "grants": _grants(workspace, catalog.CATALOGS, name),
        "schemas": [
            {
                **schema,
                "tables": _inside(workspace, "tables", full_name),
                "volumes": _inside(workspace, "volumes", full_name),
                "grants": _grants(workspace, catalog.SCHEMAS, full_name),
            }
            for full_name, schema in workspace.store.every("schemas")
            if schema["catalog_name"] == body["name"]
        ],
    }


def table(workspace: Workspace, name: str) -> Mapping[str, Any]:
    """A table: its columns, and who may do what with it."""
    body = _securable(workspace, catalog.TABLES, name)
    return {"table": body, "grants": _grants(workspace, catalog.TABLES, name)}


def dashboard(workspace: Workspace, id_: str) -> Mapping[str, Any]:
    """A dashboard: the widgets of its pages and the queries of its datasets, which are not run."""
    body = workspace.require("dashboards", id_, "Dashboard")
    try:
        held = json.loads(body.get("serialized_dashboard") or "{}")
        datasets = [
            {"name": one.get("displayName") or one["name"], "query": _query(one)}
            for one in held.get("datasets") or ()
        ]
        widgets = [
            {"page": page.get("displayName") or page["name"], **_widget(item["widget"])}
            for page in held.get("pages") or ()
            for item in page.get("layout") or ()
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        # Whatever a client sent is kept; one that is no dashboard of this form is shown as its text.
        return {"dashboard": body, "datasets": [], "widgets": [], "text": body["serialized_dashboard"]}
    return {"dashboard": body, "datasets": datasets, "widgets": widgets, "text": ""}


def _alert(workspace: Workspace, alert: Body) -> Body:
    """An alert with what its last evaluation came to."""
    last = workspace.store.get("evaluations", alert["id"]) or {}
    told = {"state": last.get("state", "not evaluated yet"), "message": last.get("message")}
    return {**alert, **told, "at": last.get("last_evaluated_at")}


def _query(dataset: Mapping[str, Any]) -> str:
    return "".join(dataset.get("queryLines") or ()) or str(dataset.get("query") or "")


def _widget(widget: Mapping[str, Any]) -> dict[str, Any]:
    spec = widget.get("spec") or {}
    title = (spec.get("frame") or {}).get("title") or widget.get("name")
    used = [(one.get("query") or {}).get("datasetName") for one in widget.get("queries") or ()]
    kind = spec.get("widgetType") or ("text" if "textbox_spec" in widget else "")
    return {"title": title, "kind": kind, "datasets": ", ".join(filter(None, used))}


def _run(body: Body) -> Body:
    return {
        "id": str(body["run_id"]),
        "job_id": str(body["job_id"]),
        "name": body["run_name"],
        "status": _status(body["state"]),
        "message": body["state"].get("state_message"),
        "started": body.get("start_time"),
        "ended": body.get("end_time"),
        "seconds": _seconds(body.get("run_duration")),
        "queued": _seconds(body.get("queue_duration")),
    }


def _task(body: Body) -> Body:
    """A task of a job, or of a run with what became of it."""
    state = body.get("state") or {}
    begun, end = body.get("start_time"), body.get("end_time")
    kinds = [name.removesuffix("_task").replace("_", " ") for name in body if name.endswith("_task")]
    return {
        "key": body["task_key"],
        "kind": ", ".join(kinds),
        "after": [one["task_key"] for one in body.get("depends_on") or ()],
        "run_if": body.get("run_if") or "ALL_SUCCESS",
        "status": _status(state),
        "reason": state.get("result_state", ""),
        "error": state.get("state_message"),
        "started": begun,
        "seconds": _seconds(end - begun if begun and end else None),
        "attempts": body.get("attempt_number", 0) + 1 if begun else 0,
    }


def _status(state: Mapping[str, Any]) -> str:
    if state.get("result_state"):
        return _STATUS.get(state["result_state"], str(state["result_state"]).lower().replace("_", " "))
    return _GOING.get(state.get("life_cycle_state", ""), "waiting")


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _started(workspace: Workspace, task: Body) -> str:
    """The id of the run of another job that a task has started; empty without one."""
    if "run_job_task" not in task:
        return ""
    asked = Call("GET", "jobs/runs/get-output", query={"run_id": str(task["run_id"])})
    return str(runs.get_output(workspace, asked).get("run_job_output", {}).get("run_id", ""))


def _end(log: Path | None) -> str:
    """The end of a log, from the beginning of a line; empty where there is none yet."""
    try:
        with (log or Path()).open("rb") as opened:
            size = opened.seek(0, SEEK_END)
            opened.seek(max(0, size - _LOG_LIMIT))
            text = opened.read().decode(errors="replace")
    except OSError:
        return ""
    return text if size <= _LOG_LIMIT else "\u2026\n" + text.partition("\n")[2]


def _graph(tasks: Sequence[Body], results: Mapping[str, Body]) -> Markup | None:
    """The drawing of a task graph; none of a graph that is too large for one, or goes in a circle."""
    if not 0 < len(tasks) <= LIMIT:
        return None
    # What a task runs is not drawn.
    nodes = [
        Task(
            one["task_key"], NotebookTask(""), tuple(edge["task_key"] for edge in one.get("depends_on") or ())
        )
        for one in tasks
    ]
    try:
        ordered = in_graph_order(nodes, "")
    except LocalError:
        return None
    drawn = {key: _result(one) for key, one in results.items()}
    # draw_boxes escapes the names.
    return Markup(draw_tasks(ordered, drawn))


def _result(task: Body) -> TaskResult:
    status = _DRAWN.get(task["status"], Status.PENDING)
    reason = "cancelled" if task["status"] == "cancelled" else task["reason"].lower() or None
    return TaskResult(
        task["key"],
        status,
        reason=reason if status is Status.SKIPPED else None,
        duration_s=task["seconds"] or 0.0,
        attempts=task["attempts"],
    )


def _securable(workspace: Workspace, kind: catalog.Kind, name: str) -> Body:
    return workspace.require(kind.collection, name.lower(), kind.one.capitalize())


def _inside(workspace: Workspace, kind: str, name: str) -> list[Body]:
    return [body for id_, body in workspace.store.every(kind) if id_.startswith(f"{name}.")]


def _count_inside(workspace: Workspace, kind: str, name: str) -> int:
    return len(_inside(workspace, kind, name))


def _grants(workspace: Workspace, kind: catalog.Kind, name: str) -> list[Body]:
    """Grants on a securable and on what it lies in: principal, privileges, and where they are granted."""
    found: list[Body] = []
    for on, called in _upwards(kind, name.lower()):
        held = workspace.store.get("grants", f"{on.collection}/{called}") or {}
        found += [
            {
                "principal": principal,
                "privileges": [one.replace("_", " ") for one in privileges],
                "on": f"{on.one} {called}",
                "inherited": on is not kind,
            }
            for principal, privileges in sorted(held.items())
        ]
    return found


def _upwards(kind: catalog.Kind, name: str) -> Iterator[tuple[catalog.Kind, str]]:
    while True:
        yield kind, name
        if kind.parent is None:
            return
        kind, name = catalog.KINDS[kind.parent], name.rpartition(".")[0]
