"""The functions that rules may use, as `spec/` lists them, against the functions that Spark has."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

LISTS = Path(__file__).parents[3] / "spec/checks/sql-functions.ts"
_MANY_ROWS = {"agg_funcs", "window_funcs", "generator_funcs"}
#: Read files, or come from a package that is not there everywhere.
_OUTSIDE = {"avro_funcs", "protobuf_funcs", "table_funcs"}
_OPERATORS = {"and", "between", "case", "ilike", "in", "like", "not", "or", "regexp", "rlike", "when"}


def _lists() -> dict[str, set[str]]:
    text = LISTS.read_text(encoding="utf-8")
    found = re.findall(r"export const (\w+): ReadonlySet<string> = words\(`([^`]*)`\)", text)
    return {name: set(words.split()) for name, words in found}


@pytest.mark.skipif(
    os.environ.get("MEDALLION_SPARK_MODE") == "connect", reason="asks the registry by the JVM"
)
def test_every_function_of_spark_is_in_one_list(spark: SparkSession) -> None:
    lists = _lists()
    row, many = lists["ROW_FUNCTIONS"], lists["MANY_ROWS"]
    rejected = lists["CHANGING"] | lists["FOREIGN"]
    assert not row & many
    assert not row & rejected
    assert not many & rejected
    jvm = spark._jvm
    catalog = spark._jsparkSession.sessionState().catalog()
    names = [name for (name,) in spark.sql("SHOW SYSTEM FUNCTIONS").collect() if re.fullmatch(r"\w+", name)]
    assert len(names) > 400
    for name in set(names) - _OPERATORS:
        identifier = jvm.org.apache.spark.sql.catalyst.FunctionIdentifier(name)
        group = catalog.lookupFunctionInfo(identifier).getGroup()
        if group in _MANY_ROWS:
            assert name in many, name
        elif group in _OUTSIDE:
            assert name not in row, name
        else:
            assert name in row | many | rejected, name
