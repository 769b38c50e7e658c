"""The schema registry in ``ops.schema_registry``.

Registering is a compare-and-swap without locks: an append with the writer options ``txnAppId`` = topic and
``txnVersion`` = version, then a read. Of several writers one row lands; the others see a conflict, or Delta skips their
append in silence. Whoever reads another's row under the version that it wanted has lost and takes that row as the base.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from datetime import datetime

from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.names import literal
from pipelines.registry import Change, Mode, Schema, Version
from pipelines.tables import ddl, registry_columns

#: How Delta names a lost race. (A stack trace alone may well speak of ``java.util.concurrent``.)
_CONFLICT = re.compile(r"Concurrent\w*Exception|DELTA_CONCURRENT")


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

    def history(self, topic: str) -> Sequence[Version]:
        """All versions of a topic, oldest first."""
        with self._lock:
            if self._versions is None:
                self._versions = self._load("true")
            return tuple(self._versions.get(topic, ()))

    def register(
        self,
        topic: str,
        expected_version: int,
        schema: Schema,
        changes: Sequence[Change],
        compatibility: Mode,
        run_id: str,
        at: datetime,
    ) -> Version:
        """See ``RegistryStore.register``."""
        latest = self.latest(topic)
        fingerprint = schema.fingerprint()
        if latest is not None and latest.fingerprint == fingerprint:
            return latest
        number = expected_version + 1
        version = Version(topic, number, schema, fingerprint, tuple(changes), compatibility, run_id, at)
        row = version.to_row()
        columns = registry_columns()
        df = self._spark.createDataFrame([tuple(row[name] for name in columns)], ddl(columns))
        try:
            delta.append(df, self._table, app=f"registry/{topic}", version=number)
        except (
            Exception
        ) as error:  # classic Spark hands it over as the JVM's own, Connect as one of PySpark's
            if not _CONFLICT.search(str(error)):
                raise
        return self._reload(topic, number)

    def _reload(self, topic: str, wanted: int) -> Version:
        found = self._load(f"topic = {literal(topic)}").get(topic, [])
        with self._lock:
            if self._versions is not None:
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
            versions.setdefault(row["topic"], []).append(Version.from_row(row.asDict()))
        return versions
