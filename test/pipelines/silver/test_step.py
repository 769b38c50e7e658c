"""Files to bronze to silver, on Spark: what arrives, how it is typed, and that every row has one fate."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from local.delta_files import count_rows, read_rows
from pipelines.config.document import QualityRule
from pipelines.delta.driver_rows import LocalRows
from pipelines.delta.sql import ddl
from pipelines.errors import TasksFailedError
from pipelines.inference import own
from pipelines.quality.rules import flag_column
from pipelines.silver.arrow_pass import OBSERVATION
from pipelines.silver.outcomes import CODE, DELETED, DROPPED, RULE, count_outcomes
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark


def test_raw_text_is_kept_to_the_letter_in_every_format(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")])
    lab.land("t", '{"id": 1, "x": 1.10}\r\n\n{"id": 2,"x":  9007199254740993}\n', "a lines.json")
    lab.land("t", '\ufeff[ {"id": 3,\n  "x": 0.5e1},\n\n {"id": 4, "s": "a,]}[{\\"b"} ]\n', "b+array.json")
    lab.run()
    assert lab.rows("bronze.t", "source", "position", "raw") == [
        ("t/a lines.json", 0, '{"id": 1, "x": 1.10}'),
        ("t/a lines.json", 2, '{"id": 2,"x":  9007199254740993}'),
        ("t/b+array.json", 0, '{"id": 3,\n  "x": 0.5e1}'),
        ("t/b+array.json", 1, '{"id": 4, "s": "a,]}[{\\"b"}'),
    ]
    ids = [row[0] for row in lab.rows("bronze.t", "_row_id")]
    assert len(set(ids)) == 4


def test_every_row_has_one_fate(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")])
    lab.land("t", '{"id": 1, "at": 1}\n{"id": 1, "at": 2}\n{"id": \n{"at": 3}\n[1]\n{"id": 1, "id": 2}\n')
    summary = lab.run()["topics"]["t"]
    expected = {
        "read": 6,
        "silver": 1,
        "quarantined": 4,
        "deduplicated": 1,
        "dropped": 0,
        "field_faults": 0,
        "schema_version": 1,
    }
    assert summary == expected
    codes = [row[0] for row in lab.rows("bronze.t_quarantine", "code")]
    assert codes == ["duplicate_key", "invalid_json", "missing_key", "not_an_object"]
    again = lab.run()["topics"]["t"]
    assert (again["read"], again["silver"]) == (0, 0)


def test_rows_on_the_driver_are_counted_as_spark_counts_them(spark: SparkSession) -> None:
    dice = random.Random(7)
    rows = [
        (
            dice.choice((None, None, "missing_key", "quality_rule", OBSERVATION)),
            dice.choice((None, "r")),
            dice.random() < 0.3,
            dice.choice((0, 3)),
            dice.choice((False, True, None)),
            f"text {number}",
            dice.choice((False, True, None)),
        )
        for number in range(200)
    ]
    rules = [QualityRule("r", "x > 0", "row", "warn")]
    types = {
        CODE: "string",
        RULE: "string",
        DROPPED: "boolean",
        own("fault_count"): "bigint",
        DELETED: "boolean",
    }
    names = ddl({**types, own("raw"): "string", flag_column(rules[0]): "boolean"})
    for some in (rows, rows[:1], []):
        frame = spark.createDataFrame(some, names)
        here, there = (count_outcomes(which, rules) for which in (LocalRows.collect(frame), frame))
        assert sorted(here.observed) == sorted(there.observed)
        assert replace(here, observed=()) == replace(there, observed=())
    assert here.read == 0


@pytest.mark.slow
def test_upsert_follows_the_total_order_whatever_the_batches(spark: SparkSession, tmp_path: Path) -> None:
    files = [
        ("1.json", [{"id": "a", "at": 5, "v": "late"}, {"id": "b", "at": 1, "v": "first"}]),
        ("2.json", [{"id": "a", "at": 3, "v": "older"}, {"id": "b", "at": 1, "v": "same time, later file"}]),
        ("3.json", [{"id": "b", "v": "no time at all"}, {"id": "a", "at": 5, "v": "late again"}]),
    ]
    outcomes = []
    for number, batches in enumerate(([[0, 1, 2]], [[2], [0], [1]], [[1, 2], [0]])):
        lab = Lab(spark, tmp_path / str(number), [topic("t")]) if _made(tmp_path / str(number)) else None
        assert lab is not None
        for batch in batches:
            for index in batch:
                lab.land("t", files[index][1], files[index][0])
            lab.run()
        outcomes.append(lab.rows("silver.t", "id", "at", "v"))
    assert outcomes[0] == [("a", 5, "late again"), ("b", 1, "same time, later file")]
    assert outcomes[1] == outcomes[0]
    assert outcomes[2] == outcomes[0]


def _made(folder: Path) -> bool:
    folder.mkdir(parents=True)
    return True


def test_new_field_is_added_and_old_rows_read_null(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")])
    lab.land("t", [{"id": 1, "at": 1, "a": 1}])
    lab.run()
    lab.land("t", [{"id": 2, "at": 1, "b": {"c": [1.5], "d e": "x"}}])
    lab.run()
    assert lab.types("silver.t") == {
        "id": "bigint",
        "at": "bigint",
        "a": "bigint",
        "b": "struct<c:array<double>,d_x20_e:string>",
    }
    assert lab.spark.table(lab.table("silver.t")).columns[:4] == ["id", "at", "a", "b"]
    assert lab.rows("silver.t", "id", "a", "b.c") == [(1, 1, None), (2, None, [1.5])]
    assert lab.rows("ops.schema_drift", "topic", "field", "change", "schema_version") == [
        ("t", "b", "added", 2)
    ]


def test_type_conflict_is_promoted_with_its_text_rebuilt(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")])
    lab.land("t", '{"id": 1, "at": 1, "x": 1.10}\n{"id": 2, "at": 1, "x": 7}\n')
    lab.run()
    assert lab.types("silver.t")["x"] == "double"
    lab.land("t", '{"id": 3, "at": 1, "x": "B-7"}\n{"id": 2, "at": 0, "x": 8}\n')
    counts = lab.run()["topics"]["t"]
    assert lab.rows("silver.t", "id", "x") == [(1, "1.10"), (2, "7"), (3, "B-7")]
    assert (counts["read"], counts["silver"], counts["deduplicated"]) == (2, 1, 1)
    drift = lab.rows("ops.schema_drift", "field", "change", "from_type", "to_type", "value_shape")
    assert drift == [("x", "promoted", "double", "string", "A-9")]
    lab.land("t", '{"id": 1, "at": 2, "x": 3.50}\n')
    lab.run()
    assert lab.rows("silver.t", "id", "x") == [(1, "3.50"), (2, "7"), (3, "B-7")]
    # Other readers of Delta know the rebuilt table's types, whichever way Spark was told of them.
    path = spark.sql(f"DESCRIBE DETAIL {lab.table('silver.t')}").collect()[0]["location"]
    assert count_rows(Path(path.removeprefix("file:"))) == 3
    assert read_rows(Path(path.removeprefix("file:")), ["x"], {"x": "B-7"}) == [{"x": "B-7"}]


@pytest.mark.slow
def test_retyping_the_key_derives_the_table_again(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")])
    lab.land("t", [{"id": 1, "at": 1}, {"id": 2, "at": 1}])
    lab.run()
    lab.land("t", [{"id": "C3", "at": 1}, {"id": "2", "at": 2}])
    lab.run()
    assert lab.rows("silver.t", "id", "at") == [("1", 1), ("2", 2), ("C3", 1)]


def test_append_keeps_every_record_once(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t", mode="append")])
    lab.land("t", [{"n": 1}, {"n": 1}])
    lab.run()
    lab.land("t", [{"n": 2}])
    counts = lab.run()["topics"]["t"]
    assert lab.rows("silver.t", "n") == [(1,), (1,), (2,)]
    assert (counts["read"], counts["silver"]) == (1, 1)


def test_hints_renames_and_field_faults(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(
        spark,
        tmp_path,
        [topic("t", silver={"rename": {"total": "amount"}}, schema={"hints": {"amount": "decimal(18,2)"}})],
    )
    lab.land("t", '{"id": 1, "at": "2024-04-10T13:45:00Z", "total": 1.10}\n{"id": 2, "total": "n/a"}\n')
    lab.run()
    assert lab.rows("silver.t", "id", "at", "amount") == [
        (1, datetime(2024, 4, 10, 13, 45), Decimal("1.10")),  # noqa: DTZ001 - Spark collects naive timestamps
        (2, None, None),
    ]
    faults = lab.rows("silver.t", "_field_faults", where="id = 2")[0][0]
    assert json.loads(faults) == [{"field": "amount", "code": "bad_cast", "shape": "a/a"}]
    assert lab.rows("ops.run_log", "field_faults", where="event = 'processed'") == [(1,)]


def test_quality_rules_warn_drop_quarantine_and_fail(spark: SparkSession, tmp_path: Path) -> None:
    rules = [
        {"name": "has_name", "expect": "name IS NOT NULL"},
        {"name": "no_test", "expect": "coalesce(name, '') <> 'test'", "onViolation": "drop"},
        {"name": "positive", "expect": "coalesce(n, 1) > 0", "onViolation": "quarantine"},
        {"name": "unknown_column", "expect": "not_there IS NULL"},
        {"name": "few", "expect": "quarantined_rows < 2", "scope": "batch", "onViolation": "fail"},
    ]
    lab = Lab(spark, tmp_path, [topic("t", quality=rules)])
    lab.land("t", [{"id": 1, "n": 1}, {"id": 2, "name": "test", "n": 1}, {"id": 3, "name": "c", "n": -1}])
    counts = lab.run()["topics"]["t"]
    assert (counts["silver"], counts["quarantined"], counts["dropped"]) == (1, 1, 1)
    assert lab.rows("bronze.t_quarantine", "code", "rule") == [("quality_rule", "positive")]
    results = {
        row[0]: row[1:] for row in lab.rows("ops.quality", "rule", "checked_rows", "failed_rows", "status")
    }
    assert results == {
        "has_name": (3, 1, "warned"),
        "no_test": (3, 1, "dropped"),
        "positive": (3, 1, "quarantined"),
        "unknown_column": (3, 0, "passed"),
        "few": (1, 0, "passed"),
    }
    before = lab.data("silver.t")
    lab.land("t", [{"id": 4, "n": -1}, {"id": 5, "n": -2}, {"id": 6, "n": 1}])
    with pytest.raises(TasksFailedError, match="quality rule few failed"):
        lab.run()
    assert lab.data("silver.t") == before
    assert ("few", "failed") in lab.rows("ops.quality", "rule", "status")


def test_a_topic_without_usable_records_or_files_does_not_break_a_run(
    spark: SparkSession, tmp_path: Path
) -> None:
    model = {
        "name": "m",
        "grain": ["id"],
        "needs": [{"input": "empty", "columns": [{"name": "id", "type": "string"}]}],
        "sql": "SELECT id, count(*) AS n FROM empty GROUP BY id",
    }
    lab = Lab(spark, tmp_path, [topic("empty"), topic("broken")], [model])
    lab.land("broken", "{nope\n")
    summary = lab.run()
    assert summary["topics"]["broken"]["quarantined"] == 1
    assert summary["topics"]["empty"]["schema_version"] is None
    assert summary["gold"]["m"] == {"rows": 0, "refresh": "full", "reason": "first refresh"}


def test_the_session_time_zone_does_not_change_silver(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")], settings={"timeZone": "Asia/Kolkata"})
    try:
        for day in (1, 2):  # the second batch is evaluated and observed in one pass
            lab.land("t", [{"id": day, "at": f"2024-01-0{day}T00:00:00"}])
            lab.run()
        rows = spark.sql(f"SELECT id, unix_seconds(at) FROM {lab.table('silver.t')}").collect()
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
    assert sorted(tuple(row) for row in rows) == [(1, 1704067200), (2, 1704153600)]
