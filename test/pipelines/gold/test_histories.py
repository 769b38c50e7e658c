"""Random histories of silver: after each step, gold that is refreshed incrementally equals gold computed from nothing.

A history is a small shop whose records come, change, move to another day, are cancelled, come again, come late and go.
Most histories go side by side in the same tables, each with keys, days and countries of its own, so that no group is
shared (rows without a key apart); every tenth has the tables for itself. `MEDALLION_HISTORIES` says how many (20).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines.ops.progress import MemoryProgress
from test.closing import closing_line
from test.pipelines.gold_lab import ALWAYS, GoldLab, model, shipped

pytestmark = [pytest.mark.spark, pytest.mark.slow]

HISTORIES = int(os.environ.get("MEDALLION_HISTORIES", "20"))
SIDE_BY_SIDE, STEPS = 30, 5
FIRST_DAY = datetime(2024, 1, 1, tzinfo=timezone.utc)

COLUMNS = {
    "orders": "order_id string, customer_id string, order_date timestamp, order_total decimal(18,2), order_status string",
    "sales": "product_id string, product_name string, customer_id string, quantity bigint, unit_price decimal(18,2), "
    "cost decimal(18,2), sale_timestamp timestamp",
    "customers": "customer_id string, country string, name string",
}
ODD = [
    model(
        "countries",
        "country",
        "SELECT country, count(*) AS customers, min(name) AS first FROM customers GROUP BY country",
        customers="country string;name string",
    ),
    model(
        "cancelled",
        "day, customer_id",
        "SELECT CAST(order_date AS DATE) AS day, customer_id, count(*) AS n, max(order_total) AS largest "
        "FROM orders WHERE order_status = 'cancelled' GROUP BY ALL",
        orders="order_date timestamp;customer_id string;order_total decimal(18,2);order_status string",
    ),
    model(
        "buyers",
        "country",
        "SELECT c.country, sum(o.order_total) AS total, count(DISTINCT o.customer_id) AS buyers, min(o.order_date) AS first "
        "FROM orders AS o JOIN customers AS c ON o.customer_id = c.customer_id GROUP BY c.country",
        orders="customer_id string;order_total decimal(18,2);order_date timestamp",
        customers="customer_id string;country string",
    ),
    model(
        "buyers_or_not",
        "country",
        "SELECT c.country, count(*) AS orders FROM orders AS o LEFT JOIN customers AS c USING (customer_id) GROUP BY 1",
        orders="customer_id string",
        customers="customer_id string;country string",
    ),
    model(
        "turnover",
        "country",
        "SELECT country, sum(amount) AS amount FROM (SELECT customer_id, order_total AS amount FROM orders UNION ALL "
        "SELECT customer_id, quantity * unit_price FROM sales) AS x JOIN customers USING (customer_id) GROUP BY country",
        orders="customer_id string;order_total decimal(18,2)",
        sales="customer_id string;quantity bigint;unit_price decimal(18,2)",
        customers="customer_id string;country string",
    ),
    model(
        "peaks",
        "day",
        "SELECT day, max(n) AS peak FROM (SELECT CAST(order_date AS DATE) AS day, customer_id, count(*) AS n "
        "FROM orders WHERE order_id <> '{}' GROUP BY ALL) GROUP BY day",
        orders="order_id string;order_date timestamp;customer_id string",
    ),
    model(
        "loyalty",
        "customer_id",
        "SELECT customer_id, count(*) AS orders, sum(total_amount) AS total FROM order_metrics GROUP BY customer_id",
        order_metrics="customer_id string;total_amount decimal(28,4)",
    ),
]


@dataclass
class Shop:
    """One history: what its silver rows are now, by topic and id."""

    number: int
    chance: Random
    rows: dict[str, dict[str, tuple[Any, ...]]] = field(
        default_factory=lambda: {topic: {} for topic in COLUMNS}
    )
    names: int = 0

    def step(self) -> dict[str, tuple[list[tuple[Any, ...]], list[str]]]:
        """Change something. Returns by topic the rows to insert or replace, and the ids to delete."""
        before = {topic: dict(rows) for topic, rows in self.rows.items()}
        first = not self.names
        for _ in range(12 if first else self.chance.choice((1, 1, 2, 4, 8))):
            kinds = ("new",) if first else ("new", "new", "change", "again", "delete")
            self._change(self.chance.choice(tuple(COLUMNS)), self.chance.choice(kinds))
        changes = {}
        for topic, rows in self.rows.items():
            gone = [key for key in before[topic] if key not in rows]
            new = [row for key, row in rows.items() if row is not before[topic].get(key)]
            if gone or new:
                changes[topic] = (new, gone)
        return changes

    def _change(self, topic: str, kind: str) -> None:
        rows, chance = self.rows[topic], self.chance
        if kind == "new" or not rows:
            self.names += 1
            key = f"{self.number}-{self.names}"
            rows[key] = (key, *self._fresh(topic, key))
            return
        key = chance.choice(sorted(rows))
        if kind == "delete":
            del rows[key]
        elif kind == "again":
            rows[key] = (*rows[key],)  # the same record, delivered once more
        else:
            old, new = rows[key], (key, *self._fresh(topic, key))
            rows[key] = tuple(n if chance.random() < 0.4 else o for o, n in zip(old, new, strict=True))

    def _fresh(self, topic: str, key: str) -> tuple[Any, ...]:
        chance, shop = self.chance, self.number
        customer = self._maybe(f"c{shop}-{chance.randrange(4)}")
        when = self._maybe(
            FIRST_DAY + timedelta(days=60 * shop + chance.randrange(20), hours=chance.randrange(24))
        )
        money = self._maybe(Decimal(chance.randrange(10_000)) / 100)
        if topic == "orders":
            status = chance.choice(("placed", " Cancelled", "cancelled", None))
            return f"o{key}", customer, when, money, status
        if topic == "sales":
            product, name = f"p{chance.randrange(3)}", f"P {chance.choice('ab')}"
            return product, name, customer, chance.randrange(-2, 5), money, self._maybe(Decimal(1)), when
        return customer, self._maybe(f"C{shop}-{chance.randrange(3)}"), f"name {chance.randrange(5)}"

    def _maybe(self, value: Any) -> Any:
        return None if self.chance.random() < 0.1 else value


def test_gold_that_follows_equals_gold_from_nothing(spark: SparkSession, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    numbers = list(range(HISTORIES))
    alone, others = numbers[::10], [n for n in numbers if n % 10]
    batches = [[n] for n in alone] + [
        others[i : i + SIDE_BY_SIDE] for i in range(0, len(others), SIDE_BY_SIDE)
    ]
    for number, batch in enumerate(batches):
        folder = tmp_path / str(number)
        folder.mkdir()
        _tell(GoldLab(spark, folder, COLUMNS, [*shipped(), *ODD]), batch, seen)
    said = ", ".join(f"{count} {what}" for what, count in sorted(seen.items()))
    closing_line(f"histories where incremental equals full: {HISTORIES} of {HISTORIES} ({said})")
    assert seen["incremental"] > 0


def _tell(lab: GoldLab, numbers: Sequence[int], seen: Counter[str]) -> None:
    """Play histories side by side, and compare after every step."""
    chance = Random(numbers[0])
    names = (
        None
        if len(numbers) > 1
        else _with_inputs(lab, chance.sample([m["name"] for m in [*shipped(), *ODD]], 3))
    )
    shops = [Shop(number, Random(number)) for number in numbers]
    for step in range(STEPS):
        _change(lab, shops)
        if step == STEPS - 2:
            retyped = COLUMNS["orders"].replace("order_total decimal(18,2)", "order_total string")
            lab.retype("orders", retyped, told=chance.random() < 0.5)
            seen["retyped"] += 1
        _refresh(lab, names, chance, seen)


def _change(lab: GoldLab, shops: Sequence[Shop]) -> None:
    new: dict[str, list[tuple[Any, ...]]] = {topic: [] for topic in COLUMNS}
    gone: dict[str, list[str]] = {topic: [] for topic in COLUMNS}
    for shop in shops:
        for topic, (rows, keys) in shop.step().items():
            new[topic] += rows
            gone[topic] += keys
    for topic in COLUMNS:
        if new[topic] or gone[topic]:
            lab.apply(topic, new[topic], gone[topic])


def _refresh(lab: GoldLab, names: Sequence[str] | None, chance: Random, seen: Counter[str]) -> None:
    progress = lab.ctx.progress
    assert isinstance(progress, MemoryProgress)
    recorded = dict(progress._ranges)
    costs = replace(ALWAYS, rewrite_rows=chance.choice((0, 1_000_000)))
    results = lab.run(*(names or ()), costs=costs)
    for name, result in results.items():
        assert not lab.difference(name), (name, result, dict(lab.difference(name)))
        seen[result.refresh] += 1
    if chance.random() < 0.25:
        # Killed after the commits, before they were recorded: the next run knows nothing of them.
        progress._ranges = recorded
        lab.ctx.caches.clear()
        lab.ctx.bronze_versions.clear()
        seen["forgotten"] += 1


def _with_inputs(lab: GoldLab, names: Sequence[str]) -> list[str]:
    """Models with the models that they read."""
    wanted = set(names)
    for found in reversed(lab.ctx.document.gold):
        if found.name in wanted:
            wanted |= {input_.name for input_ in found.inputs}
    return [m.name for m in lab.ctx.document.gold if m.name in wanted]
