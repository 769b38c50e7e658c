"""Partial updates against an oracle in plain Python: random patches, nulls, deletions, any files in any order."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines.errors import TasksFailedError
from pipelines.ops.progress import DeltaProgress
from pipelines.silver import source as silver_source
from pipelines.silver import write
from test.pipelines.support import Lab, topic

Event = dict[str, Any]
#: (source, position, event), as bronze has them.
Placed = tuple[str, int, Event]

FIELDS = ("a", "b", "late", "n")
DELETES = {"deleteWhen": "op = 'D'"}
HINTS = {"schema": {"hints": {"n": "bigint"}}}


def _patched(name: str, **silver: Any) -> dict[str, Any]:
    return topic(name, silver={"merge": "present_fields", **silver}, **HINTS)


def merged(placed: Iterable[Placed], ordered: bool = True) -> list[tuple[Any, ...]]:
    """Rows (id, a, b, late, n) that silver should hold: each key's events, one after the other."""

    def place(item: Placed) -> tuple[Any, ...]:
        at = item[2].get("at") if ordered else None
        return (at is not None, at or 0, item[0], item[1])

    rows: dict[int, dict[str, Any]] = {}
    for _, _, event in sorted(placed, key=place):
        if event.get("op") == "D":
            rows.pop(event["id"], None)
            continue
        row = rows.setdefault(event["id"], {})
        # A value that is none of its type is present, and null.
        row.update({name: None if value == "none" else value for name, value in event.items()})
    return sorted(((key, *[row.get(name) for name in FIELDS]) for key, row in rows.items()), key=repr)


def _random_files(dice: random.Random, keys: int, files: int) -> dict[str, list[Event]]:
    landed: dict[str, list[Event]] = {f"{number}.json": [] for number in range(files)}
    names = [*landed]
    for key in range(keys):
        for number in range(dice.randint(1, 8)):
            event: Event = {"id": key, "at": dice.randint(1, 6)}
            if dice.random() < 0.1:
                del event["at"]
            if dice.random() < 0.2:
                landed[dice.choice(names)].append({**event, "op": "D"})
                continue
            values = {"a": f"{key}/{number}", "b": {"x": number}, "n": dice.choice((number, "none"))}
            for name, value in values.items():
                if dice.random() < 0.4:
                    event[name] = value if dice.random() < 0.7 else None
            file = dice.choice(names)
            if dice.random() < 0.4:  # nulls alone at first: a field without a column
                event["late"] = None if file != names[-1] or dice.random() < 0.3 else f"late {number}"
            landed[file].append(event)
    for events in landed.values():
        dice.shuffle(events)
    return landed


def _rows(lab: Lab, name: str) -> list[tuple[Any, ...]]:
    df = lab.spark.table(lab.table(f"silver.{name}"))
    found = [row.asDict(recursive=True) for row in df.collect()]
    return sorted(((row["id"], *[row.get(field) for field in FIELDS]) for row in found), key=repr)


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.parametrize(("seed", "ordered"), [(1, True), (2, False)])
def test_any_arrival_of_any_patches_gives_the_rows_of_the_oracle(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, ordered: bool
) -> None:
    dice = random.Random(seed)
    settings = _patched("p", **DELETES)
    if not ordered:
        del settings["silver"]["sequenceBy"]
    lab = Lab(spark, tmp_path, [settings])
    landed = _random_files(dice, keys=150, files=6)
    order = dice.sample([*landed], len(landed))
    arrived: list[Placed] = []
    for batch, files in enumerate((order[:2], order[2:3], order[3:5], order[5:])):
        for file in files:
            lab.land("p", landed[file], file)
            arrived += [(f"p/{file}", i, event) for i, event in enumerate(landed[file])]
        # Some batches come to the driver, others stay in Spark.
        monkeypatch.setattr(silver_source, "MOST_ROWS_ON_DRIVER", (0, 1_000_000)[batch % 2])
        if batch == 1:  # killed between the deletions and silver
            with monkeypatch.context() as at_merge:
                at_merge.setattr(write, "_merge", _killed)
                with pytest.raises(TasksFailedError, match="killed"):
                    lab.run()
        if batch == 2:  # killed before its range was recorded
            with monkeypatch.context() as at_progress:
                at_progress.setattr(DeltaProgress, "flush", lambda self: None)
                lab.run()
        assert lab.run()["topics"]["p"]["read"] == sum(len(landed[file]) for file in files)
        assert _rows(lab, "p") == merged(arrived, ordered)
    lab.run(action="full_refresh")
    assert _rows(lab, "p") == merged(arrived, ordered)


@pytest.mark.spark
def test_late_patches_and_rows_past_their_retention(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [_patched("p")])
    lab.land("p", [{"id": 1, "at": 1, "a": "old", "b": {"x": 1}}, {"id": 2, "at": 1, "a": "gone"}])
    lab.land("p", [{"id": 1, "at": 3, "n": "none", "late": None}, {"id": 2, "at": 4, "a": None}])
    lab.run()
    lab.land("p", [{"id": 1, "at": 2, "n": 2, "late": "too late", "b": None}, {"id": 2, "at": 2, "n": 7}])
    assert lab.run()["topics"]["p"]["silver"] == 2
    wanted = [(1, "old", None, None, None), (2, None, None, None, 7)]
    assert _rows(lab, "p") == wanted
    assert lab.rows("silver.p", "id", "at") == [(1, 3), (2, 4)]
    spark.sql(f"DELETE FROM {lab.table('bronze.p')} WHERE raw LIKE '%old%' OR raw LIKE '%7}}'")
    lab.run(action="full_refresh")
    assert _rows(lab, "p") == wanted


def _killed(*_: object) -> None:
    raise RuntimeError("killed between the deletions and silver")


def test_the_oracle_itself() -> None:
    events: list[Placed] = [
        ("p/1", 0, {"id": 1, "at": 5, "a": "five"}),
        ("p/1", 1, {"id": 1, "at": 2, "a": "two", "b": {"x": 2}}),
        ("p/2", 0, {"id": 2, "at": 1, "a": "one", "n": 1}),
        ("p/2", 1, {"id": 2, "at": 2, "op": "D"}),
        ("p/2", 2, {"id": 2, "at": 3, "n": "none"}),
        ("p/3", 0, {"id": 1, "at": 3, "b": None}),
    ]
    assert merged(events[:5]) == [(1, "five", {"x": 2}, None, None), (2, None, None, None, None)]
    assert merged(events)[0] == (1, "five", None, None, None)
