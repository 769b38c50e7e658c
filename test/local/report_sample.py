"""A report of small tables whose every text is hostile. `python -m test.local.report_sample FOLDER` writes it for a browser."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from local.dashboards import Dashboard
from local.graph import Status, TaskResult
from local.report.page import write_report
from local.runs import Failure, JobRun
from local.stack import Stack
from pipelines.inference import observe, parse_record
from pipelines.ops.tables import RUN_LOG
from pipelines.registry import Version, plan
from test.local.support import make_stack, write_delta

EVIL = "<script>alert('x')</script>\"&"
ACCOUNT = {
    "read": 100,
    "silver": 97,
    "quarantined": 2,
    "deduplicated": 1,
    "dropped": 0,
    "field_faults": 0,
    "schema_version": 3,
}
DOCUMENT = {
    "name": EVIL,
    "description": EVIL,
    "topics": [
        {
            "name": "orders",
            "description": EVIL,
            "source": {"files": "orders"},
            "silver": {"mode": "upsert", "keys": ["id"], "rename": {EVIL: "x"}},
        },
        {"name": "clicks", "source": {"kafka": {"topic": EVIL}}, "silver": {"mode": "append", "rename": {}}},
    ],
    "gold": [
        {
            "name": "daily_kpis",
            "description": EVIL,
            "grain": ["day"],
            "needs": [{"input": "orders", "columns": [{"name": EVIL, "type": "string"}]}],
            "sql": f"SELECT '{EVIL}' AS day FROM orders",
        },
        {
            "name": "revenue_margin",
            "description": "",
            "grain": ["product_name"],
            "needs": [{"input": "daily_kpis", "columns": [{"name": "day", "type": "date"}]}],
            "sql": "SELECT 1",
        },
    ],
}
BEGAN = datetime(2024, 4, 1, 12, tzinfo=timezone.utc)


def job_run(stack: Stack, *, failed: bool = False) -> JobRun:
    """A run of every task of a stack."""
    results = {
        one.key: TaskResult(
            one.key, Status.FAILED if failed else Status.SUCCEEDED, started=0.1, duration_s=1.5, attempts=1
        )
        for one in stack.job.tasks
    }
    failures = [Failure("prepare", EVIL, "prepare, cell 2, line 3", Path("/logs/x.log"))] if failed else []
    gold = {
        "daily_kpis": {"rows": 34_567, "refresh": "incremental", "affected": 1_234, "reason": EVIL},
        "broken": {"rows": None, "refresh": "failed"},
    }
    return JobRun("4711", f"week 1 {EVIL}", BEGAN, 2.0, results, {"orders": ACCOUNT}, gold, failures)


def tables(folder: Path) -> dict[str, Path]:
    """The tables of `DOCUMENT`, as far as a report reads them."""
    nested = '{"<b>":"x","n":1,"who":{"first name":"A","tags":["<u>"]},"at":"2024-02-29T10:00:00"}'
    versions = [
        registered("orders", nested, '{"at":"2024-02-29T10:00:00Z"}'),
        registered("edited", "{}") | {"fingerprint": EVIL},
    ]
    when = [BEGAN]
    kpis = {
        "day": [date(2024, 4, 1), date(2024, 4, 2)],
        "orders": [10, 12],
        "cancelled_orders": [1, None],
        "revenue": [Decimal("1234567.80"), Decimal("1.00")],
    }
    return {
        "gold.daily_kpis": write_delta(folder / "kpis", kpis),
        "gold.revenue_margin": write_delta(
            folder / "margin", {"product_name": [EVIL], "revenue": [Decimal("5")], "gross_margin": [None]}
        ),
        f"gold.{EVIL}": write_delta(folder / "evil", {EVIL: [EVIL]}),
        "silver.orders": write_delta(folder / "orders", {"id": ["1", "2"], EVIL: ["SECRET", "SECRET"]}),
        "ops.run_log": write_delta(folder / "log", run_log()),
        "ops.schema_registry": write_delta(
            folder / "registry",
            {name: [version[name] for version in versions] for name in versions[0]} | {"registered_at": when * 2},
        ),
        "ops.schema_drift": write_delta(
            folder / "drift",
            {name: [EVIL] for name in ("topic", "field", "change", "from_type", "to_type", "value_shape")}
            | {"schema_version": [2], "ts": when},
        ),
        "ops.quality": write_delta(
            folder / "quality",
            {name: [EVIL] for name in ("topic", "rule", "scope", "on_violation", "status", "example_shape")}
            | {"run_id": ["4710"], "checked_rows": [10], "failed_rows": [1], "ts": when},
        ),
        "bronze.orders_quarantine": write_delta(
            folder / "rejects",
            {
                "code": ["invalid_json", "invalid_json", "batch_rejected"], "field": [EVIL] * 3, "value_shape": [EVIL] * 3,
                "rule": [None] * 3, "raw": ["SECRET"] * 3, "replayed_at": [None, *when, None],
            },
        ),
    }  # fmt: skip


def registered(topic: str, *records: str) -> dict[str, Any]:
    """A row of the registry, as the pipeline writes it."""
    made = plan(topic, None, observe([parse_record(record) for record in records]))
    schema = made.next_schema
    return Version(topic, 1, schema, schema.fingerprint(), made.changes, "none", "4711", BEGAN).to_row()


def run_log() -> dict[str, list[Any]]:
    """Three runs: one that succeeded, one that failed, one that was killed."""
    counts = {
        "read_rows": 7,
        "silver_rows": 4,
        "quarantined_rows": 1,
        "deduplicated_rows": 1,
        "dropped_rows": 1,
        "field_faults": 0,
        "schema_version": 1,
    }
    rows: list[dict[str, Any]] = [
        {"run_id": "4709", "stage": "prepare", "event": "prepared"},
        {"run_id": "4709", "stage": "silver", "event": "processed", "topic": "orders", "duration_ms": 1500, **counts},
        {"run_id": "4709", "stage": "gold", "event": "refreshed", "model": "daily_kpis", "duration_ms": 2500},
        {"run_id": "4709", "stage": "finish", "event": "run_succeeded"},
        {"run_id": "4710", "stage": "silver", "event": "processed", "topic": "orders", "duration_ms": 4500, **counts, "dropped_rows": 2},
        {"run_id": "4710", "stage": "finish", "event": "run_failed", "level": "error", "error": f"{EVIL}\nmore"},
        {"run_id": "1711972800000", "stage": "prepare", "event": "prepared"},
    ]  # fmt: skip
    kept = [
        {**dict.fromkeys(RUN_LOG), "level": "info", "ts": BEGAN + timedelta(minutes=at), **row}
        for at, row in enumerate(rows)
    ]
    # A column of nothing but null has no type in Delta, and is left out.
    names = [name for name in RUN_LOG if any(row[name] is not None for row in kept)]
    return {name: [row[name] for row in kept] for name in names}


def dashboard(rows: list[dict[str, Any]], *widgets: dict[str, Any], error: str = "") -> Dashboard:
    """A dashboard over one dataset ``d``."""
    shown = [{"dataset": "d", **widget} for widget in widgets]
    errors = {EVIL: error} if error else {}
    return Dashboard("KPIs", shown, {"d": rows}, errors)


DAYS = [
    {"day": date(2024, 4, 1), EVIL: Decimal("1234567.8"), "kept": 9, "gone": 1},
    {"day": None, EVIL: None, "kept": 1, "gone": None},
    {"day": date(2024, 4, 2), EVIL: Decimal("1"), "kept": 12, "gone": None},
]
REVENUE = {"kind": "line", "title": f"Revenue {EVIL}", "x": "day", "y": [EVIL]}
ORDERS = {
    "kind": "bar", "title": "Orders", "x": "day", "y": ["kept", "gone"], "time": True, "stacked": True,
    "labels": {"gone": EVIL},
}  # fmt: skip
LYING = {"kind": "bar", "title": "Lying", "x": EVIL, "y": ["kept", "gone"], "horizontal": True}
TOTAL = {"kind": "counter", "title": f"Total {EVIL}", "value": EVIL, "format": "decimal"}


def write_sample(folder: Path, *, failed: bool = False) -> Path:
    """Write the report, with logs of its runs, and return its path."""
    stack = make_stack(folder / "stack", {"prepare": "1"})
    (folder / "logs" / "4711").mkdir(parents=True, exist_ok=True)
    (folder / "logs" / "4711" / "prepare.log").write_text("prepared\n", encoding="utf-8")
    return write_report(
        folder / "report.html",
        document=DOCUMENT,
        stack=stack,
        runs=[job_run(stack), job_run(stack, failed=failed)],
        tables=tables(folder),
        dashboards=[dashboard(DAYS, TOTAL, REVENUE, ORDERS, LYING, error=f"no column {EVIL}")],
    )


if __name__ == "__main__":
    print(write_sample(Path(sys.argv[1]), failed=True))
