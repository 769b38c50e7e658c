"""Rows kept beside silver, which a later batch needs although silver does not hold them.

``bronze.<topic>_deletes`` has the deletions of topics with ``deleteWhen``, from the first one on: an older row that comes later
must not bring a deleted key back. ``bronze.<topic>_rows`` has the rows of topics with ``track``: one that makes no version
does make one when a late row falls before it. Rows have the types that they have in silver, and what says where they stand in the
total order of the topic's rows. The tables are append-only, but for a rebuild of silver, which derives them again too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.config.document import Topic
from pipelines.config.names import Tables
from pipelines.context import Context
from pipelines.delta.sql import create_table, quote
from pipelines.inference import own
from pipelines.silver.arrow_pass import COMMITTED
from pipelines.silver.outcomes import DELETED
from pipelines.silver.table import IS_CURRENT, VALID_FROM, VALID_TO, SilverLayout, add_columns, to_rows
from pipelines.vocabulary import AUDIT_COLUMNS

_ORDER = ("ingest_ts", "_source", "_position", "_row_id")


@dataclass(frozen=True)
class KeptRows:
    """One of the tables."""

    app: str
    """Name of its appends."""
    title: str
    """Begin of its comment."""
    table_of: Callable[[Tables, str], str]
    columns_of: Callable[[SilverLayout], dict[str, str]]
    """Columns with their types."""
    needed: Callable[[SilverLayout], bool]
    """Tells whether a topic has the table."""
    chosen: Callable[[SilverLayout], Column]
    """Condition for the rows that are kept."""

    def table(self, ctx: Context, topic: Topic) -> str:
        """Full name of the table of a topic."""
        return self.table_of(ctx.parameters.tables, topic.name)

    def stored(self, ctx: Context, topic: Topic, layout: SilverLayout) -> DataFrame | None:
        """The rows kept so far, or nothing."""
        table = self.table(ctx, topic)
        if not self.needed(layout) or not ctx.spark.catalog.tableExists(table):
            return None
        rows = ctx.spark.table(table)
        present = set(rows.columns)
        return rows.select(
            *[
                F.col(quote(name)) if name in present else F.lit(None).cast(type_).alias(name)
                for name, type_ in self.columns_of(layout).items()
            ]
        )

    def append(
        self,
        ctx: Context,
        topic: Topic,
        layout: SilverLayout,
        good: DataFrame,
        last: int,
        schema_version: int,
        replayed: bool = False,
    ) -> None:
        """Keep what is to be kept of the ``good`` rows of a batch that ends at bronze version ``last``; once, whatever is run
        again. Rows that are ``replayed`` are of older versions, and known by their id.
        """
        table, columns = self.table(ctx, topic), self.columns_of(layout)
        if not ctx.spark.catalog.tableExists(table):
            ctx.spark.sql(create_table(table, columns, self._comment(topic)))
        else:
            add_columns(ctx.spark, table, ctx.spark.table(table).columns, columns)

        def shape(rows: DataFrame) -> DataFrame:
            return self._of(to_rows(rows, layout, schema_version), layout)

        if replayed:
            known = ctx.spark.table(table).select(F.col("_row_id").alias(own("_row_id")))
            delta.append(shape(good.join(known, own("_row_id"), "left_anti")), table)
        else:
            delta.append_range(good, table, f"{self.app}/{topic.name}", last, shape, COMMITTED)

    def replace(self, ctx: Context, topic: Topic, layout: SilverLayout, events: DataFrame, last: int) -> None:
        """Derive the table again from all ``events`` of the topic, up to bronze version ``last``."""
        metadata = {delta.BRONZE_VERSION: last}
        delta.overwrite(
            self._of(events, layout), self.table(ctx, topic), metadata, comment=self._comment(topic)
        )

    def _comment(self, topic: Topic) -> str:
        return f"{self.title} of topic {topic.name}. May hold personal data."

    def _of(self, events: DataFrame, layout: SilverLayout) -> DataFrame:
        columns = [F.col(quote(name)) for name in self.columns_of(layout)]
        return events.where(self.chosen(layout)).select(*columns)


def _order_columns(layout: SilverLayout) -> dict[str, str]:
    typed = [*layout.keys, *layout.sequence]
    return {
        **{name: layout.data_columns[name] for name in typed},
        **{name: AUDIT_COLUMNS[name] for name in _ORDER},
    }


def _row_columns(layout: SilverLayout) -> dict[str, str]:
    open_ = (VALID_FROM, VALID_TO, IS_CURRENT)
    return {name: type_ for name, type_ in layout.columns.items() if name not in open_}


DELETES = KeptRows(
    "deletes",
    "Deletions of keys",
    Tables.deletes,
    _order_columns,
    needed=lambda layout: layout.deletes,
    chosen=lambda layout: F.col(DELETED),
)

ROWS = KeptRows(
    "rows",
    "Typed rows",
    Tables.rows,
    _row_columns,
    needed=lambda layout: layout.tracked is not None,
    chosen=lambda layout: ~F.col(DELETED) if layout.deletes else F.lit(True),
)
