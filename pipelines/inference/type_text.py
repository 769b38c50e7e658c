"""Types as text: the registry's JSON, Spark's DDL, and the hints that a topic may give."""

from __future__ import annotations

import json
import re
from typing import Final, Literal

from pipelines.vocabulary import HINTS

from .naming import nested_name
from .time_format import parser_of
from .types import (
    UNKNOWN,
    Array,
    Bigint,
    Boolean,
    Date,
    Decimal,
    Double,
    EpochTimestamp,
    FormattedTime,
    Int,
    Json,
    Map,
    String,
    Struct,
    Timestamp,
    Type,
    Unknown,
    without_flags,
    without_format,
)

_SCALARS: Final[dict[str, Type]] = {
    "unknown": UNKNOWN,
    "unknown empty": Unknown(empty=True),
    "boolean": Boolean(),
    "int": Int(),
    "bigint safe": Bigint(safe=True),
    "bigint": Bigint(safe=False),
    "double": Double(),
    "date": Date(),
    "timestamp": Timestamp(),
    "timestamp zoned": Timestamp(zoned=True),
    "timestamp naive": Timestamp(naive=True),
    "timestamp zoned naive": Timestamp(zoned=True, naive=True),
    "timestamp_seconds": EpochTimestamp("seconds"),
    "timestamp_millis": EpochTimestamp("millis"),
    "timestamp_micros": EpochTimestamp("micros"),
    "json": Json(),
    "string": String(),
}
_NAMES: Final = {type_: name for name, type_ in _SCALARS.items()}
_DECIMAL: Final = re.compile(r"(?:decimal|numeric)\(\s*([0-9]{1,2})\s*(?:,\s*([0-9]{1,2})\s*)?\)").fullmatch

_FORMATTED: Final = re.compile(r"(date|timestamp)\((.+)\)", re.DOTALL).fullmatch

_MAP: Final = re.compile(r"map\s*<\s*string\s*,(.+)>", re.DOTALL | re.IGNORECASE).fullmatch

_HINTS: Final[dict[str, Type]] = {
    "json": Json(),
    "string": String(),
    "boolean": Boolean(),
    "int": Int(),
    "integer": Int(),
    "bigint": Bigint(safe=False),
    "long": Bigint(safe=False),
    "double": Double(),
    "float": Double(),
    "decimal": Decimal(38, 0),
    "date": Date(),
    "timestamp": Timestamp(),
    "timestamp_seconds": EpochTimestamp("seconds"),
    "timestamp_millis": EpochTimestamp("millis"),
    "timestamp_micros": EpochTimestamp("micros"),
}
HINT_WORDS: Final = (*HINTS, "decimal(p,s)", "timestamp(<format>)", "date(<format>)", "map<string, type>")
"""Words that a hint may be."""

JsonType = str | dict[str, object]


def to_json(type_: Type) -> JsonType:
    """A small, stable JSON value: a word, `{"array": element}`, `{"map": value}` or `{"struct": {name: type}}`."""
    if isinstance(type_, Struct):
        return {"struct": {name: to_json(inner) for name, inner in type_.fields}}
    if isinstance(type_, Array):
        return {"array": to_json(type_.element)}
    if isinstance(type_, Map):
        return {"map": to_json(type_.value)}
    return type_name(type_)


def from_json(value: object) -> Type:
    """The type that `to_json` wrote."""
    if isinstance(value, str):
        if value in _SCALARS:
            return _SCALARS[value]
        parsed = _decimal(value) or _formatted(value)
        if parsed is not None:
            return parsed
    elif isinstance(value, dict) and len(value) == 1:
        if "array" in value:
            return Array(from_json(value["array"]))
        if "map" in value:
            return Map(from_json(value["map"]))
        fields = value.get("struct")
        if isinstance(fields, dict):
            return Struct(tuple((str(name), from_json(inner)) for name, inner in sorted(fields.items())))
    raise ValueError(f"not a registry type: {json.dumps(value)}")


def type_name(type_: Type) -> str:
    """One word or line for the registry; nested types as compact JSON."""
    if isinstance(type_, Decimal):
        return f"decimal({type_.precision},{type_.scale})"
    if isinstance(type_, FormattedTime):
        return f"{type_.of}({type_.format})"
    if isinstance(type_, (Struct, Array, Map)):
        return json.dumps(to_json(type_), separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return _NAMES[type_]


def plain_name(type_: Type) -> str:
    """The type for sentences and reports, as Spark writes it: without the flags that the registry keeps beside it."""
    if isinstance(type_, Struct):
        return (
            f"struct<{','.join(f'{nested_name(name)}:{plain_name(inner)}' for name, inner in type_.fields)}>"
        )
    if isinstance(type_, Array):
        return f"array<{plain_name(type_.element)}>"
    if isinstance(type_, Map):
        return f"map<string,{plain_name(type_.value)}>"
    return type_name(without_flags(type_))


_NOTATIONS: Final = {
    "timestamp zoned": "timestamp with offset",
    "timestamp naive": "timestamp without offset",
    "timestamp zoned naive": "timestamp with and without offset",
    "bigint safe": "bigint up to 2^53",
}


def exact_name(type_: Type) -> str:
    """The type for people where it is the flags that matter, in words."""
    return (
        plain_name(type_)
        if isinstance(type_, (Struct, Array, Map))
        else _NOTATIONS.get(type_name(type_), type_name(type_))
    )


def spark_ddl(type_: Type) -> str:
    """The type as Spark and Delta write it. Unknown parts cannot be written: use `storable` before."""
    if isinstance(type_, Struct):
        fields = ",".join(f"`{nested_name(name)}`:{spark_ddl(inner)}" for name, inner in type_.fields)
        return f"struct<{fields}>"
    if isinstance(type_, Array):
        return f"array<{spark_ddl(type_.element)}>"
    if isinstance(type_, Map):
        return f"map<string,{spark_ddl(type_.value)}>"
    if isinstance(type_, Unknown):
        raise ValueError("an unknown type has no column")
    return type_name(without_flags(without_format(type_)))


def parse_hint(text: str) -> Type:
    """The type that a hint names; ValueError with the allowed words otherwise."""
    word = text.strip().lower()
    inner = _MAP(text.strip())
    if inner is not None:
        return Map(parse_hint(inner[1]))
    type_ = _HINTS.get(word) or _decimal(word) or _formatted(text.strip())
    if type_ is None:
        raise ValueError(f"not a type for a hint: {text!r}; allowed: {', '.join(HINT_WORDS)}")
    return type_


def _formatted(text: str) -> FormattedTime | None:
    match = _FORMATTED(text)
    if match is None:
        return None
    of: Literal["date", "timestamp"] = "date" if match[1] == "date" else "timestamp"
    parser_of(of, match[2])  # a ValueError says what is no format
    return FormattedTime(of, match[2])


def _decimal(word: str) -> Decimal | None:
    match = _DECIMAL(word)
    if match is None:
        return None
    precision, scale = int(match.group(1)), int(match.group(2) or 0)
    return Decimal(precision, scale) if 1 <= precision <= 38 and scale <= precision else None
