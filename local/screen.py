"""Output on the terminal at the end of a start: errors, the row counts, the gold tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.dashboards import Rows
from local.delta_files import UnreadableTableError, count_rows, read_rows
from local.formatting import (
    describe_casts,
    describe_nulled,
    format_duration,
    format_title,
    format_value,
    is_numeric,
)
from local.report.charts import order_rows
from local.result import total_topics
from local.runs import COUNTS, JobRun
from pipelines.errors import counted

_ROWS = 6


def show_result(
    console: Console,
    runs: Sequence[JobRun],
    tables: Mapping[str, Path],
    report: Path | None,
    units: Mapping[str, Mapping[str, str]],
) -> None:
    """Print the end of a start; ``units`` are those of `local.formatting.units_of`."""
    console.print()
    if any(run.topics for run in runs):
        console.print(_accounts(runs, tables))
        for topic, counts in sorted(total_topics(runs).items()):
            if nulled := describe_nulled(counts):
                console.print(f"silver.{topic}: {nulled}.", markup=False, soft_wrap=True)
    for name, path in tables.items():
        layer, _, table = name.partition(".")
        if layer == "gold":
            _show_table(console, table, path, units.get(table, {}))
    for run in runs[-1:]:
        for model, state in sorted(run.gold.items()):
            for said in describe_casts(state):
                console.print(f"gold.{model}, {said}.", markup=False, soft_wrap=True)
        _show_failures(console, run)
    if report is not None:
        console.print(f"Report: {report}", soft_wrap=True, markup=False)


def show_action(console: Console, run: JobRun) -> None:
    """Print what an action of the job answered, or why it failed."""
    console.print()
    answer = run.action or {}
    for line in answer.get("lines") or answer.get("checks") or ():
        console.print(line, markup=False, soft_wrap=True)
    _show_failures(console, run)


def _accounts(runs: Sequence[JobRun], tables: Mapping[str, Path]) -> Table:
    """Return what became of the rows read, beside the rows that silver has: they differ where several rows have one key."""
    table = Table(
        title="Rows: read = applied to silver (inserts, updates, deletes) + quarantined + deduplicated + dropped",
        title_justify="left",
    )
    applied = ("applied" if name == "silver" else name for name in COUNTS)
    table.add_column("topic")
    for name in (*applied, "rows in silver", "schema version"):
        table.add_column(name, justify="right")
    for topic, counts in sorted(total_topics(runs).items()):
        now = _rows_now(tables.get(f"silver.{topic}"))
        numbers = (*(counts[name] for name in COUNTS), now, counts["schema_version"])
        table.add_row(topic, *map(format_value, numbers))
    return table


def _rows_now(path: Path | None) -> int | None:
    try:
        return None if path is None else count_rows(path)
    except (OSError, UnreadableTableError):
        return None


def _show_table(console: Console, name: str, path: Path, units: Mapping[str, str]) -> None:
    try:
        rows = read_rows(path)
    except UnreadableTableError as error:
        console.print(f"gold.{name}: not shown ({error})", markup=False)
        return
    console.print(_table(name, rows, console.width, units))


def _table(name: str, rows: Rows, width: int, units: Mapping[str, str]) -> Table:
    ordered = order_rows(rows)[:_ROWS]
    columns = list(rows[0]) if rows else []
    texts = {
        column: [format_value(row[column], column, units.get(column.lower(), "")) for row in ordered]
        for column in columns
    }
    shown = _that_fit(texts, width)
    hidden = len(columns) - len(shown)
    more = f", {hidden} more column{'' if hidden == 1 else 's'} in the report" if hidden else ""
    table = Table(
        title=f"{escape(format_title(name))} ({counted(len(rows), 'row')}{more})", title_justify="left"
    )
    for column in shown:
        numeric = any(is_numeric(row[column]) for row in rows)
        table.add_column(
            escape(column), justify="right" if numeric else "left", overflow="ellipsis", no_wrap=True
        )
    for at in range(len(ordered)):
        table.add_row(*(escape(texts[column][at]) for column in shown))
    return table


def _that_fit(texts: Mapping[str, Sequence[str]], width: int) -> list[str]:
    """The leading columns that fit side by side without being cut."""
    shown: list[str] = []
    left = width - 1
    for column, values in texts.items():
        left -= max(len(text) for text in (column, *values)) + 3
        if left < 0 and shown:
            break
        shown.append(column)
    return shown


def _show_failures(console: Console, run: JobRun) -> None:
    if run.status == "succeeded":
        but = f", with {counted(len(run.warnings), 'warning')}:" if run.warnings else "."
        console.print(f"Run {run.run_id} [green]succeeded[/green] in {format_duration(run.duration_s)}{but}")
        _show_warnings(console, run)
        return
    if not run.failures and any(result.reason == "stopped" for result in run.results.values()):
        console.print(f"Run {run.run_id} [yellow]stopped[/yellow] after {format_duration(run.duration_s)}.")
        return
    console.print(f"Run {run.run_id} [bold red]failed[/bold red] after {format_duration(run.duration_s)}:")
    for failure in run.failures:
        where = f" ({failure.where})" if failure.where else ""
        console.print(f"  {failure.task}{where}: {failure.message}", markup=False, soft_wrap=True)
        console.print(f"    its output: {failure.log}", markup=False, soft_wrap=True)
    _show_warnings(console, run)
    console.print(
        "Put it right and start again: a run continues where the last one stopped, nothing is read twice."
    )


def _show_warnings(console: Console, run: JobRun) -> None:
    for warning in run.warnings:
        console.print(f"  {warning}", markup=False, soft_wrap=True)
