"""Names in the text of an SQL expression."""

from __future__ import annotations

import re
from typing import Final

from pyspark.sql.types import StructType

from pipelines.inference import fold

Path = tuple[str, ...]
"""A name with what is asked of it: ``a.b.c``."""

_LITERAL: Final = re.compile(r"'(?:[^'\\]|\\.|'')*'")
_PART: Final = r"(?:`(?:[^`]|``)+`|[A-Za-z_]\w*)"
_REFERENCE: Final = re.compile(rf"(?<![\w`.]){_PART}(?:\s*\.\s*{_PART})+")

_PATH: Final = re.compile(rf"(?<![\w`.]){_PART}(?:\s*\.\s*{_PART})*")
_DOUBLE: Final = re.compile(r'"(?:[^"\\]|\\.|"")*"')
_LAMBDA: Final = re.compile(r"(\w+|\([\w\s,]+\))\s*->")
#: Words of SQL that stand in an expression without being a column, and units of time.
_WORDS: Final = frozenset(
    [
        "all",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "at",
        "between",
        "bigint",
        "binary",
        "boolean",
        "both",
        "by",
        "byte",
        "case",
        "cast",
        "collate",
        "current_catalog",
        "current_database",
        "current_date",
        "current_time",
        "current_timestamp",
        "current_user",
        "date",
        "day",
        "dayofweek",
        "dayofyear",
        "days",
        "dec",
        "decimal",
        "default",
        "desc",
        "distinct",
        "div",
        "double",
        "else",
        "end",
        "escape",
        "exists",
        "extract",
        "false",
        "first",
        "float",
        "following",
        "for",
        "from",
        "hour",
        "hours",
        "ilike",
        "in",
        "int",
        "integer",
        "interval",
        "is",
        "last",
        "leading",
        "like",
        "limit",
        "localtimestamp",
        "long",
        "map",
        "microsecond",
        "microseconds",
        "millisecond",
        "milliseconds",
        "minute",
        "minutes",
        "month",
        "months",
        "nanosecond",
        "nanoseconds",
        "not",
        "null",
        "nulls",
        "numeric",
        "on",
        "or",
        "order",
        "over",
        "overlay",
        "partition",
        "placing",
        "position",
        "preceding",
        "quarter",
        "quarters",
        "range",
        "real",
        "regexp",
        "rlike",
        "row",
        "rows",
        "second",
        "seconds",
        "session_user",
        "short",
        "similar",
        "smallint",
        "some",
        "string",
        "struct",
        "substring",
        "then",
        "time",
        "timestamp",
        "timestamp_ltz",
        "timestamp_ntz",
        "timestampadd",
        "timestampdiff",
        "timezone",
        "tinyint",
        "to",
        "trailing",
        "trim",
        "true",
        "try_cast",
        "unbounded",
        "unknown",
        "user",
        "using",
        "variant",
        "void",
        "week",
        "weeks",
        "when",
        "where",
        "with",
        "within",
        "without",
        "xor",
        "year",
        "years",
        "yearofweek",
        "zone",
    ]
)


def paths_in(sql: str) -> list[Path]:
    """Return the names of columns in an expression, as far as its text says that they are: what may be a word of SQL, a type, a
    function or a parameter of a lambda is left out.
    """
    text = _DOUBLE.sub("''", _LITERAL.sub("''", sql))
    parameters = {name for names in _LAMBDA.findall(text) for name in re.findall(r"\w+", names.lower())}
    found = []
    for match in _PATH.finditer(text):
        before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip()
        path = parts_of(match.group())
        is_call = after.startswith(("(", "''"))  # f(x), DATE '2024-01-01'
        is_type = before.endswith("::") or re.search(r"\bas$", before, re.IGNORECASE)
        is_field = after.startswith(":") and not after.startswith("::")  # of a type: struct<x: int>
        if is_call or is_type or is_field or before.endswith("."):
            continue
        word = path[0].lower()
        if match.group().startswith("`") or (word not in _WORDS and word not in parameters):
            found.append(path)
    return found


def absent_field(sql: str, schema: StructType) -> Path | None:
    """Return the first nested name in an expression that an object of the frame does not have."""
    for match in _REFERENCE.finditer(_LITERAL.sub("''", sql)):
        path, type_ = parts_of(match.group()), schema
        for depth, part in enumerate(path):
            if not isinstance(type_, StructType):
                break
            inner = next((f.dataType for f in type_.fields if fold(f.name) == fold(part)), None)
            if inner is None:
                if depth:
                    return path[: depth + 1] if depth + 1 == len(path) else path
                break
            type_ = inner  # type: ignore[assignment]
    return None


def parts_of(name: str) -> Path:
    """Return the parts of a name, without their quotes."""
    found = re.findall(r"`((?:[^`]|``)+)`|([A-Za-z_]\w*)", name)
    return tuple(quoted.replace("``", "`") or plain for quoted, plain in found)
