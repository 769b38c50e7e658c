"""A real Kafka broker: one KRaft node on free loopback ports, started and stopped by the tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from local.tools import tools_dir

USER, PASSWORD = "tester", "p\\a\"ss' word;"
_START_S = 60


def jars() -> Path:
    """The broker's jars; set up by `npm run setup -- --broker`."""
    return tools_dir() / "jars" / "kafka-broker"


@dataclass
class Broker:
    """A running broker. ``address`` takes anybody, ``sasl_address`` only the one user."""

    folder: Path
    address: str = ""
    sasl_address: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Format the storage, start, and wait until the broker answers."""
        plain, sasl, controller = _free_ports(3)
        self.address, self.sasl_address = f"127.0.0.1:{plain}", f"127.0.0.1:{sasl}"
        config = self.folder / "server.properties"
        config.write_text(_properties(self.folder / "data", plain, sasl, controller), encoding="utf-8")
        java = ["java", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-cp", f"{jars()}{os.sep}*"]
        identity = "MkU3OEVBNTcwNTJENDM2Qg"
        formatted = subprocess.run(
            [*java, "kafka.tools.StorageTool", "format", "-t", identity, "-c", str(config)],
            capture_output=True,
            text=True,
            check=False,
        )
        if formatted.returncode != 0:
            raise RuntimeError(
                f"the broker's storage was not formatted: {formatted.stderr or formatted.stdout}"
            )
        with (self.folder / "broker.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*java, "kafka.Kafka", str(config)], stdout=log, stderr=log, cwd=self.folder
            )
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.admin().list_topics(timeout=2)
                return
            except Exception:  # not up yet
                time.sleep(0.3)
        self.stop()
        raise RuntimeError("the broker did not start: " + (self.folder / "broker.log").read_text()[-2000:])

    def stop(self) -> None:
        """Stop, and take the data with it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def admin(self) -> AdminClient:
        """A client for topics."""
        return AdminClient({"bootstrap.servers": self.address, "log_level": 0})

    def create(self, topic: str, partitions: int) -> None:
        """Create a topic and wait until it is there."""
        admin = self.admin()
        for future in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
            future.result(timeout=20)

    def produce(self, topic: str, messages: list[dict[str, Any]]) -> dict[tuple[int, int], dict[str, Any]]:
        """Send messages (``value``, ``key``, ``headers``, ``partition``). What the broker acknowledged, by partition and offset."""
        acknowledged: dict[tuple[int, int], dict[str, Any]] = {}
        producer = Producer({"bootstrap.servers": self.address, "enable.idempotence": True, "log_level": 0})

        def note(message: dict[str, Any]) -> Any:
            def delivered(error: Any, report: Any) -> None:
                if error is not None:
                    raise RuntimeError(str(error))
                at = (report.partition(), report.offset())
                acknowledged[at] = {**message, "timestamp": report.timestamp()[1]}

            return delivered

        for message in messages:
            producer.produce(topic, **message, on_delivery=note(message))
            producer.poll(0)
        producer.flush(30)
        assert len(acknowledged) == len(messages)
        return acknowledged

    def ends(self, topic: str, partitions: int) -> dict[int, int]:
        """The next offset of every partition, as the broker says."""
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "ends", "log_level": 0})
        try:
            return {
                partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]
                for partition in range(partitions)
            }
        finally:
            consumer.close()


def _properties(data: Path, plain: int, sasl: int, controller: int) -> str:
    password = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
    # A properties file takes one more level of backslashes.
    login = f'user_{USER}="{password}"'.replace("\\", "\\\\")
    return f"""
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{plain},SASL_PLAINTEXT://127.0.0.1:{sasl},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SASL_PLAINTEXT://127.0.0.1:{sasl}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {login};
log.dirs={data}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in sockets]
    finally:
        for item in sockets:
            item.close()
