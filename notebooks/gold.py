# Databricks notebook source
# The entry point of task gold: parameters come by widgets, the work is in pipelines.tasks.
from pipelines import tasks

# COMMAND ----------

# Defaults of the job's parameters, so that the notebook also works when it is opened by hand.
DEFAULTS = "{{ defaults }}"

# COMMAND ----------

dbutils.notebook.exit(tasks.gold(spark, dbutils, DEFAULTS))
