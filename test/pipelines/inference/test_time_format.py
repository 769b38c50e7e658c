"""Formats of times, against Python's own `strptime` and Spark's `to_timestamp`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from pipelines.delta.sql import literal
from pipelines.inference import time_format
from pipelines.inference.time_format import parser_of
from pipelines.inference.type_text import from_json, parse_hint, to_json
from pipelines.vocabulary import TIME_FORMATS, TIME_LETTERS

#: Formats as Python's strptime writes them, and as a hint does.
FORMATS = {
    "%d/%m/%Y %H:%M": "dd/MM/yyyy HH:mm",
    "%m/%d/%Y %I:%M:%S %p": "MM/dd/yyyy hh:mm:ss a",
    "%Y%m%d%H%M%S": "yyyyMMddHHmmss",
    "%d.%m.%y": "dd.MM.yy",
    "%d %b %Y": "dd MMM yyyy",
    "%a, %d %b %Y %H:%M:%S %z": "EEE, dd MMM yyyy HH:mm:ss XX",
    "%Y-%m-%dT%H:%M:%S.%f%z": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXX",
}
_ZONES = st.integers(-18 * 60, 18 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_FIRST, _LAST = datetime(2000, 1, 2), datetime(2068, 12, 30)  # noqa: DTZ001  (hypothesis adds the zone; from 2069 on Python reads two digits as 19..)
_TIMES = st.datetimes(_FIRST, _LAST, timezones=_ZONES)


def test_the_letters_are_those_of_the_vocabulary() -> None:
    assert time_format._GRAMMAR.keys() == TIME_LETTERS.keys()
    assert time_format.DOT_NET in TIME_FORMATS


@settings(deadline=None)
@given(_TIMES, st.sampled_from(sorted(FORMATS)))
def test_what_python_writes_is_read_as_python_reads_it(time: datetime, theirs: str) -> None:
    text = time.strftime(theirs)
    expected = datetime.strptime(text, theirs)  # noqa: DTZ007  (where the text has no offset, it is in UTC)
    known = expected if expected.tzinfo else expected.replace(tzinfo=timezone.utc)
    assert parser_of("timestamp", FORMATS[theirs])(text) == known


@given(st.text(), st.sampled_from([*FORMATS.values(), *TIME_FORMATS]))
def test_any_text_is_a_time_or_none(text: str, pattern: str) -> None:
    found = parser_of("timestamp", pattern)(text)
    assert found is None or (isinstance(found, datetime) and found.tzinfo is timezone.utc)


@given(st.text(alphabet="yMdHhmsSaEXzZ'[] :/-T", max_size=24))
def test_any_pattern_is_a_format_or_an_error_that_says_so(pattern: str) -> None:
    try:
        known = parse_hint(f"timestamp({pattern})")
    except ValueError:
        return
    assert from_json(json.loads(json.dumps(to_json(known)))) == known


@pytest.mark.spark
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("MM/dd/yyyy hh:mm:ss a", "04/10/2024 01:45:00 PM"),
        ("MM/dd/yyyy hh:mm:ss a", "04/10/2024 12:00:00 AM"),
        ("d/M/yyyy H:mm", "9/4/2024 7:05"),
        ("dd.MM.yy", "10.04.24"),
        ("d MMM yyyy HH:mm:ss XX", "1 Jan 2024 00:00:00 -0330"),
        ("yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX", "2024-04-10T13:45:00.123+02:00"),
        ("yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX", "2024-04-10T13:45:00Z"),
        ("yyyyMMdd HHmmss X", "20240410 134500 +02"),
    ],
)
def test_letters_mean_what_they_mean_to_spark(spark: SparkSession, pattern: str, text: str) -> None:
    query = f"SELECT unix_micros(to_timestamp({literal(text)}, {literal(pattern)})) AS micros"
    [row] = spark.sql(query).collect()
    found = parser_of("timestamp", pattern)(text)
    assert isinstance(found, datetime)
    assert (found - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1) == row["micros"]
