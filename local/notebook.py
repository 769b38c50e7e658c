"""Runs a notebook in Databricks source format, cell by cell."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.dbutils import NotebookExit

_HEADER = "# Databricks notebook source"
_SEPARATOR = "# COMMAND ----------"
_MAGIC = "# MAGIC"
# As in `pipelines.errors.Retry`; the library that runs is the deployed one, which is not imported here.
NEVER, ANY_TIME = 0, 2


@dataclass(frozen=True)
class Cell:
    """A cell with code: its number as a reader counts them, and its code at the lines where it stands in the file."""

    number: int
    code: str


class NotebookError(Exception):
    """A cell raised: which notebook, cell and line, and what."""

    def __init__(self, notebook: str, cell: int, line: int | None, cause: BaseException) -> None:
        self.notebook = notebook
        self.cell = cell
        self.line = line
        self.cause = cause
        self.where = f"{notebook}, cell {cell}" + (f", line {line}" if line else "")
        super().__init__(f"{self.where}: {describe(cause)}")


def cells(text: str) -> Iterator[Cell]:
    """Cells that hold code. Magic lines (`%md`, `%pip`) are left blank: locally the library is there already."""
    number, lines, start = 1, [], 0
    for at, line in enumerate([*text.split("\n"), _SEPARATOR]):
        if line.strip() != _SEPARATOR:
            lines.append("" if line.startswith((_MAGIC, _HEADER)) else line)
            continue
        if any(code.strip() for code in lines):
            yield Cell(number, "\n" * start + "\n".join(lines) + "\n")
        number, lines, start = number + 1, [], at + 1


def run_notebook(path: Path, *, spark: Any, dbutils: Any) -> str | None:
    """Execute a notebook in a namespace of its own; returns what it exits with."""
    text = path.read_text(encoding="utf-8")
    namespace: dict[str, Any] = {
        "__name__": "__main__",
        "spark": spark,
        "dbutils": dbutils,
        "display": display,
    }
    for cell in cells(text):
        try:
            exec(compile(cell.code, str(path), "exec"), namespace)  # noqa: S102  (a notebook is code to run)
        except NotebookExit as done:
            return done.value
        except Exception as error:
            raise NotebookError(path.stem, cell.number, _line_in(path, error), error) from error
    return None


def display(value: Any, *_: Any, **__: Any) -> None:
    """Return the text that a notebook shows: the head of a DataFrame, or the value itself."""
    if hasattr(value, "limit") and hasattr(value, "show"):
        value.limit(20).show(truncate=60)
    else:
        print(value)


def describe(error: BaseException) -> str:
    """An exception in a few lines: its message, without the JVM's stack."""
    message = str(error).split("\n\nJVM stacktrace:")[0].split("\n\tat ")[0].strip()
    name = type(error).__name__
    return f"{name}: {message}" if message else name


def explain(error: BaseException, task: str) -> tuple[str | None, str]:
    """Return where in a notebook a task failed, and why. The library's own sentences name what is wrong themselves: where in a
    notebook they came through is left out. An error that lists what failed inside of the task is that list.
    """
    where, cause = None, error
    if isinstance(error, NotebookError):
        where, cause = error.where, error.cause
    if not type(cause).__module__.startswith("pipelines."):
        return where, describe(cause)
    inner = getattr(cause, "errors", None)
    if isinstance(inner, list) and inner:
        return None, "; ".join(text if name == task else f"{name}: {text}" for name, text in inner)
    return None, str(cause)


def retry_of(error: BaseException) -> int:
    """Return when the same work may succeed: errors of the library say it themselves, others may at any time."""
    cause = error.cause if isinstance(error, NotebookError) else error
    retry: int = getattr(cause, "retry", ANY_TIME)
    return retry


def _line_in(path: Path, error: Exception) -> int | None:
    """The line of the notebook itself at which an error left it."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return lines[-1] if lines else None
