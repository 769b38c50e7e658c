"""Records per second and core that the silver pass types in Python, beside what JSON parsers do with the same lines.

Processor time of one process, so that other work on the machine counts little; no Spark.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import orjson
import pyarrow as pa

from pipelines.inference import Coercer, TypingOptions
from pipelines.inference.reading import Reading
from pipelines.registry import Contract, plan
from pipelines.silver.arrow_pass import Watcher, parse_rows, slices, type_rows
from pipelines.silver.arrow_types import arrow_type

_START = datetime(2024, 1, 1, tzinfo=timezone.utc)


def flat_records(number: int) -> list[str]:
    """Lines of JSON with ten fields of mixed types each: texts, numbers, a quoted amount, a day, a time, nulls."""
    chance = random.Random(1)
    return [json.dumps(_record(chance, n)) for n in range(number)]


def _record(chance: random.Random, number: int) -> dict[str, Any]:
    moment = _START + timedelta(seconds=chance.randrange(30 * 86_400))
    return {
        "order_id": f"O-{number:08}",
        "customer_id": chance.randrange(50_000),
        "product": f"Product {chance.randrange(500)}",
        "quantity": chance.randrange(1, 10),
        "unit_price": round(chance.uniform(1, 100), 2),
        "amount": f"{chance.uniform(1, 900):.2f}",
        "paid": chance.random() < 0.5,
        "day": moment.date().isoformat(),
        "updated_at": moment.isoformat(),
        "note": None if chance.random() < 0.3 else "left on the porch",
    }


def typing_speed(say: Callable[[str], None], records: int = 100_000) -> dict[str, Any]:
    """Flat records of ten fields: typed by a known plan, the same while they are observed, and JSON alone."""
    lines = flat_records(records)
    batch = pa.RecordBatch.from_pydict({"raw": lines, "_raw_bytes": pa.nulls(records, pa.binary())})
    options = TypingOptions()

    def observe() -> Watcher:
        watcher = Watcher(options)
        for part in slices([batch]):
            for record in parse_rows(part, Reading()):
                watcher.see(record)
        return watcher

    contract = Contract("add", "promote", "none")
    made = plan(
        "flat", None, observe().observation().profile, contract, history=[], options=options, rename={}
    )
    types = [arrow_type(field.type) for field in made.field_plans]

    def type_all(watcher: Watcher | None = None) -> int:
        coercer, faults = Coercer(made.field_plans, options), 0
        for part in slices([batch]):
            parsed = parse_rows(part, Reading())
            if watcher:
                for record in parsed:
                    watcher.see(record)
            columns, status = type_rows(parsed, coercer)
            for column, type_ in zip(columns, types, strict=True):
                pa.array(column, type_)
            faults += sum(status[4])
        return faults

    assert type_all() == 0, "every value fits its column"
    ways: dict[str, Callable[[], Any]] = {
        "typing": type_all,
        "typing_and_observing": lambda: type_all(Watcher(options)),
        "observing": observe,
        "json": lambda: _each(json.loads, lines),
        "msgspec": lambda: _each(msgspec.json.decode, lines),
        "orjson": lambda: _each(orjson.loads, lines),
    }
    speeds = {name: round(records / min(_processor_s(work) for _ in range(3))) for name, work in ways.items()}
    say(", ".join(f"{name} {speed:,}" for name, speed in speeds.items()) + " records per second and core")
    return {
        **{f"{name}_records_per_s": speed for name, speed in speeds.items()},
        "typing_vs_json": round(speeds["json"] / speeds["typing"], 2),
    }


def _each(parse: Callable[[str], Any], lines: list[str]) -> None:
    for line in lines:
        parse(line)


def _processor_s(work: Callable[[], Any]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
