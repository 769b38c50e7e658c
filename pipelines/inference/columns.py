"""Whole columns of values in plain form -> typed values, at the speed of the built-in functions.

A fast way reads all values of a column at once, writes them out again and compares: where the texts are the same, each was
in the one spelling that the grammars and the built-in functions agree on. It gives what `scalar_converter` gives for
each value, or None: then some value is in another form, or wrong, and the caller converts them one by one.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import date, datetime
from typing import Final, TypeAlias

from . import grammar
from .options import TypingOptions
from .types import Bigint, Boolean, Date, Decimal, Double, Int, String, Timestamp, Type
from .values import Integer, Real, Value

FastColumn: TypeAlias = Callable[[list[Value]], "list[object] | None"]
"""Values of a column without nulls -> their typed values, or None where they have to be converted one by one."""

_SAFE_DIGITS: Final = 15  # integers of at most 15 characters are exact in a double
_SPANS: Final = {23: "milliseconds", 29: "milliseconds"}  # length of a time -> precision as Python names it


def fast_column(type_: Type, options: TypingOptions, hinted: bool = False) -> FastColumn | None:
    """The fast way beside `scalar_converter` of the same arguments, if there is one."""
    if isinstance(type_, String):
        return lambda values: list(values) if set(map(type, values)) == {str} else None
    if isinstance(type_, Boolean):
        return lambda values: list(values) if set(map(type, values)) == {bool} else None
    if isinstance(type_, (Bigint, Int)):
        return _integers(9 if isinstance(type_, Int) else 18)
    if isinstance(type_, Double) and not hinted:
        return _doubles
    if isinstance(type_, Date):
        return _days
    if isinstance(type_, Timestamp):
        return _instants
    quoted = hinted or options.quoted == "infer"
    if isinstance(type_, Decimal) and type_.scale and quoted and options.decimal_separator == ".":
        return _decimals(type_)
    return None


def _decimals(type_: Decimal) -> FastColumn:
    """Quoted decimals with all the fraction digits of their column."""
    longest, point = type_.precision + 1, -type_.scale - 1

    def convert(values: list[Value]) -> list[object] | None:
        if set(map(type, values)) != {str}:
            return None
        texts: list[str] = values  # type: ignore[assignment]
        joined = "".join(texts)
        if "-" in joined or "E" in joined or max(map(len, texts)) > longest:
            return None
        if {text[point : point + 1] for text in texts} != {"."}:
            return None
        try:
            result = list(map(decimal.Decimal, texts))
        except decimal.DecimalException:
            return None
        return result if list(map(str, result)) == texts else None  # type: ignore[return-value]

    return convert


def _integers(short: int) -> FastColumn:
    """Bare integers of at most ``short`` characters, which are always within bounds."""

    def convert(values: list[Value]) -> list[object] | None:
        if set(map(type, values)) != {Integer} or max(map(len, values)) > short:  # type: ignore[arg-type]
            return None
        return list(map(int, values))  # type: ignore[arg-type]

    return convert


def _doubles(values: list[Value]) -> list[object] | None:
    if not set(map(type, values)) <= {Real, Integer}:
        return None
    result = list(map(float, values))  # type: ignore[arg-type]
    texts = list(map(repr, result))
    if texts == values:
        return result  # type: ignore[return-value]
    for text, token, value in zip(texts, values, result, strict=True):
        if text != token:
            if type(token) is Integer:
                if len(token) > _SAFE_DIGITS or token == "-0":
                    return None
            elif grammar.double_value(token) != value:  # type: ignore[arg-type]
                return None
    return result  # type: ignore[return-value]


def _days(values: list[Value]) -> list[object] | None:
    if set(map(type, values)) != {str}:
        return None
    try:
        result = list(map(date.fromisoformat, values))  # type: ignore[arg-type]
    except ValueError:
        return None
    return result if list(map(date.isoformat, result)) == values else None  # type: ignore[return-value]


def _instants(values: list[Value]) -> list[object] | None:
    """Times in UTC, or without a zone, all in one form."""
    if set(map(type, values)) != {str}:
        return None
    texts: list[str] = values  # type: ignore[assignment]
    if texts[0][-1:] == "Z":
        if {text[-1:] for text in texts} != {"Z"}:
            return None
        texts = [text[:-1] for text in texts]
    try:
        result = list(map(datetime.fromisoformat, texts))
    except ValueError:
        return None
    separator, span = texts[0][10:11], _SPANS.get(len(texts[0]), "auto")
    if separator not in ("T", " ") or not separator:
        return None
    if [value.isoformat(separator, span) for value in result] != texts:
        return None
    zones = {value.tzinfo for value in result}
    if zones == {None}:
        return [value.replace(tzinfo=grammar.UTC) for value in result]
    return result if zones == {grammar.UTC} and texts is values else None  # type: ignore[return-value]
