"""The job of a stack as typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.errors import LocalError


@dataclass(frozen=True)
class NotebookTask:
    """Runs a notebook; parameters arrive as widgets."""

    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PythonFileTask:
    """Runs a Python file with arguments."""

    path: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class WheelTask:
    """Runs an entry point of the library with arguments."""

    package: str
    entry_point: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConditionTask:
    """Compares two values; tasks that wait for it say for which outcome."""

    left: str
    right: str


@dataclass(frozen=True)
class PipelineTask:
    """Updates a declarative pipeline."""

    pipeline_id: str
    full_refresh: bool


@dataclass(frozen=True)
class RunJobTask:
    """Runs another job and waits for it: a shard, as a rule."""

    job_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the other job that this task gives."""


RUN_IF = (
    "ALL_SUCCESS",
    "ALL_DONE",
    "NONE_FAILED",
    "AT_LEAST_ONE_SUCCESS",
    "AT_LEAST_ONE_FAILED",
    "ALL_FAILED",
)

Work = NotebookTask | PythonFileTask | WheelTask | ConditionTask | PipelineTask | RunJobTask


@dataclass(frozen=True)
class Task:
    """One node of the graph."""

    key: str
    work: Work
    depends_on: tuple[str, ...] = ()
    run_if: str = "ALL_SUCCESS"
    max_retries: int = 0
    retry_interval_s: float = 0.0
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """Of the conditions it waits for: the outcome with which it runs."""


@dataclass(frozen=True)
class Job:
    """The job: its parameters with their defaults, and its tasks in the order of the graph."""

    name: str
    parameters: Mapping[str, str]
    tasks: tuple[Task, ...]


def parse_job(body: Mapping[str, Any]) -> Job:
    """A resolved `databricks_job`."""
    name = body.get("name", "job")
    parameters = {item["name"]: str(item["default"]) for item in _blocks(body.get("parameter"))}
    tasks = [_task(item) for item in _blocks(body.get("task"))]
    return Job(name, parameters, tuple(in_graph_order(tasks, name)))


def in_graph_order(tasks: Sequence[Task], job: str) -> list[Task]:
    """Tasks with every task after the ones it waits for; unknown and circular dependencies are errors."""
    keys = {task.key for task in tasks}
    for task in tasks:
        unknown = sorted(set(task.depends_on) - keys)
        if unknown:
            raise LocalError(
                f"Job {job}: task {task.key} waits for {', '.join(unknown)}, which the job does not have."
            )
    ordered: list[Task] = []
    waiting = list(tasks)
    done: set[str] = set()
    while waiting:
        ready = [task for task in waiting if done.issuperset(task.depends_on)]
        if not ready:
            circle = ", ".join(task.key for task in waiting)
            raise LocalError(f"Job {job}: tasks wait for each other in a circle: {circle}.")
        ordered += ready
        done.update(task.key for task in ready)
        waiting = [task for task in waiting if task.key not in done]
    return ordered


def _task(body: Mapping[str, Any]) -> Task:
    key = body["task_key"]
    run_if = body.get("run_if") or "ALL_SUCCESS"
    if run_if not in RUN_IF:
        raise LocalError(f"Task {key}: run_if is {run_if!r}; one of {', '.join(RUN_IF)} is allowed.")
    return Task(
        key=key,
        work=_work(key, body),
        depends_on=tuple(item["task_key"] for item in _blocks(body.get("depends_on"))),
        run_if=run_if,
        max_retries=int(body.get("max_retries") or 0),
        retry_interval_s=float(body.get("min_retry_interval_millis") or 0) / 1000,
        outcomes={
            item["task_key"]: item["outcome"]
            for item in _blocks(body.get("depends_on"))
            if item.get("outcome")
        },
    )


def _work(key: str, body: Mapping[str, Any]) -> Work:
    kinds = sorted(name for name in body if name.endswith("_task"))
    if kinds == ["notebook_task"]:
        notebook = _block(body["notebook_task"])
        base = notebook.get("base_parameters") or {}
        return NotebookTask(notebook["notebook_path"], {name: str(value) for name, value in base.items()})
    if kinds == ["spark_python_task"]:
        python = _block(body["spark_python_task"])
        return PythonFileTask(python["python_file"], tuple(python.get("parameters") or ()))
    if kinds == ["python_wheel_task"]:
        wheel = _block(body["python_wheel_task"])
        named = [f"--{name}={value}" for name, value in (wheel.get("named_parameters") or {}).items()]
        arguments = (*(wheel.get("parameters") or ()), *named)
        return WheelTask(wheel["package_name"], wheel["entry_point"], arguments)
    if kinds == ["condition_task"]:
        condition = _block(body["condition_task"])
        if condition["op"] != "EQUAL_TO":
            raise LocalError(f"Task {key}: the condition {condition['op']} is not known here; EQUAL_TO is.")
        return ConditionTask(condition["left"], condition["right"])
    if kinds == ["pipeline_task"]:
        pipeline = _block(body["pipeline_task"])
        return PipelineTask(pipeline["pipeline_id"], bool(pipeline.get("full_refresh")))
    if kinds == ["run_job_task"]:
        other = _block(body["run_job_task"])
        given = other.get("job_parameters") or {}
        return RunJobTask(str(other["job_id"]), {name: str(value) for name, value in given.items()})
    found = ", ".join(kinds) or "no task"
    raise LocalError(
        f"Task {key} is a {found}; the local runner takes notebook, Python, wheel, condition, pipeline and run job tasks."
    )


def _blocks(value: Any) -> list[Mapping[str, Any]]:
    """A repeatable block: Terraform's JSON has it as one object or as a list of them."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _block(value: Any) -> Mapping[str, Any]:
    return _blocks(value)[0]
