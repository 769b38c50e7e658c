"""Errors of the user's SQL, told at the line and column of the user's file instead of Spark's statement around it.

Spark says the position in the message alone where the error comes over Spark Connect, or from a task, so it is read there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.errors import SqlNotCompiledError, UserSqlError, marked_line


@dataclass(frozen=True)
class SqlFault:
    """Fault of a text of SQL, and its position in it (from 1), where that is known."""

    cause: str
    row: int | None = None
    column: int = 1


def fault_of(error: BaseException, sql: str, statement: str) -> SqlFault:
    """The innermost cause of an error of ``statement`` that is about the text ``sql`` in it."""
    begin = max(statement.rfind(sql), 0)
    before = statement.count("\n", 0, begin)
    indent = begin - (statement.rfind("\n", 0, begin) + 1)
    rows = sql.split("\n") if sql in statement else []
    for message in _messages(error):
        found = _position(message)
        if found is None:
            continue
        row, column = found[0] - 1 - before, found[1]
        if row == 0:
            column -= indent
        if 0 <= row < len(rows) and 1 <= column <= len(rows[row]) + 1:
            return SqlFault(_cause(message), row + 1, column)
    return SqlFault(_cause(next(_messages(error))))


@dataclass(frozen=True)
class Written:
    """An expression as the user wrote it, in which file, and where it begins there where that is known (from 1)."""

    sql: str
    file: str
    line: int | None = None
    column: int | None = None
    """Without it, no column of the text is one of the file."""

    def describe(self, fault: SqlFault, evaluated: str) -> str:
        """Return what is wrong with ``evaluated``, which has the text in it: file, line, column, cause, and the row with a mark."""
        rows = self.sql.split("\n")
        begin = max(evaluated.find(self.sql), 0)
        row, column = fault.row or 1, fault.column - (begin if fault.row == 1 else 0)
        if row > len(rows) or not 1 <= column <= len(rows[row - 1]) + 1:
            row, column = 1, 1
        where = self.file
        if self.line is not None:
            # Where rows are folded, all are the text of that one line.
            exact = self.column is not None
            where += f":{self.line + row - 1}:{self.column + column - 1}" if exact else f":{self.line}"  # type: ignore[operator]
        return f"{where}: {fault.cause}\n{marked_line(rows[row - 1], column)}"


@dataclass(frozen=True)
class UserSql:
    """A text of SQL, and where it begins in its file (line and column from 1)."""

    file: str
    sql: str
    line: int = 1
    column: int = 1

    def error(
        self, error: BaseException, statement: str, kind: type[UserSqlError] = UserSqlError
    ) -> UserSqlError | None:
        """The error of ``statement``, which has the text in it, as one of the file; nothing where it is not about the text."""
        fault = fault_of(error, self.sql, statement)
        if fault.row is None:
            return None
        shift = self.column - 1 if fault.row == 1 else 0
        text = " " * shift + self.sql.split("\n")[fault.row - 1]
        return kind(self.file, self.line + fault.row - 1, fault.column + shift, fault.cause, text)

    def not_compiled(self, cause: str) -> SqlNotCompiledError:
        """Return what is wrong with the text as a whole, told where it begins."""
        text = " " * (self.column - 1) + self.sql.split("\n")[0]
        return SqlNotCompiledError(self.file, self.line, self.column, cause, text)

    def not_compiled_by(self, error: BaseException, statement: str) -> SqlNotCompiledError:
        """Tell why ``statement``, which has the text in it, does not compile."""
        located = self.error(error, statement, SqlNotCompiledError)
        if located is None:
            return self.not_compiled(fault_of(error, self.sql, statement).cause)
        return located  # type: ignore[return-value]


# Positions as Spark writes them, in the order of preference: at run time (from 1), parsing, analysis (from 0).
_RUN_TIME = re.compile(r"== SQL \(line (\d+), position (\d+)\) ==")
_COMPILED = re.compile(r"(?:\(|; )line (\d+),? pos (\d+)")
# The rest of a message, which is not for people who wrote the statement.
_REST = re.compile(r"\n\s*(?:== |'|\+-|at |JVM stacktrace)")
# Advice to turn ANSI mode off, which the pipeline relies on.
_ADVICE = re.compile(r' If necessary set "spark\.sql\.ansi\.enabled" to "false" to bypass this error\.')
_CONDITION = re.compile(r"\[[A-Z][A-Z0-9_.]+\] ")


def _messages(error: BaseException | None) -> Iterator[str]:
    """The messages of an error and of its causes, the innermost first."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = getattr(error, "_cause", None) or error.__cause__
    yield from map(str, reversed(chain))


def _position(message: str) -> tuple[int, int] | None:
    found = _RUN_TIME.search(message)
    if found is not None:
        return int(found[1]), int(found[2])
    found = _COMPILED.search(message)
    return None if found is None else (int(found[1]), int(found[2]) + 1)


def _cause(message: str) -> str:
    """The sentence with the last error condition before the position: without plan, trace and statement."""
    located = [match for match in (_RUN_TIME.search(message), _COMPILED.search(message)) if match]
    rest = located or [match for match in [_REST.search(message)] if match]
    end = min((match.start() for match in rest), default=len(message))
    conditions = list(_CONDITION.finditer(message, 0, end))
    text = _ADVICE.sub("", message[conditions[-1].start() : end] if conditions else message[:end])
    return " ".join(re.sub(r"\s*SQLSTATE: \w+\W*$", "", text.strip()).split())
