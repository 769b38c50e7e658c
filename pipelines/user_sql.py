"""Errors of the user's SQL, told at the line and column of the user's file instead of Spark's statement around it.

Spark says the position in the message alone where the error comes over Spark Connect, or from a task, so it is read there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.errors import UserSqlError


@dataclass(frozen=True)
class UserSql:
    """A text of SQL, and where it begins in its file (line and column from 1)."""

    file: str
    sql: str
    line: int = 1
    column: int = 1

    def error(self, error: BaseException, statement: str) -> UserSqlError | None:
        """The error of ``statement``, which has the text in it, as one of the file; nothing where it is not about the text."""
        begin = statement.rfind(self.sql)
        if begin < 0:
            return None
        before = statement.count("\n", 0, begin)
        indent = begin - (statement.rfind("\n", 0, begin) + 1)
        rows = self.sql.split("\n")
        for message in _messages(error):
            found = _position(message)
            if found is None:
                continue
            row, column = found[0] - 1 - before, found[1]
            if row == 0:
                column -= indent
            if 0 <= row < len(rows) and 1 <= column <= len(rows[row]) + 1:
                shift = self.column - 1 if row == 0 else 0
                text = " " * shift + rows[row]
                return UserSqlError(self.file, self.line + row, column + shift, _cause(message), text)
        return None


# How Spark writes positions, in the order of preference: at run time (from 1), parsing, analysis (from 0).
_RUN_TIME = re.compile(r"== SQL \(line (\d+), position (\d+)\) ==")
_COMPILED = re.compile(r"(?:\(|; )line (\d+),? pos (\d+)")
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
    end = min(match.start() for match in (_RUN_TIME.search(message), _COMPILED.search(message)) if match)
    conditions = list(_CONDITION.finditer(message, 0, end))
    text = message[conditions[-1].start() : end] if conditions else message[:end]
    return " ".join(re.sub(r"\s*SQLSTATE: \w+\W*$", "", text.strip()).split())
