"""Every table with what it is made of: columns, settings of its topic, SQL of its model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from local.ask.columns import ColumnLineage
from local.ask.inventory import describe_columns
from local.delta_files import UnreadableTableError
from local.formatting import format_value
from local.report.lineage import neighbours
from local.report.tables import Tables, anchor

# With more tables than this, the list has their numbers alone: a page of a hundred thousand columns helps nobody.
_DETAILED = 300
# A text that YAML reads as a text without quotes, unless it is one of its words for other values.
_WORD = re.compile("[A-Za-z][A-Za-z0-9_-]*")
_YAML_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def inventory(tables: Tables, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every table: rows, version, time of the last write and path; and, where there are not too many, its columns, the tables
    before and after it, and the settings or the SQL that make it.
    """
    before, after = neighbours(document)
    topics = {topic["name"]: topic for topic in document["topics"]}
    models = {model["name"]: model for model in document["gold"]}
    lineage = ColumnLineage(tables.paths, document)
    found = []
    for name, path in sorted(tables.paths.items(), key=lambda item: _order(item[0])):
        layer, _, table = name.partition(".")
        topic = topics.get(table.removesuffix("_quarantine")) if layer in ("bronze", "silver") else None
        model = models.get(table) if layer == "gold" else None
        version, at = tables.version(name)
        detailed = len(tables.paths) <= _DETAILED
        found.append(
            {
                "name": name,
                "anchor": anchor(name),
                "rows": tables.count(name),
                "version": version,
                "written": format_value(at),
                "path": str(path),
                "description": (topic or model or {}).get("description", ""),
                "columns": _columns(tables, name, lineage) if detailed else [],
                "before": [_link(other, tables) for other in before.get(name, ())],
                "after": [_link(other, tables) for other in after.get(name, ())],
                "settings": to_yaml(topic) if detailed and topic and layer == "silver" else "",
                "sql": model["sql"] if detailed and model else "",
            }
        )
    return found


def to_yaml(value: Any, indent: str = "") -> str:
    """A JSON value as YAML, one line for each scalar. Texts that YAML could read otherwise are quoted."""
    if isinstance(value, Mapping) and value:
        return "".join(_entry(f"{indent}{_scalar(name)}:", of, indent + "  ") for name, of in value.items())
    if isinstance(value, list) and value:
        return "".join(_entry(f"{indent}-", of, indent + "  ") for of in value)
    return f"{indent}{_scalar(value)}\n"


def _entry(head: str, value: Any, indent: str) -> str:
    if isinstance(value, list) and value and not any(isinstance(of, (Mapping, list)) for of in value):
        return f"{head} [{', '.join(map(_scalar, value))}]\n"
    if isinstance(value, (Mapping, list)) and value:
        if head.endswith("-"):
            return f"{head} {to_yaml(value, indent)[len(indent) :]}"
        return f"{head}\n{to_yaml(value, indent)}"
    return f"{head} {_scalar(value)}\n"


def _scalar(value: Any) -> str:
    plain = isinstance(value, str) and _WORD.fullmatch(value) and value.lower() not in _YAML_WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)


def _columns(tables: Tables, name: str, lineage: ColumnLineage) -> list[dict[str, Any]]:
    """The columns of a table; ``from`` are those that each comes from: of silver, its field in the source."""
    try:
        columns = describe_columns(tables.paths[name], lineage.document, name)
    except UnreadableTableError:
        return []
    of_field = name.startswith("silver.")
    found = []
    for column in columns:
        sources = lineage.sources.get((name, column["column"] or ""), [])
        found.append({**column, "from": [of if of_field else f"{table}.{of}" for table, of in sources]})
    return found


def _link(name: str, tables: Tables) -> dict[str, str]:
    return {"name": name, "href": f"#{anchor(name)}" if name in tables.paths else ""}


def _order(name: str) -> tuple[int, str]:
    layers = ("gold", "silver", "bronze", "ops")
    layer = name.partition(".")[0]
    return (layers.index(layer) if layer in layers else len(layers)), name
