"""Ops: the tables of operations, consumed ranges and the run log."""
