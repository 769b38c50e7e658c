"""Erasing keys and keeping retention: gone from every table, and no stage takes a deletion for new data."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import pipelines.maintenance.retention
from pipelines.clock import now
from pipelines.errors import ActionError
from pipelines.maintenance import deletion
from test.pipelines.support import Lab, topic

pytestmark = [pytest.mark.spark, pytest.mark.slow]

COLUMNS = [{"name": "who", "type": "string"}, {"name": "n", "type": "bigint"}]
TOTALS = {
    "name": "totals",
    "grain": ["who"],
    "needs": [{"input": "t", "columns": COLUMNS}],
    "sql": "SELECT who, sum(n) AS n FROM t GROUP BY who",
}


def _forget(lab: Lab, *lines: str) -> dict[str, int]:
    keys = lab.folder / "keys.txt"
    keys.write_text("\n".join(lines))
    told = {"topic": "t", "keys_file": str(keys)}
    answer = lab.run(action="forget", action_arguments=json.dumps(told))
    said = "\n".join(answer["lines"])
    assert "VACUUM" in said
    assert not any(line in json.dumps(lab.rows("ops.run_log", "details")) for line in lines if len(line) > 3)
    erased: dict[str, int] = answer["erased"]
    return erased


def test_a_forgotten_key_is_gone_everywhere(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quality = [{"name": "positive", "expect": "n >= 0", "onViolation": "quarantine"}]
    lab = Lab(spark, tmp_path, [topic("t", quality=quality)], [TOTALS])
    lab.land("t", [{"id": 1001, "at": 1, "who": "a", "n": 1}, {"id": 1002, "at": 1, "who": "b", "n": 10}])
    lab.land("t", [{"id": "1001", "at": 2, "who": "c", "n": 2}, {"id": 1001, "at": 3, "n": -1}, {"at": 1}])
    lab.run()
    lab.land("t", [{"id": 1001, "at": 4, "who": "late", "n": 5}, {"id": 1003, "at": 4, "who": "b", "n": 5}])
    lab.run()
    assert lab.rows("gold.totals") == [("b", 15), ("late", 5)]

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    told = deletion.tell_silver_version
    monkeypatch.setattr(deletion, "tell_silver_version", killed)
    with pytest.raises(KeyboardInterrupt):
        _forget(lab, "1001")
    monkeypatch.setattr(deletion, "tell_silver_version", told)
    lab.land("t", [{"id": 1004, "at": 4, "who": "b", "n": 1}])
    lab.run()
    assert _forget(lab, "1001", '"1001"', "4242") == {"bronze.t": 0, "bronze.t_quarantine": 0, "silver.t": 0}
    for name in ("bronze.t", "bronze.t_quarantine"):
        assert not [raw for (raw,) in lab.rows(name, "raw") if "1001" in raw]
    assert len(lab.rows("bronze.t_quarantine", "raw")) == 1  # the record without a key is nobody's
    assert lab.rows("silver.t", "id") == [(1002,), (1003,), (1004,)]
    assert lab.rows("gold.totals") == [("b", 16)]
    lab.land("t", [{"id": 1005, "at": 4, "who": "d", "n": 1}])
    assert lab.run()["topics"]["t"]["read"] == 1
    lab.run(action="full_refresh")
    assert lab.rows("silver.t", "id") == [(1002,), (1003,), (1004,), (1005,)]
    assert _forget(lab, "1002") == {"bronze.t": 1, "bronze.t_quarantine": 0, "silver.t": 1}
    assert lab.rows("gold.totals") == [("b", 6), ("d", 1)]
    with pytest.raises(ActionError, match="line 1: begins like a JSON object"):
        _forget(lab, "{nonsense")
    with pytest.raises(ActionError, match=r"no topic 'x'; there are: t"):
        lab.run(action="forget", action_arguments='{"topic": "x"}')


def test_what_is_too_old_goes_once_a_day(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = topic("t", mode="append", retention={"bronzeDays": 10, "quarantineDays": 5})
    other = topic("u", mode="append")
    settings = {"retention": {"runLogDays": 20, "qualityDays": 20}}
    lab = Lab(spark, tmp_path, [kept, other], settings=settings)
    lab.land("t", '{"id": 1}\n{broken\n')
    lab.land("u", '{"id": 1}\n{broken\n')
    lab.run()

    def later(days: int) -> None:
        monkeypatch.setattr(pipelines.maintenance.retention, "now", lambda: now() + timedelta(days=days))

    later(7)
    lab.run()
    assert [len(lab.rows(name)) for name in ("bronze.t", "bronze.t_quarantine", "silver.t")] == [2, 0, 1]
    later(12)
    lab.land("t", '{"id": 2}\n')
    lab.run()
    assert lab.rows("bronze.t", "raw") == []
    assert lab.rows("silver.t", "id") == [(1,), (2,)]
    told = lab.rows("ops.run_log", "details", where="event = 'retention'")
    assert sorted(json.loads(details)["table"] for (details,) in told) == ["bronze.t", "bronze.t_quarantine"]
    lab.land("t", '{"id": 3}\n')
    assert lab.run()["topics"]["t"]["read"] == 1  # and nothing else goes on the same day
    assert lab.rows("bronze.t", "raw") == [('{"id": 3}',)]
    assert len(lab.rows("bronze.u")) == len(lab.rows("bronze.u_quarantine")) + 1 == 2
    later(30)
    lab.run()
    assert lab.rows("ops.run_log", "event", where="event = 'ingested'") == []
    assert lab.run()["topics"]["t"] == {**lab.run()["topics"]["t"], "read": 0}
