"""Change events through whole runs: every mode, in any batches and order, against an oracle that reads the events."""

from __future__ import annotations

import itertools
import json
import random
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines.bronze.kafka import to_records
from pipelines.silver.step import replay_rows
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

ROOT = Path(__file__).parents[3]
DEBEZIUM_LSN = {"value": "after", "before": "before", "op": "op", "sequence": "source.lsn"}


def _events() -> list[dict[str, Any]]:
    """Some rows of a table that live and die, and what else the connector says."""
    draw, events, rows = random.Random(11), [], dict[int, dict[str, Any]]()
    for lsn in range(100, 160):
        id_ = draw.randrange(8)
        before, after = rows.get(id_), {"id": id_, "v": f"v{lsn}", "op": draw.choice("cud")}
        op = "r" if lsn < 104 else "c" if before is None else draw.choice("uud")
        rows.pop(id_, None)
        if op != "d":
            rows[id_] = after
        event = {
            "before": before,
            "after": None if op == "d" else after,
            "source": {"ts_ms": lsn * 1000, "lsn": lsn},
            "op": op,
        }
        events.append({"schema": {"type": "struct"}, "payload": event} if lsn % 7 == 0 else event)
    events += [{"status": "BEGIN", "id": "5"}, {"ts_ms": 5}, {"schema": {}, "payload": None}]
    return [*events, {"op": "t", "source": {"lsn": 1, "ts_ms": 1}}, {"op": "c", "after": {"id": 9}}]


def _changes() -> list[tuple[int, str, int, str | None]]:
    """The changes as an oracle reads them: order, operation, key, value."""
    found = []
    for event in _events():
        event = event.get("payload") or event
        if event.get("op") in list("crud") and "source" in event:
            row = event["after"] or event["before"]
            found.append((event["source"]["lsn"], event["op"], row["id"], row["v"]))
    return sorted(found)


TOPICS = {
    "latest": topic("latest", silver={"mode": "upsert"}, unwrap=DEBEZIUM_LSN),
    "by_time": topic("by_time", silver={"mode": "upsert"}, unwrap="debezium"),
    "versions": topic("versions", mode="history", unwrap=DEBEZIUM_LSN),
    "all_of_them": topic("all_of_them", mode="append", unwrap=DEBEZIUM_LSN),
}
for each in TOPICS.values():
    each["silver"].pop("sequenceBy", None)


@pytest.mark.slow
def test_any_batches_and_order_give_the_same_tables(spark: SparkSession, tmp_path: Path) -> None:
    events = _events()
    (tmp_path / "whole").mkdir()
    (tmp_path / "split").mkdir()
    whole, split = (Lab(spark, tmp_path / name, list(TOPICS.values())) for name in ("whole", "split"))
    for name in TOPICS:
        whole.land(name, events)
    result = whole.run()
    assert result["status"] == "succeeded", result["errors"]
    changes = _changes()
    for name, counts in result["topics"].items():
        assert (counts["read"], counts["quarantined"], counts["dropped"]) == (len(events), 2, 3), name
        assert counts["silver"] + counts["deduplicated"] == len(changes)
    shuffled = random.Random(5).sample(events, len(events))
    for part in (shuffled[40:], shuffled[:40]):
        for name in TOPICS:
            split.land(name, part)
        assert split.run()["status"] == "succeeded"

    latest = {id_: (op, value) for _, op, id_, value in changes}
    right = sorted((id_, value) for id_, (op, value) in latest.items() if op != "d")
    versions = []
    for id_, group in itertools.groupby(
        sorted((id_, lsn, op, value) for lsn, op, id_, value in changes), lambda each: each[0]
    ):
        chain = list(group)
        ends = [lsn for _, lsn, _, _ in chain[1:]] + [None]
        versions += [
            (id_, value, lsn, end) for (_, lsn, op, value), end in zip(chain, ends, strict=True) if op != "d"
        ]
    for lab in (whole, split):
        for name in ("latest", "by_time"):
            assert lab.rows(f"silver.{name}", "id", "v") == right
        assert lab.rows("silver.versions", "id", "v", "_valid_from", "_valid_to") == sorted(
            versions, key=repr
        )
        assert lab.rows("silver.all_of_them", "_sequence", "_op", "id", "v") == sorted(changes, key=repr)
        codes = [("broken_change_event", "op"), ("broken_change_event", "source.lsn")]
        assert lab.rows("bronze.latest_quarantine", "code", "field") == codes
    assert (
        spark.table(whole.table("silver.by_time")).schema["_sequence"].dataType.simpleString() == "timestamp"
    )
    raws = [row[0] for row in whole.rows("bronze.latest", "raw")]
    assert sorted(raws) == sorted(map(json.dumps, events))


def test_messages_and_what_goes_through_later(spark: SparkSession, tmp_path: Path) -> None:
    """A tombstone stands behind the deletion; an event that was broken goes through once the path is right."""
    lab = Lab(spark, tmp_path, [TOPICS["latest"]])
    lab.land("latest", [{"op": "c", "after": {"id": 9}}, {"op": "t"}])
    lab.run()
    sent = [
        {"op": "c", "after": {"id": 50, "v": "k"}, "source": {"lsn": 899}},
        {"op": "d", "before": {"id": 50}, "source": {"lsn": 900}},
        None,
        {"op": "c", "after": {"id": 51, "v": "l"}, "source": {"lsn": 900}},
    ]
    now, key = datetime(2026, 1, 2, tzinfo=timezone.utc), b'{"schema":{},"payload":{"id":50}}'
    schema = "key binary, value binary, topic string, partition int, offset bigint, timestamp timestamp, headers array<struct<key string, value binary>>"
    values = [None if event is None else json.dumps(event).encode() for event in sent]
    messages = spark.createDataFrame(
        [(key, value, "o", 0, at, now, []) for at, value in enumerate(values)], schema
    )
    bronze = lab.table("bronze.latest")
    rows = to_records(messages).withColumns({"ingest_ts": F.current_timestamp(), "run_id": F.lit("test")})
    rows.select(*spark.table(bronze).columns).write.format("delta").mode("append").saveAsTable(bronze)
    counts = lab.run()["topics"]["latest"]
    assert (counts["read"], counts["dropped"], counts["quarantined"]) == (4, 1, 0)
    assert lab.rows("silver.latest", "id", "v") == [(51, "l")]
    document = json.loads(lab.document.read_text())
    del document["topics"][0]["unwrap"]["sequence"]
    lab.document.write_text(json.dumps(document))
    ctx = lab.context()
    replayed = replay_rows(ctx, ctx.document.topic("latest"), ["broken_change_event"])
    assert replayed is not None
    assert (replayed.read, replayed.quarantined) == (2, 1)
    assert lab.rows("silver.latest", "id", "v") == [(51, "l"), (9, None)]


def _settings(text: str) -> dict[str, Any]:
    """The settings of an example: a line for each, its value a text or a flow mapping."""
    lines = [line.split(": ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {
        key: json.loads(re.sub(r"[^\s{}\[\],:]+", r'"\g<0>"', value)) if value.startswith("{") else value
        for key, value in lines
    }


@pytest.mark.slow
def test_the_examples_of_the_guide(spark: SparkSession, tmp_path: Path) -> None:
    guide = (ROOT / "docs/guides/change-events.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:yaml|json)\n(.*?)```", guide, re.DOTALL)
    examples = [blocks[at : at + 3] for at in range(0, len(blocks), 3)]
    topics = [_settings(settings) for settings, _, _ in examples]
    names = [each["source"]["files"] for each in topics]
    lab = Lab(spark, tmp_path, [{"name": name, **each} for name, each in zip(names, topics, strict=True)])
    for name, (_, landed, _) in zip(names, examples, strict=True):
        lab.land(name, landed)
    result = lab.run()
    assert result["status"] == "succeeded", result["errors"]
    for name, (_, _, right) in zip(names, examples, strict=True):
        wanted = json.loads(right)
        [row] = spark.table(lab.table(f"silver.{name}")).select(*wanted).collect()
        found = {
            key: value if not isinstance(value, datetime) else wanted[key]
            for key, value in row.asDict().items()
        }
        assert found == wanted
