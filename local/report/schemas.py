"""Versions of the topics' schemas as a time line, and drift."""

from __future__ import annotations

from typing import Any

from local.formatting import format_value
from local.report.tables import Tables
from pipelines.inference import plain_name
from pipelines.registry import Change, Version, histories

# Signs of a change, as in a difference of texts.
_SIGNS = {"added": "+", "seen": "+"}


def schema_versions(tables: Tables) -> list[dict[str, Any]]:
    """Per topic: the newest schema and what each version changed, newest first."""
    return [
        {
            "topic": topic,
            "version": history.sound[-1].version if history.sound else "–",
            "damage": [f"version {damage.version}: {damage.reason}" for damage in history.damage],
            "fields": _fields(history.sound[-1]) if history.sound else [],
            "versions": [
                {
                    "version": version.version,
                    "when": format_value(version.registered_at),
                    "run_id": version.run_id,
                    "compatibility": version.compatibility,
                    "columns": len(version.schema),
                    "changes": [_change(change) for change in version.changes],
                }
                for version in reversed(history.sound)
            ],
        }
        for topic, history in histories(tables.rows("ops.schema_registry")).items()
    ]


def drift(tables: Tables) -> list[dict[str, Any]]:
    """Changes of schemas, newest first."""
    rows = sorted(tables.rows("ops.schema_drift"), key=lambda row: row["ts"], reverse=True)
    return [{**row, "when": format_value(row["ts"])} for row in rows]


def _fields(version: Version) -> list[dict[str, str]]:
    return [
        {"name": field.column, "type": plain_name(field.column_type or field.type)}
        for field in version.schema
    ]


def _change(change: Change) -> dict[str, str]:
    return {
        "sign": _SIGNS.get(change.kind, "~"),
        "field": change.field,
        "kind": change.kind,
        "from": change.from_name or "",
        "to": change.to_name,
        "shape": change.value_shape,
    }
