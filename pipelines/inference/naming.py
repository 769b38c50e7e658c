"""Names of fields and the columns they get: as the producer spells them, escaped injectively for Delta.

Names are compared without regard to case, as Spark and Delta do; the column keeps the case. Letters of any script, digits
and `_` stay as they are. Everything else becomes `_x<hex>_` (`unit price` -> `unit_x20_price`), at the start of a name
without the first underscore (`$id` -> `x24_id`), and so does the first sign of a name that is the pipeline's own
(`_row_id` -> `x5f_row_id`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Final

from pipelines.vocabulary import RESERVED_COLUMNS

from .paths import path_name, setting_steps

MAX_COLUMN_LENGTH: Final = 255
"""Unity Catalog takes no longer column name."""

_EMPTY: Final = "x_"  # the column of the field whose name is the empty string
_PLAIN: Final = re.compile(r"[A-WYZa-wyz_][A-Za-z0-9_]*").fullmatch  # `x` may begin an escape
_ESCAPE: Final = re.compile(r"(?:^x|_x)([0-9a-f]{2,6})_")


def fold(name: str) -> str:
    """The name without regard to case, as Spark compares names."""
    return name.lower()


def column_name(name: str, reserved: Collection[str] = ()) -> str:
    """The column of a field that is spelled so. `reserved` are further column names that are taken (by renamed fields),
    folded. Spellings that differ in case have columns that differ in case.
    """
    folded = fold(name)
    lead = 1 if folded in RESERVED_COLUMNS or folded in reserved else 0
    column = _escape(name, lead)
    while fold(column) in reserved and lead < len(
        folded
    ):  # a rename took even the escaped form: escape more of it
        lead += 1
        column = _escape(name, lead)
    return column


def nested_name(name: str) -> str:
    """The name of a field inside a struct: folded, and escaped alike, but nothing is reserved there."""
    return _escape(fold(name), 0)


def field_of(name: str, rename: Mapping[str, str]) -> str:
    """The folded name of the field that a name of config means, which is spelled as in the source or as in silver; of a path,
    its one spelling (`path_name`).

    `rename` is field -> column. A name that both a field and a column have means the field.
    """
    return path_name(path_of(name, rename))


def path_of(name: str, rename: Mapping[str, str]) -> tuple[str | None, ...]:
    """The folded names of the fields from the outside in, None for the elements of an array, that a name of config means."""
    first, *inner = setting_steps(name)
    if inner:
        rename = of_objects(rename)
    return (
        _field_of(first or "", rename),
        *(None if step is None else original_name(step) for step in inner),
    )


def of_objects(rename: Mapping[str, str]) -> Mapping[str, str]:
    """The part of `rename` that a path may begin with: a field that a path has taken out is none."""
    return {field: column for field, column in rename.items() if len(setting_steps(field)) == 1}


def _field_of(name: str, rename: Mapping[str, str]) -> str:
    folded = fold(name)
    columns = {fold(column): original_name(field) for field, column in rename.items()}
    if folded in columns.values():
        return folded
    return columns.get(folded) or original_name(folded)


def column_among(name: str, columns: Iterable[str], rename: Mapping[str, str]) -> str | None:
    """The one of some silver columns that a name of config means, which is spelled as in silver or as in the source; None
    where there is none. A name that both a column and a field have means the column.
    """
    name = path_name(setting_steps(name))
    present = {fold(column): column for column in columns}
    renamed = {original_name(field): column for field, column in rename.items()}
    field = original_name(name)
    wanted = (fold(name), fold(renamed.get(field, "")), fold(column_name(name)), column_name(field))
    return next((present[one] for one in wanted if one in present), None)


def original_name(column: str) -> str:
    """The folded field name that `column_name` or `nested_name` made this column from."""
    if fold(column) == _EMPTY:
        return ""
    return _ESCAPE.sub(_character, fold(column))


def _character(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return chr(code) if code <= 0x10FFFF else match.group(0)


def _escape(name: str, lead: int) -> str:
    if not lead and _PLAIN(name) and "_x" not in name and "_X" not in name:
        return name
    # Hostile names may be megabytes long: not to be remembered.
    return _escaped(name, lead) if len(name) <= MAX_COLUMN_LENGTH else _escaped.__wrapped__(name, lead)


@lru_cache(maxsize=4096)
def _escaped(name: str, lead: int) -> str:
    if name == "":
        return _EMPTY
    folded = fold(name)
    spelled = name if len(name) == len(folded) else folded
    parts: list[str] = []
    for index, (char, shown) in enumerate(zip(folded, spelled, strict=True)):
        if index < lead or not _stays(char) or _looks_like_escape(folded, index):
            parts.append(f"{'_' if index else ''}x{ord(char):02x}_")
        else:
            # A letter that only folds to this one, such as the sign for kelvin, is not spelled.
            parts.append(shown if shown == char.upper() else char)
    return "".join(parts)


def _stays(char: str) -> bool:
    if char.isascii():
        return char == "_" or char.isdigit() or char.islower()
    # Letters that Spark could take for another one when it ignores case (dotless i, final sigma) are escaped.
    upper = char.upper()
    return char.isalpha() and char.lower() == char and (upper.lower() == char or char == "ß")


def _looks_like_escape(name: str, index: int) -> bool:
    """Tell whether the text from here on would read as an escape that we did not write."""
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


def own(name: str) -> str:
    """Name of a column of the pipeline in a frame that holds columns of data too.

    It begins with ``$``, which the name of a data column never has (``column_name`` escapes it): a record may have a
    field of any name, and no rule reads a column of the pipeline by accident.
    """
    return name if name.startswith("$") else f"${name}"
