"""Mode upsert with ``merge: present_fields``: an event sets the fields that it has, the others keep their values.

``_field_order`` of a row says for each field the order (:attr:`SilverLayout.order`) of the event that has set it. So a
row and an event are the same thing: a value and its order for some fields. Two of one key are merged by taking each field
from where its order is greater, and what is not greater than the order of the key's last deletion is gone. That is a maximum, so neither the order of arrival nor the cut of batches can matter, and a second time changes nothing.

Key, sequence and audit columns are those of the newest event. The unit is the field of the record: an object is replaced
whole. A field has its order before it has a column, since a null may come before the first value does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F
from pyspark.sql.types import MapType, StructType

from pipelines.delta.driver_rows import pruning_predicate
from pipelines.delta.sql import literal, quote
from pipelines.inference import own
from pipelines.silver.outcomes import DELETED
from pipelines.silver.table import FIELD_ORDER, SilverLayout
from pipelines.silver.upsert import GONE, WINNER, newer, ordering_columns

#: True for the row of a key that has an event after its last deletion.
ALIVE = own("alive")

_ORDERS = own("orders")


def mark_winners(rows: DataFrame, layout: SilverLayout, deletes: DataFrame | None = None) -> DataFrame:
    """Merge the rows of each key into one of them, which is marked.

    Args:
        rows: Events of a topic in silver's columns (:func:`pipelines.silver.table.to_rows`).
        deletes: All deletions of the topic, those of ``rows`` among them; ``None``: there are no others.
    """
    keys = [F.col(quote(key)) for key in layout.keys]
    by_key = Window.partitionBy(*keys)
    order = F.struct(*ordering_columns(layout))
    if not layout.deletes:
        rows = rows.withColumns({GONE: F.lit(None).cast(layout.order_type), DELETED: F.lit(False)})
    elif deletes is None:
        rows = rows.withColumn(GONE, F.max(F.when(F.col(DELETED), order)).over(by_key))
    else:
        gone = deletes.groupBy(*keys).agg(F.max(order).alias(GONE))
        rows = rows.join(gone, list(layout.keys), "left")
    alive = ~F.col(DELETED) & _after(order)
    orders = F.when(~F.col(DELETED), F.map_filter(FIELD_ORDER, lambda _, at: _after(at)))
    rows = rows.withColumns({ALIVE: alive, _ORDERS: orders})
    newest = by_key.orderBy(F.col(ALIVE).desc(), *[c.desc_nulls_last() for c in ordering_columns(layout)])
    merged = {
        column: F.max_by(F.col(quote(column)), _order_for(field)).over(by_key)
        for column, field in layout.merged.items()
    }
    merged[FIELD_ORDER] = _merged_orders(layout, by_key)
    merged[WINNER] = F.row_number().over(newest) == 1
    extra = [name for name in rows.columns if name not in merged and name != _ORDERS]
    return rows.select(
        *[F.col(quote(name)) for name in extra], *[value.alias(name) for name, value in merged.items()]
    )


def current(events: DataFrame, layout: SilverLayout, deletes: DataFrame | None = None) -> DataFrame:
    """Of all events and deletions of a topic: the rows that silver holds. ``deletes``: see :func:`mark_winners`."""
    alive = mark_winners(events, layout, deletes).where(F.col(WINNER) & F.col(ALIVE))
    return alive.select(*[F.col(quote(c)) for c in layout.columns])


def merge_sql(table: str, source: str, layout: SilverLayout, key_ranges: Mapping[str, str]) -> str:
    """The merge of the rows of ``source`` (:func:`mark_winners`), field by field. ``key_ranges``: ranges of their keys, where
    they are known.

    Losers of the batch travel along (they match nothing), so that Delta's metrics count every row.
    """
    match = " AND ".join(f"s.{quote(key)} = t.{quote(key)}" for key in layout.keys)
    columns = list(layout.columns)
    gone, alive = f"s.{quote(GONE)}", f"s.{quote(ALIVE)}"
    row = ", ".join(f"{literal(name)}, t.{quote(name)}" for name in layout.order)
    dead = f"NOT {alive} AND named_struct({row}) <= {gone}"
    newest = f"{alive} AND {newer(layout, columns)}"
    s, t = f"s.{FIELD_ORDER}", f"t.{FIELD_ORDER}"
    changed = (
        f"({newest} OR exists(map_entries({s}), e -> {t}[e.key] IS NULL OR e.value > {t}[e.key])"
        f" OR exists(map_values({t}), at -> at <= {gone}))"
    )
    kept = f"map_filter({t}, (field, at) -> {gone} IS NULL OR at > {gone})"
    values = {name: f"CASE WHEN {newest} THEN s.{quote(name)} ELSE t.{quote(name)} END" for name in columns}
    for name, field in layout.merged.items():
        of_s, of_t = f"{s}[{literal(field)}]", f"{t}[{literal(field)}]"
        values[name] = (
            f"CASE WHEN {of_s} IS NOT NULL AND ({of_t} IS NULL OR {of_s} > {of_t}) THEN s.{quote(name)} "
            f"WHEN {of_t} IS NOT NULL AND ({gone} IS NULL OR {of_t} > {gone}) THEN t.{quote(name)} END"
        )
    values[FIELD_ORDER] = f"map_zip_with({s}, {kept}, (field, a, b) -> greatest(a, b))"
    update = ", ".join(f"t.{quote(name)} = {value}" for name, value in values.items())
    names = ", ".join(quote(c) for c in columns)
    inserted = ", ".join(f"s.{quote(c)}" for c in columns)
    return (
        f"MERGE INTO {table} t USING {source} s ON s.{quote(WINNER)} AND {match}{pruning_predicate('t', key_ranges)} "
        f"WHEN MATCHED AND {dead} THEN DELETE WHEN MATCHED AND {changed} THEN UPDATE SET {update} "
        f"WHEN NOT MATCHED AND s.{quote(WINNER)} AND {alive} THEN INSERT ({names}) VALUES ({inserted})"
    )


def survivors(stored: DataFrame, bronze: DataFrame, layout: SilverLayout) -> DataFrame:
    """Rows of silver with those fields alone that were set by events which ``bronze`` no longer has.

    A row whose own event bronze has has the order of the newest of these fields; where there are none, it is as it was.
    """
    if FIELD_ORDER not in stored.columns:  # rows of another mode, or of merge: replace, are whole events
        stored = stored.withColumn(FIELD_ORDER, _whole(stored, layout))
    known = bronze.select(F.col("_row_id").alias(own("known"))).distinct()
    entries = stored.select("_row_id", F.explode(F.map_entries(FIELD_ORDER)).alias("entry"))
    left = entries.join(known, F.col("entry.value._row_id") == F.col(own("known")), "left_anti")
    orders = left.groupBy("_row_id").agg(F.map_from_entries(F.collect_list("entry")).alias(_ORDERS))
    rows = stored.join(orders, "_row_id", "left").join(known, F.col("_row_id") == F.col(own("known")), "left")
    last = F.when(F.col(own("known")).isNotNull(), F.array_max(F.map_values(_ORDERS)))
    have = _order_of(stored, layout)
    columns = {name: F.col(quote(name)) for name in stored.columns}
    columns |= {
        name: F.when(last.isNotNull(), last.getField(name)).otherwise(F.col(quote(name))) for name in have
    }
    columns[FIELD_ORDER] = _with_order(F.coalesce(F.col(_ORDERS), F.create_map()), have, layout)
    return rows.select(*[column.alias(name) for name, column in columns.items()])


def _after(order: Column) -> Column:
    """Tell whether an order comes after the last deletion of its key. Structs compare field by field with nulls first."""
    return F.col(GONE).isNull() | (order > F.col(GONE))


def _order_for(field: str) -> Column:
    return F.col(_ORDERS).getItem(field)


def _merged_orders(layout: SilverLayout, by_key: WindowSpec) -> Column:
    """The orders of all fields of a key. Those without a column are few, mostly none, and are gathered as they are."""
    named = list(layout.merged.values())
    entries = [
        F.struct(F.lit(field), F.max(_order_for(field)).over(by_key).alias("order")) for field in named
    ]
    rest = F.map_filter(_ORDERS, lambda field, _: ~field.isin(named)) if named else F.col(_ORDERS)
    others = F.aggregate(
        F.collect_list(F.when(F.size(rest) > 0, rest)).over(by_key),
        F.create_map().cast(layout.columns[FIELD_ORDER]),
        lambda all_, some: F.map_zip_with(all_, some, lambda _, one, other: F.greatest(one, other)),
    )
    if not entries:
        return others
    known = F.map_from_entries(F.filter(F.array(*entries), lambda entry: entry["order"].isNotNull()))
    return F.map_concat(known, others)


def _order_of(stored: DataFrame, layout: SilverLayout) -> list[str]:
    """Columns of the order that a stored table has for its fields."""
    type_ = stored.schema[FIELD_ORDER].dataType
    assert isinstance(type_, MapType)
    assert isinstance(type_.valueType, StructType)
    return [name for name in layout.order if name in type_.valueType.names and name in stored.columns]


def _with_order(orders: Column, have: Sequence[str], layout: SilverLayout) -> Column:
    """Orders with today's types; what one lacks is null."""

    def cast(_: Column, order: Column) -> Column:
        values = {name: order.getField(name) if name in have else F.lit(None) for name in layout.order}
        return F.struct(*[values[name].try_cast(type_).alias(name) for name, type_ in layout.order.items()])

    return F.transform_values(orders, cast)


def _whole(stored: DataFrame, layout: SilverLayout) -> Column:
    """Rows that are whole events: all their fields have the order of the row."""
    names = [name for name in layout.order if name in stored.columns]
    order = F.struct(*[F.col(quote(name)) for name in names])
    fields = [field for column, field in layout.merged.items() if column in stored.columns]
    if not fields:
        return F.map_filter(F.create_map(F.lit(""), order), lambda *_: F.lit(False))
    return F.create_map(*[part for field in fields for part in (F.lit(field), order)])
