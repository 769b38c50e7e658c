"""Tells whether a value survives the cast to a type that a gold model needs: ``try_cast`` without Spark.

For the scalars that ``needs`` takes (:mod:`pipelines.gold.nested` has the others). Where Spark would reject the cast as such,
whatever the value, nothing is said here: the model does not compile over such a column.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from math import isfinite

_WHOLE = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_SPECIAL = re.compile(r"[+-]?inf(inity)?|nan", re.IGNORECASE)
_BOOLEANS = frozenset({"t", "true", "y", "yes", "1", "f", "false", "n", "no", "0"})
_DATE = re.compile(r"([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?P<rest>[ T].*)?)?)?", re.DOTALL)
_OFFSET = r"[+-]\d{1,2}(?::?\d{2}(?::?\d{2})?)?"
_TIME = re.compile(
    r"(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.\d*)?)?)?"
    rf"\s*(?:Z|(?:UTC|GMT|UT)(?:{_OFFSET})?|{_OFFSET}|[A-Za-z]{{3,}}(?:/[A-Za-z_+-]+)+)?"
)
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_BITS = {"int": 31, "bigint": 63}


def fits(value: object, type_: str) -> bool:
    """Tell whether ``value``, as silver has it, is not null after a cast to ``type_``."""
    if type_ == "string":
        return True
    if isinstance(value, (dict, list)):
        return False
    if isinstance(value, str):
        return _text_fits(value.strip(), type_)
    if type_ in ("boolean", "double", "date", "timestamp") or isinstance(value, date):
        return True
    number = value if isinstance(value, (bool, int, float, Decimal)) else None
    return number is None or _number_fits(number, type_)


def _text_fits(text: str, type_: str) -> bool:
    if type_ == "boolean":
        return text.lower() in _BOOLEANS
    if type_ in ("date", "timestamp"):
        return _day_fits(text, with_time=type_ == "timestamp")
    if type_ in _BITS:
        return _WHOLE.fullmatch(text) is not None and _number_fits(int(text), type_)
    if type_ == "double":
        plain = text[:-1] if text[-1:] in ("d", "D", "f", "F") and text[-2:-1].isdigit() else text
        return _NUMBER.fullmatch(plain) is not None or _SPECIAL.fullmatch(text) is not None
    return _NUMBER.fullmatch(text) is not None and _number_fits(Decimal(text), type_)


def _number_fits(number: bool | int | float | Decimal, type_: str) -> bool:
    if isinstance(number, (float, Decimal)) and not isfinite(number):
        return False
    if type_ in _BITS:
        limit: int = 2 ** _BITS[type_]
        return -limit <= int(number) < limit
    wanted = _DECIMAL.fullmatch(type_)
    if wanted is None:
        return True
    precision, scale = int(wanted[1]), int(wanted[2])
    try:
        with localcontext() as context:
            context.prec = 400
            text = Decimal(str(int(number) if isinstance(number, bool) else number))
            rounded = text.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    except InvalidOperation:
        return False
    return abs(rounded) < Decimal(10) ** (precision - scale)


def _day_fits(text: str, with_time: bool) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    try:
        date(min(max(abs(year), 1), 9999), month, day)
    except ValueError:
        return False
    if not with_time or found["rest"] is None:
        return True
    time = _TIME.fullmatch(found["rest"][1:])
    return time is not None and all(
        part is None or int(part) < most for part, most in zip(time.groups(), (24, 60, 60), strict=True)
    )
