"""Formats of dates and times, which hints name: `timestamp(dd/MM/yyyy HH:mm)`, `date(MM/dd/yyyy)`, `timestamp(rfc2822)`.

A format is written in pattern letters as Spark's ``to_timestamp`` takes them; each reads one strict grammar, so that a text
has one meaning or none. ``spec/times.ts`` holds the closed list of letters and what each reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Final, Literal

from pipelines.vocabulary import TIME_FORMATS, TIME_LETTERS

DOT_NET: Final = "dotnet"
"""The format that no letters describe: ``/Date(1712756700000+0200)/``."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: Regular expressions of the texts that each run of letters reads: alternatives, each of which reads a text in one way.
_GRAMMAR: Final = {
    "yyyy": "[0-9]{4}",
    "yy": "[0-9]{2}",
    "MM": "0[1-9]|1[0-2]",
    "M": "1[0-2]|0[1-9]|[1-9]",
    "MMM": "|".join(_MONTHS),
    "dd": "0[1-9]|[12][0-9]|3[01]",
    "d": "[12][0-9]|3[01]|0[1-9]|[1-9]",
    "EEE": "|".join(_WEEKDAYS),
    "HH": "[01][0-9]|2[0-3]",
    "H": "[01][0-9]|2[0-3]|[0-9]",
    "hh": "0[1-9]|1[0-2]",
    "h": "1[0-2]|0[1-9]|[1-9]",
    "a": "am|pm",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
    "S": "|".join(f"[0-9]{{{count}}}" for count in range(9, 0, -1)),
    "SSS": "[0-9]{3}",
    "SSSSSS": "[0-9]{6}",
    "SSSSSSSSS": "[0-9]{9}",
    "X": "z|[+-][0-9]{2}[0-5][0-9]|[+-][0-9]{2}",
    "XX": "z|[+-][0-9]{2}[0-5][0-9]",
    "XXX": "z|[+-][0-9]{2}:[0-5][0-9]",
    "z": "z|ut|utc|gmt",
    "Z": "z|ut|utc|gmt|[+-][0-9]{2}[0-5][0-9]",
}
_TOKEN: Final = re.compile(r"'(?P<text>(?:[^']|'')*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>[^A-Za-z'])")
_DOT_NET: Final = re.compile(r"/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)/").fullmatch
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Parts that every format has.
_DAY: Final = frozenset({"year", "month", "day"})
_UTMOST_OFFSET: Final = timedelta(hours=18)


def parser_of(of: Literal["date", "timestamp"], pattern: str) -> Callable[[str], date | None]:
    """The function that reads texts of a format, as days or as instants in UTC; None for other texts. Without an offset, it is UTC.

    Raises:
        ValueError: The pattern is no format, or none of a day.
    """
    return _day_parser_of(pattern) if of == "date" else _time_parser_of(pattern)


def _time_parser_of(pattern: str) -> Callable[[str], datetime | None]:
    if pattern == DOT_NET:
        return _dot_net
    letters = TIME_FORMATS.get(pattern, pattern)
    first, last = _compiled(letters).fullmatch, _compiled(letters, last=True).fullmatch

    def parse(text: str) -> datetime | None:
        found = first(text)
        if found is None:
            return None
        parts, other = found.groupdict(), last(text)
        return _instant(parts) if other is not None and other.groupdict() == parts else None

    return parse


def _day_parser_of(pattern: str) -> Callable[[str], date | None]:
    more = _compiled(TIME_FORMATS.get(pattern, pattern)).groupindex.keys() - _DAY - {"weekday"}
    if more:
        raise ValueError(f"not a format of days: {pattern!r}; a day has no {', '.join(sorted(more))}")
    parse = _time_parser_of(pattern)

    def parse_day(text: str) -> date | None:
        found = parse(text)
        return None if found is None else found.date()

    return parse_day


def _compiled(pattern: str, last: bool = False) -> re.Pattern[str]:
    """The regular expression of a format. What may be left out stands in brackets.

    A text may have many readings (`1112024` as `dMyyyy`). The expression finds the first of them, ``last`` the last one: it
    takes all alternatives the other way round. So a text has one reading where both find the same.
    """
    texts: list[str] = []
    positions: dict[str, int] = {}  # part -> position of the brackets around it, 0 for what is always there
    twelve: int | None = None  # the same of the hour of a half day
    bracket, at = 0, 0
    for token in _TOKEN.finditer(pattern):
        letters, other = token["letters"], token["other"]
        if token.start() != at or other == ("[" if bracket else "]"):
            break
        if letters:
            part = TIME_LETTERS[letters]["part"] if letters in _GRAMMAR else ""
            if not part or part in positions:
                break
            positions[part] = bracket
            twelve = bracket if letters[0] == "h" else twelve
            alternatives = _GRAMMAR[letters].split("|")
            texts.append(f"(?P<{part}>{'|'.join(alternatives[:: -1 if last else 1])})")
        elif other == "[":
            bracket = token.end()
            texts.append("(?:|" if last else "(?:")
        elif other == "]":
            bracket = 0
            texts.append(")" if last else "|)")
        else:
            texts.append(re.escape(other or (token["text"] or "'").replace("''", "'")))
        at = token.end()
    always = {part for part, where in positions.items() if not where}
    if at != len(pattern) or bracket or not always >= _DAY or positions.get("half") != twelve:
        raise ValueError(f"not a format of times: {pattern!r}; letters: {', '.join(TIME_LETTERS)}")
    return re.compile("".join(texts), re.IGNORECASE | re.ASCII)


def _instant(parts: dict[str, str | None]) -> datetime | None:
    """The instant that parts say; None where the calendar has no such day, or that day is another day of the week."""
    said = {name: text.lower() for name, text in parts.items() if text is not None}
    year, month, hour = said["year"], said["month"], int(said.get("hour", 0))
    if "half" in said:
        hour = hour % 12 + (12 if said["half"] == "pm" else 0)
    try:
        local = datetime(
            int(year) if len(year) == 4 else 2000 + int(year),
            int(month) if month.isdecimal() else _MONTHS.index(month) + 1,
            int(said["day"]),
            hour,
            int(said.get("minute", 0)),
            int(said.get("second", 0)),
            int(f"{said.get('fraction', ''):0<6.6}"),
            tzinfo=timezone.utc,
        )
        ahead = _ahead(said.get("offset", "z"))
        if abs(ahead) > _UTMOST_OFFSET or _WEEKDAYS[local.weekday()] != said.get(
            "weekday", _WEEKDAYS[local.weekday()]
        ):
            return None
        return local - ahead
    except (ValueError, OverflowError):
        return None


def _ahead(offset: str) -> timedelta:
    """The time that an offset is ahead of UTC."""
    if offset[0] not in "+-":
        return timedelta()
    digits = offset[1:].replace(":", "")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return -ahead if offset[0] == "-" else ahead


def _dot_net(text: str) -> datetime | None:
    """The instant of `/Date(1712756700000+0200)/`: milliseconds since 1970 in UTC; the offset is for display alone."""
    match = _DOT_NET(text)
    try:
        return None if match is None else _EPOCH + timedelta(milliseconds=int(match[1]))
    except OverflowError:
        return None
