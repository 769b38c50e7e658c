"""Random gold models over random histories: what is refreshed incrementally equals what is computed from nothing.

A model is drawn from the SQL that may be refreshed incrementally, and from some that may not: one input, a join or a
stack of them, then filters, windows and groups on each other, then the groups of the model. At the end of each history
DuckDB computes every model, too, from the same silver tables. `MEDALLION_QUERIES` says how many models (6).
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from pipelines.config.document import GoldModel
from test.closing import closing_line
from test.pipelines.gold.test_histories import COLUMNS, Shop
from test.pipelines.gold_lab import ALWAYS, GoldLab, model

pytestmark = [pytest.mark.spark, pytest.mark.slow]

QUERIES = int(os.environ.get("MEDALLION_QUERIES", "6"))
SIDE_BY_SIDE, STEPS, SHOPS = 20, 4, 3

#: Relations with the columns a, b, day, m (money) and n (a number).
FACTS = {
    "orders": "SELECT customer_id AS a, order_status AS b, CAST(order_date AS DATE) AS day, order_total AS m, CAST(1 AS BIGINT) AS n FROM orders",
    "sales": "SELECT customer_id AS a, product_id AS b, CAST(sale_timestamp AS DATE) AS day, unit_price AS m, quantity AS n FROM sales",
    "customers": "SELECT country AS a, name AS b, CAST('2024-01-01' AS DATE) AS day, CAST(1 AS DECIMAL(18,2)) AS m, CAST(2 AS BIGINT) AS n FROM customers",
}
JOINED = (
    "SELECT c.country AS a, o.order_status AS b, CAST(o.order_date AS DATE) AS day, o.order_total AS m, CAST(1 AS BIGINT) AS n "
    "FROM orders AS o {} JOIN customers AS c ON o.customer_id = c.customer_id"
)
FILTERED = (
    "SELECT customer_id AS a, product_id AS b, CAST(sale_timestamp AS DATE) AS day, unit_price AS m, quantity AS n "
    "FROM sales AS s {} JOIN customers AS c ON s.customer_id = c.customer_id"
)
FILTERS = ("n > 0", "a LIKE '%1'", "a IS NOT NULL", "b <> 'cancelled'", "m > 20 OR m IS NULL")
WINDOWS = (
    "count(*) OVER (PARTITION BY a)",
    "count(m) OVER (PARTITION BY b)",
    "sum(n) OVER (PARTITION BY a ORDER BY day)",
    "sum(n) OVER (PARTITION BY b, a ORDER BY m DESC)",
    "rank() OVER (PARTITION BY a, b ORDER BY m)",
    "dense_rank() OVER (PARTITION BY a, day ORDER BY n DESC)",
    "rank() OVER (ORDER BY m)",
)
#: Windows that go by the position of rows: each row of ``GROUPED`` is the only one at its place.
ORDERED = (
    "n - lag(n) OVER (PARTITION BY a ORDER BY b, day)",
    "sum(n) OVER (PARTITION BY a ORDER BY day, b ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)",
    "row_number() OVER (PARTITION BY b ORDER BY a, day)",
    "lead(n) OVER (PARTITION BY a, b ORDER BY day)",
)
GROUPED = "SELECT a, b, day, sum(m) AS m, count(*) AS n FROM ({}) AS x GROUP BY a, b, day"
AGGREGATES = (
    "sum(m) AS total",
    "count(*) AS row_count",
    "max(n) AS most",
    "min(n) AS least",
    "sum(n) AS numbers",
    "count(DISTINCT b) AS kinds",
    "max(day) AS latest",
    "avg(n) AS average",
)


def random_model(chance: Random, name: str) -> dict[str, Any]:
    """A model whose result does not depend on the order of rows."""
    inputs, rows = _facts(chance)
    for _ in range(chance.choice((0, 1, 1, 2, 2, 3))):
        rows = _layer(chance, rows)
    grain = chance.sample(("a", "b", "day"), chance.choice((1, 1, 2)))
    aggregates = chance.sample(AGGREGATES, chance.choice((1, 2, 3)))
    having = " HAVING count(*) > 1" if chance.random() < 0.1 else ""
    names = ", ".join(grain)
    sql = f"SELECT {names}, {', '.join(aggregates)} FROM ({rows}) AS r GROUP BY {names}{having}"
    return model(name, names, sql, **{input_: COLUMNS[input_].replace(", ", ";") for input_ in inputs})


def _facts(chance: Random) -> tuple[tuple[str, ...], str]:
    way = chance.randrange(6)
    if way < 2:
        name = chance.choice(tuple(FACTS))
        return (name,), FACTS[name]
    if way == 2:
        names = chance.sample(tuple(FACTS), 2)
        return tuple(names), " UNION ALL ".join(FACTS[name] for name in names)
    if way == 3:
        return ("sales", "customers"), FILTERED.format(chance.choice(("SEMI", "ANTI")))
    return ("orders", "customers"), JOINED.format(chance.choice(("INNER", "INNER", "LEFT", "RIGHT", "FULL")))


def _layer(chance: Random, rows: str) -> str:
    way = chance.randrange(5)
    if way == 0:
        return f"SELECT * FROM ({rows}) AS x WHERE {chance.choice(FILTERS)}"
    if way == 1:
        return GROUPED.format(rows)
    if way == 2:
        return f"SELECT DISTINCT a, b, day, m, n FROM ({rows}) AS x"
    window, of = chance.choice(WINDOWS), rows
    if way == 3:
        window, of = chance.choice(ORDERED), GROUPED.format(rows)
    return f"SELECT a, b, day, m, CAST({window} AS BIGINT) AS n FROM ({of}) AS x"


def test_any_model_that_follows_equals_one_from_nothing(spark: SparkSession, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for first in range(0, QUERIES, SIDE_BY_SIDE):
        chance = Random(first)
        count = min(SIDE_BY_SIDE, QUERIES - first)
        models = [random_model(chance, f"random_{first + n}") for n in range(count)]
        folder = tmp_path / str(first)
        folder.mkdir()
        _play(GoldLab(spark, folder, COLUMNS, models), chance, seen)
    said = ", ".join(f"{number} {what}" for what, number in sorted(seen.items()))
    closing_line(f"random models where incremental equals full: {QUERIES} of {QUERIES} ({said})")
    assert seen["incremental"] > 0
    assert seen["windows incremental"] > 0 or QUERIES < 6


def _play(lab: GoldLab, chance: Random, seen: Counter[str]) -> None:
    shops = [Shop(number, Random(chance.random())) for number in range(SHOPS)]
    for _ in range(STEPS):
        changes = [shop.step() for shop in shops]
        for topic in COLUMNS:
            rows = [row for change in changes for row in change.get(topic, ((), ()))[0]]
            gone = [key for change in changes for key in change.get(topic, ((), ()))[1]]
            if rows or gone:
                lab.apply(topic, rows, gone)
        results = lab.run(costs=replace(ALWAYS, rewrite_rows=chance.choice((0, 1_000_000))))
        for name, result in results.items():
            sql = lab.ctx.document.model(name).sql
            assert not lab.difference(name), (sql, result, dict(lab.difference(name)))
            seen[result.refresh] += 1
            seen[f"windows {result.refresh}"] += "OVER" in sql
    for wanted in lab.ctx.document.gold:
        mine = Counter(_plain(row) for row in lab.spark.table(lab.lab.table(f"gold.{wanted.name}")).collect())
        theirs = _oracle(lab, wanted)
        assert mine == theirs, (wanted.sql, dict(mine - theirs), dict(theirs - mine))


def _oracle(lab: GoldLab, wanted: GoldModel) -> Counter[str]:
    """The model's rows as DuckDB computes them."""
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'; SET default_null_order = 'nulls_first_on_asc_last_on_desc'")
        for name in COLUMNS:
            path = lab.spark.sql(f"DESCRIBE DETAIL {lab.silver(name)}").collect()[0]["location"]
            db.register(name, DeltaTable(path.removeprefix("file:")).to_pyarrow_table())
        return Counter(_plain(row) for row in db.execute(wanted.sql).fetchall())


def _plain(row: Any) -> str:
    """A row as text; numbers of any type alike."""
    return repr([round(float(v), 4) if isinstance(v, (int, float, Decimal)) else v for v in row])
