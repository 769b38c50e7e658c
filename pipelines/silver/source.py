"""The sources of silver: new rows of bronze, all of them, or records in quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.inference.faults import BATCH_REJECTED
from pipelines.ops.progress import SILVER
from pipelines.quality.overrides import accept_violations, quarantine_violations
from pipelines.silver import quarantine
from pipelines.silver.kafka_deletes import with_tombstones

#: Batches of at most this many rows, and bytes in bronze's files, come to the driver when they are evaluated, and go to
#: silver from there: they are typed once. Larger ones are typed again where they are written, since nothing may be cached.
MOST_ROWS_ON_DRIVER: Final = 100_000
MOST_BYTES_ON_DRIVER: Final = 16 << 20

Origin = Literal["new", "all", "quarantine"]


@dataclass(frozen=True)
class Source:
    """Bronze rows of one topic on their way to silver."""

    origin: Origin
    topic: Topic
    """The topic by whose rules the rows are evaluated; an operator may have overridden them (``quality.overrides``)."""
    first: int
    """First bronze version that silver has consumed with these rows."""
    last: int
    """Last bronze version that silver has consumed with these rows."""
    rows: DataFrame
    on_driver: bool = False
    """True if the rows are few enough to come to the driver."""


def new_rows(ctx: Context, topic: Topic) -> Source | None:
    """Return the bronze rows that silver has not consumed yet; ``None`` where there are none."""
    done = ctx.progress.last(SILVER, topic.name)
    first = done.last + 1 if done else 1  # version 0 is the CREATE TABLE
    newest = ctx.bronze_versions.newest(topic.name)
    if first > newest.version:
        return None
    rows = delta.inserts(ctx.spark, ctx.parameters.tables.bronze(topic.name), first, newest.version)
    on_driver = _is_small(ctx, topic, first, newest)
    return Source("new", topic, first, newest.version, with_tombstones(rows, topic), on_driver)


def all_rows(ctx: Context, topic: Topic) -> Source | None:
    """Return every bronze row that silver has consumed; ``None`` where it has consumed none.

    A batch that waits is evaluated by the next run, and what was let through is not rejected now.
    """
    done = ctx.progress.last(SILVER, topic.name)
    if done is None:
        return None
    return Source("all", accept_violations(topic), 1, done.last, history_rows(ctx, topic, done.last))


def quarantined_rows(ctx: Context, topic: Topic, codes: Sequence[str]) -> Source | None:
    """Return the records of a topic that wait in quarantine; ``None`` where none does.

    Args:
        codes: Reasons of which records are wanted. None: all but those that an operator has put there.
    """
    done = ctx.progress.last(SILVER, topic.name)
    chosen = F.col("code").isin(*codes) if codes else F.col("code") != BATCH_REJECTED
    rows = (
        quarantine.waiting(ctx, topic)
        .where(chosen)
        .select(
            *("raw", "_raw_bytes", "source", "position", "_row_id"),
            F.col("ts").alias("ingest_ts"),
            F.lit(0).cast("bigint").alias(delta.COMMIT_VERSION),
        )
    )
    if done is None or rows.isEmpty():
        return None
    # A record must not get through because a rule rejects whole batches only.
    evaluated_as = quarantine_violations(replace(topic, quality=tuple(topic.rules("row"))))
    return Source("quarantine", evaluated_as, done.first, done.last, rows)


def history_rows(ctx: Context, topic: Topic, last: int, replayed: DataFrame | None = None) -> DataFrame:
    """Return every bronze row of a topic up to bronze version ``last``; ``_commit_version`` is ``last``.

    What was repaired in quarantine and replayed (or is just being ``replayed``) has its repaired text; what an operator put
    into quarantine is left there.
    """
    tables = ctx.parameters.tables
    rows = delta.snapshot(ctx.spark, tables.bronze(topic.name), last)
    done = ctx.spark.table(tables.quarantine(topic.name)).where("replayed_at IS NOT NULL")
    repaired = done.select("_row_id", "raw", "replayed_at")
    if replayed is not None:
        repaired = repaired.unionByName(
            replayed.select("_row_id", "raw", F.current_timestamp().alias("replayed_at"))
        )
    if replayed is not None or not done.isEmpty():
        newest = repaired.groupBy("_row_id").agg(F.max_by("raw", "replayed_at").alias("_repaired"))
        joined = rows.join(newest, "_row_id", "left")
        rows = joined.withColumn("raw", F.coalesce("_repaired", "raw")).drop("_repaired")
    rejected = quarantine.waiting(ctx, topic).where(F.col("code") == BATCH_REJECTED).select("_row_id")
    if replayed is not None:
        rejected = rejected.join(replayed.select("_row_id"), "_row_id", "left_anti")
    if not rejected.isEmpty():
        rows = rows.join(rejected, "_row_id", "left_anti")
    return with_tombstones(rows, topic).withColumn(delta.COMMIT_VERSION, F.lit(last).cast("bigint"))


def _is_small(ctx: Context, topic: Topic, first: int, newest: delta.Commit) -> bool:
    """Tell whether what came to bronze from version ``first`` to its ``newest`` commit may come to the driver."""
    last = newest.version
    if first == last:
        commits = [newest]
    else:
        found = delta.commits(ctx.spark, ctx.parameters.tables.bronze(topic.name), last - first + 1)
        commits = [commit for commit in found if first <= commit.version <= last]
    if any("numOutputRows" not in c.metrics and c.operation != "OPTIMIZE" for c in commits):
        return False
    rows, size = (sum(c.metric(name) for c in commits) for name in ("numOutputRows", "numOutputBytes"))
    return rows <= MOST_ROWS_ON_DRIVER and size <= MOST_BYTES_ON_DRIVER
