"""What is shown of the checks: a table, a Markdown report, one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

_COLOURS = {"passed": "green", "failed": "red", "skipped": "yellow"}


@dataclass(frozen=True)
class Outcome:
    """How one check ended."""

    name: str
    proves: str
    status: str
    """`passed`, `failed` or `skipped`."""
    said: str
    """What was found, the difference, or the reason."""
    duration_s: float


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print the table."""
    table = Table(box=None, pad_edge=False)
    for title in ("check", "", "seconds", "found"):
        table.add_column(title, justify="right" if title == "seconds" else "left")
    for one in outcomes:
        colour = _COLOURS[one.status]
        table.add_row(
            one.name, f"[{colour}]{one.status}[/]", f"{one.duration_s:.1f}", one.said.splitlines()[0]
        )
    console.print(table)


def markdown(outcomes: Sequence[Outcome], facts: Mapping[str, str]) -> str:
    """A report to attach to a ticket."""
    lines = ["# Certification", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    lines += ["", "| check | proves that | result | seconds |", "|---|---|---|---:|"]
    lines += [
        f"| {one.name} | {_cell(one.proves)} | **{one.status}**: {_cell(one.said)} | {one.duration_s:.1f} |"
        for one in outcomes
    ]
    failed = [one for one in outcomes if one.status == "failed"]
    for one in failed:
        lines += ["", f"## {one.name}", "", "```text", one.said, "```"]
    return "\n".join(lines) + "\n"


def result_line(outcomes: Sequence[Outcome], facts: Mapping[str, str]) -> str:
    """The result as one line of JSON."""
    counts = {name: sum(one.status == name for one in outcomes) for name in _COLOURS}
    checks = [
        {"name": one.name, "status": one.status, "said": one.said, "duration_s": round(one.duration_s, 1)}
        for one in outcomes
    ]
    return json.dumps({**facts, **counts, "checks": checks})


def _cell(text: str) -> str:
    return text.splitlines()[0].replace("|", "\\|") if text else ""
