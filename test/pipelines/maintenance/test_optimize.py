"""Small files are put together, and nobody takes that for new data."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines import delta
from test.pipelines.support import Lab, topic

pytestmark = [pytest.mark.spark, pytest.mark.slow]

MODEL = {
    "name": "m",
    "grain": ["id"],
    "needs": [{"input": "t", "columns": [{"name": "id", "type": "string"}]}],
    "sql": "SELECT id, count(*) AS n FROM t GROUP BY id",
}
BUSY = {"name": "busy", "expect": "read_rows > 0", "scope": "batch", "onViolation": "fail"}


def test_files_stay_few_and_no_stage_sees_new_data(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t", quality=[BUSY])], [MODEL], settings={"compactEvery": 3})

    def files(name: str) -> int:
        return int(spark.sql(f"DESCRIBE DETAIL {lab.table(name)}").first()["numFiles"])

    for number in range(3):
        lab.land("t", [{"id": number, "at": 1}, {"id": "bad"} if number == 1 else {"id": number, "at": 0}])
        lab.run()
    assert lab.rows("ops.run_log", "event", where="event LIKE '%compacted'") == [("compacted",)]
    assert files("silver.t") == 1
    assert files("bronze.t") == 1
    newest = delta.last_commit(spark, lab.table("bronze.t"))
    assert newest.operation == "OPTIMIZE"
    # A new process that knows nothing but the tables finds nothing to do.
    again = lab.run()
    assert (again["topics"]["t"]["read"], again["gold"]["m"]["refresh"]) == (0, "skipped")
    assert lab.rows("ops.run_log", "read_rows", where=f"run_id = '{again['run_id']}' AND read_rows > 0") == []
    # Somebody else compacts too: a commit without rows breaks no rule.
    lab.land("t", [{"id": 9, "at": 1}])
    spark.sql(f"OPTIMIZE {lab.table('bronze.t')}")
    assert lab.run()["topics"]["t"]["silver"] == 1
    spark.sql(f"OPTIMIZE {lab.table('bronze.t')}")
    assert lab.run()["topics"]["t"]["read"] == 0
    assert len(lab.rows("silver.t")) == 5


def test_rows_kept_beside_silver_are_put_together_too(spark: SparkSession, tmp_path: Path) -> None:
    silver = {"mode": "history", "keys": ["id"], "sequenceBy": "at", "track": ["plan"]}
    lab = Lab(spark, tmp_path, [topic("t", silver=silver)], settings={"compactEvery": 3})
    for number in range(3):
        lab.land("t", [{"id": 1, "at": number, "plan": "a"}])
        lab.run()
    kept = lab.table("bronze.t_rows")
    assert int(spark.sql(f"DESCRIBE DETAIL {kept}").first()["numFiles"]) == 1
    assert spark.table(kept).count() == 3
