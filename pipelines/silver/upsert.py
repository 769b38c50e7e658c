"""The order of the rows of one key, and the merge of mode upsert: the newest row of each key stands.

The order is total: the columns of the sequence (each nulls first), then source, position and row id. So neither batches nor the order of arrival
can matter, and a row that comes a second time changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from pipelines.delta.driver_rows import pruning_predicate
from pipelines.delta.sql import quote
from pipelines.inference import own
from pipelines.silver.outcomes import DELETED
from pipelines.silver.table import SilverLayout

WINNER, GONE = own("winner"), own("gone")


def ordering_columns(layout: SilverLayout) -> list[Column]:
    """Return the columns by which a row stands among the rows of its key: the greater, the newer."""
    sequence = [F.col(quote(name)) for name in layout.sequence]
    return [*sequence, F.col("_source"), F.col("_position"), F.col("_row_id")]


def mark_winners(rows: DataFrame, layout: SilverLayout, deletes: DataFrame | None = None) -> DataFrame:
    """Mark the last row of each key, unless a deletion of that key (``deletes``) comes after it."""
    keys = [F.col(quote(key)) for key in layout.keys]
    window = Window.partitionBy(*keys).orderBy(
        *[column.desc_nulls_last() for column in ordering_columns(layout)]
    )
    last: Column = F.row_number().over(window) == 1
    if deletes is None:
        return rows.withColumn(WINNER, last)
    # Structs compare field by field with nulls first: the order of the rows itself.
    gone = deletes.groupBy(*keys).agg(F.max(F.struct(*ordering_columns(layout))).alias(GONE))
    stands = F.col(GONE).isNull() | (F.struct(*ordering_columns(layout)) >= F.col(GONE))
    return rows.join(gone, list(layout.keys), "left").withColumn(WINNER, last & stands).drop(GONE)


def current(events: DataFrame, layout: SilverLayout, deletes: DataFrame | None = None) -> DataFrame:
    """Of all rows and deletions of a topic: the rows that silver holds. ``deletes``: see :func:`mark_winners`."""
    alive = F.col(WINNER) & ~F.col(DELETED) if layout.deletes else F.col(WINNER)
    return (
        mark_winners(events, layout, deletes).where(alive).select(*[F.col(quote(c)) for c in layout.columns])
    )


def newer(layout: SilverLayout, table_columns: Sequence[str]) -> str:
    """SQL: source row ``s`` comes after table row ``t`` in the order of :func:`ordering_columns`."""
    after = "s._source > t._source OR (s._source = t._source AND s._position > t._position)"
    for name in reversed(layout.sequence):
        if name in table_columns:
            s, t = f"s.{quote(name)}", f"t.{quote(name)}"
            after = f"{s} > {t} OR ({t} IS NULL AND {s} IS NOT NULL) OR ({s} <=> {t} AND ({after}))"
    return f"({after})"


def merge_sql(table: str, source: str, layout: SilverLayout, key_ranges: Mapping[str, str]) -> str:
    """The upsert of the rows of ``source``. ``key_ranges``: ranges of their keys, where they are known.

    Losers of the batch travel along (they match nothing), so that Delta's metrics count every row.
    """
    match = " AND ".join(f"s.{quote(key)} = t.{quote(key)}" for key in layout.keys) + pruning_predicate(
        "t", key_ranges
    )
    columns = list(layout.columns)
    after = newer(layout, columns)
    update = ", ".join(f"t.{quote(c)} = s.{quote(c)}" for c in columns)
    names = ", ".join(quote(c) for c in columns)
    values = ", ".join(f"s.{quote(c)}" for c in columns)
    delete, alive = "", ""
    if layout.deletes:
        delete, alive = (
            f"WHEN MATCHED AND s.{quote(DELETED)} AND {after} THEN DELETE ",
            f" AND NOT s.{quote(DELETED)}",
        )
    return (
        f"MERGE INTO {table} t USING {source} s ON s.{quote(WINNER)} AND {match} {delete}"
        f"WHEN MATCHED AND {after} THEN UPDATE SET {update} "
        f"WHEN NOT MATCHED AND s.{quote(WINNER)}{alive} THEN INSERT ({names}) VALUES ({values})"
    )
