"""Rejected batches and their ways out, and quarantined records that go back: each record in silver once, whatever is killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines.errors import TasksFailedError
from pipelines.silver import quarantine
from test.pipelines.support import Lab, topic

pytestmark = [pytest.mark.spark, pytest.mark.slow]

SMALL = {"name": "small", "expect": "coalesce(try_cast(n AS bigint), 0) < 100", "onViolation": "fail"}
CLEAN = {"name": "clean", "expect": "quarantined_rows = 0", "scope": "batch", "onViolation": "fail"}
COUNTS = {
    "name": "counts",
    "grain": ["one"],
    "needs": [{"input": "t", "columns": [{"name": "id", "type": "bigint"}]}],
    "sql": "SELECT 1 AS one, count(*) AS n FROM t GROUP BY 1",
}


def _act(lab: Lab, action: str, topic: str, **more: str) -> dict[str, Any]:
    return lab.run(action=action, action_arguments=json.dumps({"topic": topic, **more}))


def _repair(lab: Lab, topic: str, old: str, new: str) -> None:
    table = lab.table(f"bronze.{topic}_quarantine")
    lab.spark.sql(f"UPDATE {table} SET raw = replace(raw, '{old}', '{new}') WHERE replayed_at IS NULL")


def _waiting(lab: Lab, topic: str) -> list[tuple[Any, ...]]:
    return lab.rows(f"bronze.{topic}_quarantine", "code", "rule", where="replayed_at IS NULL")


def test_a_row_rule_rejects_and_what_it_rejected_comes_back_repaired(
    spark: SparkSession, tmp_path: Path
) -> None:
    lab = Lab(spark, tmp_path, [topic("t", quality=[SMALL])], [COUNTS])
    lab.land("t", [{"id": 1, "at": 1, "n": 1}])
    lab.run()
    lab.land("t", [{"id": 2, "at": 1, "n": 507}, {"id": 3, "at": 1, "n": 3}, {"at": 1, "n": 8888}])
    sentence = r"small failed for 1 of 2 rows \(for example n=999\)\. Silver and gold .* accept_batch.* quarantine_batch"
    for _ in range(2):
        with pytest.raises(TasksFailedError, match=sentence):
            lab.run()
    lab.run(action="full_refresh")  # goes no further than silver has come
    assert lab.rows("silver.t", "id") == [(1,)]
    assert lab.rows("gold.counts", "n") == [(1,)]
    assert (
        lab.rows("ops.quality", "status", "example_shape", where="failed_rows > 0")
        == [("failed", "n=999")] * 2
    )
    done = _act(lab, "quarantine_batch", "t")
    assert (done["counts"]["silver_rows"], done["counts"]["quarantined_rows"]) == (1, 2)
    assert "no batch" in _act(lab, "quarantine_batch", "t")["lines"][0].lower()
    assert _waiting(lab, "t") == [("batch_rejected", "small"), ("missing_key", None)]
    assert lab.run()["topics"]["t"]["read"] == 0
    assert lab.rows("gold.counts", "n") == [(2,)]
    lab.run(action="full_refresh")
    assert lab.rows("silver.t", "id") == [(1,), (3,)]  # what an operator put aside stays aside
    assert _act(lab, "replay", "t")["counts"]["read_rows"] == 1  # and is replayed only when it is named
    assert (
        _act(lab, "replay", "t", codes="batch_rejected")["counts"]["silver_rows"] == 0
    )  # it breaks the rule still
    assert _waiting(lab, "t") == [("batch_rejected", "small"), ("missing_key", None)]
    _repair(lab, "t", "507", '"many"')
    counts = _act(lab, "replay", "t", codes="batch_rejected")["counts"]
    assert (counts["silver_rows"], counts["schema_version"]) == (1, 2)
    repaired = [(1, "1"), (2, "many"), (3, "3")]  # in a table that was derived again from bronze meanwhile
    assert lab.rows("silver.t", "id", "n") == repaired
    assert lab.rows("gold.counts", "n") == [(3,)]
    assert _waiting(lab, "t") == [("missing_key", None)]
    lab.run(action="full_refresh")
    assert lab.rows("silver.t", "id", "n") == repaired
    assert lab.run()["status"] == "succeeded"


def test_a_batch_rule_rejects_and_replay_puts_each_record_back_once(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = {"onTypeConflict": "quarantine"}
    lab = Lab(spark, tmp_path, [topic("a", mode="append", schema=schema, quality=[CLEAN])])
    lab.land("a", [{"id": 1, "n": 1}])
    lab.run()
    lab.land("a", [{"id": 2, "n": "2x"}, {"id": 3, "n": 3}])
    with pytest.raises(TasksFailedError, match=r"clean failed for the batch \(quarantined_rows = 0\)"):
        lab.run()
    _act(lab, "accept_batch", "a")
    assert lab.rows("silver.a", "id") == [(1,), (3,)]
    assert lab.rows("ops.quality", "status", where="failed_rows > 0") == [("accepted",), ("failed",)]
    lab.land("a", [{"id": 4, "n": "4x"}, {"id": 5, "n": 5}])
    with pytest.raises(TasksFailedError, match="clean failed"):
        lab.run()
    assert _act(lab, "quarantine_batch", "a")["counts"]["silver_rows"] == 0
    assert _waiting(lab, "a") == [
        ("batch_rejected", "clean"),
        ("type_conflict", None),
        ("type_conflict", None),
    ]
    _repair(lab, "a", '"2x"', "2")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    reconcile = quarantine.reconcile
    monkeypatch.setattr(quarantine, "reconcile", killed)
    with pytest.raises(KeyboardInterrupt):
        _act(lab, "replay", "a")
    assert lab.rows("silver.a", "id") == [(1,), (2,), (3,)]
    monkeypatch.setattr(quarantine, "reconcile", reconcile)
    counts = _act(lab, "replay", "a")["counts"]
    assert (counts["read_rows"], counts["deduplicated_rows"], counts["quarantined_rows"]) == (2, 1, 1)
    assert _act(lab, "replay", "a", codes="batch_rejected")["counts"]["silver_rows"] == 1
    assert lab.rows("silver.a", "id", "n") == [(1, 1), (2, 2), (3, 3), (5, 5)]
    assert _waiting(lab, "a") == [("type_conflict", None)]
    assert "Nothing waits" in _act(lab, "replay", "a", codes="missing_key")["lines"][0]


def test_check_in_the_job_evaluates_rules_and_writes_nothing(spark: SparkSession, tmp_path: Path) -> None:
    few = {"name": "few", "expect": "quarantined_rows <= 0", "scope": "batch"}
    total = {
        "name": "total",
        "grain": ["id"],
        "needs": [
            {"input": "t", "columns": [{"name": "id", "type": "bigint"}, {"name": "n", "type": "bigint"}]}
        ],
        "sql": "SELECT id, n FROM t",
    }
    settings = {"silver": {"rename": {"old": "new"}}, "schema": {"hints": {"paid": "decimal(9,2)"}}}
    lab = Lab(spark, tmp_path, [topic("t", quality=[SMALL, few], **settings)], [total])
    lab.land("t", [{"id": 1, "at": 1, "n": 1, "paid": "2.50"}])
    lab.run()
    new = tmp_path / "new" / "t" / "deep"
    new.mkdir(parents=True)
    (new / "a.json").write_text(
        '[{"id": 2, "at": 1, "n": 700},\n {"at": 1}, {"id": 3, "n": "x", "paid": "lots"}]'
    )
    (new / "b.jsonl").write_text('{"id": 4}\n\n{broken\n')
    (new / "c.csv").write_text("no,json")
    before = [lab.rows(f"ops.{name}") for name in ("schema_registry", "schema_drift", "quality")]
    answer = _act(lab, "check", "t", data=str(tmp_path / "new"), allow="types,rejects")
    report = answer["report"]
    assert (report["files"], report["records"], report["schema_version"]) == (2, 5, 1)
    assert report["quarantined"] == {"invalid_json": 1, "missing_key": 1}
    failed = {rule["rule"]: rule["failed"] for rule in report["rules"]}
    assert failed == {"small": 1, "few": 1}
    assert [problem.split(", which")[0] for problem in answer["problems"]] == [
        "quality rule small (onViolation fail) is violated by 1 of 3",
        "1 value of paid would be null in silver",
        "silver.rename names old",
        "model total would read 1 of 2 values of t.n as null",
    ]
    assert [change["change"] for change in report["changes"]] == ["promoted"]
    assert [lab.rows(f"ops.{name}") for name in ("schema_registry", "schema_drift", "quality")] == before
