"""Tables that Spark writes have the same values when they are asked without Spark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from local.ask.engine import run_query
from local.ask.folder import open_folder
from local.ask.rows import as_text
from local.errors import LocalError
from local.outdir import OutputFolder

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]

_COLUMNS = """
  cast(1.10 AS decimal(18,4)) AS amount, -9223372036854775808 AS large, cast('NaN' AS double) AS share,
  timestamp'2024-03-31 01:30:00.123456Z' AS at, timestamp_ntz'2024-03-31 02:30:00' AS local_at, date'0001-01-01' AS day,
  named_struct('a', 1.5BD, 'b', array(named_struct('c', 'x'), NULL)) AS nested, map('k', 1, 'l', NULL) AS pairs,
  X'00ff' AS bytes, true AS flag, cast(NULL AS string) AS nothing, concat('u', char(0), chr(200)) AS text
"""
_FEATURES = "'delta.enableDeletionVectors' = 'true', 'delta.columnMapping.mode' = 'name'"


def test_values_are_those_of_spark(spark: SparkSession, tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "out", stack="local") as made:
        made.record_job(catalog="c", schemas={}, document=made.path / "pipeline.json")
    spark.sql(f"CREATE SCHEMA ask LOCATION '{made.path / 'warehouse' / 'silver.db'}'")
    rows = f"SELECT id, {_COLUMNS} FROM range(0, 4, 1, 1)"
    spark.sql(f"CREATE TABLE ask.rows USING delta TBLPROPERTIES ({_FEATURES}) AS {rows}")
    spark.sql("DELETE FROM ask.rows WHERE id = 2")
    spark.sql("ALTER TABLE ask.rows RENAME COLUMN amount TO `to pay`")
    folder = open_folder(made.path)
    for at, count in (("", 3), (" VERSION AS OF 0", 4)):
        wanted = spark.sql(f"SELECT * FROM ask.rows{at} ORDER BY id").toArrow()
        found = run_query(folder, f"SELECT * FROM silver.rows{at} ORDER BY id")
        assert (found.num_rows, found.column_names) == (count, wanted.column_names)
        assert _texts(found) == _texts(wanted)


def test_a_feature_that_cannot_be_read_is_named(spark: SparkSession, tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "out", stack="local") as made:
        made.record_job(catalog="c", schemas={}, document=made.path / "pipeline.json")
    spark.sql(f"CREATE SCHEMA ask_features LOCATION '{made.path / 'warehouse' / 'silver.db'}'")
    widening = "TBLPROPERTIES ('delta.enableTypeWidening' = 'true')"
    spark.sql(f"CREATE TABLE ask_features.wide USING delta {widening} AS SELECT 1 AS id")
    spark.sql("CREATE TABLE ask_features.variants USING delta AS SELECT array(parse_json('1.10')) AS v")
    folder = open_folder(made.path)
    with pytest.raises(LocalError, match=r"silver\.wide cannot be read without Spark: .*TypeWidening"):
        run_query(folder, "FROM silver.wide")
    with pytest.raises(
        LocalError, match=r"silver\.variants cannot be read without Spark: column v is a variant"
    ):
        run_query(folder, "FROM silver.variants")


def _texts(rows: pa.Table) -> list[list[str]]:
    return [[as_text(value) for value in row.values()] for row in rows.to_pylist()]
