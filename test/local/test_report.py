"""The report: self-contained, everything escaped, sound where tables are missing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from local.charts import make_cards, make_charts, order_rows
from local.dashboards import Dashboard, read_definitions, with_schema_names
from local.formatting import format_duration, format_title, format_value
from local.graph import Status, TaskResult
from local.graph_svg import graph_svg
from local.report import render_report, write_report
from local.result import total_topics
from local.runs import COUNT_COLUMNS, Failure, JobRun
from local.stack import Stack, WorkspaceFile
from pipelines.inference import observe, parse_record
from pipelines.registry import Version, plan
from test.local.support import DOCUMENT, make_stack, task, write_delta

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


def job_run(stack: Stack, *, failed: bool = False) -> JobRun:
    results = {
        one.key: TaskResult(
            one.key, Status.FAILED if failed else Status.SUCCEEDED, started=0.1, duration_s=1.5, attempts=1
        )
        for one in stack.job.tasks
    }
    failures = [Failure("prepare", EVIL, "prepare, cell 2, line 3", Path("/logs/x.log"))] if failed else []
    when = datetime(2024, 4, 1, 12, tzinfo=timezone.utc)
    gold = {
        "daily_kpis": {"rows": 34_567, "refresh": "incremental", "affected": 1_234, "reason": EVIL},
        "broken": {"rows": None, "refresh": "failed"},
    }
    return JobRun("4711", f"week 1 {EVIL}", when, 2.0, results, {"orders": ACCOUNT}, gold, failures)


def registered(topic: str, *records: str) -> dict[str, Any]:
    """A row of the registry, as the pipeline writes it."""
    made = plan(topic, None, observe([parse_record(record) for record in records]))
    when = datetime(2024, 4, 1, tzinfo=timezone.utc)
    schema = made.next_schema
    return Version(topic, 1, schema, schema.fingerprint(), made.changes, "none", "4711", when).to_row()


def evil_tables(folder: Path) -> dict[str, Path]:
    nested = '{"<b>":"x","n":1,"who":{"first name":"A","tags":["<u>"]},"at":"2024-02-29T10:00:00"}'
    versions = [
        registered("orders", nested, '{"at":"2024-02-29T10:00:00Z"}'),
        registered("edited", "{}") | {"fingerprint": EVIL},
    ]
    when = [datetime(2024, 4, 1, tzinfo=timezone.utc)]
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
        "ops.run_log": write_delta(
            folder / "log",
            {"topic": ["orders"], "event": ["processed"], **{column: [7] for column in COUNT_COLUMNS.values()}},
        ),
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
            | {"checked_rows": [10], "failed_rows": [1], "ts": when},
        ),
        "bronze.orders_quarantine": write_delta(
            folder / "rejects", {"code": ["invalid_json"], "field": [EVIL], "value_shape": [EVIL], "rule": [None], "raw": ["SECRET"]}
        ),
    }  # fmt: skip


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


class Tags(HTMLParser):
    """Counts tags, and collects what would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.fetched += [
            value or ""
            for name, value in attrs
            if name in ("src", "href") and not (value or "").startswith("#")
        ]


def render(folder: Path, *, failed: bool = False) -> str:
    stack = make_stack(folder / "stack", {"prepare": "1"})
    document = {**DOCUMENT, "name": EVIL}
    runs = [job_run(stack), job_run(stack, failed=failed)]
    return render_report(
        document=document,
        stack=stack,
        runs=runs,
        tables=evil_tables(folder),
        cache=folder / "cache",
        dashboards=[dashboard(DAYS, TOTAL, REVENUE, ORDERS, LYING, error=f"no column {EVIL}")],
    )


def test_everything_is_escaped_and_nothing_is_fetched(tmp_path: Path) -> None:
    html = render(tmp_path, failed=True)
    tags = Tags()
    tags.feed(html)
    assert "script" not in tags.open
    assert "<script>" not in html
    assert "b" not in [tag for tag in tags.open if tag == "u"]
    assert tags.fetched == []
    assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org/)", html)
    assert "&lt;script&gt;" in html
    assert "SECRET" not in html


def test_what_an_engineer_looks_for(tmp_path: Path) -> None:
    html = render(tmp_path, failed=True)
    for text in (
        "What failed, and why",
        "prepare, cell 2, line 3",
        "/logs/x.log",
        "does not add up",
        "invalid_json",
        "<b>who</b> struct&lt;first_x20_name:string,tags:array&lt;string&gt;&gt;",
        "<b>n</b> bigint<",
        "timestamp without offset → timestamp with and without offset",
        "Damaged: version 1: the row was edited",
    ):
        assert text in html, text
    assert "holds" in html
    assert ">1,234,567.80<" in html
    assert re.search(
        r"incremental</span></td><td class=\"num\">1,234</td><td class=\"num\">34,567</td>", html
    )
    assert "is not shown: no column &lt;script&gt;" in html
    assert html.count("<figure>") == 3
    assert "What failed" not in render(tmp_path / "second")


def test_a_report_without_any_table_or_run(tmp_path: Path) -> None:
    stack = make_stack(tmp_path / "stack", {"prepare": "1"})
    path = write_report(tmp_path / "report.html", document=DOCUMENT, stack=stack, runs=[], tables={})
    html = path.read_text()
    assert "not run" in html
    assert "No gold table yet." in html
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_unreadable_tables_do_not_stop_it(tmp_path: Path) -> None:
    stack = make_stack(tmp_path / "stack", {"prepare": "1"})
    (tmp_path / "bad" / "_delta_log").mkdir(parents=True)
    html = render_report(
        document=DOCUMENT,
        stack=stack,
        runs=[],
        tables={"gold.bad": tmp_path / "bad"},
        cache=tmp_path / "cache",
    )
    assert "gold.bad" in html


def test_charts_are_drawn_once_for_the_same_data(tmp_path: Path) -> None:
    shown = [dashboard(DAYS, TOTAL, REVENUE, ORDERS, LYING)]
    charts = make_charts(shown, tmp_path)
    assert [chart.title for chart in charts] == [REVENUE["title"], "Orders", "Lying"]
    assert all(chart.svg.startswith("<svg") for chart in charts)
    ids = [found for chart in charts for found in re.findall(r'id="([^"]+)"', chart.svg)]
    assert len(ids) == len(set(ids))
    for kept in tmp_path.iterdir():
        kept.write_text("<svg>kept</svg>")
    assert make_charts(shown, tmp_path)[0].svg == "<svg>kept</svg>"


def test_a_dataset_without_rows_has_no_chart_and_no_figure(tmp_path: Path) -> None:
    assert make_charts([dashboard([], REVENUE)], tmp_path) == []
    assert make_cards([dashboard([], TOTAL)]) == []
    lost = Dashboard("KPIs", [{**TOTAL, "dataset": "failed"}], {}, {"failed": "no such column"})
    assert make_cards([lost]) == []


def test_cards() -> None:
    rows = [{"a": Decimal("1000.4"), "b": 0.2, "c": None, "d": "x"}]
    widgets = [
        {"kind": "counter", "title": "A", "value": "a"},
        {"kind": "counter", "title": "A2", "value": "a", "format": "decimal"},
        {"kind": "counter", "title": "B", "value": "b", "format": "percent"},
        {"kind": "counter", "title": "C", "value": "c", "format": "percent"},
        {"kind": "counter", "title": "D", "value": "d", "format": "text"},
        {"kind": "table", "title": "T", "columns": ["a"]},
    ]
    assert [(card.label, card.value) for card in make_cards([dashboard(rows, *widgets)])] == [
        ("A", "1,000"), ("A2", "1,000.40"), ("B", "20.0 %"), ("C", "\u2013"), ("D", "x"),
    ]  # fmt: skip


def test_definitions_are_read_from_the_stack(tmp_path: Path) -> None:
    stack = make_stack(tmp_path, {"prepare": "1"})
    assert read_definitions(stack) == []
    file = WorkspaceFile("/Shared/x/dashboards.json", None, b'{"dashboards": [{"name": "kpis"}]}')
    assert read_definitions(replace(stack, files=(*stack.files, file))) == [{"name": "kpis"}]


def test_places_are_those_of_this_machine() -> None:
    parameters = {"schema_gold": "dev_gold", "schema_ops": "dev_ops"}
    sql = with_schema_names("SELECT '{x}' FROM {gold}.a JOIN { ops }.b", parameters)
    assert sql == "SELECT '{x}' FROM `spark_catalog`.`dev_gold`.a JOIN `spark_catalog`.`dev_ops`.b"


def test_rows_in_a_readers_order() -> None:
    days = [date(2024, 4, 1), None, date(2024, 4, 3)]
    rows = [{"id": at, "day": day} for at, day in enumerate(days)]
    assert [row["day"] for row in order_rows(rows)] == [date(2024, 4, 3), date(2024, 4, 1), None]
    assert order_rows([{"b": 2}, {"b": None}, {"b": 1}]) == [{"b": 1}, {"b": 2}, {"b": None}]
    assert order_rows([]) == []


def test_the_graph_drawing() -> None:
    tasks = [task("a"), task("b", "a"), task("<c>", "a"), task("d", "a", "b", "<c>")]  # b says a already
    svg = graph_svg(tasks, {"a": TaskResult("a", Status.FAILED, duration_s=2.0, attempts=2)})
    assert svg.count("<rect") == 4
    assert svg.count('class="edge"') == 4
    assert "failed · 2.0 s, 2 attempts" in svg
    assert "<c>" not in svg
    assert (
        graph_svg([task("a"), task("b", "a"), task("c", "b"), task("d", "a", "c")], {}).count('class="edge"')
        == 3
    )


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (None, "x", "–"), (True, "x", "yes"), (1234567, "rows", "1,234,567"), (2024, "iso_year", "2024"), (7, "iso_week", "7"),
        (Decimal("1234.5"), "revenue", "1,234.50"), (Decimal("3.0000"), "units", "3"), (Decimal("80.00"), "fines", "80.00"), (0.125, "margin_rate", "12.5 %"),
        (0.5, "x", "0.50"), (date(2024, 4, 1), "day", "2024-04-01"), ("<b>", "x", "<b>"),
        (datetime(2024, 4, 1, 9, 5, tzinfo=timezone.utc), "x", "2024-04-01 09:05"),
    ],
)  # fmt: skip
def test_values_as_people_read_them(value: object, column: str, text: str) -> None:
    assert format_value(value, column) == text


def test_durations_and_titles() -> None:
    assert [format_duration(seconds) for seconds in (0.44, 12.2, 185)] == ["0.4 s", "12 s", "3 min 05 s"]
    assert format_title("order_metrics") == "Order metrics"


def test_totals_add_up_over_runs(tmp_path: Path) -> None:
    run = job_run(make_stack(tmp_path, {"prepare": "1"}))
    assert total_topics([run, run])["orders"] == {
        **{k: v * 2 for k, v in ACCOUNT.items()},
        "schema_version": 3,
    }
