"""Gathers what the report shows, from the runs of this start and from the tables on disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.charts import order_rows
from local.dashboards import Rows
from local.delta_files import UnreadableTableError, count_rows, read_rows, table_version
from local.formatting import describe_casts, describe_nulled, format_title, format_value, is_numeric
from local.runs import COUNT_COLUMNS, COUNTS
from pipelines.inference import plain_name
from pipelines.inference.faults import meaning
from pipelines.registry import Change, histories

_SAMPLE = 10
# Largest number of rows from which a chart or a sample is made; a larger gold table is shown by its numbers alone.
_LARGEST_READ = 500_000


@dataclass(frozen=True)
class Grid:
    """A table as texts."""

    title: str
    note: str
    columns: list[tuple[str, bool]]
    """Name, and whether it is numeric."""
    rows: list[list[str]]


class Tables:
    """The tables of a pipeline on disk; one that is missing or unreadable has no rows."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self.paths = paths

    def rows(self, name: str, columns: list[str] | None = None) -> list[dict[str, Any]]:
        """All rows of `layer.table`."""
        path = self.paths.get(name)
        if path is None:
            return []
        try:
            return read_rows(path, columns)
        except UnreadableTableError:
            return []

    def gold(self) -> dict[str, Rows]:
        """Rows of every gold table that is small enough."""
        names = [name for name in self.paths if name.startswith("gold.")]
        return {name[len("gold.") :]: self.rows(name) for name in names if self.count(name) <= _LARGEST_READ}

    def count(self, name: str) -> int:
        """Rows of a table, from the footers of its files."""
        try:
            return count_rows(self.paths[name]) if name in self.paths else 0
        except UnreadableTableError:
            return 0

    def inventory(self) -> list[dict[str, Any]]:
        """Every table with its rows, version and path."""
        return [
            {
                "name": name,
                "rows": format_value(self.count(name)),
                "version": _version(path),
                "path": str(path),
            }
            for name, path in sorted(self.paths.items())
        ]


def accounts_to_date(tables: Tables) -> dict[str, dict[str, int]]:
    """Row counts per topic since the output folder was begun, from the run log."""
    totals: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNT_COLUMNS, 0))
    wanted = ["topic", "event", *COUNT_COLUMNS.values()]
    for event in tables.rows("ops.run_log", wanted):
        if event["event"] == "processed" and event["topic"]:
            for name, column in COUNT_COLUMNS.items():
                totals[event["topic"]][name] += event[column] or 0
    return dict(sorted(totals.items()))


def account_grid(totals: Mapping[str, Mapping[str, Any]], tables: Tables) -> list[dict[str, Any]]:
    """Accounts with the check of their sum, and the rows that silver has now."""
    return [
        {
            "topic": topic,
            "counts": [format_value(counts.get(name) or 0) for name in COUNTS],
            "nulled": describe_nulled(counts),
            "now": format_value(tables.count(f"silver.{topic}")),
            "holds": (counts.get("read") or 0) == sum(counts.get(name) or 0 for name in COUNTS[1:]),
        }
        for topic, counts in sorted(totals.items())
    ]


def schema_versions(tables: Tables) -> list[dict[str, Any]]:
    """Per topic: the newest schema and the history of its versions."""
    topics = []
    for topic, history in histories(tables.rows("ops.schema_registry")).items():
        versions = history.sound
        topics.append(
            {
                "topic": topic,
                "version": versions[-1].version if versions else "–",
                "damage": [f"version {damage.version}: {damage.reason}" for damage in history.damage],
                "fields": [
                    {"name": field.column, "type": plain_name(field.column_type or field.type)}
                    for field in (versions[-1].schema if versions else ())
                ],
                "versions": [
                    {
                        "version": version.version,
                        "when": format_value(version.registered_at),
                        "changes": [_change(change) for change in version.changes],
                    }
                    for version in versions
                ],
            }
        )
    return topics


def drift(tables: Tables) -> list[dict[str, Any]]:
    """Changes of schemas, newest first."""
    rows = sorted(tables.rows("ops.schema_drift"), key=lambda row: row["ts"], reverse=True)
    return [{**row, "when": format_value(row["ts"])} for row in rows]


def quality(tables: Tables) -> list[dict[str, Any]]:
    """Per rule: how it fared in the last run that evaluated it, and over all runs."""
    rules: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(tables.rows("ops.quality"), key=lambda row: row["ts"]):
        rule = rules.setdefault((row["topic"], row["rule"]), {"checked": 0, "failed": 0, "runs": 0})
        rule.update(
            {
                name: row[name]
                for name in ("topic", "rule", "scope", "on_violation", "status", "example_shape")
            }
        )
        rule["checked"] += row["checked_rows"] or 0
        rule["failed"] += row["failed_rows"] or 0
        rule["runs"] += 1
    return [rules[key] for key in sorted(rules)]


def rejects(tables: Tables) -> list[dict[str, Any]]:
    """Quarantined records by topic and reason: counts and value shapes, never the records."""
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for name in sorted(tables.paths):
        if not (name.startswith("bronze.") and name.endswith("_quarantine")):
            continue
        topic = name[len("bronze.") : -len("_quarantine")]
        for row in tables.rows(name, ["code", "field", "value_shape", "rule"]):
            key = (topic, row["code"] or "", row["rule"] or row["field"] or "")
            group = groups.setdefault(key, {"count": 0, "shape": row["value_shape"] or ""})
            group["count"] += 1
    return [
        {"topic": topic, "code": code, "meaning": meaning(code), "about": about, **group}
        for (topic, code, about), group in sorted(groups.items())
    ]


def refreshes(gold: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tell how the last run refreshed each model, and why so."""
    return [
        {
            "model": name,
            "refresh": state.get("refresh") or "failed",
            "affected": _count(state.get("affected")),
            "rows": _count(state.get("rows")),
            "reason": state.get("reason") or "",
            "not_fitting": describe_casts(state),
        }
        for name, state in sorted(gold.items())
    ]


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "–"


def gold_grids(gold: Mapping[str, Rows]) -> list[Grid]:
    """The first rows of every gold table."""
    grids = []
    for name, rows in sorted(gold.items()):
        columns = list(rows[0]) if rows else []
        shown = order_rows(rows)[:_SAMPLE]
        grids.append(
            Grid(
                title=format_title(name),
                note=f"{len(rows):,} rows" + (f", {len(shown)} shown" if len(shown) < len(rows) else ""),
                columns=[(column, any(is_numeric(row[column]) for row in rows)) for column in columns],
                rows=[[format_value(row[column], column) for column in columns] for row in shown],
            )
        )
    return grids


def _change(change: Change) -> dict[str, str]:
    return {
        "field": change.field,
        "kind": change.kind,
        "from": change.from_name or "",
        "to": change.to_name,
        "shape": change.value_shape,
    }


def _version(path: Path) -> str:
    try:
        return format_value(table_version(path))
    except UnreadableTableError:
        return format_value(None)
