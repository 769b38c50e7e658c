"""The schema registry in ``ops.schema_registry``.

Registering is a compare-and-swap without locks: an append with the writer options ``txnAppId`` = topic and
``txnVersion`` = version, then a look at the newest commits, which carry a token. Of several writers one row lands; the others
see a conflict, or Delta skips their append in silence. Whoever does not find its token there reads the table; whoever reads
another's row under the version that it wanted has lost and takes that row as the base.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.delta.sql import ddl, literal
from pipelines.registry import (
    Change,
    History,
    RegistryDamaged,
    Schema,
    Version,
    histories,
    registry_columns,
)
from pipelines.vocabulary import Mode

#: Key in the user metadata of a commit by which a writer knows its commit, and how many of the newest commits it looks at: topics are
#: registered side by side.
_TOKEN, _NEWEST = "token", 20
#: Delta's names of a lost race. (A stack trace alone may well speak of ``java.util.concurrent``.)
_CONFLICT = re.compile(r"Concurrent\w*Exception|DELTA_CONCURRENT")


class DeltaRegistry:
    """Versions of every topic, read once and kept: versions are immutable, so only new ones need reading."""

    def __init__(self, spark: SparkSession, table: str) -> None:
        self._spark = spark
        self._table = table
        self._lock = threading.Lock()
        self._histories: dict[str, History] | None = None

    def latest(self, topic: str) -> Version | None:
        """The newest version of a topic, or nothing."""
        history = self.history(topic)
        return history[-1] if history else None

    def history(self, topic: str) -> Sequence[Version]:
        """All versions of a topic, oldest first. Raises :class:`RegistryDamaged` where somebody has edited one."""
        return self.inspect(topic).versions()

    def inspect(self, topic: str) -> History:
        """Return what the table holds of a topic, damaged rows among it."""
        with self._lock:
            if self._histories is None:
                self._histories = self._load("true")
            return self._histories.get(topic, History())

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
        token = uuid.uuid4().hex
        try:
            self._append(version, f"registry/{topic}", number, {_TOKEN: token})
        except (
            Exception
        ) as error:  # classic Spark hands it over as the JVM's own, Connect as one of PySpark's
            if not _CONFLICT.search(str(error)):
                raise
        # Cheaper than reading the table, of which Spark would list all files anew after each commit.
        if token in (
            metadata.get(_TOKEN) for metadata in delta.user_metadata(self._spark, self._table, _NEWEST)
        ):
            with self._lock:
                if self._histories is not None:
                    known = self._histories.get(topic, History())
                    self._histories[topic] = History([*known.sound, version])
            return version
        return self._reload(topic, number)

    def start_empty(self) -> None:
        """The table was just made: it holds nothing, and nobody need look."""
        with self._lock:
            self._histories = {}

    def replace(self, version: Version, damaged: Sequence[int]) -> None:
        """Delete the ``damaged`` versions of a topic and append ``version``. For repairs, which no other writer is beside."""
        if damaged:
            numbers = ", ".join(map(str, damaged))
            self._spark.sql(
                f"DELETE FROM {self._table} WHERE topic = {literal(version.topic)} AND version IN ({numbers})"
            )
        # Without a transaction: Delta would skip a number that was registered once, whatever became of its row.
        self._append(version)
        self._reload(version.topic, version.version)

    def _append(
        self,
        version: Version,
        app: str = "",
        number: int | None = None,
        user_metadata: dict[str, Any] | None = None,
    ) -> None:
        row, columns = version.to_row(), registry_columns()
        values = tuple(row[name] for name in columns)
        delta.append_rows(self._spark, [values], ddl(columns), self._table, app, number, user_metadata)

    def _reload(self, topic: str, wanted: int) -> Version:
        found = self._load(f"topic = {literal(topic)}").get(topic, History())
        with self._lock:
            if self._histories is not None:
                self._histories[topic] = found
        for version in found.versions():
            if version.version == wanted:
                return version
        raise RegistryDamaged(
            topic, wanted, "a version of this number was registered before, and its row is gone"
        )

    def _load(self, condition: str) -> dict[str, History]:
        rows = self._spark.sql(f"SELECT * FROM {self._table} WHERE {condition}").collect()
        return histories(row.asDict() for row in rows)
