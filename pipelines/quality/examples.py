"""Examples of rows that violate a rule: the columns that the rule speaks of, as shapes, or as values where config says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pipelines.inference import value_shape

#: Examples of one rule.
MOST: Final = 3
_LONGEST: Final = 200
_LITERAL: Final = re.compile(r"'(?:[^'\\]|\\.|'')*'")
_NAME: Final = re.compile(r"`((?:[^`]|``)+)`|([A-Za-z_]\w*)")


def columns_of(expression: str, columns: Iterable[str]) -> list[str]:
    """The columns that an expression names, in its order. Words in texts do not count."""
    known = {column.lower(): column for column in columns}
    names = (
        (quoted or plain).replace("``", "`").lower()
        for quoted, plain in _NAME.findall(_LITERAL.sub("''", expression))
    )
    return list(dict.fromkeys(known[name] for name in names if name in known))


def describe_row(row: Mapping[str, Any], columns: Sequence[str], raw_values: bool) -> str:
    """``n=-9, who=null``: each column with the shape of its value, or with the value."""
    return ", ".join(f"{column.lstrip('$')}={_show(row[column], raw_values)}" for column in columns)[
        :_LONGEST
    ]


def _show(value: Any, raw_values: bool) -> str:
    if value is None:
        return "null"
    text = str(value)
    return text if raw_values else value_shape(text)
