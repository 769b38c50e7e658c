"""The schema registry in ``ops.schema_registry``.

Registering is a compare-and-swap without locks: an append with the writer options ``txnAppId`` = topic and
``txnVersion`` = version, then a read. Of several writers one row lands; the others see a conflict, or Delta skips their
append in silence. Whoever reads another's row under the version that it wanted has lost and takes that row as the base.
"""

from __future__ import annotations

import json
import threading
from datetime import datetime
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.registry.schema import Schema
from pipelines.registry.store import Version
from pipelines.tables import ddl, registry_columns


class DeltaRegistry:
    """Versions of every topic, read once and kept: versions are immutable, so only new ones need reading."""

    def __init__(self, spark: SparkSession, table: str) -> None:
        self._spark = spark
        self._table = table
        self._lock = threading.Lock()
        self._versions: dict[str, list[Version]] | None = None

    def latest(self, topic: str) -> Version | None:
        """The newest version of a topic, or nothing."""
        history = self.history(topic)
        return history[-1] if history else None

    def history(self, topic: str) -> list[Version]:
        """All versions of a topic, oldest first."""
        with self._lock:
            if self._versions is None:
                self._versions = self._load("true")
            return list(self._versions.get(topic, []))

    def register(
        self,
        topic: str,
        expected_version: int,
        schema: Schema,
        changes: Any,
        compatibility: str,
        run_id: str,
        at: datetime,
    ) -> Version:
        """Register ``schema`` as version ``expected_version``; the row that stands there afterwards is the answer.

        The same fingerprint as the newest version is a no-op. A caller whose schema lost the race gets the winner's
        version back and must plan again on top of it.
        """
        latest = self.latest(topic)
        fingerprint = schema.fingerprint()
        if latest is not None and latest.fingerprint == fingerprint:
            return latest
        text = json.dumps(schema.to_json(), sort_keys=True, ensure_ascii=False)
        said = json.dumps([change.to_json() for change in changes], sort_keys=True, ensure_ascii=False)
        row = (topic, expected_version, text, fingerprint, said, compatibility, run_id, at)
        df = self._spark.createDataFrame([row], ddl(registry_columns()))
        try:
            delta.append(df, self._table, app=f"registry/{topic}", version=expected_version)
        except PySparkException as error:
            if "CONCURRENT" not in str(error).upper():
                raise
        return self._reload(topic, expected_version)

    def _reload(self, topic: str, wanted: int) -> Version:
        found = self._load(f"topic = '{topic}'").get(topic, [])
        with self._lock:
            assert self._versions is not None
            self._versions[topic] = found
        for version in found:
            if version.version == wanted:
                return version
        raise RuntimeError(
            f"version {wanted} of topic {topic} was appended to {self._table}, but is not there"
        )

    def _load(self, condition: str) -> dict[str, list[Version]]:
        query = f"SELECT * FROM {self._table} WHERE {condition} ORDER BY topic, version"
        versions: dict[str, list[Version]] = {}
        for row in self._spark.sql(query).collect():
            versions.setdefault(row["topic"], []).append(
                Version(
                    topic=row["topic"],
                    version=int(row["version"]),
                    schema=Schema.from_json(json.loads(row["schema"])),
                    fingerprint=row["fingerprint"],
                    changes=json.loads(row["changes"] or "[]"),
                    compatibility=row["compatibility"],
                    run_id=row["run_id"],
                    registered_at=row["registered_at"],
                )
            )
        return versions
