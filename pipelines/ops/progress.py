"""Versions of its input that each stage has consumed: contiguous ranges, appended to ``ops.progress``."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.clock import now
from pipelines.delta.sql import ddl
from pipelines.ops.descriptions import Description
from pipelines.ops.tables import PROGRESS

#: Stages whose consumed ranges other packages ask for.
SILVER, GOLD = "silver", "gold"
#: Stage of the records of what tables were last told to say.
_DESCRIBE = "describe"


@dataclass(frozen=True)
class ConsumedRange:
    """The versions ``first`` to ``last`` of its input that a stage has consumed, and what it left.

    ``details`` is the stage's own: gold keeps there which version of each input it has seen, and its SQL's hash.
    """

    stage: str
    name: str
    first: int
    last: int
    output_version: int | None
    """Version of the output afterwards; ``None`` where there is none."""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SilverDetails:
    """The details of a range that silver has consumed."""

    schema_version: int | None = None
    """The schema version that silver was written with; ``None`` where no record of the topic was usable yet."""
    settings: str | None = None
    """A fingerprint of the settings that say how silver is derived; ``None`` where an older version wrote the range."""
    rebuilt: bool = False
    """True after a rebuild of the table."""

    @classmethod
    def of(cls, done: ConsumedRange | None) -> SilverDetails:
        """Return the details of a range, or those of none."""
        stored = done.details if done else {}
        return cls(stored.get("schema_version"), stored.get("settings"), bool(stored.get("rebuilt")))

    def to_json(self) -> dict[str, Any]:
        """Return the details as they are stored."""
        return asdict(self)


class Progress(Protocol):
    """Record of consumed ranges."""

    def last(self, stage: str, name: str) -> ConsumedRange | None:
        """Return the newest range of a stage for a topic or model."""

    def record(self, done: ConsumedRange, run_id: str) -> None:
        """Record a range that is consumed."""

    def flush(self) -> None:
        """Make the recorded ranges durable."""

    def start_empty(self) -> None:
        """The table was just made: nothing is recorded, and nobody need look."""


def described(progress: Progress, name: str, description: Description) -> ConsumedRange:
    """Return the range which says that the table ``name`` has been given this description."""
    done = progress.last(_DESCRIBE, name)
    number = done.last + 1 if done else 1
    return ConsumedRange(_DESCRIBE, name, number, number, None, {"fingerprint": description.fingerprint})


def says(progress: Progress, name: str, description: Description) -> bool:
    """Tell whether this description is the last one that the table ``name`` was given."""
    done = progress.last(_DESCRIBE, name)
    return done is not None and done.details.get("fingerprint") == description.fingerprint


class MemoryProgress:
    """The in-memory twin, for tests."""

    def __init__(self) -> None:
        self._ranges: dict[tuple[str, str], ConsumedRange] = {}

    def last(self, stage: str, name: str) -> ConsumedRange | None:
        """See :class:`Progress`."""
        return self._ranges.get((stage, name))

    def record(self, done: ConsumedRange, run_id: str) -> None:
        """See :class:`Progress`."""
        self._ranges[done.stage, done.name] = done

    def flush(self) -> None:
        """See :class:`Progress`: nothing to do."""

    def start_empty(self) -> None:
        """See :class:`Progress`: nothing to do."""


class DeltaProgress:
    """Progress in ``ops.progress``: read once, then known, since the pipeline is the only writer of its tables.

    Ranges are appended together by :meth:`flush` at the end of a task. A range that is lost with the process is done
    again, which changes nothing: silver and gold are idempotent by their data.
    """

    def __init__(self, spark: SparkSession, table: str) -> None:
        self._spark = spark
        self._table = table
        self._lock = threading.Lock()
        self._ranges: dict[tuple[str, str], ConsumedRange] | None = None
        self._unsaved: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def last(self, stage: str, name: str) -> ConsumedRange | None:
        """See :class:`Progress`."""
        with self._lock:
            return self._known().get((stage, name))

    def record(self, done: ConsumedRange, run_id: str) -> None:
        """See :class:`Progress`. Kept in memory until :meth:`flush`; a range that is recorded again by then is saved once."""
        details = json.dumps(done.details, sort_keys=True)
        row = (done.stage, done.name, done.first, done.last, done.output_version, details, run_id, now())
        with self._lock:
            self._known()[done.stage, done.name] = done
            self._unsaved[row[:4]] = row

    def start_empty(self) -> None:
        """See :class:`Progress`."""
        with self._lock:
            self._ranges = {}

    def flush(self) -> None:
        """Append the recorded ranges in one commit."""
        with self._lock:
            rows, self._unsaved = list(self._unsaved.values()), {}
        if rows:
            delta.append_rows(self._spark, rows, ddl(PROGRESS), self._table)

    def _known(self) -> dict[tuple[str, str], ConsumedRange]:
        if self._ranges is None:
            self._ranges = self._load()
        return self._ranges

    def _load(self) -> dict[tuple[str, str], ConsumedRange]:
        newest = (
            "max_by(struct(from_version, to_version, output_version, details), struct(ts, to_version)) AS s"
        )
        query = f"SELECT stage, name, s.* FROM (SELECT stage, name, {newest} FROM {self._table} GROUP BY stage, name)"
        ranges = (
            ConsumedRange(
                str(r[0]), str(r[1]), int(r[2]), int(r[3]), _version(r[4]), json.loads(r[5] or "{}")
            )
            for r in self._spark.sql(query).collect()
        )
        return {(each.stage, each.name): each for each in ranges}


def _version(stored: Any) -> int | None:
    return None if stored is None or stored < 0 else int(stored)
