"""Writing silver: the judged rows of a batch are applied in the way of their topic's mode.

append   every row, once
upsert   the newest row of each key
history  every version of a key, with the times between which it was valid

Each is one commit, and doing it again changes nothing: merges follow a total order, appends carry the range that they
wrote. Deletions are kept before they are applied, so that no older row can undo one.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.delta.frames import Frames
from pipelines.failpoints import failpoint
from pipelines.inference import own
from pipelines.registry import retyped_since
from pipelines.silver import deletes as tombstones
from pipelines.silver import scd2 as silver_history
from pipelines.silver import table as silver_table
from pipelines.silver import upsert as silver_merge
from pipelines.silver.arrow_pass import COMMITTED
from pipelines.silver.batch import Batch, Examined
from pipelines.silver.outcomes import good_rows
from pipelines.silver.rebuild import Judge, rebuild
from pipelines.silver.table import SilverLayout


@dataclass(frozen=True)
class Applied:
    """What became of the good rows of a batch."""

    rows: int
    """Rows that made a difference: inserted, updated, deleted."""
    offered: int
    """Rows that the write saw; -1 where it does not say."""
    version: int
    """The silver table's version afterwards; -1 where there is none."""
    rebuilt: bool = False


def apply(ctx: Context, batch: Batch, found: Examined, judge: Judge) -> Applied:
    """Evolve the table and apply the good rows. A table whose types change is derived again from bronze, by ``judge``."""
    topic, layout, version, fates = batch.topic, found.layout, found.version, found.fates
    table = ctx.parameters.tables.silver(topic.name)
    exists = ctx.spark.catalog.tableExists(table)
    if version is None or not layout.data_columns or len(layout.keys) < len(topic.silver.keys):
        return Applied(0, 0, delta.last_commit(ctx.spark, table).version if exists else -1)
    good = good_rows(found.judged)
    rows = silver_table.to_rows(good, layout, version.version)
    if not exists:
        silver_table.create(ctx.spark, table, layout, topic.name)
    else:
        present = ctx.spark.table(table).schema
        retyped = silver_table.retyped(present, rows.schema)
        again = batch.again or _settings_changed(ctx, topic)
        if again or retyped or _retyped_unseen(ctx, topic):
            done = rebuild(ctx, topic, layout, version, batch.last, judge, again)
            new = ctx.spark.table(table).join(batch.rows.select("_row_id"), "_row_id", "left_semi").count()
            return Applied(new + fates.deletes, -1, done, rebuilt=True)
        silver_table.add_columns(ctx.spark, table, present, layout.columns)
    if not fates.good:
        return Applied(0, 0, delta.last_commit(ctx.spark, table).version)
    if topic.silver.mode == "append":
        return _append(ctx, batch, found, version.version)
    if fates.deletes:
        tombstones.append(ctx, topic, layout, good, batch.last, batch.replayed)
        failpoint("silver.tombstones")
    gone = tombstones.stored(ctx, topic, layout)
    if topic.silver.mode == "history":
        return _merge_history(ctx, table, rows, gone, layout)
    if not exists and (first := _insert(ctx, topic, silver_merge.standing(rows, layout, gone))):
        return first
    winners = silver_merge.mark_winners(rows, layout, gone)
    return _merge(ctx, table, winners, layout, found.bounds)


def settings_of(topic: Topic) -> str:
    """A fingerprint of what says how silver is derived: another one, and the table is derived again."""
    silver = topic.silver
    order = (silver.sequence_by, silver.sequence_type)
    parts = (silver.mode, silver.keys, *order, sorted(silver.rename.items()), silver.delete_when)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _settings_changed(ctx: Context, topic: Topic) -> bool:
    step = ctx.progress.last("silver", topic.name)
    seen = step.details.get("settings") if step else None
    return seen is not None and seen != settings_of(topic)


def _retyped_unseen(ctx: Context, topic: Topic) -> bool:
    """Whether a change of type was registered that no finished step has applied: a killed run may have left one."""
    step = ctx.progress.last("silver", topic.name)
    return retyped_since(
        ctx.registry.history(topic.name), (step.details.get("schema_version") if step else None) or 0
    )


def _insert(ctx: Context, topic: Topic, rows: DataFrame) -> Applied | None:
    """The upsert into a table that was just made: there is nothing to merge with, for which a MERGE would look.

    Nothing where it made no commit: there are no rows, or another run was faster, whose rows Delta then does not add to.
    """
    table, marker = ctx.parameters.tables.silver(topic.name), {"first": uuid.uuid4().hex}
    delta.append(rows, table, f"silver/{topic.name}/first", 1, marker)
    commit = delta.last_commit(ctx.spark, table)
    return Applied(commit.metric("numOutputRows"), -1, commit.version) if commit.marker == marker else None


def _merge(
    ctx: Context, table: str, rows: DataFrame, layout: SilverLayout, bounds: Mapping[str, str]
) -> Applied:
    """The upsert: rows that made a difference are those that Delta counts."""
    frames = Frames(ctx.spark)
    result = frames.sql(silver_merge.merge_sql(table, frames.add(rows), layout, bounds)).collect()[0]
    commit = delta.last_commit(ctx.spark, table)
    affected = int(result["num_affected_rows"])
    # A merge that changed nothing makes no commit, so there is no metric of it.
    return Applied(affected, commit.metric("numSourceRows") if affected else -1, commit.version)


def _merge_history(
    ctx: Context, table: str, rows: DataFrame, gone: DataFrame | None, layout: SilverLayout
) -> Applied:
    """Source rows that neither updated nor deleted a stored version are the batch's: inserted versions and deletions."""
    source = silver_history.changes(rows, ctx.spark.table(table), gone, layout)
    result = ctx.spark.sql(silver_history.merge_sql(table, layout), rows=source).collect()[0]
    commit = delta.last_commit(ctx.spark, table)
    stored = int(result["num_updated_rows"]) + int(result["num_deleted_rows"])
    applied = commit.metric("numSourceRows") - stored if result["num_affected_rows"] else 0
    return Applied(applied, -1, commit.version)


def _append(ctx: Context, batch: Batch, found: Examined, schema_version: int) -> Applied:
    """Append rows of bronze versions that no earlier attempt has written (its commit says how far it came); of replayed
    rows, those that are not there.
    """
    topic, offered = batch.topic, found.fates.good
    table = ctx.parameters.tables.silver(topic.name)
    good = good_rows(found.judged)

    def shape(rows: DataFrame) -> DataFrame:
        return silver_table.to_rows(rows, found.layout, schema_version)

    if batch.replayed:
        known = ctx.spark.table(table).select(F.col("_row_id").alias(own("_row_id")))
        marker = {"replay": ctx.parameters.run_id}
        delta.append(shape(good.join(known, own("_row_id"), "left_anti")), table, marker=marker)
        commit = delta.last_commit(ctx.spark, table)
        appended = commit.marker == marker  # Delta makes no commit of no rows
    else:
        appended = delta.append_range(good, table, f"silver/{topic.name}", batch.last, shape, COMMITTED)
        commit = delta.last_commit(ctx.spark, table)
    return Applied(commit.metric("numOutputRows") if appended else 0, offered, commit.version)
