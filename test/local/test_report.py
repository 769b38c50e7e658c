"""The report: self-contained, everything escaped, sound where tables are missing."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import local.report
from local.dashboards import Dashboard, read_definitions, with_schema_names
from local.formatting import format_duration, format_title, format_value, units_of
from local.graph import Status, TaskResult
from local.report.charts import make_cards, make_charts, order_rows
from local.report.history import run_charts, run_records, step_times
from local.report.inventory import to_yaml
from local.report.models import gold_grids
from local.report.page import render_report, write_report
from local.report.suggested import suggest_charts
from local.report.tables import Tables
from local.report.task_graph import draw_tasks
from local.result import total_topics
from local.stack import WorkspaceFile
from test.local.report_sample import (
    ACCOUNT,
    DAYS,
    EVIL,
    LYING,
    ORDERS,
    REVENUE,
    TOTAL,
    dashboard,
    job_run,
    tables,
    write_sample,
)
from test.local.support import DOCUMENT, make_stack, task

TEMPLATES = Path(local.report.__file__).parent / "templates"


class Tags(HTMLParser):
    """Counts tags, and collects what would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.fetched += [
            value or ""
            for name, value in attrs
            if name in ("src", "href") and not (value or "").startswith("#")
        ]


def render(folder: Path, *, failed: bool = False) -> str:
    return write_sample(folder, failed=failed).read_text(encoding="utf-8")


def test_everything_is_escaped_and_nothing_is_fetched(tmp_path: Path) -> None:
    html = render(tmp_path, failed=True)
    tags = Tags()
    tags.feed(html)
    # The one script is ours: the policy of the page allows no other.
    assert tags.open.count("script") == 1
    digest = hashlib.sha256((TEMPLATES / "report.js").read_bytes()).digest()
    assert f"script-src 'sha256-{base64.b64encode(digest).decode()}'" in html
    assert "<script>alert" not in html
    assert "on" not in {name[:2] for name in tags.attributes}
    assert {value for value in tags.fetched if not value.startswith("logs/")} == {"data:,"}
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
        "Correct the producer; or repair <code>raw</code> in the quarantine table.",
        "npx --no-install medallion replay --topic orders --codes batch_rejected",
        '<a href="logs/4711/prepare.log">prepare</a>',
        '<a href="#table-gold-daily-kpis"><code>gold.daily_kpis</code></a>',
        '<pre class="scroll" role="region" aria-label="SQL of gold.daily_kpis">SELECT &#39;&lt;script',
        "keys: [id]",
    ):
        assert text in html, text
    assert "holds" in html
    assert ">1,234,567.80<" in html
    assert re.search(
        r"incremental</span></td><td class=\"num\">1,234</td><td class=\"num\">34,567</td>", html
    )
    assert "is not shown: no column &lt;script&gt;" in html
    assert html.count("<figure ") == 3 + 6
    assert "What failed" not in render(tmp_path / "second")


def test_runs_over_time(tmp_path: Path) -> None:
    first, killed, second = run_records(Tables(tables(tmp_path)))
    assert [run.status for run in (first, killed, second)] == ["succeeded", "not finished", "failed"]
    assert (first.counts["read"], first.refreshed, first.seconds, first.age_s) == (7, 1, 180.0, None)
    assert (second.broken, second.error, second.age_s) == (1, EVIL, 120.0)
    # The id of a run of this machine is the time at which it began.
    assert killed.started == datetime(2024, 4, 1, 12, tzinfo=timezone.utc)
    (charts,) = run_charts([first, second, killed])
    assert {len(charts.datasets[widget["dataset"]]) for widget in charts.widgets} == {3}
    assert run_charts([first]) == []
    steps = {(step["stage"], step["name"]): step for step in step_times(Tables(tables(tmp_path / "again")))}
    assert steps["silver", "orders"] == {
        "stage": "silver", "name": "orders", "runs": 2, "median": 3.0, "longest": 4.5, "last": 4.5,
    }  # fmt: skip


def test_every_chart_can_be_read_without_being_seen(tmp_path: Path) -> None:
    names = [f"a name of a product that is longer than its place {at}" for at in range(3)]
    rows = [{"name": name, "day": date(2024, 4, at + 1), "value": 1500 * at} for at, name in enumerate(names)]
    bars = {"kind": "bar", "title": "By name", "x": "name", "y": ["value"], "horizontal": True, "unit": "EUR"}
    line = {"kind": "line", "title": "By day", "x": "day", "y": ["value"]}
    by_name, by_day = make_charts([dashboard(rows, bars, line)], tmp_path)
    root = ElementTree.fromstring(by_day.svg)
    labelled = (root.get("aria-labelledby") or "").split()
    told = {element.get("id"): element.text for element in root}
    assert root.get("role") == "img"
    assert told[labelled[0]] == "By day"
    assert told[labelled[1]] == "Value: highest 3,000 (2024-04-03), lowest 0 (2024-04-01), last 3,000."
    # The parts of the image have no roles of their own, curves show nothing that is not there, and no label is cut.
    assert not re.search(r'role="graphics|aria-roledescription', by_day.svg)
    assert not re.search(r'class="mark-(?:line|area)[^>]*><path[^>]* d="[^"]*C', by_day.svg)
    words = " ".join(
        text.text or ""
        for text in ElementTree.fromstring(by_name.svg).iter()
        if text.tag.endswith(("text", "tspan"))
    )
    assert "\u2026" not in words
    assert words.count("longer than its") == 3
    assert by_name.title == "By name"
    assert "EUR" in words.split()
    assert [list(row) for row in by_name.rows][1] == [names[1], "1,500 EUR"]


def test_a_project_without_dashboards_has_charts(tmp_path: Path) -> None:
    models = [
        {"name": "days", "grain": ["day", "shop"]},
        {"name": "shops", "grain": ["shop"]},
        {"name": "empty", "grain": ["shop"]},
    ]
    day = date(2024, 4, 1)
    gold = {
        "days": [
            {"day": day, "shop": "a", "shop_id": 7, "sales": 1, "sales_rate": 0.5},
            {"day": day, "shop": "b", "shop_id": 8, "sales": 2, "sales_rate": 0.5},
        ],
        "shops": [{"shop": "a", "sales_rate": 0.5}, {"shop": "b", "sales_rate": 0.7}, {"shop": None, "sales_rate": 1.0}],
        "empty": [],
    }  # fmt: skip
    (made,) = suggest_charts(models, gold)
    assert [(widget["kind"], widget["title"]) for widget in made.widgets] == [
        ("line", "Days: sum of sales by day"),
        ("bar", "Shops: sales rate, the largest by shop"),
    ]
    assert made.datasets["days.sales"] == [{"day": day, "sales": 3}]
    assert [row["shop"] for row in made.datasets["shops.sales_rate"]] == ["b", "a"]
    assert len(make_charts([made], tmp_path)) == 2
    assert suggest_charts(models, {}) == []


def test_settings_as_yaml() -> None:
    value = {
        "name": "orders",
        "no": "no",
        "keys": ["a b", "1", "x"],
        "empty": {},
        "list": [{"a": None, "b": [1]}, 2.5],
    }
    assert to_yaml(value) == (
        'name: orders\n"no": "no"\nkeys: ["a b", "1", x]\nempty: {}\nlist:\n  - a: null\n    b: [1]\n  - 2.5\n'
    )


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
        tables={"gold.bad": tmp_path / "bad", "silver.bad": tmp_path / "bad"},
        out=tmp_path,
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
    assert make_charts(shown, tmp_path)[0].svg.endswith("</desc>kept</svg>")


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
    svg = draw_tasks(tasks, {"a": TaskResult("a", Status.FAILED, duration_s=2.0, attempts=2)})
    assert svg.count("<rect") == 4
    assert svg.count('class="edge"') == 4
    assert "failed · 2.0 s, 2 attempts" in svg
    assert "<c>" not in svg
    assert (
        draw_tasks([task("a"), task("b", "a"), task("c", "b"), task("d", "a", "c")], {}).count('class="edge"')
        == 3
    )


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (None, "x", "–"), (True, "x", "yes"), (1234567, "rows", "1,234,567"), (2024, "iso_year", "2024"), (7, "iso_week", "7"),
        (Decimal("1234.5"), "revenue", "1,234.50"), (Decimal("3.0000"), "revenue", "3"), (Decimal("80.00"), "fines", "80.00"), (0.125, "margin_rate", "12.5 %"),
        (0.5, "x", "0.50"), (date(2024, 4, 1), "day", "2024-04-01"), ("<b>", "x", "<b>"),
        (datetime(2024, 4, 1, 9, 5, tzinfo=timezone.utc), "x", "2024-04-01 09:05"),
    ],
)  # fmt: skip
def test_values_as_people_read_them(value: object, column: str, text: str) -> None:
    assert format_value(value, column) == text


def test_units_come_from_the_header_of_the_model() -> None:
    units = units_of({"gold": [{"name": "m", "units": {"Paid": "EUR", "weight": "kg"}}, {"name": "plain"}]})
    rows = [{"paid": Decimal("3.0000"), "weight": Decimal("3.0000"), "revenue": Decimal("3.0000")}]
    (grid, plain) = gold_grids({"m": rows, "plain": rows}, units)
    assert [name for name, _ in grid.columns] == ["paid (EUR)", "weight (kg)", "revenue"]
    assert grid.rows == [["3.00", "3", "3"]]
    assert [name for name, _ in plain.columns] == ["paid", "weight", "revenue"]
    (made,) = suggest_charts(
        [{"name": "m", "grain": ["day"], "units": {"Paid": "EUR"}}], {"m": [{"day": "a", "paid": 1}]}
    )
    assert made.widgets[0]["unit"] == "EUR"


def test_durations_and_titles() -> None:
    assert [format_duration(seconds) for seconds in (0.44, 12.2, 185)] == ["0.4 s", "12 s", "3 min 05 s"]
    assert format_title("order_metrics") == "Order metrics"


def test_totals_add_up_over_runs(tmp_path: Path) -> None:
    run = job_run(make_stack(tmp_path, {"prepare": "1"}))
    assert total_topics([run, run])["orders"] == {
        **{k: v * 2 for k, v in ACCOUNT.items()},
        "schema_version": 3,
    }
