"""Quality rules: how each fared."""

from __future__ import annotations

from typing import Any

from local.report.tables import Tables


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
