"""Drifts on Spark: each is raised once and told once, whatever restarts and whoever does not answer."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from pyspark.sql import SparkSession

from pipelines.errors import PipelineError
from pipelines.maintenance import http as webhook
from pipelines.run import run_once
from test.pipelines.maintenance.test_http import Receiver
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark


@pytest.mark.slow
def test_each_drift_is_raised_once_and_told_once(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "FIRST_PAUSE_S", 0.01)
    strict = {"onNewField": "fail", "onTypeConflict": "quarantine"}
    topics = [topic("t", mode="append"), topic("r", mode="append", schema=strict)]
    with Receiver(500, 503, 200).up() as receiver:
        lab = Lab(spark, tmp_path, topics, settings={"driftWebhook": {"url": receiver.url}})
        lab.land("t", [{"id": 1, "n": 1}])
        lab.land("r", [{"id": 1, "n": 1}])
        lab.run()
        assert receiver.bodies == []
        lab.land("t", [{"id": 2, "n": "n/a"}])
        lab.land("r", [{"id": 2, "n": "n/a"}])
        lab.run()
        told = [body["id"] for body in receiver.bodies]
        assert sorted(told[2:]) == ["r/1/n/rejected_type_conflict/string", "t/2/n/promoted/string"]
        assert told[:2] == [told[2]] * 2
        body = next(body for body in receiver.bodies if body["topic"] == "t")
        assert body == {
            "id": "t/2/n/promoted/string",
            "pipeline": "lab",
            "topic": "t",
            "field": "n",
            "change": "promoted",
            "from": "bigint",
            "to": "string",
            "value_shape": "a/a",
            "schema_version": 2,
            "run_id": body["run_id"],
        }
        lab.land("r", [{"id": 3, "n": "again"}])
        lab.run()
        assert len(receiver.bodies) == 4
        url = receiver.url
        receiver.statuses = [404]
        lab.land("r", [{"id": 4, "new": "x"}])
        with pytest.raises(PipelineError, match="onNewField is fail"):
            lab.run()
        assert receiver.bodies[-1]["change"] == "rejected_unexpected_field"
        receiver.statuses = [200]
        for _ in range(2):
            with pytest.raises(PipelineError, match="onNewField is fail"):
                lab.run()
        assert len(receiver.bodies) == 6
    assert url not in str(lab.rows("ops.run_log"))
    raised = [
        ("r", "n", "rejected_type_conflict"),
        ("r", "new", "rejected_unexpected_field"),
        ("t", "n", "promoted"),
    ]
    assert lab.rows("ops.schema_drift", "topic", "field", "change") == raised
    assert len(lab.rows("ops.run_log", where="event = 'drift_not_delivered'")) == 1
    assert len(lab.rows("ops.run_log", where="event = 'schema_drift'")) == 3


def test_a_bad_secret_is_told_and_stands_in_no_log(
    spark: SparkSession, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    token = "T0123/B4567/s3cr3t"
    secret = {"secret": {"scope": "hooks", "key": "drift"}}
    lab = Lab(spark, tmp_path, [topic("t", mode="append")], settings={"driftWebhook": secret})
    secrets = SimpleNamespace(get=lambda scope, key: f"hooks.slack.com/services/ {token}\n")
    for record in ({"id": 1}, {"id": 2, "new": "x"}):
        lab.land("t", [record])
        result = run_once(spark, SimpleNamespace(secrets=secrets), **lab.options)
    (told,) = lab.rows("ops.run_log", "error", where="event = 'drift_not_delivered'")
    assert told[0].startswith("the address of the webhook holds a blank")
    said = capfd.readouterr()
    for text in (str(lab.rows("ops.run_log")), str(result), said.out, said.err):
        assert token not in text
