"""Pages of a local workspace for people with a browser, in the look of the report."""
