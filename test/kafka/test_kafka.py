"""Kafka into bronze, against a real broker: every message once, whatever happens to the driver."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import SparkSession

from local.session import build_session
from local.tools import ROOT
from pipelines import delta
from pipelines.bronze.ingest import run_bronze
from pipelines.bronze.lock import locked
from pipelines.errors import SourceError, TasksFailedError
from pipelines.job.lifecycle import prepare_tables
from pipelines.run import run_once
from test.kafka.broker import PASSWORD, USER, Broker
from test.kafka.topics import PER_BATCH, enveloped, plain, signed_in
from test.pipelines.support import Lab

pytestmark = pytest.mark.kafka

PARTITIONS = 3
Acknowledged = dict[tuple[int, int], dict[str, Any]]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def orders(broker: Broker) -> Acknowledged:
    """What the broker has of the topic `orders`; tests add what they send."""
    broker.create("orders", PARTITIONS)
    return broker.produce("orders", [message(n) for n in range(900)])


@pytest.fixture(scope="module")
def spark(out: Path, orders: Acknowledged, broker: Broker, lab_folder: Path) -> Iterator[SparkSession]:
    """A session over what a driver left that was killed in the middle of its first run."""
    kill_in_the_middle(out, Lab(None, lab_folder, [plain(broker.address)], prefix="k_"))  # type: ignore[arg-type]
    session = build_session(out, master="local[2]", kafka=True)
    yield session
    session.stop()


@pytest.fixture(scope="module")
def lab_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


def message(n: int) -> dict[str, Any]:
    """A message of the topic `orders`: keys come again, every seventh has headers, some are odd."""
    value: bytes | None = json.dumps({"id": n % 400, "at": n, "text": "é" * (n % 5)}).encode()
    if n % 100 == 50:
        value = None
    elif n % 100 == 60:
        value = b'{"id": 1, "text": "\xff\xfe"}'
    headers = (
        [("trace", str(n).encode()), ("trace", b"last"), ("empty", None), ("bad", b"\xff")]
        if n % 7 == 0
        else None
    )
    return {"key": str(n % 400).encode() if n % 11 else None, "value": value, "headers": headers}


def kill_in_the_middle(out: Path, lab: Lab) -> None:
    """Start a driver, and kill it and its JVM when two of its batches are done."""
    command = [sys.executable, "-m", "test.kafka.victim", str(out), json.dumps(lab.options)]
    done = lab.folder / "checkpoints" / "bronze" / "orders" / "commits"
    with (out / "victim.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        try:
            deadline = time.monotonic() + 600
            while not (done / "1").exists():
                assert process.poll() is None, (out / "victim.log").read_text()[-2000:]
                assert time.monotonic() < deadline, "the driver did nothing"
                time.sleep(0.05)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert not (done / str(900 // PER_BATCH - 1)).exists(), "it was done before it was killed"


@pytest.fixture(scope="module")
def lab(spark: SparkSession, lab_folder: Path, broker: Broker) -> Lab:
    return Lab(spark, lab_folder, [plain(broker.address)], prefix="k_")


def bronze(lab: Lab, name: str = "orders") -> dict[tuple[int, int], Any]:
    """Rows of bronze by partition and offset; fails on a row that is there twice."""
    rows = lab.spark.table(lab.table(f"bronze.{name}")).collect()
    found = {}
    for row in rows:
        kind, _, partition = row["source"].rpartition("-")
        assert kind == "kafka:orders"
        found[int(partition), row["position"]] = row
    assert len(found) == len(rows)
    assert len({row["_row_id"] for row in rows}) == len(rows)
    return found


def text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def assert_all_there(lab: Lab, broker: Broker, orders: Acknowledged, name: str = "orders") -> None:
    found = bronze(lab, name)
    assert set(found) == set(orders)
    for partition, end in broker.ends("orders", PARTITIONS).items():
        assert sorted(offset for p, offset in found if p == partition) == list(range(end))
    for at, sent in orders.items():
        row = found[at]
        assert (row["raw"], row["key"]) == (text(sent["value"]), text(sent["key"]))
        kept = sent["value"] if "\ufffd" in (row["raw"] or "") else None
        assert (None if row["_raw_bytes"] is None else bytes(row["_raw_bytes"])) == kept
        headers = None if sent["headers"] is None else {name: text(value) for name, value in sent["headers"]}
        assert row["headers"] == headers
        assert round(row["event_ts"].timestamp() * 1000) == sent["timestamp"]


def test_every_message_once_though_the_driver_was_killed(
    lab: Lab, broker: Broker, orders: Acknowledged
) -> None:
    before = len(bronze(lab))
    assert 0 < before < len(orders)
    orders |= broker.produce("orders", [message(n) for n in range(900, 1000)])
    counts = lab.run()["topics"]["orders"]
    assert_all_there(lab, broker, orders)
    history = lab.spark.sql(f"DESCRIBE HISTORY {lab.table('bronze.orders')}").collect()
    sizes = [int((row["operationMetrics"] or {}).get("numOutputRows", 0)) for row in history]
    assert max(sizes) <= PER_BATCH
    # Every row of bronze has one fate; the newest row of each key is in silver.
    codes = [row[0] for row in lab.rows("bronze.orders_quarantine", "code")]
    assert codes == ["invalid_utf8"] * 10 + ["tombstone"] * 10
    assert counts["read"] == len(orders) == counts["silver"] + counts["quarantined"] + counts["deduplicated"]
    usable = [json.loads(text(m["value"]) or "{}") for m in orders.values() if m["value"] is not None]
    newest: dict[int, int] = {}
    for record in usable:
        newest[record["id"]] = max(newest.get(record["id"], -1), record.get("at", -1))
    assert dict(lab.rows("silver.orders", "id", "at")) == newest


def test_a_run_with_nothing_new_starts_no_spark_job(lab: Lab) -> None:
    ctx = lab.context()
    prepare_tables(ctx)
    one = ctx.document.topic("orders")
    assert run_bronze(ctx, one).idle
    scheduler = lab.spark.sparkContext._jsc.sc().dagScheduler()
    before = scheduler.numTotalJobs()
    began = time.monotonic()
    assert run_bronze(ctx, one).idle
    sys.stdout.write(f"an idle look at the brokers took {time.monotonic() - began:.2f} s\n")
    assert scheduler.numTotalJobs() == before


def test_a_lost_checkpoint_and_a_lost_table(
    lab: Lab, broker: Broker, orders: Acknowledged, out: Path
) -> None:
    checkpoint = lab.folder / "checkpoints" / "bronze" / "orders"
    shutil.rmtree(checkpoint)
    orders |= broker.produce("orders", [message(n) for n in range(1000, 1050)])
    ctx = lab.context()
    one = ctx.document.topic("orders")
    assert not run_bronze(ctx, one).idle
    assert_all_there(lab, broker, orders)
    assert [e["event"] for e in ctx.log.events] == ["checkpoint_rebuilt", "ingested"]
    lab.spark.sql(f"DROP TABLE {lab.table('bronze.orders')}")
    shutil.rmtree(out / "warehouse" / "k_bronze.db" / "orders")  # found on disk, it was dropped in name only
    ctx = lab.context()
    prepare_tables(ctx)
    assert not run_bronze(ctx, one).idle
    assert_all_there(lab, broker, orders)
    held = locked(str(lab.folder / "checkpoints" / "kafka" / "orders"), "orders")
    with held, pytest.raises(SourceError, match="another run is reading its source"):
        run_bronze(ctx, one)


def test_signing_in_with_a_secret_and_deleting_by_deletes(
    spark: SparkSession, broker: Broker, orders: Acknowledged, tmp_path: Path
) -> None:
    lab = Lab(spark, tmp_path, [signed_in(broker.sasl_address)])
    secrets = {("kafka", "user"): USER, ("kafka", "password"): PASSWORD}
    dbutils = SimpleNamespace(secrets=SimpleNamespace(get=lambda scope, key: secrets[scope, key]))
    counts = run_once(spark, dbutils, **lab.options)["topics"]["orders"]
    assert_all_there(lab, broker, orders)
    assert delta.last_commit(spark, lab.table("bronze.orders")).version == 1
    expected: dict[int, int | None] = {}
    nameless = broken = 0
    for _, sent in sorted(orders.items(), key=lambda item: (str(item[0][0]), item[0][1])):
        if sent["value"] is not None and "\ufffd" in (text(sent["value"]) or ""):
            broken += 1
        elif sent["value"] is not None:
            record = json.loads(text(sent["value"]) or "")
            expected[record["id"]] = record.get("at")
        elif sent["key"] is None:
            nameless += 1
        else:
            expected.pop(int(sent["key"]), None)
    assert nameless > 0
    assert broken > 0
    assert dict(lab.rows("silver.orders", "id", "at")) == expected
    codes = Counter(row[0] for row in lab.rows("bronze.orders_quarantine", "code"))
    assert codes == {"tombstone": nameless, "invalid_utf8": broken}
    assert counts["quarantined"] == nameless + broken
    assert set(lab.rows("bronze.orders_quarantine", "raw", where="code = 'tombstone'")) == {(None,)}
    with pytest.raises(TasksFailedError, match="cannot be read without dbutils"):
        lab.run()


def test_records_inside_of_messages_come_once_though_the_checkpoint_is_lost(
    spark: SparkSession, broker: Broker, tmp_path: Path
) -> None:
    def send(first: int) -> None:
        records = [{"id": first + n, "at": n} for n in range(3)]
        values = [json.dumps({"account": "a", "r": records}).encode(), b'{"account": "b"}']
        broker.produce("pages", [{"value": value, "key": b"k"} for value in values])

    broker.create("pages", 1)
    lab = Lab(spark, tmp_path, [enveloped(broker.address)])
    send(10)
    counts = lab.run()["topics"]["pages"]
    assert (counts["read"], counts["silver"], counts["quarantined"]) == (4, 3, 1)
    shutil.rmtree(lab.folder / "checkpoints" / "bronze" / "pages")
    send(20)
    counts = lab.run()["topics"]["pages"]
    assert (counts["read"], counts["silver"], counts["quarantined"]) == (4, 3, 1)
    assert lab.rows("silver.pages", "account", "id") == [("a", n) for n in (10, 11, 12, 20, 21, 22)]
    assert lab.rows("bronze.pages", "position") == sorted(
        ((n,) for n in (-4, -2, 0, 1, 2, 2_000_000, 2_000_001, 2_000_002)), key=repr
    )
    assert lab.rows("bronze.pages_quarantine", "code", "raw") == [("broken_envelope", '{"account": "b"}')] * 2
