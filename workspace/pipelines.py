"""Declarative pipelines and their updates. An update is a run of the one task of a job that updates the pipeline, with the
parameters of that job.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from databricks.sdk.service import pipelines

from workspace import runs
from workspace.api import Call, route
from workspace.errors import ApiError, missing, not_done, reject_others
from workspace.store import Body
from workspace.workspace import USER, Workspace, principal, timestamp

_STARTS_WITH = ("cause", "full_refresh")
_LISTED = 5
_STATES: Mapping[str, str] = {
    "SUCCESS": "COMPLETED",
    "FAILED": "FAILED",
    "CANCELED": "CANCELED",
    "PENDING": "CREATED",
    "QUEUED": "QUEUED",
    "RUNNING": "RUNNING",
    "TERMINATING": "STOPPING",
}
_OVER = ("COMPLETED", "FAILED", "CANCELED")


@route(
    "POST", "2.0", "pipelines", takes=pipelines.PipelinesAPI.create, gives=pipelines.CreatePipelineResponse
)
def create_pipeline(workspace: Workspace, call: Call) -> Body:
    if not call.body.get("allow_duplicate_names"):
        workspace.reject_duplicate("pipelines", "name", call.body.get("name"), "Pipeline")
    id_ = workspace.uuid()
    workspace.store.put("pipelines", id_, _pipeline(workspace, id_, call.body))
    return {"pipeline_id": id_}


@route("PUT", "2.0", "pipelines/{id}", takes=pipelines.PipelinesAPI.update)
def update_pipeline(workspace: Workspace, call: Call) -> Body:
    _require(workspace, call)
    workspace.store.put("pipelines", call.parts["id"], _pipeline(workspace, call.parts["id"], call.body))
    return {}


@route("GET", "2.0", "pipelines/{id}", gives=pipelines.GetPipelineResponse)
def get_pipeline(workspace: Workspace, call: Call) -> Body:
    return shown(workspace, _require(workspace, call))


@route("GET", "2.0", "pipelines", gives=pipelines.ListPipelinesResponse)
def list_pipelines(workspace: Workspace, call: Call) -> Body:
    found = [shown(workspace, body) for _, body in workspace.store.every("pipelines")]
    return {"statuses": [{key: body[key] for key in ("pipeline_id", "name", "state")} for body in found]}


@route("DELETE", "2.0", "pipelines/{id}")
def delete_pipeline(workspace: Workspace, call: Call) -> Body:
    stop_pipeline(workspace, call)
    for one in _updates(workspace, _require(workspace, call)):
        workspace.store.delete("updates", one["update_id"])
    return workspace.delete("pipelines", call.parts["id"], "Pipeline")


def _pipeline(workspace: Workspace, id_: str, sent: Mapping[str, Any]) -> Body:
    not_kept = ("allow_duplicate_names", "dry_run", "run_as", "expected_last_modified", "parent_path")
    spec = {key: value for key, value in sent.items() if key not in not_kept}
    run_as = sent.get("run_as")
    return {
        "pipeline_id": id_,
        "name": sent.get("name"),
        "creator_user_name": USER,
        "run_as_user_name": principal(run_as),
        "last_modified": workspace.now_ms,
        **({"run_as": run_as} if run_as else {}),
        "spec": {"edition": "ADVANCED", "channel": "CURRENT", "continuous": False, **spec, "id": id_},
    }


@route(
    "POST",
    "2.0",
    "pipelines/{id}/updates",
    takes=pipelines.PipelinesAPI.start_update,
    gives=pipelines.StartUpdateResponse,
)
def start_update(workspace: Workspace, call: Call) -> Body:
    """Start an update. Tables are updated all together: a selection of them is not done here, nor a validation alone."""
    reject_others(
        "pipelines/updates", {key: value for key, value in call.body.items() if value}, _STARTS_WITH
    )
    pipeline = _require(workspace, call)
    for one in _updates(workspace, pipeline):
        if one["state"] not in _OVER:
            raise ApiError(
                409,
                "RESOURCE_CONFLICT",
                f"Update {one['update_id']} of pipeline {pipeline['name']} is {one['state']}.",
            )
    job, task = _task_of(workspace, pipeline)
    full = bool(call.body.get("full_refresh"))
    alone = {
        **{key: value for key, value in task.items() if key not in ("depends_on", "run_if")},
        "pipeline_task": {"pipeline_id": pipeline["pipeline_id"], "full_refresh": full},
    }
    update = {
        "update_id": workspace.uuid(),
        "pipeline_id": pipeline["pipeline_id"],
        "cause": call.body.get("cause") or "API_CALL",
        "full_refresh": full,
        "creation_time": workspace.now_ms,
        "run_id": runs.start_hidden(workspace, {**job, "settings": {**job["settings"], "tasks": [alone]}}),
    }
    workspace.store.put("updates", update["update_id"], update)
    return {"update_id": update["update_id"]}


@route("GET", "2.0", "pipelines/{id}/updates/{update}", gives=pipelines.GetUpdateResponse)
def get_update(workspace: Workspace, call: Call) -> Body:
    for one in _updates(workspace, _require(workspace, call)):
        if one["update_id"] == call.parts["update"]:
            return {"update": one}
    raise missing(f"Update '{call.parts['update']}' does not exist.")


@route("GET", "2.0", "pipelines/{id}/updates", gives=pipelines.ListUpdatesResponse)
def list_updates(workspace: Workspace, call: Call) -> Body:
    return {"updates": _updates(workspace, _require(workspace, call))}


@route("POST", "2.0", "pipelines/{id}/stop")
def stop_pipeline(workspace: Workspace, call: Call) -> Body:
    """Ask the update that goes on to end, if there is one."""
    pipeline = _require(workspace, call)
    for _, update in workspace.store.every("updates"):
        if update["pipeline_id"] == pipeline["pipeline_id"]:
            runs.cancel_hidden(workspace, str(update["run_id"]))
    return {}


def shown(workspace: Workspace, pipeline: Body) -> Body:
    """A pipeline with its newest updates, and whether one goes on."""
    updates = _updates(workspace, pipeline)
    going = any(one["state"] not in _OVER for one in updates)
    latest = [
        {
            "update_id": one["update_id"],
            "state": one["state"],
            "creation_time": timestamp(one["creation_time"]),
        }
        for one in updates[:_LISTED]
    ]
    return {
        **pipeline,
        "state": "RUNNING" if going else "IDLE",
        **({"latest_updates": latest} if latest else {}),
    }


def _require(workspace: Workspace, call: Call) -> Body:
    return workspace.require("pipelines", call.parts["id"], "Pipeline")


def _updates(workspace: Workspace, pipeline: Body) -> list[Body]:
    """Updates of a pipeline as far as they have come, the newest first."""
    found = []
    for _, update in workspace.store.every("updates"):
        if update["pipeline_id"] != pipeline["pipeline_id"]:
            continue
        state = runs.hidden_state(workspace, str(update["run_id"]))
        word = _STATES[state.get("result_state") or state["life_cycle_state"]]
        found.append({**{key: value for key, value in update.items() if key != "run_id"}, "state": word})
    return sorted(found, key=lambda one: one["creation_time"], reverse=True)


def _task_of(workspace: Workspace, pipeline: Body) -> tuple[Body, Body]:
    """The job and the task that update a pipeline: what the update reads and writes is told by the job's parameters."""
    for _, job in workspace.store.every("jobs"):
        for task in job["settings"]["tasks"]:
            if (task.get("pipeline_task") or {}).get("pipeline_id") == pipeline["pipeline_id"]:
                return job, task
    raise not_done(
        f"No job has a task that updates pipeline {pipeline['name']}: the local workspace takes its parameters from there.",
    )
