"""JSON values that keep the exact text of numbers, and what may be shown of a value."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Final, TypeAlias

from .grammar import NON_FINITE

MAX_SHAPE: Final = 40
"""Longest value shape; what is longer ends in an ellipsis."""


class Number(str):
    """A JSON number, as the exact text of its token (`1.10` stays `1.10`)."""

    __slots__ = ()


class Integer(Number):
    """A number token without fraction and exponent."""

    __slots__ = ()


class Real(Number):
    """A number token with a fraction or an exponent."""

    __slots__ = ()


Value: TypeAlias = "bool | str | list[Value] | dict[str, Value] | None"
"""A parsed JSON value; numbers are `Integer` or `Real`, which are both `str`."""


class Record(dict[str, "Value"]):
    """A record in which some key was not spelled as it is folded; remembers the spellings."""

    __slots__ = ("spellings",)

    def __init__(self, values: Mapping[str, Value], spellings: Mapping[str, str]) -> None:
        super().__init__(values)
        self.spellings = dict(spellings)
        """Folded name -> name as it stood, for every key of the record."""


def compact_json(value: Value) -> str:
    """JSON text without blanks, with number tokens and key spellings as they stood."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)  # type: ignore[arg-type]
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, Number):
        return f'"{value}"' if value in NON_FINITE else str(value)
    if isinstance(value, dict):
        return (
            "{"
            + ",".join([f"{encode_basestring(key)}:{compact_json(item)}" for key, item in value.items()])
            + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join([compact_json(item) for item in value]) + "]"
    return encode_basestring(str(value))


def _ascii_shape(code: int) -> str:
    char = chr(code)
    if char.isdigit():
        return "9"
    if char.isalpha():
        return "A" if char.isupper() else "a"
    return char if 32 <= code < 127 else "?"


_ASCII_SHAPES: Final = {code: _ascii_shape(code) for code in range(128)}


def _shape_char(char: str) -> str:
    if char < "\x80":
        return _ASCII_SHAPES[ord(char)]
    category = unicodedata.category(char)
    if category[0] == "L":
        return "A" if category in ("Lu", "Lt") else "a"
    return "9" if category[0] == "N" else "?"


def text_shape(text: str) -> str:
    """The shape of a text: digits become 9, letters a or A, other signs of ASCII stay."""
    if len(text) > MAX_SHAPE:
        return text_shapes(text[:MAX_SHAPE]) + "…"
    return text_shapes(text)


def text_shapes(text: str) -> str:
    """The shapes of texts in a row, of any length: one character for each."""
    if text.isascii():
        return text.translate(_ASCII_SHAPES)
    return "".join(map(_shape_char, text))


def value_shape(value: object) -> str:
    """Return what logs may show of a value: its form, never its content (`AB-12` becomes `AA-99`)."""
    if isinstance(value, str):
        return text_shape(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, dict):
        return "{...}" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "[...]" if value else "[]"
    return text_shape(str(value))
