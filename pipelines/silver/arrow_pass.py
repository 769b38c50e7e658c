"""The two passes over new bronze rows: observe (what types do they need?) and coerce (give them those types).

Both run the strict parser of ``pipelines.inference`` in Spark's Python workers, one Arrow batch at a time. Observing is
one aggregation for all columns, nested ones included: each partition answers with one small JSON text. Coercing can
observe on the way, so that a batch which brings nothing new is parsed once for both.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from pipelines.delta import COMMIT_VERSION
from pipelines.delta.sql import ddl, quote
from pipelines.inference import (
    Coercer,
    Fault,
    FieldPlan,
    Observer,
    Profile,
    RowOutcome,
    TypingOptions,
    UnexpectedFields,
    compact_json,
    own,
    spark_ddl,
)
from pipelines.inference.change_events import CHANGE, DELETES, IGNORED, Deletion, Ignored
from pipelines.inference.reading import Parsed, Reading
from pipelines.silver.arrow_types import arrow_type

#: Columns of bronze that travel with a row to silver, under names of their own (:func:`pipelines.inference.own`).
CARRIED = {
    "raw": "string",
    "_raw_bytes": "binary",
    "source": "string",
    "position": "bigint",
    "_row_id": "string",
    "ingest_ts": "timestamp",
}

_CARRIED_TYPES = {
    "string": pa.string(),
    "binary": pa.binary(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}

#: The bronze version that a row came with.
COMMITTED = own(COMMIT_VERSION)

#: Row status: why it cannot go to silver (all null for a good one), what was nulled in it, and what was rescued.
STATUS = {
    own("code"): "string",
    own("field"): "string",
    own("shape"): "string",
    own("field_faults"): "string",
    own("fault_count"): "bigint",
    own("rescued_data"): "string",
}


#: Names of the fields that a record has, folded; only topics have it that merge fields.
PRESENT = own("present")

#: Code of the one row per partition that carries an observation (in ``$raw``) and is no record.
OBSERVATION = "_observation"


_SLICE = 2048
_GOOD = (None, None, None, None, 0, None)


@dataclass(frozen=True)
class Observation:
    """The observation of a batch: rows read, how many of them are not usable records, and their merged profile."""

    rows: int
    unusable: int
    profile: Profile


class Watcher:
    """Gathers what parsed records look like: those of a partition, or of a file."""

    def __init__(self, options: TypingOptions) -> None:
        self._observer = Observer(options)
        self._rows = self._unusable = 0

    def see(self, record: Parsed) -> None:
        """Count a parsed record, and join its types where it is usable."""
        self._rows += 1
        if isinstance(record, dict):
            self._observer.add(record)
        else:
            self._unusable += 1

    def observation(self) -> Observation:
        """Return what was seen."""
        return Observation(self._rows, self._unusable, self._observer.profile())

    def state(self) -> str:
        """Return what was seen, as JSON text."""
        seen = self.observation()
        return json.dumps({"rows": seen.rows, "unusable": seen.unusable, "profile": seen.profile.to_json()})


def join_states(texts: Iterable[str]) -> Observation:
    """The observation of a whole batch from those of its partitions."""
    states = [json.loads(text) for text in texts]
    profile = reduce(Profile.merge, (Profile.from_json(state["profile"]) for state in states), Profile())
    return Observation(sum(s["rows"] for s in states), sum(s["unusable"] for s in states), profile)


def observe(batch: DataFrame, options: TypingOptions, reading: Reading) -> Observation:
    """One Spark job: count the rows of ``batch`` and join the types of all their fields."""

    def pass_over(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        watcher = Watcher(options)
        for part in slices(batches):
            for record in parse_rows(part, reading):
                watcher.see(record)
        yield pa.RecordBatch.from_pydict({"state": [watcher.state()]})

    texts = batch.select("raw", "_raw_bytes", "position").mapInArrow(pass_over, "state string").collect()
    return join_states(row[0] for row in texts)


def coerce(
    batch: DataFrame,
    plans: Sequence[FieldPlan],
    options: TypingOptions,
    unexpected_fields: UnexpectedFields,
    extra: dict[str, str],
    reading: Reading,
    observing: bool = False,
    presence: bool = False,
) -> DataFrame:
    """Typed columns of ``plans``; the carried columns, the status, and the ``extra`` columns of ``batch`` beside them.

    ``observing``: each partition ends with one row more, of code ``OBSERVATION``, that says what its records look like.
    ``presence``: ``$present`` says which fields a record has (:func:`_present`).
    """
    carried = {**CARRIED, **extra}
    # What comes in has the session's time zone in its types; every batch that goes out must have the same ones.
    carried_types = [_CARRIED_TYPES[text] for text in carried.values()]
    types = [arrow_type(plan.type) for plan in plans]
    names = [plan.column for plan in plans]
    change = {CHANGE: "string"} if reading.unwrap is not None else {}
    present = {PRESENT: "array<string>"} if presence else {}
    planned = frozenset(plan.name for plan in plans)
    beside = [*map(own, carried), *STATUS, *change, *present]
    width = len(names)
    status_types = [pa.string()] * 4 + [pa.int64(), pa.string(), *[pa.string()] * len(change)]
    status_types += [pa.list_(pa.string())] * len(present)

    def pass_over(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        coercer = Coercer(plans, options, unexpected_fields)
        watcher = Watcher(options) if observing else None
        for part in slices(batches):
            parsed = parse_rows(part, reading)
            if watcher:
                for record in parsed:
                    watcher.see(record)
            columns, status = type_rows(parsed, coercer)
            if change:
                status.append(tuple(map(_change, parsed)))
            if present:
                status.append(tuple(_present(row, planned) for row in parsed))
            arrays = [pa.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
            arrays += [column.cast(type_) for column, type_ in zip(part.columns, carried_types, strict=True)]
            arrays += [pa.array(column, type_) for column, type_ in zip(status, status_types, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, [*names, *beside])
        if watcher:
            said = {own("raw"): watcher.state(), own("code"): OBSERVATION}
            last = [None] * width + [said.get(name) for name in beside]
            all_types = [*types, *carried_types, *status_types]
            arrays = [pa.array([value], type_) for value, type_ in zip(last, all_types, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, [*names, *beside])

    typed = ", ".join(f"{quote(plan.column)} {spark_ddl(plan.type)}" for plan in plans)
    others = ddl({own(name): type_ for name, type_ in carried.items()} | STATUS | change | present)
    schema = f"{typed}, {others}" if typed else others
    return batch.select(*carried).mapInArrow(pass_over, schema)


def slices(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows, few enough at a time that their parsed records take little memory."""
    for batch in batches:
        for start in range(0, batch.num_rows, _SLICE):
            yield batch.slice(start, _SLICE)


def parse_rows(part: pa.RecordBatch, reading: Reading) -> list[Parsed]:
    """Parse rows of ``raw`` and ``_raw_bytes``; of a topic with an envelope, ``position`` too."""
    raws, kept = part.column("raw").to_pylist(), part.column("_raw_bytes").to_pylist()
    if reading.envelope is None:
        return [reading.parse(raw, bytes_) for raw, bytes_ in zip(raws, kept, strict=True)]
    rows = zip(raws, kept, part.column("position").to_pylist(), strict=True)
    return [reading.parse(raw, bytes_, position) for raw, bytes_, position in rows]


def type_rows(parsed: Sequence[Parsed], coercer: Coercer) -> tuple[list[list[object]], list[tuple[Any, ...]]]:
    """The typed columns of parsed rows, and the columns of their status."""
    unusable = {at: row for at, row in enumerate(parsed) if isinstance(row, Fault)}
    columns, outcomes = coercer.rows([row if isinstance(row, dict) else {} for row in parsed])
    statuses = {at: _row_status(outcome) for at, outcome in outcomes.items()}
    statuses |= {at: _row_status(RowOutcome([], fault, None)) for at, fault in unusable.items()}
    return columns, list(zip(*[statuses.get(at, _GOOD) for at in range(len(parsed))], strict=True))


def _change(row: Parsed) -> str | None:
    if isinstance(row, Deletion):
        return DELETES
    return IGNORED if isinstance(row, Ignored) else None


def _present(row: Parsed, planned: Collection[str]) -> list[str] | None:
    """The fields of a record: those that have a column, and those that may get one, of which the record says by null, an
    empty text, or an object or array that holds nothing, that they have no value.
    """
    if not isinstance(row, dict):
        return None
    return [
        name
        for name, value in row.items()
        if name in planned or value in (None, "") or isinstance(value, list | dict)
    ]


def _row_status(row: RowOutcome) -> tuple[Any, ...]:
    fault = row.row_fault
    faults = [{"field": f.field, "code": f.code, "shape": f.shape} for f in row.field_faults]
    return (
        fault.code if fault else None,
        fault.field if fault else None,
        fault.shape if fault else None,
        json.dumps(faults, ensure_ascii=False) if faults else None,
        len(faults),
        compact_json(row.rescued) if row.rescued else None,
    )
