"""Gold: one model; full, incremental or skipped, and why; the same table either way."""
