"""The modes of silver against an oracle in plain Python: random events, random files, any order of arrival."""

from __future__ import annotations

import itertools
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


def _events_by_key(placed: Iterable[Placed]) -> dict[int, list[Placed]]:
    """The events of each key in their total order."""
    keys: dict[int, list[Placed]] = {}
    for item in sorted(placed, key=lambda p: (p[2].get("at") is not None, p[2].get("at") or 0, p[0], p[1])):
        keys.setdefault(item[2]["id"], []).append(item)
    return keys


def upserted(placed: Iterable[Placed]) -> list[tuple[Any, ...]]:
    """Rows (id, at, v) that mode upsert should hold."""
    newest = [events[-1][2] for events in _events_by_key(placed).values()]
    rows = [(e["id"], e.get("at"), e.get("v")) for e in newest if e.get("op") != "D"]
    return sorted(rows, key=repr)


def history(placed: Iterable[Placed]) -> list[tuple[Any, ...]]:
    """Rows (id, at, v, from, to, is current) that mode history should hold."""
    rows = []
    for events in _events_by_key(placed).values():
        at_once = {event.get("at"): event for _, _, event in events}  # of one time, the last counts
        times = [*at_once, None]
        for time, following in itertools.pairwise(times):
            event, current = at_once[time], time == [*at_once][-1]
            if event.get("op") != "D":
                rows.append((event["id"], time, event.get("v"), time, following, current))
    return sorted(rows, key=repr)


def _random_files(dice: random.Random, keys: int, files: int) -> dict[str, list[Event]]:
    """Files of events: repeated times, none at all, deletions of what is there and what is not."""
    landed: dict[str, list[Event]] = {f"{number}.json": [] for number in range(files)}
    for key in range(keys):
        for number in range(dice.randint(1, 7)):
            event: Event = {"id": key, "at": dice.randint(1, 5), "v": f"{key}/{number}"}
            if dice.random() < 0.1:
                del event["at"]
            if dice.random() < 0.3:
                event = {**event, "op": "D"}
                del event["v"]
            landed[dice.choice([*landed])].append(event)
    for events in landed.values():
        dice.shuffle(events)
    return landed


def _check(lab: Lab, landed: dict[str, list[Event]], names: Iterable[str]) -> None:
    placed = [(f"t/{name}", i, event) for name in names for i, event in enumerate(landed[name])]
    assert lab.rows("silver.u", "id", "at", "v") == upserted(placed)
    columns = ("id", "at", "v", "_valid_from", "_valid_to", "_is_current")
    assert lab.rows("silver.h", *columns) == history(placed)


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_any_arrival_of_any_events_gives_the_tables_of_the_oracle(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    deletes = {"deleteWhen": "op = 'D'"}
    lab = Lab(spark, tmp_path, [topic("u", silver=deletes), topic("h", mode="history", silver=deletes)])
    landed = _random_files(dice, keys=150, files=6)
    order = dice.sample([*landed], len(landed))
    arrived: list[str] = []
    while len(arrived) < len(order):
        some = order[len(arrived) : len(arrived) + dice.randint(1, 3)]
        for name in some:
            for target in ("u", "h"):
                lab.land(target, landed[name], name)
        arrived += some
        # Some batches come to the driver, others stay in Spark.
        monkeypatch.setattr(silver_source, "MOST_ROWS_ON_DRIVER", dice.choice((0, 1_000_000)))
        counts = lab.run()["topics"]
        read = sum(len(landed[name]) for name in some)
        assert [counts[t]["read"] for t in ("u", "h")] == [read, read]
        _check(lab, landed, arrived)
    lab.run(action="full_refresh")
    _check(lab, landed, arrived)
    assert lab.run()["topics"]["h"]["read"] == 0


@pytest.mark.spark
@pytest.mark.slow
def test_a_run_that_was_killed_is_done_again(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deletes = {"deleteWhen": "op = 'D'"}
    lab = Lab(spark, tmp_path, [topic("u", silver=deletes), topic("h", mode="history", silver=deletes)])
    landed = _random_files(random.Random(3), keys=40, files=3)

    def land(name: str) -> None:
        for target in ("u", "h"):
            lab.land(target, landed[name], name)

    def killed(*_: object) -> None:
        raise RuntimeError("killed between the deletions and silver")

    land("1.json")
    with monkeypatch.context() as at_merge:
        at_merge.setattr(write, "_insert", killed)
        at_merge.setattr(write, "_merge_versions", killed)
        with pytest.raises(TasksFailedError, match="killed"):
            lab.run()
    assert lab.rows("silver.u") == []
    land("0.json")
    with monkeypatch.context() as at_progress:
        at_progress.setattr(DeltaProgress, "flush", lambda self: None)
        lab.run()
    land("2.json")
    lab.run()
    _check(lab, landed, landed)
    for name in ("u", "h"):
        deletions = lab.rows(f"bronze.{name}_deletes", "_row_id")
        assert len(set(deletions)) == len(deletions) == sum("op" in e for f in landed.values() for e in f)


def test_the_oracle_of_histories_itself() -> None:
    events = [
        ("a", 0, {"id": 1, "at": 5, "v": "five"}),
        ("b", 0, {"id": 1, "at": 2, "v": "two"}),
        ("c", 0, {"id": 1, "at": 3, "op": "D"}),
        ("c", 1, {"id": 1, "v": "always"}),
    ]
    assert history(events) == [
        (1, 2, "two", 2, 3, False),
        (1, 5, "five", 5, None, True),
        (1, None, "always", None, 2, False),
    ]
    assert upserted(events) == [(1, 5, "five")]
