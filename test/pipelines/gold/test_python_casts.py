"""``check`` says without Spark which values a model would read as null: over a table of values it says what Spark does."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines.gold.python_casts import fits

pytestmark = pytest.mark.spark

TYPES = ["string", "boolean", "int", "bigint", "double", "date", "timestamp", "decimal(9,2)", "decimal(18,4)", "decimal(38,0)"]  # fmt: skip
TEXTS = [
    "", " ", "1", " 1 ", "+1", "-1", "1.5", "1.", ".5", "1e3", "1E-3", "1,5", "1_000", "12.345", "9999999.994", "9999999.995",
    "99999999999", "2147483648", "9223372036854775808", "abc", "1d", "1.5f", "0x1F", "NaN", "Infinity", "-inf", "12 EUR", "$5",
    "true", "T", "yes", "no", "maybe", "on", "2024", "2024-01", "2024-1-5", "2024-01-05", "2024-02-30", "2023-02-29", "24-01-05",
    "2024-01-05T", "2024-01-05 10", "2024-01-05 10:00", "2024-01-05T10:00:00", "2024-01-05T10:00:00Z", "2024-01-05T10:00:00.123456789",
    "2024-01-05T10:00:00+02:00", "2024-01-05T10:00:00+0200", "2024-01-05T10:00:00 Europe/Berlin", "2024-01-05T25:00:00", "2024-01-05 junk",
    "2001/01/14 21:55", "01/02/2024", "Jan 5, 2024", "1704448800", "2024-01-05 10:61", "2024-13-01", "20240105",
]  # fmt: skip
OTHERS: dict[str, list[Any]] = {
    "bigint": [0, -5, 2147483648, 2**62, 99999999, 10**15],
    "double": [0.0, 1.5, -2.5e300, 9999999.994, 9999999.996, 1e19, float("nan"), float("inf")],
    "decimal(38,4)": [Decimal("1.5000"), Decimal("9999999.9949"), Decimal("9999999.9951"), Decimal(10) ** 20],
    "boolean": [True, False],
    "date": [date(2024, 1, 5)],
    "timestamp": [datetime(2024, 1, 5, tzinfo=timezone.utc)],
}


def test_it_says_what_spark_says(spark: SparkSession) -> None:
    wrong = []
    columns: dict[str, list[Any]] = {"string": TEXTS, **OTHERS}
    for have, values in columns.items():
        rows = spark.createDataFrame([(value,) for value in values], f"v {have}")
        for want in TYPES:
            if have in ("date", "timestamp") and want not in ("string", "date", "timestamp"):
                continue
            if want in ("date", "timestamp") and have not in ("string", "date", "timestamp"):
                continue
            found = [row[0] for row in rows.selectExpr(f"try_cast(v AS {want}) IS NOT NULL").collect()]
            wrong += [
                (have, value, want, theirs)
                for value, theirs in zip(values, found, strict=True)
                if fits(value, want) != theirs
            ]
    assert wrong == []
