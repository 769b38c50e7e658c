"""What the notebooks call: one function per task of the staged job.

Each reads its parameters, does its work, writes its log, and answers with a JSON text (the notebook's exit value).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timezone
from typing import Any

from pyspark.errors import ParseException
from pyspark.sql import SparkSession

from pipelines import delta, tables
from pipelines.actions import perform
from pipelines.context import Context, create_context
from pipelines.errors import NoVolumesError, Retry, TasksFailedError
from pipelines.failpoints import failpoint
from pipelines.names import quote
from pipelines.run_log import events_of_run, now
from pipelines.stages import bronze_stage, compile_models, each_model, each_topic, failure_of, silver_stage
from pipelines.summary import summarize
from pipelines.upkeep import keep_up


def prepare(spark: SparkSession, dbutils: Any, defaults: Mapping[str, Any]) -> str:
    """Create what is missing, and carry out the job's ``action`` where it is another than ``run``."""
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


def prepare_tables(ctx: Context) -> list[str]:
    """Create missing schemas and tables; a loop does it once."""
    if ctx.known.prepared:
        return []
    ctx.known.prepared = True
    for folder in (ctx.parameters.landing, ctx.parameters.checkpoints):
        _ensure_volume(ctx, folder)
    names = [topic.name for topic in ctx.document.topics]
    created = tables.ensure(ctx.spark, ctx.parameters.tables, ctx.document, names)
    # What was just made is empty: to read it would be among the first and slowest things of a first run.
    if "ops.progress" in created:
        ctx.progress.start_empty()
    if "ops.schema_registry" in created:
        ctx.registry.start_empty()
    made = delta.Commit(0, "CREATE TABLE", {})
    ctx.known.bronze.update({name: made for name in names if f"bronze.{name}" in created})
    return created


def _ensure_volume(ctx: Context, folder: str) -> None:
    """Create a volume (or, outside a workspace, a folder) that no deployment has made."""
    if os.path.isdir(folder):
        return
    parts = folder.strip("/").split("/")
    if parts[0] != "Volumes":
        os.makedirs(folder, exist_ok=True)
        return
    catalog, schema, volume = parts[1:4]
    ctx.spark.sql(f"CREATE SCHEMA IF NOT EXISTS {quote(catalog)}.{quote(schema)}")
    try:
        ctx.spark.sql(f"CREATE VOLUME IF NOT EXISTS {quote(catalog)}.{quote(schema)}.{quote(volume)}")
    except ParseException as error:  # Spark outside of Databricks does not know the statement
        raise NoVolumesError(folder) from error


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
    keep_up(ctx)
    save(ctx)
    raise_if_failed(summary)
    return json.dumps(summary)


def _utc(value: Any) -> Any:
    """A timestamp that Spark collected (local time of this process, without zone) as UTC without zone."""
    return value.astimezone(timezone.utc).replace(tzinfo=None)


def conclude(ctx: Context, summary: Mapping[str, Any]) -> None:
    """Log how the run ended."""
    failed = summary["status"] == "failed"
    event, level = ("run_failed", "error") if failed else ("run_succeeded", "info")
    error = "; ".join(e["task"] for e in summary["errors"]) if failed else None
    ctx.log.event("finish", event, level=level, error=error, details={"topics": summary["topics"]})


def raise_if_failed(summary: Mapping[str, Any]) -> None:
    """Raise :class:`TasksFailedError` for a failed run."""
    if summary["errors"]:
        retry = max(map(Retry.of, summary["errors"]))
        raise TasksFailedError([(e["task"], e["message"]) for e in summary["errors"]], summary, retry)


def save(ctx: Context) -> None:
    """Write what the task has to say: progress, then quality results and log side by side."""
    ops = ctx.parameters.tables.ops
    failpoint("save.started")
    ctx.progress.flush()
    failpoint("save.progress")
    said = ((ctx.quality, "quality"), (ctx.log, "run_log"))
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda one: one[0].flush(ctx.spark, ops(one[1])), said))
    failpoint("save.done")
