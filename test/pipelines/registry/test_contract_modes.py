"""What a topic lets its data do to its schema, and two writers of one registry, on Spark."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.clock import now
from pipelines.delta.sql import create_table
from pipelines.errors import TasksFailedError
from pipelines.inference import observe, parse_record
from pipelines.registry import Plan, Schema, Version, plan, register_plan, registry_columns
from pipelines.registry.delta_store import DeltaRegistry
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

CONTRACTS = {
    "rescue": {"onNewField": "rescue", "onTypeConflict": "rescue"},
    "strict": {"onNewField": "ignore", "onTypeConflict": "quarantine"},
    "frozen": {"onNewField": "fail"},
    "typed": {"onTypeConflict": "fail"},
    "checked": {"compatibility": "full"},
}
FIRST = [{"id": 1, "at": 1, "n": 1}]
SECOND = [{"id": 2, "at": 1, "n": "many"}, {"id": 3, "at": 1, "n": 3, "extra": True}]


@pytest.mark.slow
def test_every_contract_does_what_it_says(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic(name, schema=schema) for name, schema in CONTRACTS.items()])
    for name in CONTRACTS:
        lab.land(name, FIRST)
    lab.run()
    for name in CONTRACTS:
        lab.land(name, SECOND)
    with pytest.raises(TasksFailedError) as caught:
        lab.run()
    assert [task for task, _ in caught.value.errors] == ["silver_frozen", "silver_typed"]
    told = str(caught.value)
    assert "topic frozen, field extra: a new field of type boolean arrived" in told
    assert "topic typed, field n: the registered type bigint would have to become string" in told
    assert "many" not in told
    for name in ("frozen", "typed"):
        assert lab.rows(f"silver.{name}", "id", "n") == [(1, 1)]
        assert lab.rows(f"bronze.{name}_quarantine") == []
    rescued = lab.rows("silver.rescue", "id", "n", "_rescued_data")
    assert [row[:2] for row in rescued] == [(1, 1), (2, None), (3, 3)]
    assert [json.loads(row[2]) for row in rescued[1:]] == [{"n": "many"}, {"extra": True}]
    assert lab.rows("silver.strict", "id", "n") == [(1, 1), (3, 3)]
    assert "extra" not in lab.types("silver.strict")
    reasons = ("code", "field", "value_shape")
    assert lab.rows("bronze.strict_quarantine", *reasons) == [("type_conflict", "n", "aaaa")]
    # A promotion is not compatible in both directions; a new field is.
    assert lab.rows("silver.checked", "id", "n", "extra") == [(1, 1, None), (3, 3, True)]
    assert lab.rows("bronze.checked_quarantine", *reasons) == [("incompatible_schema", "n", "aaaa")]
    versions = {row[0]: row[1] for row in lab.rows("ops.schema_registry", "topic", "version")}
    assert versions == {"checked": 2, "frozen": 1, "rescue": 1, "strict": 1, "typed": 1}
    # What was rejected is evaluated again when it may be.
    document = json.loads(lab.document.read_text(encoding="utf-8"))
    for item in document["topics"]:
        item.pop("schema")
    lab.document.write_text(json.dumps(document), encoding="utf-8")
    counts = lab.run()["topics"]
    assert {name: counts[name]["read"] for name in ("frozen", "typed", "strict")} == {
        "frozen": 2,
        "typed": 2,
        "strict": 0,
    }
    assert lab.rows("silver.typed", "id", "n") == [(1, "1"), (2, "many"), (3, "3")]


def test_two_writers_of_one_registry_converge(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t")])
    spark.sql(f"CREATE SCHEMA {lab.table('ops.x').rsplit('.', 1)[0]}")
    table = lab.table("ops.schema_registry")
    spark.sql(create_table(table, registry_columns(), "versions"))

    def writer(name: str) -> list[Version | None]:
        store, stands = DeltaRegistry(spark, table), []
        for number in range(3):
            profile = observe([parse_record(json.dumps({"shared": 1, f"{name}{number}": number}))])

            def make(
                registered: Schema | None, history: tuple[Schema, ...], profile: object = profile
            ) -> Plan:
                return plan("t", registered, profile, history=history)

            _, version = register_plan(store, "t", make, compatibility="none", run_id=name, now=now)
            stands.append(version)
        return stands

    with ThreadPoolExecutor(2) as pool:
        mine, other = pool.map(writer, ("a", "b"))
    rows = lab.rows("ops.schema_registry", "version", "run_id")
    assert [version for version, _ in rows] == [1, 2, 3, 4, 5, 6]
    assert sorted((v.version, v.run_id) for v in [*mine, *other]) == rows
    newest = DeltaRegistry(spark, table).latest("t")
    assert [field.name for field in newest.schema] == ["a0", "a1", "a2", "b0", "b1", "b2", "shared"]
