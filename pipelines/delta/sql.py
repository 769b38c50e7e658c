"""Text for Spark SQL: the one module where an identifier or a value is quoted."""

from __future__ import annotations

from collections.abc import Mapping

Columns = Mapping[str, str]
"""Columns of a table with their Spark types, in its order."""


def quote(identifier: str) -> str:
    """Quote one identifier for Spark SQL. Identifiers that come from data pass here or through the DataFrame API."""
    return "`" + identifier.replace("`", "``") + "`"


def literal(text: str) -> str:
    """A Spark SQL string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def ddl(columns: Columns) -> str:
    """A schema in DDL form, for DataFrames and CREATE TABLE."""
    return ", ".join(f"{quote(name)} {type_}" for name, type_ in columns.items())


def create_table(
    table: str, columns: Columns, comment: str, properties: Mapping[str, str] | None = None
) -> str:
    """The CREATE TABLE statement of a Delta table."""
    settings = ", ".join(f"{literal(key)} = {literal(value)}" for key, value in (properties or {}).items())
    suffix = f" TBLPROPERTIES ({settings})" if settings else ""
    return (
        f"CREATE TABLE IF NOT EXISTS {table} ({ddl(columns)}) USING DELTA COMMENT {literal(comment)}{suffix}"
    )
