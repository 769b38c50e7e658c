"""Maintenance: what is due after a run, and may fail without failing it."""
