"""Writing silver: the good rows of a source are applied in the way that was decided.

append   every row, once
upsert   the newest row of each key, or of each of its fields
scd2     every version of a key, with the times between which it was valid (mode history)
rebuild  the whole table again, from bronze

Each is one commit, and doing it again changes nothing: merges follow a total order, appends carry the range that they
wrote. What later batches need beside silver (:mod:`pipelines.silver.kept`) is kept before it is applied.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.delta.frames import Frames
from pipelines.failpoints import failpoint
from pipelines.inference import own
from pipelines.ops import descriptions
from pipelines.ops.progress import described
from pipelines.registry import Version
from pipelines.silver import partial, scd2, upsert
from pipelines.silver import table as silver_table
from pipelines.silver.arrow_pass import COMMITTED
from pipelines.silver.decide import SilverCommit
from pipelines.silver.kept import DELETES, ROWS
from pipelines.silver.outcomes import good_rows
from pipelines.silver.rebuild import Evaluate, rebuild
from pipelines.silver.source import Source
from pipelines.silver.table import SilverLayout


@dataclass(frozen=True)
class Applied:
    """Numbers of a write, and the version that it left."""

    rows: int
    """Rows that made a difference: inserted, updated, deleted."""
    offered: int | None
    """Rows that the write saw; ``None`` where it does not say."""
    version: int | None
    """The silver table's version afterwards; ``None`` where there is none."""


def write(
    ctx: Context,
    source: Source,
    decided: SilverCommit,
    version: Version | None,
    frame: DataFrame,
    key_ranges: Mapping[str, str],
    history: Callable[[], DataFrame],
    evaluate: Evaluate,
) -> Applied:
    """Evolve the table and apply the good rows of ``frame``.

    Args:
        key_ranges: Ranges of the good rows' keys, where they are known.
        history: Every bronze row of the topic, for a rebuild.
        evaluate: Evaluates these.
    """
    topic, layout, outcomes, how = source.topic, decided.layout, decided.outcomes, decided.write.how
    table = ctx.parameters.tables.silver(topic.name)
    if how == "elsewhere":
        # Which of the good rows win is decided in the pipeline, so none counts as deduplicated here.
        return Applied(outcomes.good, None, None)
    if decided.write.create:
        description = descriptions.of_silver(topic)
        silver_table.create(ctx.spark, table, layout, description)
        said = described(ctx.progress, f"silver.{topic.name}", description)
        ctx.progress.record(said, ctx.parameters.run_id)
    elif how == "rebuild":
        assert version is not None
        anew = decided.write.everything_anew
        done, rows = rebuild(ctx, topic, layout, version, source.last, history(), evaluate, anew, source.rows)
        return Applied(rows + outcomes.deletes, None, done)
    elif version is not None and decided.columns is not None:
        silver_table.add_columns(ctx.spark, table, decided.columns, layout.columns)
    if how == "nothing":
        exists = decided.write.create or decided.columns is not None
        return Applied(0, 0, delta.last_commit(ctx.spark, table).version if exists else None)
    assert version is not None
    good = good_rows(frame)
    if how == "append":
        return _append(ctx, source, decided, good, version.version)
    beside = [
        kept for kept, any_ in ((DELETES, outcomes.deletes), (ROWS, True)) if any_ and kept.needed(layout)
    ]
    for kept in beside:
        replayed = source.origin == "quarantine"
        kept.append(ctx, topic, layout, good, source.last, version.version, replayed)
    if beside:
        failpoint("silver.deletes")
    typed = silver_table.to_rows(good, layout, version.version)
    gone = DELETES.stored(ctx, topic, layout)
    if how == "scd2":
        return _merge_versions(ctx, table, typed, gone, ROWS.stored(ctx, topic, layout), layout)
    merging = partial if layout.merges else upsert
    if decided.write.create and (first := _insert(ctx, topic, merging.current(typed, layout, gone))):
        return first
    frames = Frames(ctx.spark)
    winners = frames.add(merging.mark_winners(typed, layout, gone))
    return _merge(ctx, table, frames, merging.merge_sql(table, winners, layout, key_ranges))


def _insert(ctx: Context, topic: Topic, rows: DataFrame) -> Applied | None:
    """Upsert into a table that was just made: there is nothing to merge with, for which a MERGE would look.

    Returns nothing where it made no commit: there are no rows, or another run was faster, whose rows Delta then does not
    add to.
    """
    table, metadata = ctx.parameters.tables.silver(topic.name), {"first": uuid.uuid4().hex}
    delta.append(rows, table, f"silver/{topic.name}/first", 1, metadata)
    commit = delta.last_commit(ctx.spark, table)
    if commit.user_metadata != metadata:
        return None
    return Applied(commit.metric("numOutputRows"), None, commit.version)


def _merge(ctx: Context, table: str, frames: Frames, statement: str) -> Applied:
    """Upsert: rows that made a difference are those that Delta counts."""
    result = frames.sql(statement).collect()[0]
    commit = delta.last_commit(ctx.spark, table)
    affected = int(result["num_affected_rows"])
    # A merge that changed nothing makes no commit, so there is no metric of it.
    return Applied(affected, commit.metric("numSourceRows") if affected else None, commit.version)


def _merge_versions(
    ctx: Context,
    table: str,
    rows: DataFrame,
    gone: DataFrame | None,
    kept: DataFrame | None,
    layout: SilverLayout,
) -> Applied:
    """Merge versions: source rows that neither updated nor deleted a stored one are the batch's own. Where versions are of
    columns that are tracked, a row that is inserted may be an older one, and the batch's own are beside them.
    """
    silver = ctx.spark.table(table)
    if kept is None:
        changes = scd2.changes(rows, silver, gone, layout)
    else:
        changes = scd2.tracked_changes(rows, silver, kept, gone, layout)
    result = ctx.spark.sql(scd2.merge_sql(table, layout), rows=changes).collect()[0]
    commit = delta.last_commit(ctx.spark, table)
    counted = ("num_updated_rows", "num_deleted_rows") if kept is None else ("num_affected_rows",)
    others = sum(int(result[name]) for name in counted)
    applied = commit.metric("numSourceRows") - others if result["num_affected_rows"] else 0
    return Applied(applied, None, commit.version)


def _append(
    ctx: Context, source: Source, decided: SilverCommit, good: DataFrame, schema_version: int
) -> Applied:
    """Append rows of bronze versions that no earlier attempt has written (its commit says how far it came); of replayed
    rows, those that are not there.
    """
    topic, offered = source.topic, decided.outcomes.good
    table = ctx.parameters.tables.silver(topic.name)

    def shape(rows: DataFrame) -> DataFrame:
        return silver_table.to_rows(rows, decided.layout, schema_version)

    if source.origin == "quarantine":
        known = ctx.spark.table(table).select(F.col("_row_id").alias(own("_row_id")))
        metadata = {"replay": ctx.parameters.run_id}
        delta.append(shape(good.join(known, own("_row_id"), "left_anti")), table, user_metadata=metadata)
        commit = delta.last_commit(ctx.spark, table)
        appended = commit.user_metadata == metadata  # Delta makes no commit of no rows
    else:
        appended = delta.append_range(good, table, f"silver/{topic.name}", source.last, shape, COMMITTED)
        commit = delta.last_commit(ctx.spark, table)
    return Applied(commit.metric("numOutputRows") if appended else 0, offered, commit.version)
