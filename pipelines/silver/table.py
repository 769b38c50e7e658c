"""The silver table itself: its columns, how it is created and how it evolves.

It evolves in two ways only: a column is added, or the table is rebuilt in one commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines.config.document import Topic
from pipelines.delta import TABLE_PROPERTIES
from pipelines.delta.sql import create_table, quote
from pipelines.inference import FieldPlan, fold, own, spark_ddl
from pipelines.ops.descriptions import Description
from pipelines.silver.arrow_pass import PRESENT
from pipelines.silver.outcomes import DELETED
from pipelines.vocabulary import AUDIT_COLUMNS, RESERVED_COLUMNS

RESCUED = "_rescued_data"

#: Columns of mode history: from when to when a version of its key was valid, and whether it still is.
VALID_FROM, VALID_TO, IS_CURRENT = "_valid_from", "_valid_to", "_is_current"

#: Column of topics that merge fields: for each field (its folded name), the order of the event that has set it.
FIELD_ORDER = "_field_order"


@dataclass(frozen=True)
class SilverLayout:
    """The silver table of a topic: its columns, keys and order, and whether rows may delete."""

    plans: tuple[FieldPlan, ...]
    keys: tuple[str, ...]
    sequence: tuple[str, ...]
    """Columns that order the rows of a key, the first one first; without those that no record has had yet."""
    rescues: bool
    mode: str = "upsert"
    deletes: bool = False
    """True if a row may delete its key: rows then carry the flag ``$deleted``."""
    by_arrival: bool = False
    """True if the topic names no sequence: rows of a key follow each other by source and position alone."""
    merges: bool = False
    """True if an event sets the fields that it has, and leaves the others as they are (``_field_order``)."""
    tracked: tuple[str, ...] | None = None
    """Columns whose changes make a version, without those that no record has had yet; None: every row is a version."""

    @property
    def merged(self) -> dict[str, str]:
        """Columns that are merged field by field, with the names of their fields: all but those of key and sequence."""
        row = {*self.keys, *self.sequence}
        return {plan.column: plan.name for plan in self.plans if plan.column not in row}

    @property
    def order(self) -> dict[str, str]:
        """Columns by which a row stands among the rows of its key, with their Spark types: the greater, the newer."""
        types = {plan.column: spark_ddl(plan.type) for plan in self.plans}
        order = {name: AUDIT_COLUMNS[name] for name in ("_source", "_position", "_row_id")}
        return {**{name: types[name] for name in self.sequence}, **order}

    @property
    def order_type(self) -> str:
        """Spark type of a value of that order."""
        return f"struct<{','.join(f'{quote(name)}:{type_}' for name, type_ in self.order.items())}>"

    @property
    def data_columns(self) -> dict[str, str]:
        """Typed columns with their Spark types: keys, sequence, then the others by name."""
        types = {plan.column: spark_ddl(plan.type) for plan in self.plans}
        first = [*self.keys, *self.sequence]
        order = list(dict.fromkeys([*first, *sorted(types, key=fold)]))
        return {name: types[name] for name in order if name in types}

    @property
    def validity(self) -> str:
        """Spark type of the times between which a version is valid: the (first) sequence's, or that of the arrival."""
        if self.by_arrival:
            return AUDIT_COLUMNS["ingest_ts"]
        return self.data_columns[self.sequence[0]] if self.sequence else "string"

    @property
    def columns(self) -> dict[str, str]:
        """All columns of the table, in its order."""
        valid = {VALID_FROM: self.validity, VALID_TO: self.validity, IS_CURRENT: "boolean"}
        return {
            **self.data_columns,
            **(valid if self.mode == "history" else {}),
            **AUDIT_COLUMNS,
            **({RESCUED: "string"} if self.rescues else {}),
            **({FIELD_ORDER: f"map<string,{self.order_type}>"} if self.merges else {}),
        }


def create(spark: SparkSession, table: str, layout: SilverLayout, description: Description) -> None:
    """Create the table; only the silver task of this topic ever does."""
    properties = {**TABLE_PROPERTIES, **description.properties}
    spark.sql(create_table(table, layout.columns, description.comment, properties))


def add_columns(
    spark: SparkSession, table: str, present: Iterable[str], wanted: Mapping[str, str]
) -> list[str]:
    """Add the columns that the table lacks, behind its last typed column. Returns their names."""
    present = list(present)
    have = set(map(fold, present))
    missing = {name: type_ for name, type_ in wanted.items() if fold(name) not in have}
    if not missing:
        return []
    typed = [name for name in present if _is_typed(name)]
    after = f" AFTER {quote(typed[-1])}" if typed else ""
    added = [f"{quote(name)} {type_}{after if _is_typed(name) else ''}" for name, type_ in missing.items()]
    spark.sql(f"ALTER TABLE {table} ADD COLUMNS ({', '.join(added)})")
    return list(missing)


def _is_typed(column: str) -> bool:
    """Tell whether a column holds data, and is none of the pipeline's own."""
    return fold(column) not in RESERVED_COLUMNS


def retyped(present: Mapping[str, str], layout: SilverLayout) -> list[str]:
    """Return the columns whose type in the table is not the layout's: the table must be rebuilt.

    Args:
        present: Columns of the table with their types, as Spark writes these (``DataFrame.dtypes``).
    """
    have = {fold(name): type_ for name, type_ in present.items()}
    wanted = {name: type_.replace("`", "") for name, type_ in layout.columns.items()}
    return [name for name, type_ in wanted.items() if have.get(fold(name), type_) != type_]


def settings_of(topic: Topic) -> str:
    """Return a fingerprint of what says how silver is derived: another one, and the table is derived again."""
    silver = topic.silver
    order = (silver.sequence_by, silver.sequence_type)
    parts: tuple[object, ...] = (silver.mode, silver.keys, *order, sorted(silver.rename.items()))
    parts += (
        silver.delete_when,
        *(setting for setting in (topic.unwrap, topic.decode) if setting is not None),
        *((silver.merge,) if silver.merge != "replace" else ()),
        *((silver.track,) if silver.track else ()),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def to_rows(good: DataFrame, layout: SilverLayout, schema_version: int) -> DataFrame:
    """Rows in the table's columns, from evaluated rows; a topic with deletes gets their flag, in mode history the times
    between which a version is valid are still open.
    """
    audit: dict[str, Column] = {
        "ingest_ts": F.col(own("ingest_ts")),
        "_source": F.col(own("source")),
        "_position": F.col(own("position")),
        "_row_id": F.col(own("_row_id")),
        "_schema_version": F.lit(schema_version).cast("bigint"),
        "_field_faults": F.col(own("field_faults")),
        RESCUED: F.col(own("rescued_data")),
        VALID_FROM: F.lit(None).cast(layout.validity),
        VALID_TO: F.lit(None).cast(layout.validity),
        IS_CURRENT: F.lit(None).cast("boolean"),
    }
    if layout.merges:
        audit[FIELD_ORDER] = _field_order(layout)
    names = [*layout.columns, *([DELETED] if layout.deletes else [])]
    types = {**layout.columns, DELETED: "boolean"}
    # Named as text: types that come from a Python worker over Spark Connect carry a collation, which overwriting a table
    # would write into its schema, and few readers of Delta know it.
    return good.select(*[audit.get(name, F.col(quote(name))).cast(types[name]).alias(name) for name in names])


def _field_order(layout: SilverLayout) -> Column:
    """The fields that an evaluated row has, each with the order of the row."""
    arrival = [F.col(own(name)) for name in ("source", "position", "_row_id")]
    order = F.struct(*[F.col(quote(name)) for name in layout.sequence], *arrival).cast(layout.order_type)
    row = [plan.name for plan in layout.plans if plan.column not in layout.merged]
    fields = F.filter(F.col(PRESENT), lambda name: ~name.isin(row))
    return F.map_from_entries(F.transform(fields, lambda name: F.struct(name, order)))
