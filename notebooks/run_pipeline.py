# Databricks notebook source
# MAGIC %md
# MAGIC # The whole pipeline in one task
# MAGIC Works as cloned: `%pip install -e ..` once, then run the cells. As a task of a deployed job it gets its
# MAGIC parameters by widgets; by hand it works in the current catalog, with schemas `bronze`, `silver`, `gold` and `ops`.
# MAGIC Land JSON files in `/Volumes/<catalog>/bronze/landing/<topic>/`.

# COMMAND ----------

from pipelines.run import run_from_widgets

# COMMAND ----------

dbutils.notebook.exit(run_from_widgets(spark, dbutils))
