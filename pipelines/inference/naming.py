"""Names of fields and the columns they get: case-folded, then escaped injectively for Delta.

`a-z`, `0-9` and `_` stay as they are, and so do letters of other scripts that have one lower-case form. Everything else
becomes `_x<hex>_` (`unit price` -> `unit_x20_price`). At the start of a name the escape has no leading underscore
(`_id` -> `x5f_id`), because columns that begin with `_`, and `ingest_ts`, belong to the pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

RESERVED: Final = frozenset({"ingest_ts"})
"""Columns of the pipeline itself; every name with a leading underscore is reserved too."""
MAX_COLUMN_LENGTH: Final = 255
"""Unity Catalog takes no longer column name."""

_EMPTY: Final = "x_"  # the column of the field whose name is the empty string
_PLAIN: Final = re.compile(r"[a-wyz][a-z0-9_]*").fullmatch  # `x` may begin an escape
_ESCAPE: Final = re.compile(r"(?:^x|_x)([0-9a-f]{2,6})_")


def fold(name: str) -> str:
    """The name without regard to case, as Spark compares names."""
    return name.lower()


def column_name(name: str, reserved: Collection[str] = ()) -> str:
    """The column of a field. `reserved` are further column names that are taken (by renamed fields)."""
    name = fold(name)
    lead = 1 if name in RESERVED or name in reserved or name.startswith("_") else 0
    column = _escape(name, lead)
    while column in reserved and lead < len(name):  # a rename took even the escaped form: escape more of it
        lead += 1
        column = _escape(name, lead)
    return column


def nested_name(name: str) -> str:
    """The name of a field inside a struct: escaped alike, but nothing is reserved there."""
    return _escape(fold(name), 0)


def original_name(column: str) -> str:
    """The folded field name that `column_name` or `nested_name` made this column from."""
    if column == _EMPTY:
        return ""
    return _ESCAPE.sub(_character, column)


def _character(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return chr(code) if code <= 0x10FFFF else match.group(0)


def _escape(name: str, lead: int) -> str:
    if not lead and _PLAIN(name) and "_x" not in name:
        return name
    # Hostile names may be megabytes long: not to be remembered.
    return _escaped(name, lead) if len(name) <= MAX_COLUMN_LENGTH else _escaped.__wrapped__(name, lead)


@lru_cache(maxsize=4096)
def _escaped(name: str, lead: int) -> str:
    if name == "":
        return _EMPTY
    parts: list[str] = []
    for index, char in enumerate(name):
        if index < lead or not _stays(char) or _looks_like_escape(name, index):
            parts.append(f"{'_' if index else ''}x{ord(char):02x}_")
        else:
            parts.append(char)
    return "".join(parts)


def _stays(char: str) -> bool:
    if char.isascii():
        return char == "_" or char.isdigit() or char.islower()
    # Letters that Spark could take for another one when it ignores case (dotless i, final sigma) are escaped.
    upper = char.upper()
    return char.isalpha() and char.lower() == char and (upper.lower() == char or char == "ß")


def _looks_like_escape(name: str, index: int) -> bool:
    """Whether the text from here on would read as an escape that we did not write."""
    if index == 0 and name == _EMPTY:
        return True
    start = index if index == 0 and name[0] == "x" else index + 1 if name[index] == "_" else -1
    if start < 0 or name[start : start + 1] != "x":
        return False
    end = start + 1
    while end < len(name) and name[end] in "0123456789abcdef":
        end += 1
    if not 2 <= end - start - 1 <= 6 or end >= len(name):
        return False
    return name[end] == "_" or not _stays(name[end])
