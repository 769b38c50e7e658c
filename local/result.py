"""Result of a start of the runner: the totals of its runs, the tables on disk, one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.registration import tables_of_layers
from local.runs import COUNT_COLUMNS, JobRun
from local.session import WAREHOUSE
from local.workspace import layer_schemas


def total_topics(runs: Sequence[JobRun]) -> dict[str, dict[str, Any]]:
    """Row counts per topic over all runs of this start; the schema version is the last one."""
    totals: dict[str, dict[str, Any]] = {}
    for run in runs:
        for topic, counts in run.topics.items():
            total = totals.setdefault(topic, {**dict.fromkeys(COUNT_COLUMNS, 0), "schema_version": None})
            for name in COUNT_COLUMNS:
                total[name] += counts.get(name) or 0
            if counts.get("schema_version") is not None:
                total["schema_version"] = counts["schema_version"]
    return totals


def total_gold(runs: Sequence[JobRun]) -> dict[str, dict[str, Any]]:
    """Row counts of the gold models after the last run that knew them."""
    totals: dict[str, dict[str, Any]] = {}
    for run in runs:
        totals.update({model: dict(body) for model, body in run.gold.items()})
    return totals


def warnings(runs: Sequence[JobRun]) -> list[str]:
    """Return what the runs of this start had to tell though it did not fail, once each."""
    return list(dict.fromkeys(sentence for run in runs for sentence in run.warnings))


def tables_on_disk(out: Path, parameters: Mapping[str, str]) -> dict[str, Path]:
    """`silver.orders` -> folder, whatever the schemas of this environment are called."""
    layers = {schema: layer for layer, schema in layer_schemas(parameters).items()}
    return tables_of_layers(out / WAREHOUSE, layers)


def result_line(
    *,
    stack: str,
    runs: Sequence[JobRun],
    report: Path | None,
    tables: Mapping[str, Path],
    duration_s: float,
    stopped: bool,
) -> str:
    """The machine-readable result."""
    last = runs[-1] if runs else None
    status = "stopped" if stopped else (last.status if last else "failed")
    body: dict[str, Any] = {
        "run_id": last.run_id if last else None,
        "stack": stack,
        "status": status,
        "report": None if report is None else str(report),
        "tables": {name: str(path) for name, path in tables.items()},
        "topics": total_topics(runs),
        "gold": total_gold(runs),
        "runs": len(runs),
        "duration_s": round(duration_s, 3),
    }
    if last and last.action:
        body["action"] = dict(last.action)
    if told := warnings(runs):
        body["warnings"] = told
    if last and last.failures:
        body["errors"] = [{"task": failure.task, "message": failure.message} for failure in last.failures]
    return json.dumps(body, ensure_ascii=False)
