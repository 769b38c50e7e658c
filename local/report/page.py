"""Writes `report.html`: one file that opens from disk, without network. Its one script sorts, searches and folds; without it everything is there too."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from local.dashboards import Dashboard
from local.formatting import format_duration, units_of
from local.report.boxes import LIMIT
from local.report.charts import make_cards, make_charts
from local.report.history import LISTED, freshness, run_charts, run_records, step_times
from local.report.inventory import inventory
from local.report.lineage import draw_lineage, needed_columns
from local.report.look import TEMPLATES, environment
from local.report.models import gold_grids, refreshes
from local.report.outcomes import count_rows_by_topic, counts_to_date, quarantined
from local.report.quality import quality
from local.report.schemas import drift, schema_versions
from local.report.suggested import suggest_charts
from local.report.tables import Tables
from local.report.task_graph import draw_tasks, timeline
from local.result import total_topics, warnings
from local.runs import JobRun
from local.stack import Stack

_CHAPTERS = {
    "kpis": "KPIs",
    "runs": "Runs",
    "tasks": "Tasks",
    "lineage": "Lineage",
    "rows": "Rows",
    "schema": "Schema",
    "quality": "Quality",
    "gold": "Gold",
    "tables": "Tables",
}


def write_report(
    path: Path,
    *,
    document: Mapping[str, Any],
    stack: Stack,
    runs: Sequence[JobRun],
    tables: Mapping[str, Path],
    dashboards: Sequence[Dashboard] = (),
) -> Path:
    """Write the report of this start; replaced in one step, so a reader never sees half of it."""
    html = render_report(
        document=document,
        stack=stack,
        runs=runs,
        tables=tables,
        out=path.parent,
        dashboards=dashboards,
    )
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(html, encoding="utf-8")
    part.replace(path)
    return path


def render_report(
    *,
    document: Mapping[str, Any],
    stack: Stack,
    runs: Sequence[JobRun],
    tables: Mapping[str, Path],
    out: Path,
    dashboards: Sequence[Dashboard] = (),
) -> str:
    """The report as text. Everything passes autoescape; the drawings escape what they show themselves.

    Args:
        document: the pipeline document of the stack.
        stack: the stack that ran.
        runs: the runs of this start, oldest first.
        tables: `layer.table` -> folder.
        out: the output folder, in which the report will lie: links to logs are relative to it.
        dashboards: the dashboards of the project with their rows.
    """
    found = Tables(tables)
    gold = found.gold()
    last = runs[-1] if runs else None
    cache = out / "cache"
    records = run_records(found, runs)
    charts = make_charts(dashboards, cache)
    suggested = [] if charts else make_charts(suggest_charts(document["gold"], gold), cache)
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    lineage = draw_lineage(document, found)
    return (
        environment(relative=_relative(out), log=_log(out))
        .get_template("report.html.j2")
        .render(
            pipeline=document.get("name", stack.name),
            description=document.get("description", ""),
            stack=stack.name,
            job=stack.job.name,
            status=last.status if last else "not run",
            last=last,
            written=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            duration=format_duration(sum(run.duration_s for run in runs)),
            chapters=_CHAPTERS.items(),
            # Ours, and without data; the page allows this script alone.
            script=Markup(script),
            script_hash=_hash(script),
            runs=runs,
            records=records[: -LISTED - 1 : -1],
            records_in_all=len(records),
            labels={run.run_id: run.label for run in runs},
            run_charts=make_charts(run_charts(records), cache),
            freshness=freshness(found),
            steps=step_times(found),
            cards=make_cards(dashboards),
            charts=charts or suggested,
            suggested=bool(suggested),
            not_asked=[(name, error) for one in dashboards for name, error in one.errors.items()],
            graph=_graph(stack, last),
            tasks=timeline(last),
            # Drawn by draw_boxes, which escapes the names.
            lineage=lineage and Markup(lineage),
            needs=needed_columns(document),
            accounts=count_rows_by_topic(total_topics(runs), found),
            to_date=count_rows_by_topic(counts_to_date(found), found),
            rejects=quarantined(found),
            schemas=schema_versions(found),
            drift=drift(found),
            quality=quality(found),
            warnings=warnings(runs),
            refreshes=refreshes(last.gold if last else {}, found),
            gold=gold_grids(gold, units_of(document)),
            inventory=inventory(found, document),
        )
    )


def _relative(out: Path) -> Callable[[Path], str]:
    """Link to a file below the output folder; empty for another one."""

    def relative(path: Path) -> str:
        inside = path.resolve()
        return (
            quote(inside.relative_to(out.resolve()).as_posix())
            if inside.is_relative_to(out.resolve())
            else ""
        )

    return relative


def _log(out: Path) -> Callable[..., str]:
    """Link to the logs of a run, or to one of them; empty where there are none."""

    def log(run_id: str, name: str = "") -> str:
        path = out / "logs" / str(run_id) / name
        return quote(path.relative_to(out).as_posix() + ("" if name else "/")) if path.exists() else ""

    return log


def _hash(script: str) -> str:
    """Hash of a script as a content security policy has it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _graph(stack: Stack, run: JobRun | None) -> Markup | None:
    if len(stack.job.tasks) > LIMIT:
        return None
    # Drawn by draw_boxes, which escapes the names.
    return Markup(draw_tasks(stack.job.tasks, run.results if run else {}))
