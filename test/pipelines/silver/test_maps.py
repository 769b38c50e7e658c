"""Objects whose keys are data: one column, whatever keys come, in every mode; a struct becomes a map by a hint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

HINTS = {"stock": "map<string, bigint>", "doc": "json"}


def test_a_map_takes_any_keys(spark: SparkSession, tmp_path: Path) -> None:
    modes = {"m_upsert": "upsert", "m_append": "append", "m_history": "history"}
    topics = [topic(name, mode, schema={"hints": HINTS}) for name, mode in modes.items()]
    lab = Lab(spark, tmp_path, [*topics, topic("later")])
    first = [
        {"id": n, "at": 1, "stock": {f"Shop {n}": n, "x": None}, "doc": {"a": [n, "é"]}} for n in range(300)
    ]
    second = [
        {"id": 0, "at": 2, "stock": {"neu": 1, "y": "2", "z": "many"}, "doc": "t"},
        {"id": 1, "at": 2, "stock": 7},
    ]
    names = [*modes, "later"]
    for name in names:
        lab.land(name, first if name != "later" else first[:3])
    versions = {name: counts["schema_version"] for name, counts in lab.run()["topics"].items()}
    for name in modes:
        lab.land(name, second)
    document = json.loads(lab.document.read_text())
    document["topics"][3]["schema"] = {"hints": HINTS}
    lab.document.write_text(json.dumps(document))
    lab.land("later", [{"id": 900, "at": 1, "stock": {"neu": 1}, "doc": None}])
    result = lab.run()
    assert result["status"] == "succeeded", result["errors"]
    right = {0: {"neu": 1, "y": 2, "z": None}, 1: None, 2: {"Shop 2": 2, "x": None}}
    for name in names:
        types = dict(spark.table(lab.table(f"silver.{name}")).dtypes)
        assert (types["stock"], types["doc"]) == ("map<string,bigint>", "string")
        if name == "later":
            right = {0: {"Shop 0": 0, "x": None}, 1: {"Shop 1": 1, "x": None}, 2: right[2], 900: {"neu": 1}}
        else:
            assert result["topics"][name]["schema_version"] == versions[name]
            assert result["topics"][name]["field_faults"] == 2
        where = {"m_history": "_is_current", "m_append": "at = 2 OR id = 2"}.get(name, "true")
        rows = spark.table(lab.table(f"silver.{name}")).where(where).where("id < 3 OR id = 900").collect()
        assert {row["id"]: row["stock"] for row in rows} == right
        assert {row["id"]: row["doc"] for row in rows}[2] == '{"a":[2,"é"]}'
    [row] = spark.sql(
        f"SELECT sum(v) AS n FROM {lab.table('silver.m_upsert')} LATERAL VIEW explode(stock) AS k, v"
    ).collect()
    assert row["n"] == sum(range(2, 300)) + 3
