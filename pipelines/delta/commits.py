"""The few things that the library asks of Delta: versions, changes, idempotent appends. Nothing beyond Spark Connect."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

#: Table properties of bronze and silver: a reader that is 30 days late still finds its changes.
TABLE_PROPERTIES = {
    "delta.enableChangeDataFeed": "true",
    "delta.deletedFileRetentionDuration": "interval 30 days",
    "delta.logRetentionDuration": "interval 30 days",
}

CHANGE_TYPE = "_change_type"
COMMIT_VERSION = "_commit_version"

#: Key in the user metadata of a commit: the newest bronze version that its rows come from.
BRONZE_VERSION = "bronze_version"

#: Number of newest commits that are looked at before all of them are.
_NEWEST = 20


@dataclass(frozen=True)
class Commit:
    """A commit of a table: its version, Delta's own metrics of it, and the user metadata that :func:`append` put."""

    version: int
    operation: str
    metrics: dict[str, str]
    user_metadata: dict[str, Any] = field(default_factory=dict)

    def metric(self, name: str) -> int:
        """A metric as a number; 0 where Delta did not record it."""
        return int(self.metrics.get(name, 0))


def last_commit(spark: SparkSession, table: str) -> Commit:
    """The newest commit of ``table`` (``DESCRIBE HISTORY … LIMIT 1``: the portable way to ask for a version)."""
    newest = commits(spark, table, 1)
    if not newest:
        raise RuntimeError(f"table {table} has no history")
    return newest[0]


def commits(spark: SparkSession, table: str, limit: int | None = None) -> list[Commit]:
    """The commits of ``table`` (the newest ``limit``; all), newest first."""
    newest = "" if limit is None else f" LIMIT {limit}"
    # As it comes: to choose columns would be a query of its own.
    return [
        Commit(
            int(row["version"]),
            str(row["operation"]),
            dict(row["operationMetrics"] or {}),
            _decode(row["userMetadata"] or ""),
        )
        for row in spark.sql(f"DESCRIBE HISTORY {table}{newest}").collect()
    ]


def changes(spark: SparkSession, table: str, first: int, last: int | None = None) -> DataFrame:
    """The change feed of ``table`` from version ``first`` to ``last``, both included; without one, to the newest."""
    reader = spark.read.option("readChangeFeed", "true").option("startingVersion", first)
    return (reader if last is None else reader.option("endingVersion", last)).table(table)


def inserts(spark: SparkSession, table: str, first: int, last: int) -> DataFrame:
    """The rows that came to ``table`` from version ``first`` to ``last``: of a table that only grows, all changes but
    what retention or erasure took away.
    """
    return changes(spark, table, first, last).where(f"{CHANGE_TYPE} = 'insert'")


def snapshot(spark: SparkSession, table: str, version: int) -> DataFrame:
    """``table`` as it was at ``version``."""
    return spark.sql(f"SELECT * FROM {table} VERSION AS OF {version}")


def append(
    df: DataFrame,
    table: str,
    app: str = "",
    version: int | None = None,
    user_metadata: dict[str, Any] | None = None,
) -> None:
    """Append ``df`` to ``table``, in one commit.

    With ``app`` and ``version`` the append is idempotent: Delta skips a version that the app has already written.
    ``user_metadata`` is kept in the commit (``userMetadata``), so that what was consumed and what was written are one fact.
    """
    writer = df.write.format("delta").mode("append")
    if version is not None:
        writer = writer.option("txnAppId", app).option("txnVersion", version)
    if user_metadata is not None:
        writer = writer.option("userMetadata", json.dumps(user_metadata))
    writer.saveAsTable(table)


def append_rows(
    spark: SparkSession,
    rows: Sequence[tuple[Any, ...]],
    columns: str,
    table: str,
    app: str = "",
    version: int | None = None,
    user_metadata: dict[str, Any] | None = None,
) -> None:
    """Append a few ``rows`` of this process, whose ``columns`` are given as DDL; see :func:`append`.

    As one file: Spark would write as many as there are cores, and each of them is read by everybody who reads the table.
    """
    append(spark.createDataFrame(rows, columns).coalesce(1), table, app, version, user_metadata)


def append_range(
    rows: DataFrame, table: str, app: str, last: int, shape: Callable[[DataFrame], DataFrame], version: str
) -> bool:
    """Append those of a batch's ``rows`` that no earlier attempt has written, once, whatever is run again.

    ``rows`` carry the bronze version that they came with, in the column ``version``; the batch ends at ``last``, and the commit
    says so. ``shape`` makes rows of the table of them. Whether anything was left to append.
    """
    written = last_in_user_metadata(rows.sparkSession, table, BRONZE_VERSION) or 0
    if written >= last:
        return False
    new = rows.where(F.col(version) > written)
    append(shape(new), table, app=app, version=last, user_metadata={BRONZE_VERSION: last})
    return True


def overwrite(
    df: DataFrame, table: str, user_metadata: dict[str, Any] | None = None, comment: str = ""
) -> None:
    """Replace rows and columns of ``table`` by ``df`` in one commit; its comment and properties stay.

    Args:
        comment: The comment of the table where it is not there yet.
    """
    writer = df.write.format("delta").mode("overwrite").option("overwriteSchema", "true")
    if comment:
        writer = writer.option("comment", comment)
    if user_metadata is not None:
        writer = writer.option("userMetadata", json.dumps(user_metadata))
    writer.saveAsTable(table)


def last_in_user_metadata(spark: SparkSession, table: str, key: str) -> int | None:
    """The highest value of ``key`` in the user metadata that the commits of ``table`` carry, or nothing.

    Values only grow, so the newest commit that has the key tells. It is sought among the newest commits first: reading the
    whole history would cost more with every commit.
    """
    for limit in (_NEWEST, None):
        values = [
            metadata[key] for metadata in user_metadata(spark, table, limit) if metadata.get(key) is not None
        ]
        if values:
            return max(map(int, values))
    return None


def user_metadata(spark: SparkSession, table: str, limit: int | None = None) -> list[dict[str, Any]]:
    """The user metadata that the commits of ``table`` (the newest ``limit``; all) carry, newest first."""
    return [commit.user_metadata for commit in commits(spark, table, limit) if commit.user_metadata]


def _decode(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
