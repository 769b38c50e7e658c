"""The whole silver table derived again from bronze, in one commit: after a change of type or of settings, or on request.

Text comes back as it stood. Deletions are derived again too, and quarantine is brought in line: what is good now is marked
as replayed, what is not any more is added. Rows that bronze no longer has (``retention``) are kept as they stand in silver,
cast to their new types; that is said aloud, since a cast cannot bring back what typing took away.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType, TimestampType

from pipelines import delta
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.delta.sql import quote
from pipelines.failpoints import failpoint
from pipelines.registry import Version
from pipelines.silver import drift, partial, quarantine, scd2, upsert
from pipelines.silver import table as silver_table
from pipelines.silver.kept import DELETES, ROWS
from pipelines.silver.outcomes import DELETED, good_rows
from pipelines.silver.table import SilverLayout

_ISO_UTC = {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "timeZone": "UTC"}

#: Bronze rows -> typed rows with their outcomes.
Evaluate = Callable[[DataFrame], DataFrame]


def rebuild(
    ctx: Context,
    topic: Topic,
    layout: SilverLayout,
    version: Version,
    last: int,
    bronze: DataFrame,
    evaluate: Evaluate,
    everything_anew: bool,
    source: DataFrame,
) -> tuple[int, int]:
    """Derive silver again from ``bronze``, its rows up to version ``last``.

    Args:
        source: The rows for whose sake it is done, by ``_row_id``.
        everything_anew: Whether every row is evaluated anew for quarantine; otherwise what was good is known to be good.

    Returns:
        The table's version, and how many rows of the source are in it.
    """
    table = ctx.parameters.tables.silver(topic.name)
    before = ctx.spark.table(table)
    events = silver_table.to_rows(good_rows(evaluate(bronze)), layout, version.version)
    retyped = silver_table.retyped(dict(before.dtypes), layout)
    known, kept, tables = bronze.select("_row_id"), 0, [before]
    tracked = ROWS.table(ctx, topic)
    was_tracked = ctx.spark.catalog.tableExists(tracked)
    if was_tracked:  # then silver's rows are some of these
        tables.insert(0, ctx.spark.table(tracked))
    for rows in tables:
        stored = partial.survivors(rows, bronze, layout) if layout.merges else rows
        events, survivors = _with_survivors(events, stored, known)
        known, kept = known.unionByName(rows.select("_row_id")), kept + survivors
    gone = DELETES.stored(ctx, topic, layout)
    if gone is not None:
        events, _ = _with_survivors(events, gone.withColumn(DELETED, F.lit(True)), bronze)
    for beside in (DELETES, ROWS):
        if beside.needed(layout):
            beside.replace(ctx, topic, layout, events, last)
    upserted = partial.current if layout.merges else upsert.current
    current = {"upsert": upserted, "history": scd2.current}.get(layout.mode)
    failpoint("silver.rebuilding")
    delta.overwrite(
        current(events, layout) if current else events, table, user_metadata={delta.BRONZE_VERSION: last}
    )
    commit = delta.last_commit(ctx.spark, table)
    failpoint("silver.rebuilt")
    # Before quarantine is brought in line: rows that are replayed wait there until then.
    applied = ctx.spark.table(table).join(source.select("_row_id"), "_row_id", "left_semi").count()
    _reconcile_quarantine(
        ctx, topic, bronze, evaluate, everything_anew or not set(layout.sequence).isdisjoint(retyped)
    )
    if was_tracked and not ROWS.needed(layout):
        ctx.spark.sql(f"DROP TABLE {tracked}")
    details = {
        "columns": retyped,
        "types": {name: layout.columns[name] for name in retyped},
        "rows": commit.metric("numOutputRows"),
        "past_retention": kept,
    }
    ctx.log.event("silver", "rebuilt", topic=topic.name, schema_version=version.version, details=details)
    if kept:
        drift.raise_past_retention(ctx, topic, version, retyped)
    return commit.version, applied


def _reconcile_quarantine(
    ctx: Context, topic: Topic, bronze: DataFrame, evaluate: Evaluate, everything_anew: bool
) -> None:
    """Only rules can reject what was good before, unless the topic itself or the type of its sequence was changed (``everything_anew``):
    otherwise the rows in quarantine are all that need evaluating once more.
    """
    if not everything_anew and not any(rule.on_violation == "quarantine" for rule in topic.rules("row")):
        waiting = quarantine.waiting(ctx, topic)
        if waiting.isEmpty():
            return
        bronze = bronze.join(waiting.select("_row_id"), "_row_id", "left_semi")
    quarantine.reconcile(ctx, topic, evaluate(bronze))


def _with_survivors(events: DataFrame, stored: DataFrame, known: DataFrame) -> tuple[DataFrame, int]:
    """``events`` and those rows of ``stored`` that are not ``known`` (rows of bronze, mostly), cast to the types of ``events``; their number."""
    rows = stored.join(known.select("_row_id"), "_row_id", "left_anti")
    count = rows.count()
    if not count:
        return events, 0
    have = {field.name: field.dataType for field in stored.schema.fields}
    absent = {DELETED: F.lit(False)}
    columns: list[Column] = []
    for field in events.schema.fields:
        name, wanted = field.name, field.dataType
        value = (
            _recast(name, have[name], wanted)
            if name in have
            else absent.get(name, F.lit(None).cast(wanted.simpleString()))
        )
        columns.append(value.alias(name))
    return events.unionByName(rows.select(*columns)), count


def _recast(name: str, have: DataType, wanted: DataType) -> Column:
    """A column as another type: objects and arrays as JSON, instants as ISO text in UTC, null where it does not fit."""
    column = F.col(quote(name))
    if have.simpleString() == wanted.simpleString():
        return column
    if wanted.typeName() == "string" and isinstance(have, StructType | ArrayType | MapType):
        return F.to_json(column)
    if isinstance(wanted, MapType):
        text = F.to_json(column) if isinstance(have, StructType | MapType) else column.try_cast("string")
        return F.from_json(text, F.lit(wanted.simpleString()))
    if wanted.typeName() == "string" and isinstance(have, TimestampType):
        text = F.to_json(
            F.struct(column.alias("t")), _ISO_UTC
        )  # the one function that takes a zone of its own
        return F.get_json_object(text, "$.t")
    return column.try_cast(wanted.simpleString())  # as text: see `silver.table.to_rows`
