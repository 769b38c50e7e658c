"""Deletions of keys, kept beside silver: an older row that comes later must not bring a deleted key back.

``bronze.<topic>_deletes`` has a row per deletion: the key and the sequence with the types that they have in silver, and
where it stands in the total order of the topic's rows. Append-only, but for a rebuild of silver, which derives it again too. It
exists for topics with ``deleteWhen`` from their first deletion on.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.delta.sql import create_table, quote
from pipelines.inference import own
from pipelines.silver.arrow_pass import COMMITTED
from pipelines.silver.outcomes import DELETED
from pipelines.silver.table import SilverLayout, add_columns, to_rows
from pipelines.vocabulary import AUDIT_COLUMNS

_ORDER = ("ingest_ts", "_source", "_position", "_row_id")


def columns(layout: SilverLayout) -> dict[str, str]:
    """Columns of the table with their types."""
    typed = [*layout.keys, *layout.sequence]
    return {
        **{name: layout.data_columns[name] for name in typed},
        **{name: AUDIT_COLUMNS[name] for name in _ORDER},
    }


def stored(ctx: Context, topic: Topic, layout: SilverLayout) -> DataFrame | None:
    """The deletions known so far, or nothing."""
    table = ctx.parameters.tables.deletes(topic.name)
    if not layout.deletes or not ctx.spark.catalog.tableExists(table):
        return None
    deletions = ctx.spark.table(table)
    present = set(deletions.columns)
    return deletions.select(
        *[
            F.col(quote(name)) if name in present else F.lit(None).cast(type_).alias(name)
            for name, type_ in columns(layout).items()
        ]
    )


def append(
    ctx: Context, topic: Topic, layout: SilverLayout, good: DataFrame, last: int, replayed: bool = False
) -> None:
    """Keep the deletions among the ``good`` rows of a batch that ends at bronze version ``last``; once, whatever is run
    again. Rows that are ``replayed`` are of older versions, and known by their id.
    """
    table = ctx.parameters.tables.deletes(topic.name)
    if not ctx.spark.catalog.tableExists(table):
        comment = f"Deletions of keys of topic {topic.name}. May hold personal data."
        ctx.spark.sql(create_table(table, columns(layout), comment))
    else:
        add_columns(ctx.spark, table, ctx.spark.table(table).columns, columns(layout))

    def shape(rows: DataFrame) -> DataFrame:
        return _deletions(to_rows(rows, layout, 0), layout)

    if replayed:
        known = ctx.spark.table(table).select(F.col("_row_id").alias(own("_row_id")))
        delta.append(shape(good.join(known, own("_row_id"), "left_anti")), table)
    else:
        delta.append_range(good, table, f"deletes/{topic.name}", last, shape, COMMITTED)


def replace(ctx: Context, topic: Topic, layout: SilverLayout, events: DataFrame, last: int) -> None:
    """Derive the table again from all ``events`` of the topic, up to bronze version ``last``."""
    table = ctx.parameters.tables.deletes(topic.name)
    delta.overwrite(_deletions(events, layout), table, user_metadata={delta.BRONZE_VERSION: last})


def _deletions(events: DataFrame, layout: SilverLayout) -> DataFrame:
    return events.where(F.col(DELETED)).select(*[F.col(quote(name)) for name in columns(layout)])
