"""The first run in a place: what it has just made is empty, and is neither read nor merged with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.ops.progress import DeltaProgress
from pipelines.registry.delta_store import DeltaRegistry
from pipelines.silver import write
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark


def test_what_was_just_made_is_not_read(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(
        spark, tmp_path, [topic("t", quality=[{"name": "r", "expect": "n > 0", "onViolation": "warn"}])]
    )
    lab.land("t", [{"id": 1, "at": 1, "n": 1}, {"id": 1, "at": 3, "n": 3}, {"id": 2, "at": 1, "n": 2}])

    def read(*_: Any) -> Any:
        raise AssertionError("a table is read that was just made")

    for store in (DeltaProgress, DeltaRegistry):
        monkeypatch.setattr(store, "_load", read)
    counts = lab.run()["topics"]["t"]
    monkeypatch.undo()
    assert (counts["read"], counts["silver"], counts["deduplicated"]) == (3, 2, 1)
    assert lab.rows("silver.t", "id", "n") == [(1, 3), (2, 2)]
    commits = delta.commits(spark, lab.table("silver.t"))
    assert [commit.operation for commit in commits] == ["WRITE", "CREATE TABLE"]
    # Another run that saw no table either adds nothing to what the first one wrote.
    assert (
        write._insert(lab.context(), lab.context().document.topic("t"), spark.table(lab.table("silver.t")))
        is None
    )
    lab.land("t", [{"id": 1, "at": 2, "n": 9}, {"id": 2, "at": 2, "n": 8}])
    counts = lab.run()["topics"]["t"]
    assert (counts["read"], counts["silver"], counts["deduplicated"]) == (2, 1, 1)
    assert lab.rows("silver.t", "id", "n") == [(1, 3), (2, 8)]
    # However many cores there are, few rows are one file.
    for name in ("progress", "run_log", "quality", "schema_registry"):
        table = lab.table(f"ops.{name}")
        written = [commit for commit in delta.commits(spark, table) if commit.operation == "WRITE"]
        assert {commit.metric("numFiles") for commit in written} == {1}, name
