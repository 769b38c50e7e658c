"""Writes `report.html`: one file that opens from disk, without network and without scripts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from local import report_data
from local.charts import make_cards, make_charts
from local.dashboards import Dashboard
from local.formatting import format_duration
from local.graph_svg import LIMIT, graph_svg
from local.result import total_topics, warnings
from local.runs import COUNTS, JobRun
from local.stack import Stack


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
        cache=path.parent / "cache",
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
    cache: Path,
    dashboards: Sequence[Dashboard] = (),
) -> str:
    """The report as text. Everything passes autoescape; the drawings escape what they show themselves."""
    found = report_data.Tables(tables)
    gold = found.gold()
    last = runs[-1] if runs else None
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        pipeline=document.get("name", stack.name),
        description=document.get("description", ""),
        stack=stack.name,
        job=stack.job.name,
        status=last.status if last else "not run",
        last=last,
        written=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        duration=format_duration(sum(run.duration_s for run in runs)),
        runs=[_run_row(run) for run in runs],
        cards=make_cards(dashboards),
        charts=[{"title": chart.title, "svg": Markup(chart.svg)} for chart in make_charts(dashboards, cache)],
        not_asked=[(name, error) for one in dashboards for name, error in one.errors.items()],
        graph=_graph(stack, last),
        tasks=_task_rows(last),
        counts=COUNTS,
        accounts=report_data.account_grid(total_topics(runs), found),
        to_date=report_data.account_grid(report_data.accounts_to_date(found), found),
        rejects=report_data.rejects(found),
        schemas=report_data.schema_versions(found),
        drift=report_data.drift(found),
        quality=report_data.quality(found),
        warnings=warnings(runs),
        refreshes=report_data.refreshes(last.gold if last else {}),
        gold=report_data.gold_grids(gold),
        inventory=found.inventory(),
    )


def _graph(stack: Stack, run: JobRun | None) -> Markup | None:
    if len(stack.job.tasks) > LIMIT:
        return None
    # Made by graph_svg, which escapes the names it draws.
    return Markup(graph_svg(stack.job.tasks, run.results if run else {}))


def _run_row(run: JobRun) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "label": run.label,
        "status": run.status,
        "started": run.started_at.strftime("%Y-%m-%d %H:%M:%S"),
        "duration": format_duration(run.duration_s),
        "read": sum(account.get("read") or 0 for account in run.topics.values()),
        "failures": run.failures,
    }


def _task_rows(run: JobRun | None) -> list[dict[str, Any]]:
    """Tasks with their position on the time line, in percent of the run."""
    if run is None or run.duration_s <= 0:
        return []
    return [
        {
            "key": result.key,
            "status": result.status.value,
            "duration": format_duration(result.duration_s),
            "left": round(100 * (result.started or 0) / run.duration_s, 2),
            "width": round(max(0.4, 100 * result.duration_s / run.duration_s), 2),
        }
        for result in run.results.values()
        if result.started is not None
    ]
