"""Checks snippets of Python and SQL: reads them from standard input as JSON, prints their faults as JSON."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipelines.config.parameters import NAMES, check_names
from pipelines.errors import ParameterError
from pipelines.ops import tables
from pipelines.registry import registry_columns
from pipelines.vocabulary import AUDIT_COLUMNS

_ROOT = Path(__file__).parents[3]
#: Packages that a reader installs; here their jars come by lock file.
_NOT_HERE = ("delta",)
#: Tables of a reader's own that snippets name.
_FOREIGN = {
    "silver.returns": {"reason": "string", "refund": "string"},
    "system.billing.usage": {
        "custom_tags": "map<string,string>",
        "usage_quantity": "decimal(38,18)",
        "usage_date": "date",
    },
}


def python_faults(text: str) -> Iterator[str]:
    """Yield imports that do not resolve, and calls of this project's functions with arguments that they do not take."""
    module = ast.parse(text)
    known: dict[str, Any] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module not in _NOT_HERE:
            imported = importlib.import_module(str(node.module))
            for alias in node.names:
                if not hasattr(imported, alias.name):
                    yield f"{node.module} has no {alias.name}"
                    continue
                known[alias.asname or alias.name] = getattr(imported, alias.name)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
            named = {str(word.arg): None for word in node.keywords}
            try:
                bound = inspect.signature(known[node.func.id]).bind(*node.args, **named)
                check_names("option", bound.arguments.get("options", {}), NAMES)
            except (TypeError, ParameterError) as error:
                yield f"{node.func.id}: {error}"


def sql_faults(text: str) -> Iterator[str]:
    """Yield what an empty database with the tables of a run says against a statement."""
    with duckdb.connect() as database:
        database.execute("ATTACH ':memory:' AS system_")
        for name, columns in _tables().items():
            schema = name.rpartition(".")[0].replace("system.", "system_.")
            database.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            ddl = ", ".join(f'"{column}" {_type(type_)}' for column, type_ in columns.items())
            database.execute(f"CREATE TABLE {name.replace('system.', 'system_.')} ({ddl})")
        try:
            database.execute(text.replace("system.billing", "system_.billing"))
        except duckdb.Error as error:
            yield str(error)


def _tables() -> dict[str, dict[str, str]]:
    document = json.loads((_ROOT / "pipelines" / "default_document.json").read_text(encoding="utf-8"))
    topics = [topic["name"] for topic in document["topics"]]
    ops = {
        "run_log": tables.RUN_LOG,
        "schema_drift": tables.DRIFT,
        "quality": tables.QUALITY,
        "progress": tables.PROGRESS,
        "schema_registry": registry_columns(),
    }
    silver: dict[str, dict[str, str]] = {topic: {} for topic in topics}
    for model in document["gold"]:
        for need in model["needs"]:
            for column in need["columns"]:
                silver.get(need["input"], {})[column["name"]] = column["type"]
    return {
        **{f"ops.{name}": dict(columns) for name, columns in ops.items()},
        **{f"bronze.{name}": dict(tables.BRONZE) for name in [*topics, "payments"]},
        **{f"bronze.{name}_quarantine": dict(tables.QUARANTINE) for name in topics},
        **{f"silver.{name}": columns | dict(AUDIT_COLUMNS) for name, columns in silver.items()},
        "gold.none": {"column": "int"},
        **_FOREIGN,
    }


def _type(spark: str) -> str:
    known = {"map<string,string>": "MAP(VARCHAR, VARCHAR)", "string": "VARCHAR", "binary": "BLOB"}
    return known.get(spark, "VARCHAR" if "<" in spark else spark)


def faults_of(snippet: dict[str, str]) -> list[str]:
    """Return what is wrong with a snippet, by its language."""
    checks = {"python": python_faults, "sql": sql_faults}
    try:
        return list(checks[snippet["language"]](snippet["text"]))
    except (SyntaxError, ImportError) as error:
        return [str(error)]


if __name__ == "__main__":
    found = [f"{snippet['at']}: {fault}" for snippet in json.load(sys.stdin) for fault in faults_of(snippet)]
    json.dump(found, sys.stdout)
