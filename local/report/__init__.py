"""The report of a start: what it gathers, what it draws, and its templates. `page.write_report` is the entry point."""
