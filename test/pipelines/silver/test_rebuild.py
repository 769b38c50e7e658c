"""Silver derived again from bronze: deletions, repaired and rejected records, rows past retention, changed settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from test.pipelines.support import Lab, topic

pytestmark = [pytest.mark.spark, pytest.mark.slow]


def _change(lab: Lab, **parts: Any) -> None:
    document = json.loads(lab.document.read_text(encoding="utf-8"))
    document["topics"][0].update(parts)
    lab.document.write_text(json.dumps(document), encoding="utf-8")


def test_a_rebuild_keeps_what_bronze_alone_does_not_tell(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t", silver={"deleteWhen": "op = 'D'"})])
    lab.land("t", '{"id":1,"at":1,"x":1.10}\n{"id":2,"at":1,"x":5}\n{"at":1,"x":2.50}\n{"at":9}\n')
    lab.run()
    lab.land("t", '{"id":2,"at":2,"op":"D"}\n{"id":7,"at":2,"op":"D"}\n')
    counts = lab.run()["topics"]["t"]
    assert (counts["silver"], counts["deduplicated"]) == (1, 1)  # there was no 7
    assert lab.rows("bronze.t_deletes", "id", "at") == [(2, 2), (7, 2)]
    # One record is repaired and replayed, the oldest row is past its retention.
    repaired = 'raw = \'{"id":3,"at":1,"x":2.50}\', replayed_at = current_timestamp()'
    spark.sql(f"UPDATE {lab.table('bronze.t_quarantine')} SET {repaired} WHERE raw LIKE '%2.50%'")
    spark.sql(f"DELETE FROM {lab.table('bronze.t')} WHERE raw LIKE '%1.10%'")
    lab.land("t", '{"id":4,"at":1,"x":"B-7"}\n{"id":2,"at":1,"x":6}\n{"id":7,"at":3,"x":8}\n')
    counts = lab.run()["topics"]["t"]
    assert (counts["read"], counts["silver"], counts["deduplicated"]) == (3, 2, 1)
    # 1.10 had become a number, and no source for its text is left.
    expected = [(1, "1.1"), (3, "2.50"), (4, "B-7"), (7, "8")]
    assert lab.rows("silver.t", "id", "x") == expected
    assert lab.rows("bronze.t_deletes", "id", "at") == [(2, 2), (7, 2)]
    assert lab.rows("bronze.t_quarantine", "raw", where="replayed_at IS NULL") == [('{"at":9}',)]
    drift = lab.rows("ops.schema_drift", "field", "change", where="change LIKE '%retention'")
    assert drift == [("x", "rebuilt_past_retention")]
    said = lab.rows("ops.run_log", "details", where="event = 'rebuilt'")
    assert json.loads(said[0][0])["past_retention"] == 1


def test_what_quarantine_holds_follows_the_settings(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t", quality=[])])
    lab.land("t", [{"id": 1, "at": 1, "n": 1}, {"id": 1, "at": 2, "n": -1}, {"id": 2, "at": 1, "n": 2}])
    lab.run()
    rule = {"name": "positive", "expect": "n > 0", "onViolation": "quarantine"}
    _change(lab, quality=[rule])
    lab.run(action="full_refresh")
    assert lab.rows("silver.t", "id", "n") == [(1, 1), (2, 2)]
    assert lab.rows("bronze.t_quarantine", "raw", "rule", "replayed_at") == [
        ('{"id": 1, "at": 2, "n": -1}', "positive", None)
    ]
    _change(lab, quality=[])
    lab.run(action="full_refresh")
    assert lab.rows("silver.t", "id", "n") == [(1, -1), (2, 2)]
    assert lab.rows("bronze.t_quarantine", "code", where="replayed_at IS NULL") == []
    # Another mode is another table: the next batch derives it from all of bronze.
    _change(lab, silver={"mode": "history", "keys": ["id"], "sequenceBy": "at"})
    lab.land("t", [{"id": 2, "at": 0, "n": 3}, {"id": 2, "at": 0, "n": 3}])
    counts = lab.run()["topics"]["t"]
    assert (counts["silver"], counts["deduplicated"]) == (1, 1)
    columns = ("id", "n", "_valid_from", "_valid_to", "_is_current")
    assert lab.rows("silver.t", *columns) == [
        (1, -1, 2, None, True),
        (1, 1, 1, 2, False),
        (2, 2, 1, None, True),
        (2, 3, 0, 1, False),
    ]


def test_a_history_whose_order_is_retyped_or_unknown(spark: SparkSession, tmp_path: Path) -> None:
    arrival = topic("a", mode="history", silver={"sequenceBy": None, "deleteWhen": "op = 'D'"})
    del arrival["silver"]["sequenceBy"]
    lab = Lab(spark, tmp_path, [topic("t", mode="history"), arrival])
    lab.land("t", [{"id": 1, "v": "no time yet"}])
    lab.land("a", [{"id": 1, "v": "first"}, {"id": 1, "op": "D"}, {"id": 1, "v": "again"}])
    counts = lab.run()["topics"]["a"]
    assert (counts["silver"], counts["deduplicated"]) == (3, 0)  # two versions, and what ended the first
    assert lab.rows("silver.t", "v", "_valid_from", "_is_current") == [("no time yet", None, True)]
    assert lab.rows("silver.a", "v", "_is_current") == [("again", True), ("first", False)]
    arrived = "_valid_from = ingest_ts AND (_valid_to IS NOT NULL OR _is_current)"
    assert len(lab.rows("silver.a", "v", where=arrived)) == 2
    lab.land("t", [{"id": 1, "at": 9, "v": "nine"}, {"id": 1, "at": 10, "v": "ten"}])
    lab.run()
    columns = ("v", "_valid_from", "_valid_to")
    numbers = [("nine", 9, 10), ("no time yet", None, 9), ("ten", 10, None)]
    assert lab.rows("silver.t", *columns) == numbers
    lab.land("t", [{"id": 1, "at": "later", "v": "text"}])
    assert lab.run()["topics"]["t"]["quarantined"] == 1
    assert lab.rows("silver.t", *columns) == numbers
    # Who wants letters says so: the table is derived again with the next batch, and the record is good.
    _change(lab, silver={"mode": "history", "keys": ["id"], "sequenceBy": "at", "sequenceType": "text"})
    lab.land("t", [{"id": 2, "at": 1, "v": "another"}])
    lab.run()
    text = [("nine", "9", "later"), ("no time yet", None, "10"), ("ten", "10", "9"), ("text", "later", None)]
    assert lab.rows("silver.t", *columns, where="id = 1") == text
    assert lab.rows("bronze.t_quarantine", "code", where="replayed_at IS NULL") == []
