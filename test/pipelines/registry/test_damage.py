"""A registry that somebody edited stops the topic that it is about, says what to do, and can be repaired."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.actions import perform
from pipelines.errors import ActionError, PipelineError, TasksFailedError
from test.pipelines.support import Lab, topic

pytestmark = [pytest.mark.spark, pytest.mark.slow]

EARLY = [{"id": 1, "at": 1, "n": 7, "who": "a"}, {"id": 2, "at": 1, "n": 8}]
#: `n` becomes a text and `more` a column: version 2.
LATE = [{"id": 2, "at": 2, "n": "x-8", "more": {"deep": 1.5}}]
NEW = [{"id": 3, "at": 1, "n": 9, "more": {"deep": 2}, "late": True}]

#: What somebody did to the registry of a topic of this name, and the version and the words that are told.
DAMAGE = {
    "no_json": ("UPDATE {t} SET schema = '{{' WHERE topic = 'no_json' AND version = 2", 2, "was edited"),
    "no_changes": (
        "UPDATE {t} SET changes = 'none' WHERE topic = 'no_changes' AND version = 1",
        1,
        "was edited",
    ),
    "retyped": (
        "UPDATE {t} SET schema = replace(schema, 'string', 'double') WHERE topic = 'retyped' AND version = 2",
        2,
        "does not have the fingerprint",
    ),
    "all_gone": ("DELETE FROM {t} WHERE topic = 'all_gone'", 2, "its row is gone"),
    "newest_gone": ("DELETE FROM {t} WHERE topic = 'newest_gone' AND version = 2", 2, "its row is gone"),
    "doubled": (
        "INSERT INTO {t} SELECT * FROM {t} WHERE topic = 'doubled' AND version = 2",
        2,
        "two such rows",
    ),
}


def test_damage_is_told_and_repaired(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic(name) for name in (*DAMAGE, "sound")])
    for records in (EARLY, LATE):
        for name in (*DAMAGE, "sound"):
            lab.land(name, records)
        lab.run()
    assert lab.types("silver.sound")["n"] == "string"
    registry = lab.table("ops.schema_registry")
    for statement, _, _ in DAMAGE.values():
        spark.sql(statement.format(t=registry))

    for name in (*DAMAGE, "sound"):
        lab.land(name, NEW)
    for _ in range(2):
        with pytest.raises(TasksFailedError) as failed:
            lab.run()
        told = dict(failed.value.errors)
        assert sorted(told) == sorted(f"silver_{name}" for name in DAMAGE)
        for name, (_, version, words) in DAMAGE.items():
            sentence = told[f"silver_{name}"]
            assert f"topic {name}, version {version}" in sentence
            assert words in sentence
            assert "doctor --repair" in sentence
    assert lab.rows("silver.sound", "id") == [(1,), (2,), (3,)]
    with pytest.raises(PipelineError, match=r"FAILED  schema registry: .*topic no_json, version 2"):
        perform(lab.context(action="doctor"))
    with pytest.raises(ActionError, match=r"argument repair is .yes.; allowed"):
        perform(lab.context(action="doctor", action_arguments=json.dumps({"repair": "yes"})))

    lines = lab.run(action="doctor", action_arguments=json.dumps({"repair": "true"}))["checks"]
    repaired = [line for line in lines if line.startswith("repaired")]
    assert [line.split()[2] for line in repaired] == list(DAMAGE)
    assert all("from 3 records of bronze" in line for line in repaired), repaired
    assert sum(line.startswith("ok ") for line in lines) == 8, lines
    lab.run()
    for name in DAMAGE:
        assert lab.types(f"silver.{name}") == lab.types("silver.sound"), name
        assert lab.data(f"silver.{name}") == lab.data("silver.sound"), name
    assert lab.run(action="doctor", action_arguments=json.dumps({"repair": "true"}))["checks"][0].startswith(
        "ok "
    )
