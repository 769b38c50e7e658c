# Databricks notebook source
# The task after the pipeline: row counts, run log, and failing when anything failed.
from pipelines.declarative import tasks

# COMMAND ----------

# Defaults of the job's parameters, so that the notebook also works when it is opened by hand.
DEFAULTS = "{{ defaults }}"

# COMMAND ----------

dbutils.notebook.exit(tasks.finish(spark, dbutils, DEFAULTS))
