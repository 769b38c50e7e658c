"""Mode history (SCD type 2): every version of a key, and from when to when it was valid.

The rows and deletions of a key stand in the order of ``upsert.ordering_columns``. Of those with one and the same sequence (all its columns) the
last counts, and replaces the others. Each row is valid from its own sequence to the next one's; a deletion is no row, it
only ends the one before. A late row so splits the interval that it falls into, whenever it arrives.

With ``track``, rows that follow each other and are equal in the tracked columns are one version, valid from the first of them,
with the values of the last one. A late row may part them, so all rows are kept (:data:`pipelines.silver.kept.ROWS`).

A batch touches the versions of its own keys alone: they are read with the deletions of these keys (and with their rows, where
columns are tracked), the intervals are drawn up again, and what differs is merged in one commit.
"""

from __future__ import annotations

from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from pipelines.delta.sql import quote
from pipelines.inference import Type, nested_name, own
from pipelines.inference.types import Array, Map, Struct
from pipelines.silver.outcomes import DELETED
from pipelines.silver.table import IS_CURRENT, VALID_FROM, VALID_TO, SilverLayout
from pipelines.silver.upsert import ordering_columns

#: Action of the merge on a row of its source.
ACTION = own("action")
#: Origin of a row: the batch, or what is stored already.
STORED = own("stored")


def current(events: DataFrame, layout: SilverLayout) -> DataFrame:
    """Of all rows and deletions of a topic: the versions that silver holds."""
    rows = _valid(events, layout).where(F.col(own("stands")))
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


def tracked_changes(
    events: DataFrame, silver: DataFrame, rows: DataFrame, deletes: DataFrame | None, layout: SilverLayout
) -> DataFrame:
    """Return what a batch of ``events`` changes where columns are tracked (see :func:`changes`). ``rows`` and ``deletes``: all of
    the topic, those of the batch among them.

    A row of the batch that now is a version, or a deletion that ended one, is there once more to be counted.
    """
    keys = list(layout.keys)
    everything = rows.withColumn(DELETED, F.lit(False))
    if deletes is not None:
        everything = everything.unionByName(
            deletes.withColumn(DELETED, F.lit(True)), allowMissingColumns=True
        )
    touched = events.select(*[F.col(quote(key)) for key in keys]).distinct()
    was = {name: own(f"was{name}") for name in (VALID_FROM, VALID_TO, IS_CURRENT)}
    stored = silver.select("_row_id", *[F.col(name).alias(old) for name, old in was.items()])
    everything = (
        everything.join(touched, keys, "left_semi")
        .join(stored.withColumn(STORED, F.lit(True)), "_row_id", "left")
        .join(events.select("_row_id", F.lit(True).alias(own("new"))), "_row_id", "left")
        .withColumn(STORED, F.coalesce(F.col(STORED), F.lit(False)))
    )
    drawn = _valid(everything, layout)
    stands, is_stored = F.col(own("stands")), F.col(STORED)
    moved = ~reduce(and_, [F.col(name).eqNullSafe(F.col(old)) for name, old in was.items()])
    action = (
        F.when(is_stored & ~stands, "delete")
        .when(is_stored & moved, "update")
        .when(~is_stored & stands, "insert")
    )
    ended = F.col(DELETED) & ~F.col(own("replaced")) & F.col(own("ends_row"))
    counted = F.when(F.col(own("new")) & ((stands & ~is_stored) | ended), "count")
    drawn = drawn.withColumn(ACTION, F.explode(F.array_compact(F.array(action, counted))))
    return drawn.select(*[F.col(quote(c)) for c in layout.columns], ACTION)


def merge_sql(table: str, layout: SilverLayout) -> str:
    """The merge of :func:`changes`, by row id: a version is one record of the source."""
    names = ", ".join(quote(c) for c in layout.columns)
    values = ", ".join(f"s.{quote(c)}" for c in layout.columns)
    return (
        f"MERGE INTO {table} t USING {{rows}} s ON s._row_id = t._row_id "
        f"WHEN MATCHED AND s.{quote(ACTION)} = 'delete' THEN DELETE "
        f"WHEN MATCHED AND s.{quote(ACTION)} = 'update' "
        f"THEN UPDATE SET {', '.join(f't.{name} = s.{name}' for name in (VALID_FROM, VALID_TO, IS_CURRENT))} "
        f"WHEN NOT MATCHED AND s.{quote(ACTION)} = 'insert' THEN INSERT ({names}) VALUES ({values})"
    )


def _deleted(layout: SilverLayout) -> Column:
    return F.col(DELETED) if layout.deletes else F.lit(False)


def _valid(events: DataFrame, layout: SilverLayout) -> DataFrame:
    """Draw up the intervals (``_valid_from``, ``_valid_to``, ``_is_current``); ``$stands`` marks the versions, ``$replaced`` what
    does not count, ``$ends_row`` what follows a row.
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
    drawn = (
        events.withColumn(own("next"), following)
        .withColumn(
            own("replaced"), F.col(own("next")).isNotNull() & F.col(own("next.slot")).eqNullSafe(slot)
        )
        .withColumn(own("ends_row"), F.coalesce(ends, F.lit(False)))
        .withColumn(VALID_FROM, valid)
        .withColumn(VALID_TO, F.col(own("next.valid")))
        .withColumn(IS_CURRENT, F.col(own("next")).isNull())
    )
    row = ~F.col(own("replaced")) & ~_deleted(layout)
    return drawn.withColumn(own("stands"), row) if layout.tracked is None else _joined(drawn, row, layout)


def _joined(drawn: DataFrame, row: Column, layout: SilverLayout) -> DataFrame:
    """Of rows that follow each other and are equal in the tracked columns, the last one stands, valid from the first one's time."""
    keys = [F.col(quote(key)) for key in layout.keys]
    # What is replaced is neither before nor after what counts.
    window = Window.partitionBy(*keys, F.col(own("replaced"))).orderBy(
        *[column.asc_nulls_first() for column in ordering_columns(layout)]
    )
    types = {plan.column: plan.type for plan in layout.plans}
    values = [comparable(F.col(quote(name)), types[name]) for name in layout.tracked or ()]
    state = F.struct(row.alias("row"), F.struct(F.lit(True), *values).alias("values"))
    before = F.lag(state).over(window)
    same = F.coalesce(before["row"], F.lit(False)) & before["values"].eqNullSafe(state["values"])
    begins, since = own("begins"), F.when(F.col(own("begins")), F.struct(F.col(VALID_FROM).alias("time")))
    drawn = drawn.withColumn(begins, row & ~same)
    after = F.lead(~row | F.col(begins)).over(window)
    first = F.last(since, ignorenulls=True).over(window.rowsBetween(Window.unboundedPreceding, 0))
    return drawn.withColumn(own("stands"), row & F.coalesce(after, F.lit(True))).withColumn(
        VALID_FROM, first["time"]
    )


def comparable(value: Column, type_: Type) -> Column:
    """A value that Spark can compare: in place of a map, its entries by their keys."""
    if isinstance(type_, Map):
        entries = F.transform(
            F.map_entries(value),
            lambda entry: F.struct(entry["key"], comparable(entry["value"], type_.value).alias("value")),
        )
        return F.array_sort(entries)
    if isinstance(type_, Array) and _has_map(type_):
        return F.transform(value, lambda item: comparable(item, type_.element))
    if isinstance(type_, Struct) and _has_map(type_):
        fields = [
            comparable(value.getField(nested_name(name)), inner).alias(nested_name(name))
            for name, inner in type_.fields
        ]
        return F.when(value.isNotNull(), F.struct(*fields))
    return value


def _has_map(type_: Type) -> bool:
    if isinstance(type_, Struct):
        return any(_has_map(inner) for _, inner in type_.fields)
    return isinstance(type_, Map) or (isinstance(type_, Array) and _has_map(type_.element))
