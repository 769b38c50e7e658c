"""The two passes over new bronze rows: observe (what types do they need?) and coerce (give them those types).

Both run the strict parser of ``pipelines.inference`` in Spark's Python workers, one Arrow batch at a time. Observing is
one aggregation for all columns, nested ones included: each partition answers with one small JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from pipelines.inference import (
    Coercer,
    Fault,
    FieldPlan,
    Limits,
    Observer,
    RowResult,
    Shape,
    TypingOptions,
    Unplanned,
    compact_json,
    parse_record,
    spark_ddl,
)
from pipelines.names import quote
from pipelines.spark_types import arrow_type
from pipelines.tables import ddl

#: Columns of bronze that travel with a row to silver.
CARRIED = {
    "raw": "string",
    "source": "string",
    "position": "bigint",
    "_row_id": "string",
    "ingest_ts": "timestamp",
}

#: Why a row cannot go to silver (all null for a good one), what was nulled in it, and what was rescued.
VERDICT = {
    "_code": "string",
    "_field": "string",
    "_shape": "string",
    "_field_faults": "string",
    "_fault_count": "bigint",
    "_rescued_data": "string",
}


@dataclass(frozen=True)
class Observation:
    """What a batch looked like: rows read, how many of them are not usable records, and their joined shape."""

    rows: int
    unusable: int
    shape: Shape


def observe(batch: DataFrame, options: TypingOptions) -> Observation:
    """One Spark job: count the rows of ``batch`` and join the types of all their fields."""
    limits = Limits()

    def pass_over(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        observer = Observer(options)
        rows = unusable = 0
        for part in batches:
            for raw in part.column(0).to_pylist():
                rows += 1
                record = parse_record(raw, limits)
                if isinstance(record, Fault):
                    unusable += 1
                else:
                    observer.add(record)
        state = json.dumps({"rows": rows, "unusable": unusable, "shape": observer.shape().to_json()})
        yield pa.RecordBatch.from_pydict({"state": [state]})

    states = [
        json.loads(row[0]) for row in batch.select("raw").mapInArrow(pass_over, "state string").collect()
    ]
    shape = Shape.from_json(states[0]["shape"]) if states else Observer(options).shape()
    for state in states[1:]:
        shape = shape.join(Shape.from_json(state["shape"]))
    return Observation(sum(s["rows"] for s in states), sum(s["unusable"] for s in states), shape)


def coerce(
    batch: DataFrame,
    plans: Sequence[FieldPlan],
    options: TypingOptions,
    unplanned: Unplanned,
    extra: dict[str, str],
) -> DataFrame:
    """Typed columns of ``plans``, the carried columns, the verdict, and the ``extra`` columns of ``batch`` unchanged."""
    limits = Limits()
    carried = {**CARRIED, **extra}
    types = [arrow_type(plan.type) for plan in plans]
    names = [plan.column for plan in plans]
    width = len(names)
    verdict_types = [pa.string()] * 4 + [pa.int64(), pa.string()]

    def pass_over(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        coercer = Coercer(plans, options, unplanned)
        for part in batches:
            values: list[Sequence[Any]] = []
            verdicts: list[tuple[Any, ...]] = []
            for raw in part.column(0).to_pylist():
                record = parse_record(raw, limits)
                if isinstance(record, Fault):
                    values.append((None,) * width)
                    verdicts.append((record.code, record.field, record.shape, None, 0, None))
                    continue
                row = coercer.row(record)
                values.append(row.values)
                verdicts.append(_verdict(row))
            columns = list(zip(*values, strict=True)) if values else [()] * width
            arrays = [pa.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
            judged = list(zip(*verdicts, strict=True)) if verdicts else [()] * len(VERDICT)
            arrays += part.columns
            arrays += [pa.array(column, type_) for column, type_ in zip(judged, verdict_types, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, [*names, *carried, *VERDICT])

    typed = ", ".join(f"{quote(plan.column)} {spark_ddl(plan.type)}" for plan in plans)
    schema = ", ".join(part for part in (typed, ddl(carried), ddl(VERDICT)) if part)
    return batch.select(*carried).mapInArrow(pass_over, schema)


def _verdict(row: RowResult) -> tuple[Any, ...]:
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
