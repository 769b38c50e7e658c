"""Entry points of the notebooks: one function per task of the staged job.

Each reads its parameters, does its work, writes its log, and answers with a JSON text (the notebook's exit value).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timezone
from typing import Any

from pyspark.sql import SparkSession

from pipelines.actions import perform
from pipelines.clock import now
from pipelines.config.parameters import read_parameter
from pipelines.context import Context, create_context
from pipelines.errors import ParameterError
from pipelines.job.lifecycle import conclude, prepare_tables, raise_if_failed, save
from pipelines.job.stages import (
    bronze_stage,
    compile_models,
    each_model,
    each_topic,
    failure_of,
    silver_stage,
)
from pipelines.job.summary import summarize
from pipelines.maintenance.run import run_maintenance
from pipelines.ops.run_log import events_of_run
from pipelines.vocabulary import ACTIONS


def prepare(spark: SparkSession, dbutils: Any, defaults: Mapping[str, Any]) -> str:
    """Create what is missing, and carry out the job's ``action`` where it is another than ``run``."""
    action = read_parameter("action", dbutils, {}, defaults)
    if read_parameter("task", dbutils, {}, {}) == "action" and action.strip() in ("", "run"):
        # The job compares letter by letter: the tasks of a run have been left out, so nothing would be done.
        raise ParameterError("action", action, ", ".join(ACTIONS))
    ctx = create_context(spark, dbutils, "prepare", {}, defaults)
    created = prepare_tables(ctx)
    ctx.log.event("prepare", "prepared", details={"created": created, "library": ctx.parameters.library_hash})
    if ctx.parameters.action == "run":
        compile_models(ctx)  # said here, before any data is moved; it is their own tasks that fail
    try:
        done = perform(ctx)
    finally:
        save(ctx)
    return json.dumps({"created": created, "action": ctx.parameters.action, **done})


def bronze(spark: SparkSession, dbutils: Any, defaults: Mapping[str, Any]) -> str:
    """Bronze of the topics in the widget ``topics``."""
    return _stage(spark, dbutils, defaults, "bronze", lambda ctx: each_topic(ctx, "bronze", bronze_stage))


def silver(spark: SparkSession, dbutils: Any, defaults: Mapping[str, Any]) -> str:
    """Silver of the topics in the widget ``topics``."""
    return _stage(spark, dbutils, defaults, "silver", lambda ctx: each_topic(ctx, "silver", silver_stage))


def gold(spark: SparkSession, dbutils: Any, defaults: Mapping[str, Any]) -> str:
    """The gold models in the widget ``models``."""
    return _stage(spark, dbutils, defaults, "gold", each_model)


def _stage(
    spark: SparkSession,
    dbutils: Any,
    defaults: Mapping[str, Any],
    stage: str,
    work: Callable[[Context], list[str]],
) -> str:
    ctx = create_context(spark, dbutils, stage, {}, defaults)
    if ctx.parameters.action != "run":
        return json.dumps({"skipped": f"action {ctx.parameters.action} was carried out by prepare"})
    failed = work(ctx)
    save(ctx)
    if failed:
        raise failure_of(ctx)
    done = [{"event": e["event"], "topic": e["topic"], "model": e["model"]} for e in ctx.log.events]
    return json.dumps({"stage": stage, "done": done})


def finish(spark: SparkSession, dbutils: Any, defaults: Mapping[str, Any]) -> str:
    """Draw up the run from what its tasks logged. Runs whatever happened, and fails when a task failed."""
    ctx = create_context(spark, dbutils, "finish", {}, defaults)
    if ctx.parameters.action != "run":
        return json.dumps(
            {"run_id": ctx.parameters.run_id, "status": "succeeded", "action": ctx.parameters.action}
        )
    events = events_of_run(spark, ctx.parameters.tables.ops("run_log"), ctx.parameters.run_id)
    started = min((event["ts"] for event in events), default=None)
    duration = (now().replace(tzinfo=None) - _utc(started)).total_seconds() if started else 0.0
    summary = summarize(ctx, events, duration)
    conclude(ctx, summary)
    run_maintenance(ctx)
    save(ctx)
    raise_if_failed(summary)
    return json.dumps(summary)


def _utc(value: Any) -> Any:
    """A timestamp that Spark collected (local time of this process, without zone) as UTC without zone."""
    return value.astimezone(timezone.utc).replace(tzinfo=None)
