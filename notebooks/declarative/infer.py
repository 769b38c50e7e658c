# Databricks notebook source
# The task before the pipeline: bronze, inference, evaluation, registration; the work is in pipelines.declarative.
from pipelines.declarative import tasks

# COMMAND ----------

# Defaults of the job's parameters, so that the notebook also works when it is opened by hand.
DEFAULTS = "{{ defaults }}"

# COMMAND ----------

dbutils.notebook.exit(tasks.infer(spark, dbutils, DEFAULTS))
