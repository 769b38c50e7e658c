"""The end of a start on the terminal: figures that look as if they did not agree are explained."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console

from local.graph import TaskResult
from local.report.page import render_report
from local.runs import JobRun
from local.screen import show_result
from test.local.report_sample import job_run
from test.local.support import DOCUMENT, make_stack, write_delta

_ACCOUNT = {
    "read": 63,
    "silver": 63,
    "quarantined": 0,
    "deduplicated": 0,
    "dropped": 0,
    "field_faults": 2,
    "schema_version": 1,
}
_CAST = {"from_type": "string", "to_type": "timestamp", "values": 1508, "nulls": 49, "shape": "9999/99/99"}


def _run(folder: Path) -> tuple[JobRun, dict[str, Path]]:
    results: dict[str, TaskResult] = {}
    gold = {"per_day": {"rows": 3, "refresh": "full", "not_fitting": {"orders.day": _CAST}}}
    when = job_run(make_stack(folder / "stack", {"prepare": "1"})).started_at
    run = JobRun("4711", "first", when, 2.0, results, {"orders": _ACCOUNT}, gold, [])
    tables = {
        "silver.orders": write_delta(folder / "orders", {"order_id": list(map(str, range(48)))}),
        "bronze.orders_quarantine": write_delta(
            folder / "quarantine",
            {"code": ["duplicate_key"], "field": [None], "value_shape": ["{}"], "rule": [None]},
        ),
    }
    return run, tables


def test_what_was_applied_stands_beside_the_rows_that_silver_has(tmp_path: Path) -> None:
    run, tables = _run(tmp_path)
    told = StringIO()
    show_result(Console(file=told, width=160), [run], tables, tmp_path / "report.html", {})
    text = told.getvalue()
    assert (
        "read = applied to silver (inserts, updates, deletes) + quarantined + deduplicated + dropped" in text
    )
    row = next(line for line in text.splitlines() if "orders" in line and "63" in line)
    assert [cell.strip() for cell in row.split("│")][1:-1] == ["orders", "63", "63", "0", "0", "0", "48", "1"]
    assert "silver.orders: 2 values did not fit their column and are null: _field_faults" in text
    assert "gold.per_day, orders.day: 49 of 1,508 values (string) are no timestamp and read as null" in text


def test_the_report_explains_the_same(tmp_path: Path) -> None:
    run, tables = _run(tmp_path)
    stack = make_stack(tmp_path / "of_report", {"prepare": "1"})
    html = render_report(document=DOCUMENT, stack=stack, runs=[run], tables=tables, out=tmp_path)
    assert "Rows in silver now" in html
    assert '<td class="num" data-v="48">48</td>' in html
    assert "49 of 1,508 values (string) are no timestamp" in html
    assert "2 values did not fit their column and are null" in html
    assert "a key stands twice in one JSON object" in html
