"""Progress of a run: a live table on a terminal, plain lines elsewhere (`TERM=dumb` included)."""

from __future__ import annotations

import json
import logging
import textwrap
import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from local.formatting import format_duration
from local.graph import Status, TaskResult
from local.job import Task

_STYLES = {
    Status.PENDING: "dim",
    Status.RUNNING: "cyan",
    Status.SUCCEEDED: "green",
    Status.FAILED: "bold red",
    Status.SKIPPED: "yellow",
}
_MARKS = {
    Status.PENDING: "\u00b7",
    Status.RUNNING: "\u25b8",
    Status.SUCCEEDED: "\u2713",
    Status.FAILED: "\u2717",
    Status.SKIPPED: "\u2013",
}
# With more tasks than this, or than the window has lines for, the live table shows only what is running or went wrong.
_FULL_TABLE = 40
# Lines of the window that the table leaves free: its title, its summary, the cursor's line, and one for a message.
_OTHER_LINES = 4
# Characters of a line beside the name of a task and its note: the mark, a duration, the spaces between.
_OTHER_COLUMNS = 1 + 7 + 2 * 4


class RunProgress:
    """Shows one run: `with RunProgress(console, title, tasks) as progress: run_graph(..., on_change=progress.change)`."""

    def __init__(self, console: Console, title: str, tasks: Sequence[Task]) -> None:
        self._console = console
        self._title = title
        self._results = {task.key: TaskResult(task.key) for task in tasks}
        self._began: dict[str, float] = {}
        self._live = Live(
            console=console,
            get_renderable=self._table,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._failures = _FailureTeller(console)

    def __enter__(self) -> RunProgress:
        logging.getLogger("medallion").addHandler(self._failures)
        if self._console.is_interactive:
            self._live.start()
        else:
            self._console.print(f"{_clock()}  {self._title}", markup=False, highlight=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("medallion").removeHandler(self._failures)
        if self._console.is_interactive:
            self._live.stop()

    def change(self, result: TaskResult) -> None:
        """A task changed its state."""
        self._results[result.key] = result
        if result.status is Status.RUNNING:
            self._began[result.key] = time.monotonic()
        elif not self._console.is_interactive and result.reason != "excluded":
            note = f"  {_note(result)}" if _note(result) else ""
            line = f"{_clock()}    {result.key:<32} {result.status.value:<10} {format_duration(result.duration_s):>8}{note}"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _table(self) -> RenderableType:
        table = Table(
            title=escape(self._title), title_justify="left", box=None, padding=(0, 2, 0, 0), show_header=False
        )
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True)
        # What a condition left out was not meant to run.
        shown = [result for result in self._results.values() if result.reason != "excluded"]
        most = max(1, min(_FULL_TABLE, self._console.height - _OTHER_LINES))
        if len(shown) > most:
            done = sum(result.status is Status.SUCCEEDED for result in shown)
            table.add_row("", f"{done} of {len(shown)} tasks done", "", "", style="dim")
            shown = [result for result in shown if result.status in (Status.RUNNING, Status.FAILED)][:most]
        # The note gets what is left: cut here, since in a narrow window the table would cut the other columns too.
        left = self._console.width - max((len(result.key) for result in shown), default=0) - _OTHER_COLUMNS
        for result in shown:
            note = _note(result)
            note = note if len(note) <= left else note[: left - 1] + "\u2026" if left > 1 else ""
            running = result.status is Status.RUNNING
            seconds = time.monotonic() - self._began.get(result.key, 0) if running else result.duration_s
            duration = "" if result.status in (Status.PENDING, Status.SKIPPED) else format_duration(seconds)
            mark, style = _MARKS[result.status], _STYLES[result.status]
            table.add_row(mark, result.key, duration, escape(note), style=style)
        return table


class _FailureTeller(logging.Handler):
    """Says at once what cannot succeed in this run, once each: whoever wrote it need not wait for the end of the run."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.ERROR)
        self._console = console
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Take an event from the log of the library, which is one JSON object each."""
        try:
            event = json.loads(record.getMessage())
            details = json.loads(event.get("details") or "{}")
        except (ValueError, AttributeError):
            return
        error = str(event.get("error"))
        if details.get("retry") != "never" or "because" in details or error in self._said:
            return
        self._said.add(error)
        name = event.get("model") or event.get("topic") or ""
        told = f"{event['stage']}_{name}: {error}\n    (it fails in this run; what does not read it goes on)"
        self._console.print(told, style="red", markup=False, soft_wrap=True)


def _note(result: TaskResult) -> str:
    if result.error:
        return textwrap.shorten(result.error.splitlines()[0], 160, placeholder=" …")
    if result.reason:
        return result.reason.replace("_", " ")
    return f"after {result.attempts} attempts" if result.attempts > 1 else ""


def _clock() -> str:
    return time.strftime("%H:%M:%S")
