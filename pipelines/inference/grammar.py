"""The strict grammars: what a text or a number token is, and its value. Tiny functions, value -> result or None.

Dates and timestamps are ISO 8601 in its extended form, valid in the calendar: `2024-02-29`, `2024-02-29T13:45:00`, with a
fraction of up to nine digits, with `Z` or an offset `+05:30` (within ±18:00), with `T` or one blank between. No 24:00, no
leap second, no week or ordinal dates, no year alone, nothing before the year 1 or after 9999, also not in UTC.
"""

from __future__ import annotations

import decimal
import re
from datetime import date, datetime, timezone
from typing import Final

UTC: Final = timezone.utc
MAX_SAFE: Final = 2**53
MAX_BIGINT: Final = 2**63 - 1
MAX_DIGITS: Final = 38
NON_FINITE: Final = frozenset({"NaN", "Infinity", "-Infinity"})
"""Number tokens that JSON does not have; only decoders of values make them."""

_DAY: Final = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_OFFSET: Final = r"[+-](?:(?:0[0-9]|1[0-7]):[0-5][0-9]|18:00)"

is_integer: Final = re.compile(r"-?(?:0|[1-9][0-9]*)").fullmatch
is_number: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?").fullmatch
_is_comma_number: Final = re.compile(r"-?(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:\.[0-9]{3})+),[0-9]+").fullmatch
_is_day: Final = re.compile(_DAY).fullmatch
_variant: Final = re.compile(
    r"(?:(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[Tt ]"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"|(?P<basic_year>[0-9]{4})(?P<basic_month>[0-9]{2})(?P<basic_day>[0-9]{2})[Tt]"
    r"(?P<basic_hour>[0-9]{2})(?P<basic_minute>[0-9]{2})"
    r"(?:(?P<basic_second>[0-9]{2})(?:[.,](?P<basic_fraction>[0-9]{1,9}))?)?)"
    r"(?:(?P<utc>[Zz]| ?UTC| ?GMT)|(?P<hours>[+-][0-9]{2})(?::?(?P<minutes>[0-9]{2}))?)?"
).fullmatch
_timestamp: Final = re.compile(rf"({_DAY})[T ]({_TIME})(?:\.([0-9]{{1,9}}))?(Z|{_OFFSET})?").fullmatch


def integer_value(token: str) -> int | None:
    """The value of an integer token of at most 38 digits."""
    if len(token) > MAX_DIGITS and len(token.lstrip("-")) > MAX_DIGITS:
        return None
    return int(token)


def double_value(token: str) -> float | None:
    """The value of a number token that a double preserves: its shortest text denotes the number as written."""
    value = float(token)
    text = repr(value)
    trimmed = token.rstrip("0")  # prices end in zeros: 1.10, 5.00
    if text in (token, trimmed, trimmed + "0"):
        return value
    exact, written = exact_decimal(text), exact_decimal(token)
    return value if (exact is not None and exact == written) or token in NON_FINITE else None


def exact_decimal(token: str) -> decimal.Decimal | None:
    """The exact value of a number token; None for exponents that nothing can hold."""
    try:
        value = decimal.Decimal(token)
    except (decimal.DecimalException, ValueError):
        return None
    return value if value.is_finite() else None


def number_text(text: str, decimal_separator: str = ".") -> str | None:
    """The number token that a text denotes. With a decimal comma, `1.234,56` is 1234.56 and a point alone is no number."""
    if decimal_separator == ".":
        return text if is_number(text) else None
    if is_integer(text):
        return text
    return text.replace(".", "").replace(",", ".") if _is_comma_number(text) else None


def keeps_text(token: str) -> bool:
    """Tell whether an exact type would give a number token back as it stands: it has no exponent and is no negative zero."""
    if "e" in token or "E" in token:
        return False
    return token[0] != "-" or token.strip("-0.") != ""


def digits(token: str) -> tuple[int, int]:
    """The number of digits of a number token without exponent, and how many of them are a fraction."""
    whole, _, fraction = token.lstrip("-").partition(".")
    return len(whole) + len(fraction), len(fraction)


def date_value(text: str) -> date | None:
    """The day that a text denotes."""
    if len(text) != 10 or not _is_day(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def timestamp_value(text: str) -> tuple[datetime, bool] | None:
    """The instant that a text denotes, in UTC and whole microseconds, and whether it named its zone."""
    match = _timestamp(text)
    if match is None:
        return None
    day, time, fraction, zone = match.groups()
    try:
        if fraction is None and zone == "+00:00":
            return datetime.fromisoformat(text), True
        micros = f".{fraction:0<6.6}" if fraction else ""
        offset = "+00:00" if zone is None or zone == "Z" else zone
        value = datetime.fromisoformat(f"{day}T{time}{micros}{offset}")
        return (value if value.tzinfo is UTC else value.astimezone(UTC)), zone is not None
    except (ValueError, OverflowError):
        return None


def any_timestamp_value(text: str) -> tuple[datetime, bool] | None:
    """The same of a text in any spelling of ISO 8601. The one that :func:`timestamp_value` reads is tried first: it is common."""
    found = timestamp_value(text)
    return timestamp_value(_extended(text)) if found is None else found


def _extended(text: str) -> str:
    """A time in another spelling of ISO 8601, in the one that `timestamp_value` reads; other texts as they are.

    Offsets `+0530` and `+05`, ` UTC` and ` GMT`, times without seconds, small `t` and `z`, a comma before the fraction, and
    the basic form `20240410T134500Z`.
    """
    match = _variant(text)
    if match is None:
        return text
    said = {name.removeprefix("basic_"): part for name, part in match.groupdict().items() if part}
    fraction = f".{said['fraction']}" if "fraction" in said else ""
    offset = f"{said['hours']}:{said.get('minutes', '00')}" if "hours" in said else ""
    day, time = "{year}-{month}-{day}", "{hour}:{minute}:{second}"
    return (
        f"{day}T{time}".format_map({"second": "00", **said}) + fraction + ("Z" if "utc" in said else offset)
    )
