"""Random nested records with hostile names: keys, order, rules and gold on random paths, against an oracle in plain Python."""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines.delta.sql import quote
from pipelines.inference import fold, nested_name, original_name, path_name
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

TOPICS = int(os.environ.get("MEDALLION_SHAPES", "9"))
#: Topics of one pipeline.
AT_ONCE = 20
RECORDS = 50
MODES = ("upsert", "history", "append")
NAMES = (
    *("id", "Unit Price", "a.b", "x'y", "$oid", "@id", "größe", "SELECT", "_row_id", "a[0]", "x_x20_y"),
    *(
        "日本",
        "-",
        "items",
        "tab\t",
        "a`b",
        "_source",
        "x",
        "Ärger",
        "a,b;c{d}",
        "null",
        "raw",
        "0",
        " ",
        "🙂",
    ),
)

Steps = tuple[str, ...]


@dataclass
class Shape:
    """A topic by its paths, and its records in two files."""

    name: str
    mode: str
    key: Steps
    order: Steps
    amount: Steps
    files: list[list[dict[str, Any]]]

    def settings(self) -> dict[str, Any]:
        """The topic as the document has it."""
        key, order, amount_path = (path_name(_written(path)) for path in (self.key, self.order, self.amount))
        amount = ".".join(map(quote, _written(self.amount)))
        silver = {
            "keys": [key],
            "sequenceBy": "$." + order if self.order[0].isalpha() else order,
            "rename": {key: "k"},
        }
        rule = {"name": "some", "expect": f"{amount} >= 0", "onViolation": "quarantine"}
        hints = {amount_path: "decimal(10,2)"}
        return topic(self.name, self.mode, silver=silver, quality=[rule], schema={"hints": hints})

    def model(self) -> dict[str, Any]:
        """Gold over the object around the amount."""
        type_ = "decimal(10,2)"
        first, *inner = _written(self.amount)
        for name in reversed(inner):
            type_ = f"struct<{quote(name)}:{type_}>"
        columns = [{"name": "k", "type": "string"}, {"name": first, "type": type_}]
        amount = ".".join(map(quote, (first, *inner)))
        sql = f"SELECT k, count(*) AS n, sum({amount}) AS s FROM {self.name} GROUP BY k"
        needs = [{"input": self.name, "columns": columns}]
        return {"name": f"sum_{self.name}", "grain": ["k"], "needs": needs, "sql": sql}

    def outcomes(self) -> tuple[Counter[str], list[tuple[str, float, float]]]:
        """Reasons of rejected records, and key, order and amount of the others in the order of arrival."""
        reasons: Counter[str] = Counter()
        good = []
        for record in (record for file in self.files for record in file):
            key, order, amount = (_at(record, path) for path in (self.key, self.order, self.amount))
            if order is BLOCKED or isinstance(order, str):
                reasons["sequence_conflict"] += 1
            elif key is BLOCKED or key is None:
                reasons["missing_key"] += 1
            elif amount is None or amount < 0:
                reasons["quality_rule"] += 1
            else:
                good.append((str(key), float("-inf") if order is None else order, amount))
        return reasons, good

    def rows(self) -> list[tuple[str, float, float]]:
        """The rows that silver has."""
        _, good = self.outcomes()
        if self.mode == "append":
            return good
        # Of rows of one key and order the last one counts; in mode upsert only the greatest order stays.
        last = {(key, order): amount for key, order, amount in good}
        newest: dict[str, float] = defaultdict(lambda: float("-inf"))
        for key, order in last:
            newest[key] = max(newest[key], order)
        kept = (item for item in last.items() if self.mode == "history" or item[0][1] == newest[item[0][0]])
        return [(key, order, amount) for (key, order), amount in kept]


BLOCKED: Any = object()


def _written(path: Steps) -> Steps:
    """A path as settings name it: as the source does, but for a name that looks like a column of silver, and would be read so."""
    return tuple(nested_name(name) if original_name(fold(name)) != fold(name) else name for name in path)


def _at(record: dict[str, Any], path: Steps) -> Any:
    value: Any = record
    for step in path:
        if value is None:
            return None
        if not isinstance(value, dict):
            return BLOCKED
        value = value.get(step)
    return value


def _put(record: dict[str, Any], path: Steps, value: Any) -> None:
    for step in path[:-1]:
        record = record.setdefault(step, {})
    record[path[-1]] = value


def shapes(count: int, seed: int) -> list[Shape]:
    """Random topics, by the seed alone."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        firsts = draw.sample(NAMES, 2)
        key, order = ((first, *draw.sample(NAMES, draw.randint(1, 3))) for first in firsts)
        plain = [name for name in NAMES if name.strip() and name[0] != "_"]
        firsts.append(draw.choice([name for name in plain if name not in firsts]))
        amount = (firsts[2], *draw.sample(plain, draw.randint(1, 3)))
        records = []
        mode = MODES[number % 3]
        for _ in range(RECORDS):
            record: dict[str, Any] = {}
            _put(
                record,
                key,
                draw.choice([1, 2, 3, 4, 5, 6, 7, 8, None, "a"] if number % 2 else [1, 2, 3, 4, None]),
            )
            _put(record, order, draw.choice([*range(9), None, "soon"]))
            _put(record, amount, draw.choice([*range(-1, 9), 1.5, None]))
            for path in draw.sample([key, order], draw.choice([0, 0, 0, 1])):  # a path that ends too early
                _put(record, path[: draw.randint(1, len(path) - 1)], draw.choice(["text", 5, [1], None, {}]))
            if draw.random() < 0.1:
                del record[draw.choice(firsts)]
            records.append(record)
        middle = draw.randint(1, RECORDS - 1)
        found.append(Shape(f"t{number}", mode, key, order, amount, [records[:middle], records[middle:]]))
    return found


def _check(spark: SparkSession, folder: Path, some: list[Shape], runs: int) -> None:
    lab = Lab(spark, folder, [each.settings() for each in some], [each.model() for each in some])
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for run in range(runs):
        for each in some:
            for number, file in enumerate(each.files):
                if run == min(number, runs - 1):
                    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in file)
                    lab.land(each.name, text, f"{number}.json")
        for name, counts in lab.run()["topics"].items():
            totals[name].update(counts)
    for each in some:
        reasons, good = each.outcomes()
        count, what = totals[each.name], (each.name, each.mode, each.key, each.order, each.amount)
        assert count["read"] == RECORDS, what
        parts = ("silver", "quarantined", "deduplicated", "dropped")
        assert count["read"] == sum(count[part] for part in parts), what
        rejected = (
            Counter(code for (code,) in lab.rows(f"bronze.{each.name}_quarantine", "code")) if reasons else {}
        )
        assert rejected == reasons, what
        rows = each.rows()
        if not good:
            continue
        keys = Counter(str(key) for (key,) in lab.rows(f"silver.{each.name}", "k"))
        assert keys == Counter(key for key, _, _ in rows), what
        sums: dict[str, list[float]] = defaultdict(list)
        for key, _, amount in rows:
            sums[key].append(amount)
        gold = {key: (n, float(total)) for key, n, total in lab.rows(f"gold.sum_{each.name}", "k", "n", "s")}
        assert gold == {key: (len(amounts), sum(amounts)) for key, amounts in sums.items()}, what


def test_some_shapes(spark: SparkSession, tmp_path: Path) -> None:
    _check(spark, tmp_path, shapes(3, seed=1), runs=1)


@pytest.mark.slow
def test_many_shapes(spark: SparkSession, tmp_path: Path) -> None:
    every = shapes(TOPICS, seed=2)
    for at in range(0, TOPICS, AT_ONCE):
        folder = tmp_path / str(at)
        folder.mkdir()
        _check(spark, folder, every[at : at + AT_ONCE], runs=2)
