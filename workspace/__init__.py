"""A Databricks workspace on this machine: what it holds, and the HTTP API through which it is filled."""
