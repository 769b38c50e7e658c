"""Every runtime and mode can do what the library stands on: Delta tables, MERGE, the change feed, streams, variants."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_session_is_the_one_asked_for(spark: SparkSession) -> None:
    assert spark.version.startswith(os.environ.get("MEDALLION_SPARK", "4.2"))
    connect = os.environ.get("MEDALLION_SPARK_MODE") == "connect"
    assert ("connect" in type(spark).__module__) == connect


def test_merge_adds_columns_and_the_change_feed_tells_of_it(spark: SparkSession) -> None:
    spark.sql("CREATE SCHEMA IF NOT EXISTS tooling_merge")
    spark.sql(
        "CREATE TABLE tooling_merge.t (id BIGINT, v STRING) USING delta "
        "TBLPROPERTIES (delta.enableChangeDataFeed = true, delta.enableDeletionVectors = false)"
    )
    spark.sql("INSERT INTO tooling_merge.t VALUES (1, 'a'), (2, 'b')")
    spark.sql(
        "MERGE WITH SCHEMA EVOLUTION INTO tooling_merge.t t USING "
        "(SELECT 2L AS id, 'c' AS v, 5L AS n UNION ALL SELECT 3L, 'd', 6L) s ON t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    changes = spark.sql(
        "SELECT id, _change_type FROM table_changes('spark_catalog.tooling_merge.t', 2, 2) ORDER BY 1, 2"
    )
    assert [tuple(row) for row in changes.collect()] == [
        (2, "update_postimage"),
        (2, "update_preimage"),
        (3, "insert"),
    ]
    rows = spark.table("tooling_merge.t").orderBy("id").collect()
    assert [tuple(row) for row in rows] == [(1, "a", None), (2, "c", 5), (3, "d", 6)]


def test_stream_takes_each_file_once(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql("CREATE SCHEMA IF NOT EXISTS tooling_stream")
    landing = tmp_path / "landing"
    landing.mkdir()

    def run() -> int:
        stream = (
            spark.readStream.format("text").load(str(landing)).selectExpr("value", "_metadata.file_path AS f")
        )
        query = (
            stream.writeStream.format("delta")
            .trigger(availableNow=True)
            .option("checkpointLocation", str(tmp_path / "checkpoint"))
            .toTable("tooling_stream.t")
        )
        query.awaitTermination()
        return spark.table("tooling_stream.t").count()

    (landing / "a.json").write_text('{"a": 1}\n{"a": 2}\n')
    assert run() == 2
    assert run() == 2
    (landing / "b.json").write_text('{"a": 3}\n')
    assert run() == 3


def test_append_with_a_transaction_is_done_once(spark: SparkSession) -> None:
    spark.sql("CREATE SCHEMA IF NOT EXISTS tooling_append")
    spark.sql("CREATE TABLE tooling_append.t (id BIGINT) USING delta")
    for _ in range(2):
        writer = spark.range(1).write.format("delta").mode("append")
        writer.option("txnAppId", "app").option("txnVersion", 1).saveAsTable("tooling_append.t")
    assert spark.table("tooling_append.t").count() == 1


def test_variants_are_there(spark: SparkSession) -> None:
    row = spark.sql("SELECT schema_of_variant(parse_json('{\"a\": 1}')), try_parse_json('{') IS NULL").first()
    assert row is not None
    assert tuple(row) == ("OBJECT<a: BIGINT>", True)
