"""Puts the Delta tables found on disk back into the in-memory catalog.

The catalog of the embedded session lives in memory: a persistent one (Derby) costs seconds at every start. What
exists is known from the disk anyway: every folder of the warehouse that holds a `_delta_log`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SUFFIX = ".db"
#: Beginning of the names of a log's files, each of which belongs to a version.
_VERSION = re.compile(r"[0-9]{20}\.")


class FoundTable(NamedTuple):
    """A Delta table on disk."""

    schema: str
    name: str
    path: Path


def find_tables(warehouse: Path) -> list[FoundTable]:
    """Every Delta table under a warehouse folder (`<schema>.db/<table>/_delta_log`), sorted."""
    return [
        FoundTable(log.parent.parent.name[: -len(_SUFFIX)], log.parent.name, log.parent)
        for log in sorted(warehouse.glob(f"*{_SUFFIX}/*/_delta_log"))
        if any(log.glob("*.json"))
    ]


def tables_of_layers(warehouse: Path, layers: Mapping[str, str]) -> dict[str, Path]:
    """`silver.orders` -> folder, of the tables in the schemas of ``layers`` (schema -> layer)."""
    found = find_tables(warehouse)
    return {f"{layers[table.schema]}.{table.name}": table.path for table in found if table.schema in layers}


def remove_unfinished(warehouse: Path) -> None:
    """Remove the folders of tables that have no version: a process that was killed while it made them has left them, and
    CREATE TABLE rejects a folder that is not empty.
    """
    for log in list(warehouse.glob(f"*{_SUFFIX}/*/_delta_log")):
        if not any(_VERSION.match(file.name) for file in log.iterdir()):
            shutil.rmtree(log.parent)


def register_tables(spark: SparkSession, warehouse: Path) -> list[FoundTable]:
    """Register the tables found on disk, several at a time; returns them. What a killed process left unfinished goes."""
    remove_unfinished(warehouse)
    return sorted(update_tables(spark, warehouse, set()))


def update_tables(spark: SparkSession, warehouse: Path, known: set[FoundTable]) -> set[FoundTable]:
    """Register the tables on disk that are not known, forget the known ones that are gone; returns all that there are."""
    from pipelines.delta.sql import quote

    found = set(find_tables(warehouse))
    for schema in sorted({table.schema for table in found - known}):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
    for table in sorted(known - found):
        spark.sql(f"DROP TABLE IF EXISTS {quote(table.schema)}.{quote(table.name)}")
    if found - known:
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(lambda table: _register(spark, table), sorted(found - known)))
    return found


def _register(spark: SparkSession, table: FoundTable) -> None:
    from pipelines.delta.sql import literal, quote

    name, location = f"{quote(table.schema)}.{quote(table.name)}", literal(str(table.path))
    spark.sql(f"CREATE TABLE IF NOT EXISTS {name} USING delta LOCATION {location}")
