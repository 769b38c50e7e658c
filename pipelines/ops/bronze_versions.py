"""The newest commits of bronze tables, so that an idle iteration of a loop asks Delta nothing."""

from __future__ import annotations

from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.config.names import Tables


class BronzeVersions:
    """The newest commit of each topic's bronze table. Whoever commits to one tells it here."""

    def __init__(self, spark: SparkSession, tables: Tables) -> None:
        self._spark = spark
        self._tables = tables
        self._newest: dict[str, delta.Commit] = {}

    def newest(self, topic: str) -> delta.Commit:
        """Return the newest commit of the topic's bronze table. Delta is asked where it is not known yet."""
        if topic not in self._newest:
            self._newest[topic] = delta.last_commit(self._spark, self._tables.bronze(topic))
        return self._newest[topic]

    def set(self, topic: str, commit: delta.Commit) -> None:
        """Remember what was committed last."""
        self._newest[topic] = commit

    def clear(self) -> None:
        """Forget everything, as a process of its own knows nothing."""
        self._newest.clear()
