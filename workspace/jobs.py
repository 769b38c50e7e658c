"""Jobs, cluster policies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from databricks.sdk.service import compute, jobs

from workspace import cron
from workspace.api import Call, route
from workspace.errors import exists, invalid
from workspace.store import Body
from workspace.workspace import USER, Workspace, principal

_JOB_DEFAULTS: Mapping[str, Any] = {
    "email_notifications": {},
    "format": "MULTI_TASK",
    "max_concurrent_runs": 1,
    "name": "Untitled",
    "timeout_seconds": 0,
    "webhook_notifications": {},
}
_TASK_DEFAULTS: Mapping[str, Any] = {
    "email_notifications": {},
    "run_if": "ALL_SUCCESS",
    "timeout_seconds": 0,
    "webhook_notifications": {},
}


@route("POST", "2.1|2.2", "jobs/create", takes=jobs.JobsAPI.create, gives=jobs.CreateResponse)
def create_job(workspace: Workspace, call: Call) -> Body:
    job_id = workspace.number()
    body = {
        "job_id": job_id,
        "created_time": workspace.now_ms,
        "creator_user_name": USER,
        **_with_settings(workspace, call.body),
    }
    workspace.store.put("jobs", str(job_id), body)
    return {"job_id": job_id}


@route("GET", "2.0|2.1|2.2", "jobs/get", gives=jobs.Job)
def get_job(workspace: Workspace, call: Call) -> Body:
    return workspace.require("jobs", call.query.get("job_id", ""), "Job")


@route("GET", "2.1|2.2", "jobs/list", gives=jobs.ListJobsResponse)
def list_jobs(workspace: Workspace, call: Call) -> Body:
    found = [body for _, body in workspace.store.every("jobs")]
    name = call.query.get("name")
    listed = [
        {key: value for key, value in job.items() if key != "run_as_user_name"}
        for job in found
        if name in (None, job["settings"]["name"])
    ]
    return {"jobs": listed, "has_more": False}


@route("POST", "2.1|2.2", "jobs/reset", takes=jobs.JobsAPI.reset)
def reset_job(workspace: Workspace, call: Call) -> Body:
    id_ = str(call.body.get("job_id"))
    job = workspace.require("jobs", id_, "Job")
    workspace.store.put(
        "jobs", id_, {**job, **_with_settings(workspace, call.body.get("new_settings") or {})}
    )
    return {}


@route("POST", "2.1|2.2", "jobs/update", takes=jobs.JobsAPI.update)
def update_job(workspace: Workspace, call: Call) -> Body:
    id_ = str(call.body.get("job_id"))
    job = workspace.require("jobs", id_, "Job")
    settings = {**job["settings"], **(call.body.get("new_settings") or {})}
    for field in call.body.get("fields_to_remove") or ():
        settings.pop(field, None)
    workspace.store.put("jobs", id_, {**job, **_with_settings(workspace, settings)})
    return {}


@route("POST", "2.1|2.2", "jobs/delete", takes=jobs.JobsAPI.delete)
def delete_job(workspace: Workspace, call: Call) -> Body:
    return workspace.delete("jobs", str(call.body.get("job_id")), "Job")


def _with_settings(workspace: Workspace, sent: Mapping[str, Any]) -> Body:
    """Settings as the server keeps them, and who the job runs as."""
    settings = {**_JOB_DEFAULTS, **sent}
    settings.pop("access_control_list", None)
    settings["tasks"] = [{**_TASK_DEFAULTS, **task} for task in settings.get("tasks") or ()]
    _check_tasks(workspace, settings)
    cron.check(settings.get("schedule") or {})
    return {"settings": settings, "run_as_user_name": principal(settings.get("run_as"))}


def _check_tasks(workspace: Workspace, settings: Mapping[str, Any]) -> None:
    """Reject what Databricks rejects when a job is written: keys twice, edges, clusters and environments that are not there."""
    keys = [task["task_key"] for task in settings["tasks"]]
    for name, used, there in _names_used(settings, keys):
        if used not in there:
            raise invalid(
                f"{name} '{used}' is not defined in the job; defined are {', '.join(sorted(there)) or 'none'}."
            )
    if len(set(keys)) != len(keys):
        raise invalid("The job has two tasks with one task_key.")
    parameters = [one["name"] for one in settings.get("parameters") or ()]
    if len(set(parameters)) != len(parameters):
        raise invalid("The job has two parameters with one name.")
    triggers = [name for name in ("schedule", "trigger", "continuous") if settings.get(name)]
    if len(triggers) > 1:
        raise invalid(f"A job has one of schedule, trigger and continuous, not {' and '.join(triggers)}.")
    for cluster in settings.get("job_clusters") or ():
        policy = (cluster.get("new_cluster") or {}).get("policy_id")
        if policy:
            workspace.require("policies", policy, "Cluster policy")


def _names_used(settings: Mapping[str, Any], keys: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    clusters = [one["job_cluster_key"] for one in settings.get("job_clusters") or ()]
    environments = [one["environment_key"] for one in settings.get("environments") or ()]
    for task in settings["tasks"]:
        for edge in task.get("depends_on") or ():
            yield "Task", edge["task_key"], keys
        if task.get("job_cluster_key"):
            yield "Job cluster", task["job_cluster_key"], clusters
        if task.get("environment_key"):
            yield "Environment", task["environment_key"], environments


@route(
    "POST",
    "2.0",
    "policies/clusters/create",
    takes=compute.ClusterPoliciesAPI.create,
    gives=compute.CreatePolicyResponse,
)
def create_policy(workspace: Workspace, call: Call) -> Body:
    workspace.reject_duplicate("policies", "name", call.body.get("name"), "Cluster policy")
    id_ = workspace.hex_id()
    made = {
        "policy_id": id_,
        "created_at_timestamp": workspace.now_ms,
        "creator_user_name": USER,
        "is_default": False,
    }
    workspace.store.put("policies", id_, {**_policy(call.body), **made})
    return {"policy_id": id_}


@route("POST", "2.0", "policies/clusters/edit", takes=compute.ClusterPoliciesAPI.edit)
def edit_policy(workspace: Workspace, call: Call) -> Body:
    id_ = str(call.body.get("policy_id"))
    found = workspace.require("policies", id_, "Cluster policy")
    kept = ("policy_id", "created_at_timestamp", "creator_user_name", "is_default")
    for other, body in workspace.store.every("policies"):
        if other != id_ and body.get("name") == call.body.get("name"):
            raise exists(f"Cluster policy '{body['name']}' already exists.")
    workspace.store.put("policies", id_, {**_policy(call.body), **{key: found[key] for key in kept}})
    return {}


@route("GET", "2.0", "policies/clusters/get", gives=compute.Policy)
def get_policy(workspace: Workspace, call: Call) -> Body:
    return workspace.require("policies", call.query.get("policy_id", ""), "Cluster policy")


@route("GET", "2.0", "policies/clusters/list", gives=compute.ListPoliciesResponse)
def list_policies(workspace: Workspace, call: Call) -> Body:
    return {"policies": [body for _, body in workspace.store.every("policies")]}


@route("POST", "2.0", "policies/clusters/delete", takes=compute.ClusterPoliciesAPI.delete)
def delete_policy(workspace: Workspace, call: Call) -> Body:
    return workspace.delete("policies", str(call.body.get("policy_id")), "Cluster policy")


def _policy(sent: Mapping[str, Any]) -> Body:
    definition = sent.get("definition")
    try:
        right = definition is None or isinstance(json.loads(definition), dict)
    except ValueError:
        right = False
    if not right:
        raise invalid("The definition of a cluster policy must be a JSON object.")
    return dict(sent)
