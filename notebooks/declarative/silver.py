# Databricks notebook source
# Silver, declared: one table per topic that the registry knows, typed by its newest schema. A source of the pipeline,
# not a task: parameters are settings of the pipeline (medallion.*).
from pyspark import pipelines as dp

from pipelines.declarative.graph import Graph, SilverTable

# COMMAND ----------


def expecting(table: SilverTable):
    """Rules that warn, counted by the platform where it has expectations; open-source Spark has none."""
    if not table.expectations or not hasattr(dp, "expect_all"):
        return lambda function: function
    return dp.expect_all(dict(table.expectations))


def declare_append(table: SilverTable) -> None:
    """Every good row: a streaming table."""

    @dp.table(name=table.name, comment=table.comment, table_properties=dict(table.properties))
    @expecting(table)
    def rows():
        return table.rows


def declare_auto_cdc(table: SilverTable) -> None:
    """The latest row per key, kept by the platform: a streaming table that a change flow writes."""
    changes = f"{table.topic}_changes"

    @dp.temporary_view(name=changes)
    @expecting(table)
    def rows():
        return table.rows

    dp.create_streaming_table(name=table.name, comment=table.comment, table_properties=dict(table.properties))
    dp.create_auto_cdc_flow(
        target=table.name,
        source=changes,
        keys=list(table.keys),
        sequence_by=table.sequence,
        stored_as_scd_type=1,
    )


def declare_latest(table: SilverTable) -> None:
    """The latest row per key, derived from all of bronze: for engines whose tables cannot take a change flow."""

    @dp.materialized_view(name=table.name, comment=table.comment, table_properties=dict(table.properties))
    @expecting(table)
    def rows():
        return table.rows


# COMMAND ----------

DECLARE = {"append": declare_append, "auto_cdc": declare_auto_cdc, "latest": declare_latest}

for silver_table in Graph.of(spark).silver():
    DECLARE[silver_table.kind](silver_table)
