"""Ranges of values: whatever a column holds lies within its bounds, and hostile texts stay texts."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from pipelines.delta.driver_rows import LocalRows, pruning_predicate

BIGINTS = st.integers(-(2**63), 2**63 - 1)
DAYS = st.dates()
DECIMALS = st.decimals(-(10**10), 10**10, places=4)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


def rows(values: list[Any], spark_type: T.DataType, arrow_type: pa.DataType) -> LocalRows:
    """One column ``k``."""
    return LocalRows(
        pa.table({"k": pa.array(values, arrow_type)}), T.StructType([T.StructField("k", spark_type)])
    )


def ends(found: dict[str, str], pattern: str) -> list[str]:
    """The two literals of the bound of ``k``, without what says their type."""
    match = re.fullmatch(f"BETWEEN {pattern} AND {pattern}", found["k"], re.DOTALL)
    assert match, found
    return list(match.groups())


@settings(deadline=None)
@given(st.lists(BIGINTS, min_size=1))
def test_whole_numbers(values: list[int]) -> None:
    found = rows(values, T.LongType(), pa.int64()).key_ranges(["k"])
    if found:  # near the end of the type there is no round number
        low, high = map(int, ends(found, r"(-?\d+)L"))
        assert low <= min(values) <= max(values) <= high
    else:
        assert max(map(abs, values)) >= 2**62


@settings(deadline=None)
@given(st.lists(DAYS, min_size=1))
def test_days(values: list[dt.date]) -> None:
    found = rows(values, T.DateType(), pa.date32()).key_ranges(["k"])
    low, high = map(dt.date.fromisoformat, ends(found, r"DATE'([\d-]+)'"))
    assert low <= min(values) <= max(values) <= high


@settings(deadline=None)
@given(st.lists(DECIMALS, min_size=1))
def test_decimals(values: list[Decimal]) -> None:
    found = rows(values, T.DecimalType(38, 4), pa.decimal128(38, 4)).key_ranges(["k"])
    assert list(map(Decimal, ends(found, r"(-?[\d.]+)BD"))) == [min(values), max(values)]


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1))
def test_texts_in_the_order_of_their_bytes(values: list[str]) -> None:
    found = rows(values, T.StringType(), pa.string()).key_ranges(["k"])
    escaped = r"'((?:[^'\\]|\\.)*)'"
    low, high = (re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) for text in ends(found, escaped))
    assert [low, high] == [min(values, key=str.encode), max(values, key=str.encode)]


@pytest.mark.parametrize(
    ("values", "spark_type", "arrow_type"),
    [
        ([], T.LongType(), pa.int64()),
        ([1, None], T.LongType(), pa.int64()),
        ([1.0], T.DoubleType(), pa.float64()),
        (["a"], T.StringType("UTF8_LCASE"), pa.string()),
        (["x" * 201], T.StringType(), pa.string()),
    ],
)
def test_columns_without_bounds(values: list[Any], spark_type: T.DataType, arrow_type: pa.DataType) -> None:
    assert rows(values, spark_type, arrow_type).key_ranges(["k"]) == {}


@pytest.mark.spark
def test_rows_after_an_empty_piece_reach_spark(spark: SparkSession) -> None:
    rows = LocalRows.collect(spark.range(4))
    pieces = pa.concat_tables([rows.table.slice(0, 2), rows.table.slice(0, 0), rows.table.slice(2)])
    frame = LocalRows(pieces, rows.schema).frame(spark)
    assert sorted(row[0] for row in frame.collect()) == [0, 1, 2, 3]


def test_a_condition_quotes_the_column() -> None:
    assert pruning_predicate("t", {"a`b": "BETWEEN 1L AND 2L"}) == " AND t.`a``b` BETWEEN 1L AND 2L"
