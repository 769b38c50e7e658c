"""Runs over time, from the tables of ops: what each run read and rejected, how long it took, how old the tables had become."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from local.dashboards import Dashboard
from local.report.tables import Tables
from local.runs import COUNT_COLUMNS, JobRun, start_of_run

#: Newest runs that are listed, and those that are drawn.
LISTED, DRAWN = 200, 40
_ENDS = {"run_succeeded": "succeeded", "run_failed": "failed"}
_COLUMNS = (
    "run_id",
    "topic",
    "model",
    "stage",
    "event",
    "level",
    "duration_ms",
    "error",
    "ts",
    *COUNT_COLUMNS.values(),
)


@dataclass
class RunRecord:
    """A run, as `ops.run_log` and `ops.quality` tell of it."""

    run_id: str
    started: datetime
    ended: datetime
    status: str = "not finished"
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNT_COLUMNS, 0))
    refreshed: int = 0
    """Gold models that were refreshed; those that were up to date are not among them."""
    broken: int = 0
    """Rows that violate a quality rule; a row counts once for each rule."""
    error: str = ""
    """First line of the first error."""
    age_s: float | None = None
    """Age of the tables when the run had ended: seconds since the end of the success before it."""

    @property
    def seconds(self) -> float:
        """Seconds from the start to the last event."""
        return max(0.0, (self.ended - self.started).total_seconds())


def run_records(tables: Tables, runs: Sequence[JobRun] = ()) -> list[RunRecord]:
    """All runs that the log knows, oldest first. A run that had nothing to do writes no log.

    Args:
        tables: the tables of the pipeline.
        runs: the runs of this start; their times were taken at the clock.
    """
    found: dict[str, RunRecord] = {}
    for row in sorted(tables.rows("ops.run_log", list(_COLUMNS)), key=lambda row: row["ts"]):
        run = found.setdefault(
            row["run_id"], RunRecord(row["run_id"], start_of_run(row["run_id"]) or row["ts"], row["ts"])
        )
        run.ended = row["ts"]
        run.status = _ENDS.get(row["event"], run.status)
        if row["event"] == "processed":
            for name, column in COUNT_COLUMNS.items():
                run.counts[name] += row.get(column) or 0
        if row["event"] == "refreshed" and row["model"]:
            run.refreshed += 1
        if row["level"] == "error" and row["error"] and not run.error:
            run.error = row["error"].strip().splitlines()[0]
    for row in tables.rows("ops.quality", ["run_id", "failed_rows"]):
        if row.get("run_id") in found:
            found[row["run_id"]].broken += row["failed_rows"] or 0
    for known in runs:
        if known.run_id in found:
            record = found[known.run_id]
            record.started, record.status = known.started_at, known.status
            record.ended = known.started_at + timedelta(seconds=known.duration_s)
    ordered = sorted(found.values(), key=lambda run: run.started)
    _set_ages(ordered)
    return ordered


def _set_ages(runs: Sequence[RunRecord]) -> None:
    last: datetime | None = None
    for run in runs:
        if last is not None:
            run.age_s = max(0.0, (run.ended - last).total_seconds())
        if run.status == "succeeded":
            last = run.ended


def run_charts(runs: Sequence[RunRecord]) -> list[Dashboard]:
    """The last runs as charts over one axis; none for a single run."""
    if len(runs) < 2:
        return []
    drawn = runs[-DRAWN:]
    size, unit = _unit([run.age_s or 0 for run in drawn])
    rows = [
        {
            "run": run.started.strftime("%Y-%m-%d %H:%M:%S"),
            **run.counts,
            "duration": run.seconds,
            "time": None if run.age_s is None else run.age_s / size,
            "violations": run.broken,
            "models": run.refreshed,
        }
        for run in drawn
    ]
    common = {"kind": "bar", "dataset": "runs", "x": "run", "times": True}
    widgets: list[Mapping[str, Any]] = [
        {
            "title": "Rows per run, by outcome",
            "y": ["silver", "quarantined", "deduplicated", "dropped"],
            "labels": {"silver": "applied to silver"},
            "stacked": True,
        },
        {"title": "Quarantined rows per run", "y": ["quarantined"]},
        {"title": "Violations of quality rules per run", "y": ["violations"]},
        {"title": "Duration of each run", "y": ["duration"], "format": "decimal", "unit": "s"},
        {"title": "Time since the success before", "y": ["time"], "format": "decimal", "unit": unit},
        {"title": "Models refreshed per run", "y": ["models"]},
    ]
    return [Dashboard("Runs", [{**common, **widget} for widget in widgets], {"runs": rows}, {})]


def _unit(seconds: Sequence[float]) -> tuple[int, str]:
    """The largest unit of time of which the longest has three, in seconds, and its sign."""
    longest = max(seconds)
    return next(
        ((size, sign) for size, sign in ((86400, "d"), (3600, "h"), (60, "min")) if longest >= 3 * size),
        (1, "s"),
    )


def step_times(tables: Tables) -> list[dict[str, Any]]:
    """Per stage and topic or model: number of runs that took time for it, and the median, the longest and the last time, in seconds."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    rows = tables.rows("ops.run_log", ["stage", "topic", "model", "duration_ms", "ts"])
    for row in sorted(rows, key=lambda row: row["ts"]):
        if row.get("duration_ms") is not None:
            times[row["stage"], row["topic"] or row["model"] or ""].append(row["duration_ms"] / 1000)
    return [
        {
            "stage": stage,
            "name": name,
            "runs": len(all_),
            "median": median(all_),
            "longest": max(all_),
            "last": all_[-1],
        }
        for (stage, name), all_ in sorted(times.items())
    ]


def freshness(tables: Tables) -> list[dict[str, Any]]:
    """Per topic: when a run last brought new rows to silver, which run, and how many rows it read."""
    last: dict[str, dict[str, Any]] = {}
    wanted = ["run_id", "topic", "event", "read_rows", "schema_version", "ts"]
    for row in sorted(tables.rows("ops.run_log", wanted), key=lambda row: row["ts"]):
        if row["event"] == "processed" and row["topic"] and row["read_rows"]:
            last[row["topic"]] = row
    return [last[topic] for topic in sorted(last)]
