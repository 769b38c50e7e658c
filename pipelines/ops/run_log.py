"""The structured log of a run: events are gathered while a task works and appended to ``ops.run_log`` at its end."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Collection
from typing import Any

from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.clock import now
from pipelines.delta.sql import ddl, literal
from pipelines.failpoints import failpoint
from pipelines.ops.tables import RUN_LOG
from pipelines.vocabulary import EVENT_LEVELS, IDLE_EVENTS

logger = logging.getLogger("medallion")

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class RunLog:
    """Events of one task (or of a whole run in the one-task layout). Safe to use from several threads.

    Events carry counts and value shapes, never values.
    """

    def __init__(self, run_id: str, task: str) -> None:
        self.run_id = run_id
        self.task = task
        self._rows: list[dict[str, Any]] = []
        self._pending = 0
        self._afterwards: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def event(
        self, stage: str, event: str, details: Any = None, level: str | None = None, **fields: Any
    ) -> None:
        """Log one event.

        Args:
            event: One of the vocabulary's.
            details: Anything that JSON can say.
            level: ``info``, ``warning`` or ``error``, where it is not the event's own.
            fields: Columns of ``ops.run_log``.
        """
        level = level or EVENT_LEVELS[event]
        row: dict[str, Any] = dict.fromkeys(RUN_LOG)
        row.update(run_id=self.run_id, task=self.task, stage=stage, event=event, level=level, ts=now())
        row.update(fields)
        row["details"] = None if details is None else json.dumps(details, sort_keys=True, default=str)
        with self._lock:
            self._rows.append(row)
        said = {
            name: value for name, value in row.items() if value is not None and name not in ("ts", "level")
        }
        logger.log(_LEVELS[level], json.dumps(said, default=str))

    def warn(self, stage: str, event: str, sentence: str, **fields: Any) -> None:
        """Log an event that people should hear of: the sentence stands in ``error``, and in what the run answers."""
        self.event(stage, event, error=sentence, **fields)

    def when_written(self, call: Callable[[], None]) -> None:
        """Have ``call`` made once all events so far are in the table."""
        with self._lock:
            self._afterwards.append(call)

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events so far, oldest first."""
        with self._lock:
            return list(self._rows)

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing was logged but that there was nothing to do."""
        return all(event["event"] in IDLE_EVENTS for event in self.events)

    def flush(self, spark: SparkSession, table: str) -> None:
        """Append the events that were not appended yet (a blind append, which never conflicts)."""
        with self._lock:
            rows = self._rows[self._pending :]
            self._pending = len(self._rows)
            calls, self._afterwards = self._afterwards, []
        if rows:
            delta.append_rows(spark, [tuple(row.values()) for row in rows], ddl(RUN_LOG), table)
            failpoint("save.logged")
        for call in calls:
            call()


def events_of_run(spark: SparkSession, table: str, run_id: str) -> list[dict[str, Any]]:
    """All events that the tasks of a run have written."""
    rows = spark.sql(f"SELECT * FROM {table} WHERE run_id = {literal(run_id)} ORDER BY ts").collect()
    return [row.asDict() for row in rows]


def details_of(
    spark: SparkSession, table: str, run_id: str, topic: str, events: Collection[str]
) -> list[dict[str, Any]]:
    """The details of those ``events`` of a topic that the log has of a run."""
    of_topic = [event for event in events_of_run(spark, table, run_id) if event["topic"] == topic]
    return [json.loads(e["details"]) for e in of_topic if e["event"] in events and e["details"] is not None]
