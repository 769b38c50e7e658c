"""Runs a synthesized stack on this machine: embedded Spark and Delta, `dbutils`, the job's task graph, a report."""
