"""Mode history (SCD type 2): every version of a key, and from when to when it was valid.

The rows and deletions of a key stand in the order of ``upsert.ordering_columns``. Of those with one and the same sequence (all its columns) the
last counts, and replaces the others. Each row is valid from its own sequence to the next one's; a deletion is no row, it
only ends the one before. A late row so splits the interval that it falls into, whenever it arrives.

A batch touches the versions of its own keys alone: they are read with the deletions of these keys, the intervals are
drawn up again, and what differs is merged in one commit.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from pipelines.delta.sql import quote
from pipelines.inference import own
from pipelines.silver.outcomes import DELETED
from pipelines.silver.table import IS_CURRENT, VALID_FROM, VALID_TO, SilverLayout
from pipelines.silver.upsert import ordering_columns

#: Action of the merge on a row of its source.
ACTION = own("action")
#: Origin of a row: the batch, or what is stored already.
STORED = own("stored")


def current(events: DataFrame, layout: SilverLayout) -> DataFrame:
    """Of all rows and deletions of a topic: the versions that silver holds."""
    rows = _valid(events, layout).where(~F.col(own("replaced")) & ~_deleted(layout))
    return rows.select(*[F.col(quote(c)) for c in layout.columns])


def changes(
    events: DataFrame, silver: DataFrame, deletes: DataFrame | None, layout: SilverLayout
) -> DataFrame:
    """Return what a batch of ``events`` changes: versions to insert, to update (their end) and to delete, and the deletions of
    the batch that ended a version, which the merge only counts (``$action``: insert, update, delete, count).
    """
    keys = list(layout.keys)
    stored = silver.select(
        *[F.col(quote(c)) for c in layout.columns],
        *([F.lit(False).alias(DELETED)] if layout.deletes else []),
        F.col(VALID_TO).alias(own("was_to")),
        F.col(IS_CURRENT).alias(own("was_current")),
    )
    if deletes is not None:
        stored = stored.unionByName(deletes.withColumn(DELETED, F.lit(True)), allowMissingColumns=True)
    touched = events.select(*[F.col(quote(key)) for key in keys]).distinct()
    stored = stored.join(touched, keys, "left_semi").withColumn(STORED, F.lit(True))
    everything = events.withColumn(STORED, F.lit(False)).unionByName(stored, allowMissingColumns=True)
    moved = ~(
        F.col(VALID_TO).eqNullSafe(F.col(own("was_to"))) & (F.col(IS_CURRENT) == F.col(own("was_current")))
    )
    stored_row, new_row = F.col(STORED) & ~_deleted(layout), ~F.col(STORED)
    action = (
        F.when(stored_row & F.col(own("replaced")), "delete")
        .when(stored_row & moved, "update")
        .when(new_row & ~F.col(own("replaced")) & ~_deleted(layout), "insert")
        .when(new_row & ~F.col(own("replaced")) & F.col(own("ends_row")), "count")
    )
    drawn = _valid(everything, layout).withColumn(ACTION, action).where(F.col(ACTION).isNotNull())
    return drawn.select(*[F.col(quote(c)) for c in layout.columns], ACTION)


def merge_sql(table: str, layout: SilverLayout) -> str:
    """The merge of :func:`changes`, by row id: a version is one record of the source."""
    names = ", ".join(quote(c) for c in layout.columns)
    values = ", ".join(f"s.{quote(c)}" for c in layout.columns)
    return (
        f"MERGE INTO {table} t USING {{rows}} s ON s._row_id = t._row_id "
        f"WHEN MATCHED AND s.{quote(ACTION)} = 'delete' THEN DELETE "
        f"WHEN MATCHED AND s.{quote(ACTION)} = 'update' "
        f"THEN UPDATE SET t.{VALID_TO} = s.{VALID_TO}, t.{IS_CURRENT} = s.{IS_CURRENT} "
        f"WHEN NOT MATCHED AND s.{quote(ACTION)} = 'insert' THEN INSERT ({names}) VALUES ({values})"
    )


def _deleted(layout: SilverLayout) -> Column:
    return F.col(DELETED) if layout.deletes else F.lit(False)


def _valid(events: DataFrame, layout: SilverLayout) -> DataFrame:
    """Draw up the intervals (``_valid_from``, ``_valid_to``, ``_is_current``); ``$replaced`` marks what does not count,
    ``$ends_row`` what follows a row.
    """
    order = [column.asc_nulls_first() for column in ordering_columns(layout)]
    if STORED in events.columns:
        # The same record twice, after a run that was killed: the stored version stays, the batch's deletion counts.
        order.append(F.col(STORED) != _deleted(layout))
    if layout.by_arrival:
        slot, valid = F.col("_row_id"), F.col("ingest_ts")
    elif layout.sequence:
        slot, valid = F.struct(*map(quote, layout.sequence)), F.col(quote(layout.sequence[0]))
    else:  # no record has had the sequence yet
        slot, valid = F.lit(True), F.lit(None).cast(layout.validity)
    window = Window.partitionBy(*[F.col(quote(key)) for key in layout.keys]).orderBy(*order)
    following = F.lead(F.struct(slot.alias("slot"), valid.alias("valid"))).over(window)
    # A deletion of the batch follows its own copy in the deletes.
    before = F.lag(F.struct("_row_id", (~_deleted(layout)).alias("row"))).over(window)
    itself = F.coalesce(before["_row_id"] == F.col("_row_id"), F.lit(False))
    ends = F.when(itself, F.lag(~_deleted(layout), 2).over(window)).otherwise(before["row"])
    return (
        events.withColumn(own("next"), following)
        .withColumn(
            own("replaced"), F.col(own("next")).isNotNull() & F.col(own("next.slot")).eqNullSafe(slot)
        )
        .withColumn(own("ends_row"), F.coalesce(ends, F.lit(False)))
        .withColumn(VALID_FROM, valid)
        .withColumn(VALID_TO, F.col(own("next.valid")))
        .withColumn(IS_CURRENT, F.col(own("next")).isNull())
    )
