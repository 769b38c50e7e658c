"""A Structured Streaming query straight into a bronze table: exactly once by its checkpoint and Delta's sink."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.context import Context
from pipelines.document import Topic


def checkpoint(ctx: Context, topic: Topic) -> str:
    """The folder of the topic's checkpoint."""
    return os.path.join(ctx.parameters.checkpoints, "bronze", topic.name)


def append_stream(ctx: Context, topic: Topic, rows: DataFrame) -> delta.Commit | None:
    """Take all that is available, in batches. The newest commit afterwards; nothing where nothing was new."""
    started = time.monotonic()
    table = ctx.parameters.tables.bronze(topic.name)
    # Delta resolves the table by the thread's active session, and a worker thread has none until this call sets it.
    ctx.spark.createDataFrame([], "a int")
    query = (
        rows.withColumn("ingest_ts", F.current_timestamp())
        .withColumn("batch_id", F.lit(ctx.parameters.run_id))
        .writeStream.format("delta")
        .option("checkpointLocation", checkpoint(ctx, topic))
        .queryName(f"bronze_{topic.name}_{ctx.parameters.run_id}")
        .trigger(availableNow=True)
        .toTable(table)
    )
    query.awaitTermination()
    batches = [progress for progress in query.recentProgress if progress["numInputRows"]]
    if not batches:
        return None
    commit = delta.last_commit(ctx.spark, table)
    details = {
        "rows": sum(batch["numInputRows"] for batch in batches),
        "batches": len(batches),
        "table_version": commit.version,
        "offsets": _offsets(batches[-1]["sources"][0]["endOffset"]),
    }
    duration = int((time.monotonic() - started) * 1000)
    ctx.log.event("bronze", "ingested", topic=topic.name, duration_ms=duration, details=details)
    return commit


def _offsets(text: Any) -> Any:
    """How far the source was read, in its own words."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text
