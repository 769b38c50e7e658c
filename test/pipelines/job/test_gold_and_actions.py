"""Gold models, the job's actions, and what the library rejects, on Spark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines import tasks
from pipelines.actions import perform
from pipelines.errors import PipelineError
from pipelines.ops.tables import existing
from pipelines.registry import registry_columns
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

TOTALS = {
    "name": "totals",
    "grain": ["who"],
    "needs": [
        {
            "input": "t",
            "columns": [
                {"name": "id", "type": "string"},
                {"name": "who", "type": "string"},
                {"name": "n", "type": "bigint"},
                {"name": "never_seen", "type": "date"},
            ],
        }
    ],
    "sql": "SELECT who, sum(n) AS n, count(*) AS rows, max(never_seen) AS seen FROM t GROUP BY who -- end",
}
GRAND = {
    "name": "grand",
    "grain": ["one"],
    "needs": [{"input": "totals", "columns": [{"name": "n", "type": "bigint"}]}],
    "sql": "SELECT 1 AS one, sum(n) AS n FROM totals",
}


def _change(lab: Lab, **parts: object) -> None:
    document = json.loads(lab.document.read_text(encoding="utf-8"))
    document.update(parts)
    lab.document.write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.slow
def test_models_follow_their_inputs_and_each_other(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")], [TOTALS, GRAND])
    lab.land("t", [{"id": 1, "at": 1, "who": "a", "n": 1}, {"id": 2, "at": 1, "who": "b", "n": 10}])
    assert lab.run()["gold"]["totals"] == {"rows": 2, "refresh": "full", "reason": "first refresh"}
    lab.land("t", [{"id": 1, "at": 2, "who": "b", "n": 5}])
    lab.run()
    assert lab.rows("gold.totals", "who", "n", "rows", "seen") == [("b", 15, 2, None)]
    assert lab.rows("gold.grand", "n") == [(15,)]
    assert {state["refresh"] for state in lab.run()["gold"].values()} == {"skipped"}
    _change(lab, gold=[{**TOTALS, "sql": "SELECT who, sum(n) + 1 AS n FROM t GROUP BY who"}, GRAND])
    assert {state["refresh"] for state in lab.run()["gold"].values()} == {"full"}
    assert lab.rows("gold.grand", "n") == [(16,)]


def test_a_failing_model_fails_the_run_and_spares_the_others(spark: SparkSession, tmp_path: Path) -> None:
    broken = {**TOTALS, "name": "broken", "sql": "SELECT who, CAST(raise_error('no') AS INT) AS n FROM t"}
    lab = Lab(spark, tmp_path, [topic("t")], [broken, TOTALS])
    lab.land("t", [{"id": 1, "at": 1, "who": "a", "n": 1}])
    with pytest.raises(PipelineError, match=r"1 task failed:\n  gold_broken"):
        lab.run()
    assert lab.rows("gold.totals", "who", "n") == [("a", 1)]
    assert lab.rows("ops.run_log", "model", "level", where="event = 'failed'") == [("broken", "error")]


def test_the_tasks_of_the_staged_job_agree_with_one_process(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")], [TOTALS])
    lab.land("t", [{"id": 1, "at": 1, "who": "a", "n": 1}, {"id": 2}])
    defaults = {**lab.options, "run_id": "r1"}
    for work in (tasks.prepare, tasks.bronze, tasks.silver, tasks.gold):
        work(spark, None, defaults)
    summary = json.loads(tasks.finish(spark, None, defaults))
    assert summary["topics"]["t"]["silver"] == 2
    assert summary["gold"]["totals"] == {"rows": 2, "refresh": "full", "reason": "first refresh"}
    with pytest.raises(PipelineError, match="bronze_t: did not run"):
        tasks.finish(spark, None, {**defaults, "run_id": "a run of which no task ran"})


@pytest.mark.slow
def test_full_refresh_derives_the_same_tables_again(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")], [TOTALS])
    lab.land("t", [{"id": 1, "at": 1, "who": "a", "n": 1}, {"id": 1, "at": 2, "who": "b", "n": 3}])
    lab.run()
    before = lab.data("silver.t"), lab.data("gold.totals")
    spark.sql(f"DELETE FROM {lab.table('silver.t')}")
    assert lab.run(action="full_refresh")["refreshed"] == ["t", "totals"]
    assert (lab.data("silver.t"), lab.data("gold.totals")) == before
    assert lab.run()["topics"]["t"]["read"] == 0


def test_doctor_says_what_it_checked(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")])
    checks = lab.run(action="doctor")["checks"]
    assert len(checks) == 8
    assert "ok      sources: files by ledger" in checks
    assert all(line.startswith("ok ") for line in checks), checks
    spark.sql(f"DROP TABLE {lab.table('bronze.t')}")
    with pytest.raises(PipelineError, match="FAILED  change feed") as caught:
        perform(lab.context(action="doctor"))
    assert "ok      schema registry" in str(caught.value)


def test_prepare_makes_the_registry_that_terraform_would(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")])
    tasks.prepare(spark, None, lab.options)
    assert dict(spark.table(lab.table("ops.schema_registry")).dtypes) == registry_columns()
    assert existing(spark, lab.context().parameters.tables, "bronze") == {"t", "t_quarantine"}
