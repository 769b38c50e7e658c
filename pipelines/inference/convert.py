"""Scalars: a JSON value -> the value of a typed column, one closure per column.

A converter never raises. It returns `MISFIT` where the value is not one of the type, by the same grammars that inference
uses, so that a column holds a value if and only if joining the value's type would leave the column's type alone.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from . import grammar
from .options import TypingOptions
from .time_format import parser_of
from .types import (
    SAFE_DIGITS,
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
    Timestamp,
    Type,
    decimal_of,
)
from .values import Integer, Number, Real, Value, compact_json

Converter: TypeAlias = Callable[[Value], object]


class _Sentinel:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


MISFIT: Final = _Sentinel("MISFIT")
"""The value is not one of the column's type."""
EMPTY: Final = _Sentinel("EMPTY")
"""The empty text in a typed column: null, and counted."""

_REMEMBERED: Final = 8192
_LONGEST_REMEMBERED: Final = 40  # no date or timestamp is longer
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=grammar.UTC)
_MICROS: Final = {"seconds": 1_000_000, "millis": 1_000, "micros": 1}


def text_converter(value: Value) -> object:
    """Any value as its exact source text; objects and arrays as compact JSON."""
    type_ = type(value)
    if type_ is str:
        return value
    if type_ is Integer or type_ is Real:
        return str(value)
    return compact_json(value)


def scalar_converter(type_: Type, options: TypingOptions, hinted: bool = False) -> Converter:
    """The converter for a scalar type. A hinted one reads quoted values in any case, and rounds to the nearest double."""
    if isinstance(type_, String):
        return text_converter
    if isinstance(type_, Json):
        return compact_json
    if isinstance(type_, Map):
        return _map_converter(scalar_converter(type_.value, options, hinted=True))
    quoted = hinted or options.quoted == "infer"
    if isinstance(type_, Boolean):
        return _boolean_converter(quoted)
    if isinstance(type_, Date):
        return _from_text(grammar.date_value)
    if isinstance(type_, FormattedTime):
        return _from_text(parser_of(type_.of, type_.format), numbers=True)
    if isinstance(type_, Timestamp):
        return _from_text(_hinted_instant if hinted else _instant)
    if not quoted:
        return _from_number(_number_parser(type_, hinted), None, _nothing)
    separator = options.decimal_separator
    if hinted or separator != ".":
        parse = _number_parser(type_, hinted)
        return _from_number(parse, separator, parse)
    return _from_number(_number_parser(type_, hinted), separator, _text_parser(type_))


def _map_converter(convert_value: Converter) -> Converter:
    """Objects as pairs; one value that is none of the type makes the whole a misfit."""

    def convert(value: Value) -> object:
        if type(value) is not dict:
            return EMPTY if value == "" else MISFIT
        pairs = [(key, None if item is None else convert_value(item)) for key, item in value.items()]
        return MISFIT if any(item is MISFIT for _, item in pairs) else pairs

    return convert


def _boolean_converter(quoted: bool) -> Converter:
    words = {"true": True, "false": False} if quoted else {}

    def convert(value: Value) -> object:
        if value is True or value is False:
            return value
        if type(value) is str:
            return words.get(value, MISFIT) if value else EMPTY
        return MISFIT

    return convert


def _from_text(parse: Callable[[str], object | None], numbers: bool = False) -> Converter:
    """Texts by ``parse``; with ``numbers``, also the text of a number: `20240410`."""
    known: dict[str, object] = {"": EMPTY}

    def convert(value: Value) -> object:
        if type(value) is not str and not (numbers and isinstance(value, Number)):
            return MISFIT
        result = known.get(value)
        if result is None:
            result = parse(value)
            if result is None:
                result = MISFIT
            if len(value) <= _LONGEST_REMEMBERED:
                if len(known) >= _REMEMBERED:
                    known.clear()
                    known[""] = EMPTY
                known[value] = result
        return result

    return convert


def _instant(
    text: str, read: Callable[[str], tuple[datetime, bool] | None] = grammar.timestamp_value
) -> datetime | None:
    result = read(text)
    if result is not None:
        return result[0]
    day = grammar.date_value(text)
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=grammar.UTC)


def _hinted_instant(text: str) -> datetime | None:
    return _instant(text, grammar.any_timestamp_value)


NumberParser: TypeAlias = Callable[[str, bool], "object | None"]
"""Token, and whether it is an integer token -> the value, or None."""


def _from_number(parse: NumberParser, separator: str | None, parse_quoted: NumberParser) -> Converter:
    """Bare numbers by ``parse``; quoted ones, which have this ``separator`` (None: they are no numbers), by the other."""

    def convert(value: Value) -> object:
        type_ = type(value)
        if type_ is Integer:
            result = parse(value, True)  # type: ignore[arg-type]
        elif type_ is Real:
            result = parse(value, False)  # type: ignore[arg-type]
        elif type_ is str:
            if not value:
                return EMPTY
            token = None if separator is None else grammar.number_text(value, separator)  # type: ignore[arg-type]
            result = None if token is None else parse_quoted(token, grammar.is_integer(token) is not None)
        else:
            return MISFIT
        return MISFIT if result is None else result

    return convert


def _number_parser(type_: Type, hinted: bool) -> NumberParser:
    if isinstance(type_, Bigint):
        return _bounded(-grammar.MAX_BIGINT - 1, grammar.MAX_BIGINT)
    if isinstance(type_, Int):
        return _bounded(-(2**31), 2**31 - 1)
    if isinstance(type_, Double):
        return _nearest_double if hinted else _exact_double
    if isinstance(type_, EpochTimestamp):
        return _epoch(_MICROS[type_.unit])
    if isinstance(type_, Decimal):
        if hinted:
            return _scaled(type_)
        return _safe_integers(type_) if type_.scale else _integer_decimal
    raise TypeError(f"not a scalar type: {type_}")


def _text_parser(type_: Type) -> NumberParser:
    """Quoted numbers of an inferred column: those whose text the type gives back."""
    if isinstance(type_, Double):
        return _nothing
    same_digits = isinstance(type_, Decimal) and type_.scale > 0
    parse = (
        _scaled(type_) if isinstance(type_, Decimal) and same_digits else _number_parser(type_, hinted=False)
    )
    scale = type_.scale if isinstance(type_, Decimal) else 0

    def parse_text(token: str, integer: bool) -> object | None:
        if not grammar.keeps_text(token) or grammar.digits(token)[1] != scale:
            return None
        return parse(token, integer)

    return parse_text


def _nothing(token: str, integer: bool) -> None:
    return None


def _safe_integers(type_: Decimal) -> NumberParser:
    """Bare integers of a column of quoted decimals: the column has room for all safe ones, or takes none."""
    wanted = decimal_of(SAFE_DIGITS + type_.scale, type_.scale)
    if wanted is None or wanted.precision > type_.precision:
        return lambda token, integer: None
    safe, scaled = _bounded(-grammar.MAX_SAFE, grammar.MAX_SAFE), _scaled(type_)
    return lambda token, integer: None if safe(token, integer) is None else scaled(token, integer)


def _bounded(low: int, high: int) -> NumberParser:
    short = len(str(high)) - 1  # texts of at most this length are always within bounds

    def parse(token: str, integer: bool) -> int | None:
        if not integer:
            return None
        if len(token) <= short:
            return int(token)
        value = grammar.integer_value(token)
        return value if value is not None and low <= value <= high else None

    return parse


def _exact_double(token: str, integer: bool) -> float | None:
    if not integer:
        return grammar.double_value(token)
    value = grammar.integer_value(token)
    return float(value) if value is not None and -grammar.MAX_SAFE <= value <= grammar.MAX_SAFE else None


def _nearest_double(token: str, integer: bool) -> float | None:
    value = float(token)
    # Infinity minus itself is NaN.
    return value if value - value == 0.0 or token in grammar.NON_FINITE else None


def _integer_decimal(token: str, integer: bool) -> decimal.Decimal | None:
    value = grammar.integer_value(token) if integer else None
    return None if value is None else decimal.Decimal(value)


def _scaled(type_: Decimal) -> NumberParser:
    unit = decimal.Decimal((0, (1,), -type_.scale))
    traps = [decimal.Inexact, decimal.InvalidOperation, decimal.Overflow, decimal.Underflow]
    context = decimal.Context(prec=type_.precision, traps=traps)

    def parse(token: str, integer: bool) -> decimal.Decimal | None:
        value = grammar.exact_decimal(token)
        if value is None:
            return None
        try:
            return value.quantize(unit, context=context)
        except decimal.DecimalException:
            return None

    return parse


_EXACT: Final = decimal.Context(prec=80, traps=[decimal.Inexact, decimal.InvalidOperation, decimal.Overflow])


def _epoch(micros: int) -> NumberParser:
    def parse(token: str, integer: bool) -> datetime | None:
        value = grammar.exact_decimal(token)
        if value is None or abs(value.adjusted()) > grammar.MAX_DIGITS:
            return None
        try:
            scaled = _EXACT.multiply(value, decimal.Decimal(micros))
            return _EPOCH + timedelta(microseconds=int(scaled)) if scaled == int(scaled) else None
        except (OverflowError, decimal.DecimalException):
            return None

    return parse
