"""Begin and end of a run: its tables are there, its outcome is logged, its summary is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pyspark.errors import ParseException

from pipelines import delta
from pipelines.context import Context
from pipelines.delta.sql import quote
from pipelines.errors import NoVolumesError, Retry, TasksFailedError
from pipelines.failpoints import failpoint
from pipelines.ops import descriptions, tables
from pipelines.ops.progress import described


@dataclass
class _Prepared:
    """Cache of this process: whether it has looked for its tables already."""

    done: bool = False


def prepare_tables(ctx: Context) -> list[str]:
    """Create missing schemas and tables; a loop does it once."""
    cache = ctx.cached(_Prepared)
    if cache.done:
        return []
    cache.done = True
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
    for topic in ctx.document.topics:
        bronze, quarantine = f"bronze.{topic.name}", f"bronze.{topic.name}_quarantine"
        if bronze in created:
            ctx.bronze_versions.set(topic.name, made)
            _record_description(ctx, bronze, descriptions.of_bronze(topic))
        if quarantine in created:
            _record_description(ctx, quarantine, descriptions.of_quarantine(topic))
    return created


def _record_description(ctx: Context, table: str, description: descriptions.Description) -> None:
    ctx.progress.record(described(ctx.progress, table, description), ctx.parameters.run_id)


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


def conclude(ctx: Context, summary: Mapping[str, Any]) -> None:
    """Log how the run ended."""
    failed = summary["status"] == "failed"
    event = "run_failed" if failed else "run_succeeded"
    error = "; ".join(e["task"] for e in summary["errors"]) if failed else None
    ctx.log.event("finish", event, error=error, details={"topics": summary["topics"]})


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
