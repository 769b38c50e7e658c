"""Which versions of its input each stage has consumed: contiguous ranges, appended to ``ops.progress``."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.clock import now
from pipelines.delta.sql import ddl
from pipelines.ops.tables import PROGRESS

#: Stages whose consumed ranges other rooms ask for.
SILVER, GOLD = "silver", "gold"


@dataclass(frozen=True)
class Step:
    """A stage consumed versions ``first`` to ``last`` of its input and left its output at ``output_version``.

    ``details`` is the stage's own: gold keeps there which version of each input it has seen, and its SQL's hash.
    """

    stage: str
    name: str
    first: int
    last: int
    output_version: int
    details: dict[str, Any] = field(default_factory=dict)


class Progress(Protocol):
    """Where steps are recorded."""

    def last(self, stage: str, name: str) -> Step | None:
        """The newest step of a stage for a topic or model."""

    def record(self, step: Step, run_id: str) -> None:
        """Record a step that is done."""

    def flush(self) -> None:
        """Make the recorded steps durable."""

    def start_empty(self) -> None:
        """The place was just made: nothing is recorded, and nobody need look."""


class MemoryProgress:
    """The in-memory twin, for tests."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, str], Step] = {}

    def last(self, stage: str, name: str) -> Step | None:
        """See :class:`Progress`."""
        return self._steps.get((stage, name))

    def record(self, step: Step, run_id: str) -> None:
        """See :class:`Progress`."""
        self._steps[step.stage, step.name] = step

    def flush(self) -> None:
        """See :class:`Progress`: nothing to do."""

    def start_empty(self) -> None:
        """See :class:`Progress`: nothing to do."""


class DeltaProgress:
    """Progress in ``ops.progress``: read once, then known, since the pipeline is the only writer of its tables.

    Steps are appended together by :meth:`flush` at the end of a task. A step that is lost with the process is done
    again, which changes nothing: silver and gold are idempotent by their data.
    """

    def __init__(self, spark: SparkSession, table: str) -> None:
        self._spark = spark
        self._table = table
        self._lock = threading.Lock()
        self._steps: dict[tuple[str, str], Step] | None = None
        self._unsaved: list[tuple[Any, ...]] = []

    def last(self, stage: str, name: str) -> Step | None:
        """See :class:`Progress`."""
        with self._lock:
            return self._known().get((stage, name))

    def record(self, step: Step, run_id: str) -> None:
        """See :class:`Progress`. Kept in memory until :meth:`flush`."""
        details = json.dumps(step.details, sort_keys=True)
        row = (step.stage, step.name, step.first, step.last, step.output_version, details, run_id, now())
        with self._lock:
            self._known()[step.stage, step.name] = step
            self._unsaved.append(row)

    def start_empty(self) -> None:
        """See :class:`Progress`."""
        with self._lock:
            self._steps = {}

    def flush(self) -> None:
        """Append the recorded steps in one commit."""
        with self._lock:
            rows, self._unsaved = self._unsaved, []
        if rows:
            delta.append_rows(self._spark, rows, ddl(PROGRESS), self._table)

    def _known(self) -> dict[tuple[str, str], Step]:
        if self._steps is None:
            self._steps = self._load()
        return self._steps

    def _load(self) -> dict[tuple[str, str], Step]:
        newest = (
            "max_by(struct(from_version, to_version, output_version, details), struct(ts, to_version)) AS s"
        )
        query = f"SELECT stage, name, s.* FROM (SELECT stage, name, {newest} FROM {self._table} GROUP BY stage, name)"
        steps = (
            Step(str(r[0]), str(r[1]), int(r[2]), int(r[3]), int(r[4]), json.loads(r[5] or "{}"))
            for r in self._spark.sql(query).collect()
        )
        return {(step.stage, step.name): step for step in steps}
