"""One run of the job on this machine, and what it came to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.delta_files import UnreadableTableError, read_rows
from local.graph import OnChange, Status, TaskResult, run_graph
from local.job import Task
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
        fine = all(
            result.status is Status.SUCCEEDED or result.reason == "excluded"
            for result in self.results.values()
        )
        return "succeeded" if fine else "failed"

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
    run_id: str | None = None,
) -> JobRun:
    """Run the job's graph once; under a new id where it has none yet."""
    run_id = run_id or _new_run_id()
    logs = workspace.out / "logs" / run_id
    began, started_at = time.monotonic(), datetime.now(timezone.utc)
    runner = TaskRunner(spark, workspace, run_id, logs, pipelines=pipelines or {})
    results = run_graph(tasks, runner, workers=workers, on_change=on_change, stop=stop, on_stop=on_stop)
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


def _new_run_id() -> str:
    return str(time.time_ns() // 1_000_000)


def start_of_run(run_id: str) -> datetime | None:
    """The time at which a run of this machine began, which its id tells; None for an id of another runner."""
    if not (run_id.isascii() and run_id.isdigit() and len(run_id) == 13):
        return None
    return datetime.fromtimestamp(int(run_id) / 1000, timezone.utc)


def failures(results: Mapping[str, TaskResult], logs: Path) -> list[Failure]:
    """The tasks that failed by themselves. `finish` fails because others did, so it is named only when alone."""
    return [_failure(result, logs / f"{result.key}.log") for result in _causes(results)]


def _causes(results: Mapping[str, TaskResult]) -> list[TaskResult]:
    failed = [result for result in results.values() if result.status is Status.FAILED]
    return [result for result in failed if result.key != "finish"] or failed


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
