"""The silver table itself: how it is created, how it evolves, and the SQL of its merge.

It evolves in two ways only: a column is added, or the table is rebuilt in one commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from pipelines.delta import TABLE_PROPERTIES
from pipelines.inference import FieldPlan, spark_ddl
from pipelines.names import quote
from pipelines.tables import create_table

#: Columns behind the typed ones: where a row came from and what happened to it on the way.
AUDIT = {
    "ingest_ts": "timestamp",
    "_source": "string",
    "_position": "bigint",
    "_row_id": "string",
    "_schema_version": "bigint",
    "_field_faults": "string",
}
RESCUED = "_rescued_data"
WINNER = "_winner"


@dataclass(frozen=True)
class SilverLayout:
    """What the merge needs to know of a topic: its columns, keys and order."""

    plans: tuple[FieldPlan, ...]
    keys: tuple[str, ...]
    sequence: str | None
    rescues: bool

    @property
    def data_columns(self) -> dict[str, str]:
        """Typed columns with their Spark types: keys, sequence, then the others by name."""
        types = {plan.column: spark_ddl(plan.type) for plan in self.plans}
        first = [*self.keys, *([self.sequence] if self.sequence else [])]
        order = list(dict.fromkeys([*first, *sorted(types)]))
        return {name: types[name] for name in order if name in types}

    @property
    def columns(self) -> dict[str, str]:
        """All columns of the table, in its order."""
        rescued = {RESCUED: "string"} if self.rescues else {}
        return {**self.data_columns, **AUDIT, **rescued}


def create(spark: SparkSession, table: str, layout: SilverLayout, topic: str) -> None:
    """Create the table; only the silver task of this topic ever does."""
    comment = f"Typed rows of topic {topic}; columns follow the schema registry."
    spark.sql(create_table(table, layout.columns, comment, TABLE_PROPERTIES))


def add_columns(spark: SparkSession, table: str, present: StructType, layout: SilverLayout) -> list[str]:
    """Add the columns that the table lacks, behind its last typed column. Returns their names."""
    have = set(present.fieldNames())
    missing = {name: type_ for name, type_ in layout.columns.items() if name not in have}
    if not missing:
        return []
    typed = [name for name in present.fieldNames() if name not in AUDIT and name != RESCUED]
    after = f" AFTER {quote(typed[-1])}" if typed else ""
    added = [
        f"{quote(name)} {type_}{after if name not in AUDIT and name != RESCUED else ''}"
        for name, type_ in missing.items()
    ]
    spark.sql(f"ALTER TABLE {table} ADD COLUMNS ({', '.join(added)})")
    return list(missing)


def retyped(present: StructType, wanted: StructType) -> list[str]:
    """Columns whose type in the table is not the wanted one: the table must be rebuilt."""
    have = {f.name: f.dataType.simpleString() for f in present.fields}
    return [f.name for f in wanted.fields if f.name in have and have[f.name] != f.dataType.simpleString()]


def to_rows(good: DataFrame, layout: SilverLayout, schema_version: int) -> DataFrame:
    """Rows in the table's columns, from judged rows."""
    audit: dict[str, Column] = {
        "ingest_ts": F.col("ingest_ts"),
        "_source": F.col("source"),
        "_position": F.col("position"),
        "_row_id": F.col("_row_id"),
        "_schema_version": F.lit(schema_version).cast("bigint"),
        "_field_faults": F.col("_field_faults"),
        RESCUED: F.col(RESCUED),
    }
    return good.select(*[audit.get(name, F.col(quote(name))).alias(name) for name in layout.columns])


def mark_winners(rows: DataFrame, layout: SilverLayout) -> DataFrame:
    """Mark the last row of each key: by sequence (nulls first), source, position. A total order."""
    order = [F.col(quote(layout.sequence)).desc_nulls_last()] if layout.sequence else []
    order += [F.col("_source").desc(), F.col("_position").desc(), F.col("_row_id").desc()]
    window = Window.partitionBy(*[F.col(quote(key)) for key in layout.keys]).orderBy(*order)
    return rows.withColumn(WINNER, F.row_number().over(window) == 1)


def newer(layout: SilverLayout, table_columns: Sequence[str]) -> str:
    """SQL: source row ``s`` comes after table row ``t`` in the order of :func:`mark_winners`."""
    place = "s._source > t._source OR (s._source = t._source AND s._position > t._position)"
    if not layout.sequence or layout.sequence not in table_columns:
        return f"({place})"
    s, t = f"s.{quote(layout.sequence)}", f"t.{quote(layout.sequence)}"
    return f"({s} > {t} OR ({t} IS NULL AND {s} IS NOT NULL) OR ({s} <=> {t} AND ({place})))"


def merge_sql(table: str, layout: SilverLayout) -> str:
    """The upsert. Losers of the batch travel along (they match nothing), so that Delta's metrics count every row."""
    match = " AND ".join(f"s.{quote(key)} = t.{quote(key)}" for key in layout.keys)
    columns = list(layout.columns)
    update = ", ".join(f"t.{quote(c)} = s.{quote(c)}" for c in columns)
    names = ", ".join(quote(c) for c in columns)
    values = ", ".join(f"s.{quote(c)}" for c in columns)
    return (
        f"MERGE INTO {table} t USING {{rows}} s ON s.{WINNER} AND {match} "
        f"WHEN MATCHED AND {newer(layout, columns)} THEN UPDATE SET {update} "
        f"WHEN NOT MATCHED AND s.{WINNER} THEN INSERT ({names}) VALUES ({values})"
    )
