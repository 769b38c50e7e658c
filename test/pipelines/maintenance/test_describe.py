"""Comments and tags of tables are what the config says, from the first run on and after every change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.ops.descriptions import TAG
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

MODEL = {
    "name": "m",
    "description": "How many.",
    "grain": ["id"],
    "needs": [{"input": "t", "columns": [{"name": "id", "type": "string"}]}],
    "sql": "SELECT id, count(*) AS n FROM t GROUP BY id",
}
BUSY = {"name": "busy", "expect": "read_rows > 0", "scope": "batch", "onViolation": "fail"}
TABLES = ("bronze.t", "bronze.t_quarantine", "silver.t", "gold.m")


def test_comments_and_tags_follow_the_config(spark: SparkSession, tmp_path: Path) -> None:
    def lab(description: str, tags: dict[str, str], model: dict[str, Any], prefix: str | None = None) -> Lab:
        said = {"description": description} if description else {}
        t = topic("t", quality=[BUSY], tags=tags, **said)
        return Lab(spark, tmp_path, [t], [model], prefix=prefix)

    def said(name: str) -> tuple[str, dict[str, str]]:
        detail = spark.sql(f"DESCRIBE DETAIL {now.table(name)}").first()
        assert detail is not None
        return detail["description"], {k: v for k, v in detail["properties"].items() if k.startswith(TAG)}

    def versions() -> list[int]:
        return [delta.last_commit(spark, now.table(name)).version for name in TABLES]

    def events(run: dict[str, Any]) -> set[Any]:
        return {event for (event,) in now.rows("ops.run_log", "event", where=f"run_id = '{run['run_id']}'")}

    def changed(run: dict[str, Any]) -> list[str]:
        where = f"run_id = '{run['run_id']}' AND event = 'described'"
        ((details,),) = now.rows("ops.run_log", "details", where=where)
        return sorted(json.loads(details)["tables"])

    now = lab("Orders of the shop's counter.", {"team": "it's shop", "old": "x"}, MODEL)
    now.land("t", [{"id": 1, "at": 1}, {"id": 2, "at": 1}])
    first = now.run()
    tags = {"medallion.tag.team": "it's shop", "medallion.tag.old": "x"}
    assert said("silver.t") == ("Orders of the shop's counter.", tags)
    raw, rejects = said("bronze.t"), said("bronze.t_quarantine")
    assert raw[0].startswith("Raw records of topic t")
    assert rejects[0].startswith("Records of topic t that could not reach silver")
    for comment, properties in (raw, rejects):
        assert comment.endswith(" Orders of the shop's counter.")
        assert properties == tags
    assert said("gold.m") == ("How many.", {})
    assert "described" not in events(first)  # each was created so
    made = versions()

    # The config changes, and nothing else: three commits at most on each table, and nobody takes them for new data.
    now = lab("", {"team": "shop"}, {**MODEL, "description": ""}, now.prefix)
    second = now.run()
    assert (second["topics"]["t"]["read"], second["gold"]["m"]["refresh"]) == (0, "skipped")
    tags = {"medallion.tag.team": "shop"}
    assert said("silver.t") == ("Typed rows of topic t; columns follow the schema registry.", tags)
    assert said("bronze.t") == ("Raw records of topic t, as they stood. Append-only.", tags)
    assert said("gold.m") == ("One row per id.", {})
    assert [new - old for new, old in zip(versions(), made, strict=True)] == [3, 3, 3, 1]
    assert changed(second) == sorted(TABLES)

    # A process that knows nothing but the tables: no statement, no batch, no row read.
    made = versions()
    third = now.run()
    assert (third["topics"]["t"]["read"], third["gold"]["m"]["refresh"]) == (0, "skipped")
    assert not {"described", "processed", "refreshed"} & events(third)
    assert versions() == made

    # New data comes as ever; a table of an older version, of which nothing is recorded, is looked at.
    spark.sql(f"COMMENT ON TABLE {now.table('gold.m')} IS NULL")
    spark.sql(f"DELETE FROM {now.table('ops.progress')} WHERE stage = 'describe'")
    now.land("t", [{"id": 2, "at": 2}, {"id": 3, "at": 1}], "more.json")
    last = now.run()
    assert last["topics"]["t"]["silver"] == 2
    assert now.rows("gold.m") == [("1", 1), ("2", 1), ("3", 1)]
    assert changed(last) == ["gold.m"]
    assert said("gold.m") == ("One row per id.", {})
