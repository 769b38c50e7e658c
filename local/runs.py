"""One run of the job on this machine, and what it came to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.delta_files import UnreadableTableError, read_rows
from local.errors import LocalError
from local.graph import OnChange, Status, TaskResult, run_graph
from local.job import Job, Task
from local.notebook import NEVER, explain, retry_of
from local.registration import find_tables
from local.session import WAREHOUSE
from local.stack import Pipeline
from local.tasks import TaskRunner
from local.workspace import Workspace, layer_schemas

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Row counts of a topic: the first is the sum of the others.
COUNTS = ("read", "silver", "quarantined", "deduplicated", "dropped")
#: Columns of ``ops.run_log`` by the count of a topic that they are; those of rows, and the values that became null.
COUNT_COLUMNS = {**{name: f"{name}_rows" for name in COUNTS}, "field_faults": "field_faults"}


@dataclass(frozen=True)
class Failure:
    """A task that failed: what it said, where, and where the rest of its output is."""

    task: str
    message: str
    where: str | None
    log: Path


@dataclass(frozen=True)
class JobRun:
    """A finished run."""

    run_id: str
    label: str
    started_at: datetime
    duration_s: float
    results: Mapping[str, TaskResult]
    """By key; a task of a job that a task started has the path of both, `shard_1/bronze_orders`."""
    topics: Mapping[str, Mapping[str, Any]]
    gold: Mapping[str, Mapping[str, Any]]
    failures: Sequence[Failure]
    action: Mapping[str, Any] | None = None
    """Answer of an action of the job, where the run was one."""
    warnings: Sequence[str] = ()
    """Warnings, in sentences: they did not fail the run."""

    @property
    def status(self) -> str:
        """`succeeded` when every task was, but for those that a condition left out."""
        return "succeeded" if _is_fine(self.results) else "failed"

    @property
    def stays_failed(self) -> bool:
        """Tell whether everything that failed fails again until somebody corrects what they wrote."""
        errors = [result.exception for result in _causes(self.results)]
        return bool(errors) and all(error is not None and retry_of(error) == NEVER for error in errors)


def run_job(
    spark: SparkSession,
    workspace: Workspace,
    tasks: Sequence[Task],
    *,
    label: str,
    workers: int,
    on_change: OnChange,
    stop: threading.Event,
    on_stop: Callable[[], None],
    pipelines: Mapping[str, Pipeline] | None = None,
    jobs: Mapping[str, Job] | None = None,
    run_id: str | None = None,
    run_ids: Mapping[str, str] | None = None,
    done: Mapping[str, TaskResult] | None = None,
) -> JobRun:
    """Run the job's graph once, and the jobs that its tasks start, in this process.

    Args:
        on_change: told of each task, those of a job that a task started by their path (`shard_1/bronze_orders`).
        pipelines: declarative pipelines by id.
        jobs: jobs that tasks start, by id.
        run_id: the id of the run; a new one where it has none yet.
        run_ids: ids of the runs that tasks start, by the path of the task; new ones by default.
        done: results of tasks that are not run again, in the repair of a run.
    """
    run_id = run_id or _new_run_id()
    logs = workspace.out / "logs" / run_id
    began, started_at = time.monotonic(), datetime.now(timezone.utc)
    graphs = _Graphs(
        spark, logs, workers, on_change, stop, on_stop, pipelines or {}, jobs or {}, run_ids or {}, began
    )
    graphs.run(tasks, workspace, run_id, done=done)
    results = graphs.results
    duration = time.monotonic() - began
    summary = _summary(results) or _summary_from_log(workspace, run_id)
    return JobRun(
        run_id=run_id,
        label=label,
        started_at=started_at,
        duration_s=duration,
        results=results,
        topics=summary.get("topics", {}),
        gold=summary.get("gold", {}),
        failures=failures(results, logs),
        action=_answer_of_action(results),
        warnings=summary.get("warnings", ()),
    )


class JobFailedError(Exception):
    """A job that a task started has failed."""


@dataclass(frozen=True)
class _Graphs:
    """Graphs of one run: that of the job, and those of the jobs that its tasks start."""

    spark: SparkSession
    logs: Path
    workers: int
    on_change: OnChange
    stop: threading.Event
    on_stop: Callable[[], None]
    pipelines: Mapping[str, Pipeline]
    jobs: Mapping[str, Job]
    run_ids: Mapping[str, str]
    began: float
    results: dict[str, TaskResult] = field(default_factory=dict)
    """By path, the tasks of a started job before the one that started it."""
    _told: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self,
        tasks: Sequence[Task],
        workspace: Workspace,
        run_id: str,
        path: str = "",
        done: Mapping[str, TaskResult] | None = None,
    ) -> bool:
        """Run one graph to its end, its tasks below a path; returns whether all of it succeeded."""
        # Jobs that a graph starts take turns: each of them has as many tasks at a time as this machine bears.
        turn = threading.Lock()
        offset = time.monotonic() - self.began

        def start_job(key: str, job_id: str, given: Mapping[str, str]) -> None:
            job = self._job(key, job_id, given)
            below = f"{path}{key}"
            with turn:
                other = self.run_ids.get(below) or _new_run_id()
                fine = self.run(job.tasks, workspace.of_job(job.parameters, given), other, f"{below}/")
            if not fine:
                raise JobFailedError(f"Job {job.name} failed.")

        def below_path(result: TaskResult) -> TaskResult:
            started = None if result.started is None else result.started + offset
            return replace(result, key=f"{path}{result.key}", started=started)

        def change(result: TaskResult) -> None:
            with self._told:
                self.on_change(below_path(result))

        runner = TaskRunner(
            self.spark, workspace, run_id, self.logs / path, pipelines=self.pipelines, start_job=start_job
        )
        for one in (done or {}).values():
            runner.keep_state(one.key, one.status)
        results = run_graph(
            tasks,
            runner,
            workers=self.workers,
            on_change=change,
            stop=self.stop,
            on_stop=self.on_stop,
            done=done,
        )
        self.results.update({f"{path}{key}": below_path(one) for key, one in results.items()})
        return _is_fine(results)

    def _job(self, key: str, job_id: str, given: Mapping[str, str]) -> Job:
        job = self.jobs.get(job_id)
        if job is None:
            raise LocalError(f"Task {key} starts job {job_id}, which is not there.")
        unknown = sorted(set(given) - set(job.parameters))
        if unknown:
            raise LocalError(
                f"Task {key} gives job {job.name} the parameter {', '.join(unknown)}, which it does not have; "
                f"it has {', '.join(sorted(job.parameters)) or 'none'}."
            )
        return job


def _is_fine(results: Mapping[str, TaskResult]) -> bool:
    """Tell whether every task succeeded, but for those that a condition left out."""
    return all(
        result.status is Status.SUCCEEDED or result.reason == "excluded" for result in results.values()
    )


def _new_run_id() -> str:
    return str(time.time_ns() // 1_000_000)


def start_of_run(run_id: str) -> datetime | None:
    """The time at which a run of this machine began, which its id tells; None for an id of another runner."""
    if not (run_id.isascii() and run_id.isdigit() and len(run_id) == 13):
        return None
    return datetime.fromtimestamp(int(run_id) / 1000, timezone.utc)


def failures(results: Mapping[str, TaskResult], logs: Path) -> list[Failure]:
    """The tasks that failed by themselves. `finish` fails because others did, and a task that starts a job because one of
    that job's did, so they are named only when alone.
    """
    return [_failure(result, logs / f"{result.key}.log") for result in _causes(results)]


def _causes(results: Mapping[str, TaskResult]) -> list[TaskResult]:
    failed = [result for result in results.values() if result.status is Status.FAILED]
    starters = {result.key.rpartition("/")[0] for result in failed}
    return [result for result in failed if result.key not in {"finish", *starters}] or failed


def _failure(result: TaskResult, log: Path) -> Failure:
    where, message = None, result.error or "unknown"
    if result.exception is not None:
        where, message = explain(result.exception, result.key)
    return Failure(result.key, message, where, log)


def _summary(results: Mapping[str, TaskResult]) -> dict[str, Any] | None:
    """The run summary is what one of the tasks exits with: `finish`, or the only task there is."""
    bodies = reversed(_outputs(results))
    return next((body for body in bodies if isinstance(body.get("topics"), dict)), None)


def _answer_of_action(results: Mapping[str, TaskResult]) -> dict[str, Any] | None:
    """Return what the task that carries out actions said: the first one, whatever the layout of the job."""
    bodies = _outputs(results)
    return next((body for body in bodies if body.get("action", "run") != "run"), None)


def _outputs(results: Mapping[str, TaskResult]) -> list[dict[str, Any]]:
    """Return what the tasks exited with, where that is a JSON object."""
    bodies = []
    for result in results.values():
        try:
            body = json.loads(result.output or "null")
        except ValueError:
            continue
        if isinstance(body, dict):
            bodies.append(body)
    return bodies


def _summary_from_log(workspace: Workspace, run_id: str) -> dict[str, Any]:
    """Return where no task could say it: what the tasks logged before something failed."""
    ops = layer_schemas(workspace.parameters).get("ops")
    found = [t for t in find_tables(workspace.out / WAREHOUSE) if t.schema == ops and t.name == "run_log"]
    if not found:
        return {}
    try:
        events = read_rows(found[0].path, where={"run_id": run_id})
    except UnreadableTableError:
        return {}
    topics: dict[str, dict[str, Any]] = {}
    gold: dict[str, dict[str, Any]] = {}
    warnings = [event["error"] for event in events if event["level"] == "warning" and event["error"]]
    for event in events:
        if event["event"] in ("refreshed", "up_to_date") and event["model"]:
            gold[event["model"]] = json.loads(event["details"] or "{}")
        if event["event"] == "processed" and event["topic"]:
            counts = topics.setdefault(event["topic"], dict.fromkeys(COUNT_COLUMNS, 0))
            for name, column in COUNT_COLUMNS.items():
                counts[name] += event[column] or 0
            counts["schema_version"] = event["schema_version"]
    return {"topics": topics, "gold": gold, "warnings": list(dict.fromkeys(warnings))}
