"""Histories of chosen columns against an oracle in plain Python: random events, random files, any order of arrival."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Sequence
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
Files = dict[str, list[Event]]
#: (source, position, event), as bronze has them.
Placed = tuple[str, int, Event]

DELETES = {"deleteWhen": "op = 'D'"}
#: Topics of the test, with what they track: fields, one by its path, one without a value ever, maps, whole objects.
TRACKED: dict[str, dict[str, Any]] = {
    "fields": {"track": ["plan", "Price"], **DELETES},
    "path": {"track": ["box.tier", "never"], "rename": {"plan": "plan_name"}},
    "maps": {"track": ["limits", "bag"]},
    "object": {"track": ["box"], **DELETES},
    "renamed": {"track": ["plan_name"], "rename": {"plan": "plan_name"}, **DELETES},
}
HINTS = {"hints": {"limits": "map<string, bigint>", "bag.by": "map<string, bigint>"}}


def _topic(name: str) -> dict[str, Any]:
    return topic(name, mode="history", silver=TRACKED[name], schema=HINTS)


def _state(event: Event, name: str) -> Any:
    """The values of an event that a topic tracks."""
    plan, box, price = event.get("plan"), event.get("box"), event.get("price")
    limits, bag = event.get("limits"), event.get("bag")
    return {
        "fields": (plan, price),
        "path": box and box.get("tier"),
        "maps": (limits, bag),
        "object": box and (box.get("tier"), box.get("size")),
        "renamed": plan,
    }[name]


def versions(placed: Iterable[Placed], name: str) -> list[tuple[Any, ...]]:
    """Rows (id, note, from, to, is current) that silver should hold."""
    ordered = sorted(placed, key=lambda p: (p[2].get("at") is not None, p[2].get("at") or 0, p[0], p[1]))
    keys: dict[int, dict[Any, Event]] = {}
    for _, _, event in ordered:
        keys.setdefault(event["id"], {})[event.get("at")] = event  # of one time, the last counts
    rows = []
    for key, at_once in keys.items():
        open_: list[Any] | None = None  # [note, from], with the state that it has
        state: Any = None
        for time, event in at_once.items():
            gone = event.get("op") == "D" and "deleteWhen" in TRACKED[name]
            if open_ is not None and (gone or _state(event, name) != state):
                rows.append((key, *open_, time, False))
                open_ = None
            if not gone:
                open_ = [event["note"], open_[1] if open_ else time]
                state = _state(event, name)
        if open_ is not None:
            rows.append((key, *open_, None, True))
    return sorted(rows, key=repr)


def _random_files(dice: random.Random, keys: int, files: int) -> Files:
    landed: Files = {f"{number}.json": [] for number in range(files)}
    for key in range(keys):
        for number in range(dice.randint(1, 9)):
            event: Event = {"id": key, "at": dice.randint(1, 9), "note": f"{key}/{number}"}
            if dice.random() < 0.1:
                del event["at"]
            if dice.random() < 0.15:
                event["op"] = "D"
            values: dict[str, list[Any]] = {
                "plan": ["a", "b", None],
                "price": [1.5, 2],
                "box": [{"tier": 1, "size": 1}, {"tier": 1, "size": 2}, {"size": 1}, None],
                "limits": [{"x": 1, "y": 2}, {"y": 2, "x": 1}, {"x": 1}, None],
                "bag": [{"by": {"x": 1, "y": 2}}, {"by": {"y": 2, "x": 1}}, {"by": {"x": 3}}],
            }
            event |= {name: dice.choice(some) for name, some in values.items() if dice.random() < 0.8}
            landed[dice.choice([*landed])].append(event)
    for events in landed.values():
        dice.shuffle(events)
    return landed


def _found(lab: Lab, name: str) -> list[tuple[Any, ...]]:
    return lab.rows(f"silver.{name}", "id", "note", "_valid_from", "_valid_to", "_is_current")


def _run_cuts(
    lab: Lab,
    landed: Files,
    cuts: dict[str, list[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    before: Sequence[str] = (),
) -> None:
    """Land the files of each topic as its cut says, and compare after each run."""
    arrived = {name: [*before] for name in cuts}
    for run in range(max(map(len, cuts.values()))):
        batch = {name: cut[run] for name, cut in cuts.items() if run < len(cut)}
        for name, files in batch.items():
            for file in files:
                lab.land(name, landed[file], file)
            arrived[name] += files
        # Some batches come to the driver, others stay in Spark.
        monkeypatch.setattr(silver_source, "MOST_ROWS_ON_DRIVER", (1_000_000, 0)[run % 2])
        counts = lab.run()["topics"]
        for name, files in batch.items():
            counted, read = counts[name], sum(len(landed[file]) for file in files)
            assert counted["read"] == read == counted["silver"] + counted["deduplicated"], name
            assert _found(lab, name) == versions(_placed(landed, arrived[name]), name), (name, run)


def _placed(landed: Files, names: Sequence[str]) -> list[Placed]:
    return [(f"t/{name}", i, event) for name in names for i, event in enumerate(landed[name])]


def _cut(dice: random.Random, files: Sequence[str], parts: int) -> list[list[str]]:
    order = dice.sample([*files], len(files))
    ends = sorted(dice.sample(range(1, len(order)), parts - 1))
    return [order[start:end] for start, end in zip([0, *ends], [*ends, len(order)], strict=True)]


@pytest.mark.spark
def test_any_arrival_gives_the_versions_of_the_oracle(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(7)
    landed = _random_files(dice, keys=60, files=5)
    names = ("fields", "maps")
    lab = Lab(spark, tmp_path, [_topic(name) for name in names])
    _run_cuts(lab, landed, {name: _cut(dice, [*landed], 2) for name in names}, monkeypatch)


@pytest.mark.spark
@pytest.mark.slow
def test_any_arrival_after_kills_and_refreshes(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(1)
    landed = _random_files(dice, keys=150, files=6)
    lab = Lab(spark, tmp_path, [_topic(name) for name in TRACKED])
    first, *others = [*landed]
    for name in TRACKED:
        lab.land(name, landed[first], first)
    with monkeypatch.context() as at_merge:
        at_merge.setattr(write, "_merge_versions", _killed)
        with pytest.raises(TasksFailedError, match="killed"):
            lab.run()
    with monkeypatch.context() as at_progress:  # killed before its range was recorded
        at_progress.setattr(DeltaProgress, "flush", lambda self: None)
        lab.run()
    for name in TRACKED:
        assert _found(lab, name) == versions(_placed(landed, [first]), name), name
        kept = lab.rows(f"bronze.{name}_rows", "_row_id")
        assert len(kept) == len(set(kept)) > 0
    lab.run()
    cuts = {name: _cut(dice, others, dice.randint(2, 3)) for name in TRACKED}
    _run_cuts(lab, landed, cuts, monkeypatch, before=[first])
    lab.run(action="full_refresh")
    for name in TRACKED:
        assert _found(lab, name) == versions(_placed(landed, [*landed]), name), name


def _killed(*_: object) -> None:
    raise RuntimeError("killed between what is kept and silver")


@pytest.mark.spark
@pytest.mark.slow
def test_the_example_of_the_guide(spark: SparkSession, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs/guides/silver.md").read_text(encoding="utf-8")
    part = guide.split("### Histories of chosen columns")[1].split("\n## ")[0]
    settings = re.search(r"^silver: \{(.*)\}$", part, re.MULTILINE)
    assert settings is not None
    silver = dict(re.findall(r"(\w+): (\[[^\]]*\]|\w+)", settings[1]))
    lists = {key: value[1:-1].split(", ") if value[0] == "[" else value for key, value in silver.items()}
    lab = Lab(spark, tmp_path, [{"name": "t", "source": {"files": "t"}, "silver": lists}])
    *whole, late = [line[: line.rindex("}") + 1] for line in part.splitlines() if line.startswith("{")]
    for lines in (whole, [late]):
        lab.land("t", "\n".join(lines))
        lab.run()
    table = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| 1 |")]
    header = next(line for line in part.splitlines() if line.startswith("| id |")).strip("| ").split(" | ")
    found = [
        tuple("null" if v is None else str(v).lower() for v in row) for row in lab.rows("silver.t", *header)
    ]
    assert sorted(found) == sorted(map(tuple, table))


@pytest.mark.spark
@pytest.mark.slow
def test_counts_retention_forgetting_and_changed_settings(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t", mode="history", silver={"track": ["plan"]})])

    def land(*rows: tuple[int, int, str]) -> tuple[int, int]:
        lab.land("t", [{"id": id_, "at": at, "plan": plan} for id_, at, plan in rows])
        counts = lab.run()["topics"]["t"]
        return counts["silver"], counts["deduplicated"]

    def found() -> list[tuple[Any, ...]]:
        return lab.rows("silver.t", "id", "at", "plan", "_valid_from", "_valid_to")

    assert land((1, 1, "a"), (1, 2, "a"), (1, 4, "a"), (2, 1, "a")) == (2, 2)
    assert found() == [(1, 4, "a", 1, None), (2, 1, "a", 1, None)]
    assert land((1, 3, "a")) == (0, 1)  # within a version, and not the newest row of it
    assert land((1, 0, "a")) == (0, 1)  # the version begins earlier
    # A late row parts the version in two; both rows replace one of their time.
    assert land((1, 2, "a"), (1, 3, "b")) == (2, 0)
    parted = [(1, 2, "a", 0, 3), (1, 3, "b", 3, 4), (1, 4, "a", 4, None)]
    assert found() == [*parted, (2, 1, "a", 1, None)]
    # Rows past their retention are kept with all that parted them, as long as something is tracked.
    spark.sql(f"DELETE FROM {lab.table('bronze.t')} WHERE raw LIKE '%\"id\": 1%'")
    lab.run(action="full_refresh")
    assert found() == [*parted, (2, 1, "a", 1, None)]
    keys = tmp_path / "keys.txt"
    keys.write_text("2\n", encoding="utf-8")
    erased = lab.run(action="forget", action_arguments=json.dumps({"topic": "t", "keys_file": str(keys)}))
    assert erased["erased"] == {
        "bronze.t": 1,
        "bronze.t_quarantine": 0,
        "bronze.t_rows": 1,
        "silver.t": 1,
    }
    document = json.loads(lab.document.read_text(encoding="utf-8"))
    del document["topics"][0]["silver"]["track"]
    lab.document.write_text(json.dumps(document), encoding="utf-8")
    assert land((1, 5, "a")) == (1, 0)
    assert [row[1:4] for row in found()] == [
        (0, "a", 0),
        (1, "a", 1),
        (2, "a", 2),
        (3, "b", 3),
        (4, "a", 4),
        (5, "a", 5),
    ]
    assert not spark.catalog.tableExists(lab.table("bronze.t_rows"))


def test_the_oracle_itself() -> None:
    events: list[Placed] = [
        ("a", 0, {"id": 1, "at": 1, "plan": "a", "note": "1"}),
        ("a", 1, {"id": 1, "at": 3, "plan": "a", "note": "3"}),
        ("a", 2, {"id": 1, "at": 5, "plan": "b", "note": "5"}),
        ("b", 0, {"id": 1, "at": 6, "op": "D", "note": ""}),
        ("b", 1, {"id": 1, "at": 7, "plan": "b", "note": "7"}),
    ]
    assert versions(events, "renamed") == [
        (1, "3", 1, 5, False),
        (1, "5", 5, 6, False),
        (1, "7", 7, None, True),
    ]
    late: Placed = ("c", 0, {"id": 1, "at": 2, "plan": "b", "note": "2"})
    assert versions([*events, late], "renamed")[:3] == [
        (1, "1", 1, 2, False),
        (1, "2", 2, 3, False),
        (1, "3", 3, 5, False),
    ]
