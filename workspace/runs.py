"""Runs of jobs. Each is a process of its own, of the runner in `local/`, over the tables and volumes of this workspace; it outlives
the server, and what it came to is read from its folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from databricks.sdk.service import jobs

from local.locking import is_locked
from workspace import access, catalog, ddl
from workspace.api import Call, route
from workspace.errors import invalid, missing, not_done, reject_others
from workspace.files import normal
from workspace.store import Body
from workspace.workspace import ADMIN, USER, Workspace, principal

_ROOT = Path(__file__).resolve().parent.parent
# Largest number of bytes of a task's output that is given back, as on Databricks.
_OUTPUT_LIMIT = 5_000_000
_START_S = 60
_END_S = 30
_OVER = ("TERMINATED", "SKIPPED", "INTERNAL_ERROR")
_REPAIR = ("run_id", "latest_repair_id", "rerun_all_failed_tasks", "rerun_dependent_tasks", "rerun_tasks")
_RUN_NOW = ("job_id", "job_parameters", "idempotency_token", "queue")
# Jobs that a job may start through others, as on Databricks.
_DEEPEST = 3
_REFERENCE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_RUN_ID = "{{job.run_id}}"
# Settings of a task that a run shows.
_SHOWN = ("task_key", "depends_on", "run_if", "job_cluster_key", "environment_key", "libraries")
# Processes that this server started, by run id: the ones of an earlier server are known by their locks.
_processes: dict[int, subprocess.Popen[bytes]] = {}


@route("POST", "2.1|2.2", "jobs/run-now", takes=jobs.JobsAPI.run_now, gives=jobs.RunNowResponse)
def run_now(workspace: Workspace, call: Call) -> Body:
    """Start a run. Without a queue, one beyond `max_concurrent_runs` is skipped."""
    reject_others("jobs/run-now", call.body, _RUN_NOW)
    job = workspace.require("jobs", str(call.body.get("job_id")), "Job")
    run = start(workspace, job, call.body)
    return {"run_id": run["run_id"], "number_in_job": run["run_id"]}


def start(workspace: Workspace, job: Body, asked: Body, trigger: str = "ONE_TIME") -> Body:
    """Start a run of a job, unless there is one with the same token already; returns the run.

    Args:
        workspace: where the job is.
        job: as it is held.
        asked: `job_parameters`, `idempotency_token` and `queue` of run-now.
        trigger: what started it, in the word of the API.
    """
    settings, token = job["settings"], asked.get("idempotency_token")
    earlier = [run for run in _begun(workspace) if run["job_id"] == job["job_id"]]
    for run in earlier:
        if token and run["token"] == token:
            return run
    run = {**_new_run(workspace, job, asked.get("job_parameters") or {}, token), "trigger": trigger}
    going = [one for one in earlier if one["end"] is None]
    queue = asked.get("queue") or settings.get("queue") or {}
    if len(going) >= settings["max_concurrent_runs"] and not queue.get("enabled"):
        run["end"] = {
            "life_cycle_state": "SKIPPED",
            "result_state": "MAXIMUM_CONCURRENT_RUNS_REACHED",
            "state_message": f"The job may have {settings['max_concurrent_runs']} runs at a time, and has no queue.",
        }
    else:
        _begin(workspace, settings, run, {})
    return _put(workspace, run)


def start_hidden(workspace: Workspace, job: Body) -> str:
    """Start a run that calls about runs do not know; returns its id.

    Args:
        workspace: where the job is.
        job: as it is held, with the tasks to run.
    """
    run = {**_new_run(workspace, job, {}), "hidden": True}
    _begin(workspace, job["settings"], run, {})
    return str(_put(workspace, run)["run_id"])


def hidden_state(workspace: Workspace, run_id: str) -> Body:
    """The state of a run that was started hidden: `life_cycle_state`, and `result_state` once it is over."""
    return _state(workspace, workspace.require("runs", run_id, "Run"))


def cancel_hidden(workspace: Workspace, run_id: str) -> None:
    """Ask a run that was started hidden to end."""
    _cancel(workspace, workspace.require("runs", run_id, "Run"))


@route("POST", "2.1|2.2", "jobs/runs/repair", takes=jobs.JobsAPI.repair_run, gives=jobs.RepairRunResponse)
def repair_run(workspace: Workspace, call: Call) -> Body:
    """Run tasks of a run again, as its job now has them and with the parameters of the run; the others keep their results."""
    reject_others("jobs/runs/repair", call.body, _REPAIR)
    run = _require(workspace, call)
    if "root" in run:
        raise not_done(
            f"Run {run['run_id']} was started by a task: the local workspace repairs run {run['root']}, which started it.",
        )
    state = _state(workspace, run)
    if run["end"] is None or state["life_cycle_state"] == "SKIPPED":
        raise invalid(
            f"Run {run['run_id']} is {state['life_cycle_state']}; one that has run to its end is repaired."
        )
    latest = run["repair"]["id"] if "repair" in run else None
    if call.body.get("latest_repair_id") != latest:
        raise invalid(
            f"latest_repair_id is {call.body.get('latest_repair_id')}; that of run {run['run_id']} is {latest}."
        )
    job = workspace.require("jobs", str(run["job_id"]), "Job")
    again = _rerun(job["settings"], state, call.body)
    before = {task["task_key"]: task for task in run["tasks"]}
    history, repair_id = _history(workspace, run), workspace.number()
    tasks = []
    for task in job["settings"]["tasks"]:
        key = task["task_key"]
        if key in again:
            earlier = before.get(key, {})
            tasks.append({**_task(workspace, task), "attempt": earlier.get("attempt", 0) + 1})
        else:
            tasks.append(before[key])
    started = [task["run_id"] for task in tasks if task["task_key"] in again]
    repair = {"id": repair_id, "start_time": workspace.now_ms, "task_run_ids": started}
    run |= {"tasks": tasks, "end": None, "cancelled": False, "history": history, "repair": repair}
    done = {path: one for path, one in state["tasks"].items() if path.split("/")[0] not in again}
    # The process of a run that says that it is over may take a moment more to end.
    _await_ends(workspace, [run])
    (_folder(workspace, run) / "state.json").unlink(missing_ok=True)
    _begin(workspace, job["settings"], run, done)
    _put(workspace, run)
    return {"repair_id": repair_id}


def _rerun(settings: Mapping[str, Any], state: Body, body: Body) -> set[str]:
    """Keys of the tasks that a repair runs."""
    named, failed = set(body.get("rerun_tasks") or ()), bool(body.get("rerun_all_failed_tasks"))
    if bool(named) == failed:
        raise invalid("A repair takes either rerun_tasks or rerun_all_failed_tasks.")
    tasks = {task["task_key"]: task for task in settings["tasks"]}
    unknown = sorted(named - set(tasks))
    if unknown:
        raise invalid(f"The job has no task {', '.join(unknown)}; it has {', '.join(tasks)}.")
    fine = {key for key, one in state["tasks"].items() if one.get("result_state") in ("SUCCESS", "EXCLUDED")}
    again = {key for key in tasks if key not in fine} if failed else named
    while body.get("rerun_dependent_tasks"):
        more = {
            key
            for key, task in tasks.items()
            if key not in again and any(edge["task_key"] in again for edge in task.get("depends_on") or ())
        }
        if not more:
            break
        again |= more
    # A task that the run did not come to has no result to keep.
    again |= {key for key in tasks if key not in state["tasks"]}
    if not again:
        raise invalid("The run has no failed task.")
    for key in sorted(again):
        lost = set(re.findall(r"tasks\.(\w+)\.values\.", json.dumps(tasks[key]))) - again
        if lost:
            raise not_done(
                f"Task {key} reads values that {', '.join(sorted(lost))} left, which the local workspace does not keep: "
                "name these tasks in rerun_tasks, too.",
            )
    return again


def _history(workspace: Workspace, run: Body) -> list[Body]:
    """The run as it first was, and its repairs; the state of the last one is that of the run."""
    described = _described(workspace, run)
    shown = {
        name: described[name] for name in ("start_time", "end_time", "state", "status") if name in described
    }
    first = {"type": "ORIGINAL", "task_run_ids": [task["run_id"] for task in run["tasks"]]}
    last = {"type": "REPAIR", **run["repair"]} if "repair" in run else first
    return [*run.get("history", ()), {**shown, **last}]


@route("GET", "2.1|2.2", "jobs/runs/get", gives=jobs.Run)
def get_run(workspace: Workspace, call: Call) -> Body:
    run = _require(workspace, call)
    history = {"repair_history": _history(workspace, run)} if call.flag("include_history") else {}
    return {**_described(workspace, run), "tasks": list(_tasks(workspace, run)), **history}


@route("GET", "2.1|2.2", "jobs/runs/list", gives=jobs.ListRunsResponse)
def list_runs(workspace: Workspace, call: Call) -> Body:
    job, active, completed = call.query.get("job_id"), call.flag("active_only"), call.flag("completed_only")
    found = [
        _described(workspace, run)
        for run in _begun(workspace)
        if job in (None, str(run["job_id"]))
        and not (active and run["end"] is not None)
        and not (completed and run["end"] is None)
    ]
    return {"runs": found[::-1], "has_more": False}


@route("GET", "2.1|2.2", "jobs/runs/get-output", gives=jobs.RunOutput)
def get_output(workspace: Workspace, call: Call) -> Body:
    """Output of one task of a run, by the task's own run id."""
    id_ = call.query.get("run_id", "")
    for run in _begun(workspace):
        for task in _tasks(workspace, run):
            if str(task["run_id"]) != id_:
                continue
            state = _state(workspace, run)["tasks"].get(task["task_key"], {})
            answer: Body = {"metadata": {**_described(workspace, run), **_shared(task)}}
            if "notebook_task" in task and state.get("output") is not None:
                answer["notebook_output"] = {"result": state["output"], "truncated": False}
            if (child := _started_by(workspace, run, task)) is not None:
                answer["run_job_output"] = {"run_id": child["run_id"]}
            if state.get("error") is not None:
                answer["error"] = state["error"]
            text = _log(state)
            return {**answer, "logs": text[-_OUTPUT_LIMIT:], "logs_truncated": len(text) > _OUTPUT_LIMIT}
    if any(str(run["run_id"]) == id_ for run in _every(workspace)):
        raise invalid(
            "Retrieving the output of runs with multiple tasks is not supported: give the run id of a task."
        )
    raise missing(f"Run {id_} does not exist.")


@route("POST", "2.1|2.2", "jobs/runs/cancel", takes=jobs.JobsAPI.cancel_run)
def cancel_run(workspace: Workspace, call: Call) -> Body:
    """Ask a run to end; one that is over stays as it is."""
    run = _require(workspace, call)
    if run["end"] is None and "root" in run:
        raise not_done(
            f"Run {run['run_id']} was started by a task: the local workspace cancels it with run {run['root']}, which started it.",
        )
    _cancel(workspace, run)
    return {}


def _cancel(workspace: Workspace, run: Body) -> None:
    if run["end"] is None:
        _put(workspace, {**run, "cancelled": True})
        _signal(run)


@route("POST", "2.1|2.2", "jobs/runs/delete", takes=jobs.JobsAPI.delete_run)
def delete_run(workspace: Workspace, call: Call) -> Body:
    run = _require(workspace, call)
    if run["end"] is None:
        raise invalid(f"Run {run['run_id']} is going on: cancel it first.")
    workspace.store.delete("runs", str(run["run_id"]))
    shutil.rmtree(_folder(workspace, run), ignore_errors=True)
    return {}


def task_logs(workspace: Workspace, run_id: str) -> dict[str, Path]:
    """Files with the output of the tasks of a run so far, by their keys."""
    run = workspace.require("runs", run_id, "Run")
    tasks = _state(workspace, run)["tasks"]
    return {key: Path(task["log"]) for key, task in tasks.items() if "log" in task}


def take_results(workspace: Workspace) -> None:
    """Take over the result of each run that is over; the tables that it made are there from then on.

    One that says so itself is over, though its process may take a moment more to end: whoever sees its result sees its tables.
    """
    every = _every(workspace)
    for run in every:
        if run["end"] is not None or "root" in run:
            continue
        # Asked for in this order, since the process writes its last state before it ends.
        is_going, state = _is_going(workspace, run), _state(workspace, run)
        if state["life_cycle_state"] not in _OVER:
            if is_going:
                continue
            state |= _died(workspace, run)
        run["end"] = {"end_time": workspace.now_ms, **state}
        _put(workspace, run)
        _end_children(
            workspace, [one for one in every if one.get("root") == run["run_id"] and one["end"] is None]
        )
        _add_tables(workspace, run, state["tables"])
        shutil.rmtree(_folder(workspace, run) / "files", ignore_errors=True)
        _processes.pop(run["run_id"], None)


def _end_children(workspace: Workspace, children: Sequence[Body]) -> None:
    """The run that started them is over: they are too, and those that never began were never there."""
    for child in children:
        state = _state(workspace, child)
        if state["life_cycle_state"] == "PENDING":
            workspace.store.delete("runs", str(child["run_id"]))
            continue
        if state["life_cycle_state"] not in _OVER:
            ended = {
                "life_cycle_state": "INTERNAL_ERROR",
                "result_state": "FAILED",
                "end_time": workspace.now_ms,
            }
            state |= {**ended, "state_message": f"Run {child['root']}, which started it, ended unexpectedly."}
        _put(workspace, {**child, "end": state})


def _died(workspace: Workspace, run: Body) -> Body:
    """The end of a process that wrote none: one that was cancelled before it could listen, or one that was killed."""
    if run.get("cancelled"):
        return {
            "life_cycle_state": "TERMINATED",
            "result_state": "CANCELED",
            "state_message": "The run was cancelled.",
        }
    log = _folder(workspace, run) / "run.log"
    return {
        "life_cycle_state": "INTERNAL_ERROR",
        "result_state": "FAILED",
        "state_message": f"The process of the run ended unexpectedly; its output is in {log}.",
    }


def stop_all(workspace: Workspace) -> None:
    """End every run, and wait for it."""
    going = [run for run in _every(workspace) if run["end"] is None and "root" not in run]
    for run in going:
        _signal(run)
    _await_ends(workspace, going)


def _await_ends(workspace: Workspace, runs: Sequence[Body]) -> None:
    """Wait until the processes of runs have ended, for a while."""
    until = time.monotonic() + _END_S
    while any(_is_going(workspace, run) for run in runs) and time.monotonic() < until:
        time.sleep(0.1)


def _new_run(
    workspace: Workspace, job: Mapping[str, Any], given: Mapping[str, str], token: str | None = None
) -> Body:
    run_id, settings = workspace.number(), job["settings"]
    parameters = _parameters(settings, given)
    return {
        "run_id": run_id,
        "job_id": job["job_id"],
        "name": settings["name"],
        "token": token,
        "parameters": {name: value.replace(_RUN_ID, str(run_id)) for name, value in parameters.items()},
        "given": sorted(given),
        "tasks": [_task(workspace, task) for task in settings["tasks"]],
        "started": workspace.now_ms,
        "end": None,
    }


def _children(
    workspace: Workspace, run: Body, settings: Mapping[str, Any], root: int | None = None, path: str = ""
) -> Iterator[tuple[str, Body]]:
    """Runs that tasks of a run start, by the path of the task. They run in its process, which says how far they have come."""
    root = root or run["run_id"]
    jobs_there = _started_jobs(workspace, settings)
    known = {"job.run_id": str(run["run_id"])}
    known |= {f"job.parameters.{name}": value for name, value in run["parameters"].items()}
    for task in run["tasks"]:
        if "run_job_task" not in task:
            continue
        job = jobs_there[str(task["run_job_task"]["job_id"])]
        given = {
            name: _REFERENCE.sub(lambda found: known.get(found[1], found[0]), value)
            for name, value in (task["run_job_task"].get("job_parameters") or {}).items()
        }
        child = _new_run(workspace, job, given)
        mine, theirs = (one["parameters"].get("catalog", "main").lower() for one in (run, child))
        if mine != theirs:
            raise not_done(
                f"Task {task['task_key']} starts a job in catalog {theirs}, its own is in {mine}: the local workspace "
                "runs them in one process, in one catalog.",
            )
        if _run_as(settings) != _run_as(job["settings"]):
            raise not_done(
                f"Task {task['task_key']} starts a job that runs as {_run_as(job['settings'])}, its own runs as "
                f"{_run_as(settings)}: the local workspace runs them in one process, as one of them.",
            )
        below = f"{path}{task['task_key']}"
        child |= {"root": root, "path": below, "trigger": "RUN_JOB_TASK"}
        yield from _children(workspace, child, job["settings"], root, f"{below}/")
        yield below, child


def _started_jobs(workspace: Workspace, settings: Mapping[str, Any], depth: int = 0) -> dict[str, Body]:
    """Jobs that tasks of a job start, and those that these start, by id."""
    found: dict[str, Body] = {}
    for task in settings["tasks"]:
        if "run_job_task" not in task:
            continue
        if depth == _DEEPEST:
            raise invalid(
                f"Job {settings['name']} is started through more than {_DEEPEST} jobs, or by itself."
            )
        id_ = str(task["run_job_task"]["job_id"])
        found[id_] = workspace.require("jobs", id_, "Job")
        found |= _started_jobs(workspace, found[id_]["settings"], depth + 1)
    return found


def _parameters(settings: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Parameters of the job with what a run gives; one that the job does not have is an error."""
    defaults = {one["name"]: str(one["default"]) for one in settings.get("parameters") or ()}
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        names = ", ".join(defaults) or "none"
        raise invalid(f"The job has no parameter {', '.join(unknown)}; it has {names}.")
    return {**defaults, **given}


def _begin(workspace: Workspace, settings: Body, run: Body, done: Mapping[str, Any]) -> None:
    """Start a run, with those that its tasks start; `done` are states of tasks that are not run again."""
    children = {
        path: child for path, child in _children(workspace, run, settings) if path.split("/")[0] not in done
    }
    _start(workspace, settings, run, {path: child["run_id"] for path, child in children.items()}, done)
    for child in children.values():
        _put(workspace, child)


def _task(workspace: Workspace, task: Mapping[str, Any]) -> Body:
    kinds = [name for name in task if name.endswith("_task")]
    return {**{name: task[name] for name in (*_SHOWN, *kinds) if name in task}, "run_id": workspace.number()}


def _start(
    workspace: Workspace, settings: Body, run: Body, run_ids: Mapping[str, int], done: Mapping[str, Any]
) -> None:
    """Start the process of a run; `run_ids` are those of the runs that its tasks start, by path."""
    folder = _folder(workspace, run)
    body = document(workspace, settings, run)
    body |= {"run_ids": {path: str(run_id) for path, run_id in run_ids.items()}, "done": done}
    write_files(workspace, body, folder / "files")
    (folder / "run.json").write_text(json.dumps(body), encoding="utf-8")
    with (folder / "run.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.workspace_run", str(folder)],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _processes[run["run_id"]] = process
    run.update(pid=process.pid, catalog=body["catalog"], run_as=_run_as(settings))


def _run_as(settings: Mapping[str, Any]) -> str:
    """The principal that runs of a job are of: without one, whoever made it, who is an administrator."""
    return principal(settings.get("run_as"))


def _access(workspace: Workspace, name: str) -> Body | None:
    """Grants and owners for a run of a principal; `None` for the administrator, who is denied nothing."""
    return None if name == USER else access.snapshot(workspace.store.every, name)


def document(workspace: Workspace, settings: Body, run: Body) -> Body:
    """Facts that the process of a run needs (`local.workspace_run.read_stack`)."""
    catalog_name = run["parameters"].get("catalog", "main").lower()

    def inside(kind: str) -> list[Body]:
        found = workspace.store.every(kind)
        return [body for _, body in found if body["catalog_name"] == catalog_name]

    started = {id_: job["settings"] for id_, job in _started_jobs(workspace, settings).items()}
    return {
        "run_id": run["run_id"],
        "catalog": catalog_name,
        "out": str(workspace.folder.catalogs / catalog_name),
        "volumes": str(workspace.volumes),
        "job": settings,
        "jobs": started,
        "access": _access(workspace, _run_as(settings)),
        "parameters": {name: run["parameters"][name] for name in run["given"]},
        "schemas": [one for one in inside("schemas") if one["name"] != "information_schema"],
        "volumes_held": inside("volumes"),
        # The ones that are declared: what runs have made is on the disk.
        "tables": [one for one in inside("tables") if not workspace.table(one["full_name"]).exists()],
        "pipelines": {id_: one["spec"] for id_, one in workspace.store.every("pipelines")},
        **_tree(workspace, [settings, *started.values()]),
    }


def write_files(workspace: Workspace, body: Body, folder: Path) -> None:
    """Write the files and notebooks that a :func:`document` names into a folder, where `read_stack` looks for them."""
    for path in (*body["files"], *body["notebooks"]):
        target = folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(workspace.store.content(path) or b"")


def _tree(workspace: Workspace, settings: list[Body]) -> dict[str, list[str]]:
    """Paths of all notebooks and files, of wheels only the ones that jobs install."""
    installed = {normal(text) for text in _texts(settings) if text.startswith("/") and text.endswith(".whl")}
    lost = sorted(path for path in installed if workspace.store.content(path) is None)
    if lost:
        raise invalid(f"The job installs {', '.join(lost)}, which is not in the workspace.")
    found: dict[str, list[str]] = {"NOTEBOOK": [], "FILE": []}
    for path, node in workspace.store.every("workspace"):
        if node["object_type"] in found and (not path.endswith(".whl") or path in installed):
            found[node["object_type"]].append(path)
    return {"notebooks": found["NOTEBOOK"], "files": found["FILE"]}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _add_tables(workspace: Workspace, run: Body, tables: Sequence[Mapping[str, Any]]) -> None:
    """Tables that a run made or changed; it owns what it made."""
    catalog_name, owner = run["catalog"], replace(ADMIN, name=run.get("run_as", USER))
    for table in tables:
        schema, name = table["schema_name"], table["name"]
        full_name = f"{catalog_name}.{schema}.{name}"
        if workspace.store.get("schemas", f"{catalog_name}.{schema}") is None:
            continue
        columns = [
            ddl.column_info(one["name"], one["type_text"], position)
            for position, one in enumerate(table["columns"])
        ]
        held = workspace.store.get("tables", full_name)
        if held is None:
            named = {"catalog_name": catalog_name, "schema_name": schema, "name": name}
            held = catalog.create(workspace, catalog.TABLES, {**named, "data_source_format": "DELTA"}, owner)
        comments = {one["name"]: one["comment"] for one in held.get("columns") or () if "comment" in one}
        for column in columns:
            if column["name"] in comments:
                column["comment"] = comments[column["name"]]
        workspace.store.put("tables", full_name, {**held, "columns": columns})


def _described(workspace: Workspace, run: Body) -> Body:
    state = _state(workspace, run)
    begun, end = state.get("start_time", run["started"]), state.get("end_time")
    over = (
        {}
        if end is None
        else {"end_time": end, "run_duration": end - run["started"], "execution_duration": end - begun}
    )
    return {
        "job_id": run["job_id"],
        "run_id": run["run_id"],
        "number_in_job": run["run_id"],
        "original_attempt_run_id": run["run_id"],
        "attempt_number": 0,
        "run_name": run["name"],
        "run_type": "JOB_RUN",
        "run_page_url": f"{workspace.host}/runs/{run['run_id']}",
        "creator_user_name": USER,
        "trigger": run.get("trigger", "ONE_TIME"),
        "job_parameters": [{"name": name, "value": value} for name, value in run["parameters"].items()],
        "start_time": run["started"],
        "setup_duration": 0,
        "cleanup_duration": 0,
        "queue_duration": begun - run["started"],
        **over,
        **_states(state),
    }


def _tasks(workspace: Workspace, run: Body) -> Iterator[Body]:
    """Tasks of a run, each as far as it has come."""
    states = _state(workspace, run)["tasks"]
    ended = {"life_cycle_state": "TERMINATED", "result_state": "CANCELED"}
    for task in run["tasks"]:
        waiting = ended if run["end"] is not None else {"life_cycle_state": "PENDING"}
        state = states.get(task["task_key"], waiting)
        times = {name: state[name] for name in ("start_time", "end_time") if name in state}
        told = {**state, "state_message": state.get("error") or ""}
        attempt = task.get("attempt", 0) + max(0, state.get("attempts", 0) - 1)
        yield {
            **{name: task[name] for name in task if name != "attempt"},
            **times,
            "attempt_number": attempt,
            **_states(told),
        }


def _shared(task: Body) -> Body:
    """Of a task, the fields that a run has too."""
    return {
        name: task[name]
        for name in ("run_id", "start_time", "end_time", "state", "status", "attempt_number")
        if name in task
    }


def _states(state: Mapping[str, Any]) -> Body:
    """The state in the older and in the newer form of the API."""
    life_cycle, result = state["life_cycle_state"], state.get("result_state")
    message = state.get("state_message") or ""
    older = {"life_cycle_state": life_cycle, "state_message": message}
    newer: Body = {"state": "TERMINATED" if life_cycle in _OVER else life_cycle}
    if result is not None:
        older["result_state"] = result
        code = {"SUCCESS": "SUCCESS", "CANCELED": "USER_CANCELED"}.get(result, "RUN_EXECUTION_ERROR")
        code = {"SKIPPED": "SKIPPED", "INTERNAL_ERROR": "INTERNAL_ERROR"}.get(life_cycle, code)
        kind = {"SUCCESS": "SUCCESS", "INTERNAL_ERROR": "INTERNAL_ERROR"}.get(code, "CLIENT_ERROR")
        newer["termination_details"] = {"code": code, "type": kind, "message": message}
    return {"state": older, "status": newer}


def _state(workspace: Workspace, run: Body) -> Body:
    """The state of a run: of one that is over the kept one, else the last that its process wrote."""
    unknown: Body = {"life_cycle_state": "PENDING", "tasks": {}, "tables": []}
    if run["end"] is not None:
        return {**unknown, **run["end"]}
    if "root" in run:
        return _state_of_child(workspace, run)
    with suppress(OSError):
        return {**unknown, **json.loads((_folder(workspace, run) / "state.json").read_text(encoding="utf-8"))}
    return unknown


def _state_of_child(workspace: Workspace, child: Body) -> Body:
    """The state of a run that a task started: that of the task, and the tasks below it."""
    root = workspace.store.get("runs", str(child["root"]))
    tasks = {} if root is None else _state(workspace, root)["tasks"]
    state, below = tasks.get(child["path"]), f"{child['path']}/"
    inside = {key.removeprefix(below): one for key, one in tasks.items() if key.startswith(below)}
    mine = {key: one for key, one in inside.items() if "/" not in key}
    if state is None or "start_time" not in state:
        return {"life_cycle_state": "PENDING", "tasks": {}, "tables": []}
    kept = {
        name: state[name]
        for name in ("life_cycle_state", "result_state", "start_time", "end_time")
        if name in state
    }
    return {**kept, "state_message": state.get("error") or "", "tasks": mine, "tables": []}


def _is_going(workspace: Workspace, run: Body) -> bool:
    process = _processes.get(run["run_id"])
    if process is not None:
        return process.poll() is None
    lock = _folder(workspace, run) / "lock"
    if lock.exists():
        return is_locked(lock)
    return workspace.now_ms - int(run["started"]) < _START_S * 1000


def _signal(run: Body) -> None:
    process = _processes.get(run["run_id"])
    with suppress(ProcessLookupError):
        if process is not None:
            process.terminate()
        else:
            os.kill(run["pid"], signal.SIGTERM)


def _log(state: Mapping[str, Any]) -> str:
    try:
        return Path(state["log"]).read_text(encoding="utf-8", errors="replace")
    except (KeyError, OSError):
        return ""


def _folder(workspace: Workspace, run: Body) -> Path:
    folder = workspace.folder.runs / str(run["run_id"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _require(workspace: Workspace, call: Call) -> Body:
    id_ = str(call.query.get("run_id") or call.body.get("run_id") or "")
    found = workspace.store.get("runs", id_)
    if found is None or not _has_begun(workspace, found):
        raise invalid(f"Run {id_} does not exist.")
    return found


def _every(workspace: Workspace) -> list[Body]:
    return [run for _, run in workspace.store.every("runs")]


def _begun(workspace: Workspace) -> list[Body]:
    """All runs but hidden ones, and those that a task will start."""
    return [run for run in _every(workspace) if _has_begun(workspace, run)]


def _has_begun(workspace: Workspace, run: Body) -> bool:
    """Tell whether a run is there for callers: one that a task starts is from then on, a hidden one never."""
    if run.get("hidden"):
        return False
    return "root" not in run or _state(workspace, run)["life_cycle_state"] != "PENDING"


def _started_by(workspace: Workspace, run: Body, task: Body) -> Body | None:
    """The run that a task of a run has started; of several, in a repaired run, the last."""
    root, path = run.get("root", run["run_id"]), f"{run['path']}/" if "path" in run else ""
    wanted = (root, f"{path}{task['task_key']}")
    return next(
        (one for one in _begun(workspace)[::-1] if (one.get("root"), one.get("path")) == wanted), None
    )


def _put(workspace: Workspace, run: Body) -> Body:
    return workspace.store.put("runs", str(run["run_id"]), run)
