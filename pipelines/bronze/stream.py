"""A Structured Streaming query straight into a bronze table: exactly once by its checkpoint and Delta's sink."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.bronze.durable import write_whole
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.ops.run_log import details_of

#: Key in the user metadata of a commit: the run that the records came with.
_RUN = "run_id"


def checkpoint(ctx: Context, topic: Topic) -> str:
    """The folder of the topic's checkpoint."""
    return os.path.join(ctx.parameters.checkpoints, "bronze", topic.name)


def append_stream(ctx: Context, topic: Topic, rows: DataFrame) -> delta.Commit | None:
    """Take all that is available, in batches. The newest commit afterwards; nothing where nothing was new."""
    started = time.monotonic()
    table = ctx.parameters.tables.bronze(topic.name)
    logged = _Logged(ctx, topic)
    logged.catch_up()
    # Delta resolves the table by the thread's active session, and a worker thread has none until this call sets it.
    ctx.spark.createDataFrame([], "a int")
    query = (
        rows.withColumn("ingest_ts", F.current_timestamp())
        .withColumn("run_id", F.lit(ctx.parameters.run_id))
        .writeStream.format("delta")
        .option("checkpointLocation", checkpoint(ctx, topic))
        .option("userMetadata", json.dumps({_RUN: ctx.parameters.run_id}))
        .queryName(f"bronze_{topic.name}_{ctx.parameters.run_id}")
        .trigger(availableNow=True)
        .toTable(table)
    )
    query.awaitTermination()
    batches = [progress for progress in query.recentProgress if _rows(progress)]
    if not batches:
        return None
    commit = delta.last_commit(ctx.spark, table)
    details = {
        "rows": sum(map(_rows, batches)),
        "batches": len(batches),
        "table_version": commit.version,
        "offsets": _offsets(batches[-1]["sources"][0]["endOffset"]),
    }
    duration = int((time.monotonic() - started) * 1000)
    ctx.log.event("bronze", "ingested", topic=topic.name, duration_ms=duration, details=details)
    ctx.log.when_written(partial(logged.write, commit.version))
    return commit


class _Logged:
    """Up to which version of a bronze table the run log tells of its commits: a file in the checkpoint volume.

    The log is written after everything else. A run that is killed before leaves commits of which the next one finds nothing
    in the log; it logs them under the id of that run, which the commits carry.
    """

    def __init__(self, ctx: Context, topic: Topic) -> None:
        self._ctx = ctx
        self._topic = topic.name
        self._file = Path(ctx.parameters.checkpoints) / "logged" / topic.name

    def catch_up(self) -> None:
        """Log the commits that the log does not have, of all runs that have ended."""
        newest, logged = self._ctx.bronze_versions.newest(self._topic).version, self._read()
        if logged == newest:
            return
        missing = newest - logged if logged is not None else 0  # not positive: the table was made anew
        if missing > 0 and self._log_newest(missing):
            self._ctx.log.when_written(partial(self.write, newest))
        else:
            self.write(newest)

    def write(self, version: int) -> None:
        """The log tells of the table's commits up to ``version``."""
        with suppress(OSError):  # then the next run finds the events in the log
            write_whole(self._file, str(version))

    def _read(self) -> int | None:
        try:
            return int(self._file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def _log_newest(self, count: int) -> bool:
        """Log those of the newest ``count`` commits that streams made and the log does not have. Whether there are any."""
        ctx, tables, here = self._ctx, self._ctx.parameters.tables, self._ctx.parameters.run_id
        runs: dict[str, list[delta.Commit]] = {}
        for commit in delta.commits(ctx.spark, tables.bronze(self._topic), count):
            if commit.user_metadata.get(_RUN) and commit.metric("numOutputRows"):
                runs.setdefault(commit.user_metadata[_RUN], []).append(commit)
        found = False
        for run_id, commits in reversed(runs.items()):
            told = details_of(ctx.spark, tables.ops("run_log"), run_id, self._topic, ("ingested",))
            last = max((int(details.get("table_version") or 0) for details in told), default=0)
            missing = [commit for commit in commits if commit.version > last]
            if missing:
                found = True
                details = {
                    "rows": sum(commit.metric("numOutputRows") for commit in missing),
                    "batches": len(missing),
                    "table_version": missing[0].version,
                    "recovered_by": here,
                }
                ctx.log.event("bronze", "ingested", topic=self._topic, run_id=run_id, details=details)
        return found


def _rows(progress: Any) -> int:
    """Rows that a batch has read. Of all its sources: over Spark Connect, a batch has no total of its own."""
    return sum(source["numInputRows"] or 0 for source in progress["sources"])


def _offsets(text: Any) -> Any:
    """Return the offsets of a source, in its own words."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text
