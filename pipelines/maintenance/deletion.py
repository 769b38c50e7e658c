"""Taking rows out of tables that otherwise only grow, so that no stage takes the deletion for new data."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import DataFrame

from pipelines import delta
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.ops.progress import SILVER


def delete_rows(ctx: Context, table: str, ids: DataFrame) -> int:
    """Delete the rows of ``table`` whose ``_row_id`` is in ``ids``, in one commit. Returns how many."""
    result = ctx.spark.sql(
        f"MERGE INTO {table} t USING {{ids}} s ON t._row_id = s._row_id WHEN MATCHED THEN DELETE",
        ids=ids.select("_row_id").distinct(),
    ).collect()[0]
    return int(result["num_deleted_rows"])


def pass_over_bronze(ctx: Context, topic: Topic) -> None:
    """Count the newest commits of bronze, which hold nothing for silver, as consumed: silver had consumed all before them."""
    consumed = ctx.progress.last(SILVER, topic.name)
    commit = delta.last_commit(ctx.spark, ctx.parameters.tables.bronze(topic.name))
    ctx.bronze_versions.set(topic.name, commit)
    if consumed is not None and commit.version > consumed.last:
        done = replace(consumed, first=consumed.last + 1, last=commit.version)
        ctx.progress.record(done, ctx.parameters.run_id)


def tell_silver_version(ctx: Context, topic: Topic) -> None:
    """After a deletion in silver: gold finds it in the change feed up to the version that is told here."""
    consumed = ctx.progress.last(SILVER, topic.name)
    table = ctx.parameters.tables.silver(topic.name)
    if consumed is None or not ctx.spark.catalog.tableExists(table):
        return
    version = delta.last_commit(ctx.spark, table).version
    if version != consumed.output_version:
        ctx.progress.record(replace(consumed, output_version=version), ctx.parameters.run_id)


def consumed(ctx: Context, topic: Topic) -> bool:
    """Tell whether silver has taken everything that bronze has."""
    consumed = ctx.progress.last(SILVER, topic.name)
    last = delta.last_commit(ctx.spark, ctx.parameters.tables.bronze(topic.name)).version
    return last < 1 or (consumed is not None and consumed.last >= last)
