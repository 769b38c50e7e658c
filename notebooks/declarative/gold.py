# Databricks notebook source
# Gold, declared: one materialized view per model of notebooks/gold, its inputs bound as the job engine binds them. A
# source of the pipeline, not a task: parameters are settings of the pipeline (medallion.*).
from pyspark import pipelines as dp

from pipelines.declarative.graph import GoldTable, Graph

# COMMAND ----------


def declare(table: GoldTable) -> None:
    """A materialized view of the model's query."""

    @dp.materialized_view(name=table.name, comment=table.comment)
    def rows():
        return spark.sql(table.sql)


# COMMAND ----------

for gold_table in Graph.of(spark).gold():
    declare(gold_table)
