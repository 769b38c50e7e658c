"""Row counts by outcome, and what waits in quarantine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from local.formatting import describe_nulled
from local.report.tables import Tables
from local.runs import COUNT_COLUMNS, COUNTS
from pipelines.inference.faults import meaning
from pipelines.vocabulary import WAYS_OUT


def counts_to_date(tables: Tables) -> dict[str, dict[str, int]]:
    """Row counts per topic since the output folder was begun, from the run log."""
    totals: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNT_COLUMNS, 0))
    wanted = ["topic", "event", *COUNT_COLUMNS.values()]
    for event in tables.rows("ops.run_log", wanted):
        if event["event"] == "processed" and event["topic"]:
            for name, column in COUNT_COLUMNS.items():
                totals[event["topic"]][name] += event[column] or 0
    return dict(sorted(totals.items()))


def count_rows_by_topic(totals: Mapping[str, Mapping[str, Any]], tables: Tables) -> list[dict[str, Any]]:
    """Row counts with the check of their sum, and the rows that silver has now."""
    return [
        {
            "topic": topic,
            "counts": [counts.get(name) or 0 for name in COUNTS],
            "nulled": describe_nulled(counts),
            "now": tables.count(f"silver.{topic}"),
            "holds": (counts.get("read") or 0) == sum(counts.get(name) or 0 for name in COUNTS[1:]),
        }
        for topic, counts in sorted(totals.items())
    ]


def quarantined(tables: Tables) -> list[dict[str, Any]]:
    """Quarantined records by topic and reason, with the way out: counts and value shapes, never the records."""
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for name in sorted(tables.paths):
        if not (name.startswith("bronze.") and name.endswith("_quarantine")):
            continue
        topic = name[len("bronze.") : -len("_quarantine")]
        for row in tables.rows(name, ["code", "field", "value_shape", "rule", "replayed_at"]):
            key = (topic, row["code"] or "", row["rule"] or row["field"] or "")
            group = groups.setdefault(
                key, {"waiting": 0, "replayed": 0, "shape": row["value_shape"] or "", "table": name}
            )
            group["waiting" if row.get("replayed_at") is None else "replayed"] += 1
    return [
        {
            "topic": topic,
            "code": code,
            "meaning": meaning(code),
            "about": about,
            "way_out": WAYS_OUT.get(code, ""),
            "command": f"npx --no-install medallion replay --topic {topic}"
            + (f" --codes {code}" if code == "batch_rejected" else ""),
            **group,
        }
        for (topic, code, about), group in sorted(groups.items())
    ]
