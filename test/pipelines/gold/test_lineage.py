"""Which columns a gold column comes from: read from Spark's plans, over no table, against what people read in the SQL."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from pipelines.config.document import GoldInput, GoldModel
from pipelines.gold.changes import columns_read
from test.pipelines.gold_lab import shipped

pytestmark = pytest.mark.spark

INPUTS = (
    GoldInput("t", (("k", "string"), ("d", "timestamp"), ("v", "decimal(18,2)"), ("n", "bigint"), ("xs", "array<bigint>"))),
    GoldInput("u", (("k", "string"), ("c", "string"))),
)  # fmt: skip

#: SQL, and the sources of each column of its result; None: nothing is said.
MODELS: list[tuple[str, dict[str, str] | None]] = [
    ("SELECT k, sum(v) AS s, count(*) AS rows, 1 AS one FROM t GROUP BY k", {"k": "t.k", "s": "t.v", "rows": "", "one": ""}),
    ("SELECT * FROM t JOIN u USING (k)", {"k": "t.k", "d": "t.d", "v": "t.v", "n": "t.n", "xs": "t.xs", "c": "u.c"}),
    ("SELECT * FROM t FULL JOIN u USING (k)", {"k": "t.k u.k", "d": "t.d", "v": "t.v", "n": "t.n", "xs": "t.xs", "c": "u.c"}),
    ("SELECT c AS k FROM u LEFT SEMI JOIN t ON t.k = u.k", {"k": "u.c"}),
    ("WITH a AS (SELECT k, n FROM t WHERE v > 0), b AS (SELECT k, n + 1 AS m FROM a) SELECT x.k, sum(y.m) AS z FROM b x JOIN b y ON x.m = y.m GROUP BY x.k", {"k": "t.k", "z": "t.n"}),
    ("WITH u AS (SELECT k, v FROM t) SELECT k, v FROM u", {"k": "t.k", "v": "t.v"}),
    ("SELECT k, n AS x FROM t UNION SELECT c, 1 FROM u", {"k": "t.k u.c", "x": "t.n"}),
    ("SELECT k FROM t EXCEPT SELECT c FROM u", {"k": "t.k"}),
    ("SELECT k, lag(v) OVER (PARTITION BY k ORDER BY d) AS b, rank() OVER (ORDER BY sum(n)) AS r FROM t GROUP BY k, v, d", {"k": "t.k", "b": "t.d t.k t.v", "r": "t.n"}),
    ("SELECT k, n + 1 AS a, a * 2 AS b, CASE WHEN v > 1 THEN d END AS c FROM t", {"k": "t.k", "a": "t.n", "b": "t.n", "c": "t.d t.v"}),
    ("SELECT k, sum(v) FILTER (WHERE n > 1) AS s FROM t GROUP BY k HAVING max(d) IS NOT NULL ORDER BY k LIMIT 3", {"k": "t.k", "s": "t.n t.v"}),
    ("SELECT k, (SELECT max(c) FROM u) AS m, (SELECT count(*) FROM u WHERE u.k > 'a') AS r FROM t", {"k": "t.k", "m": "u.c", "r": ""}),
    ("SELECT k, v FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k) AND n IN (SELECT length(c) FROM u)", {"k": "t.k", "v": "t.v"}),
    ("SELECT t.k, z.m FROM t, LATERAL (SELECT max(c) AS m FROM u WHERE u.k = t.k) AS z", {"k": "t.k", "m": "u.c"}),
    ("SELECT k, x, at FROM t LATERAL VIEW posexplode(xs) AS at, x", {"k": "t.k", "x": "t.xs", "at": "t.xs"}),
    ("SELECT k, d, sum(v) AS s FROM t GROUP BY CUBE (k, d)", {"k": "t.k", "d": "t.d", "s": "t.v"}),
    ("SELECT * FROM (SELECT k, n, v FROM t) PIVOT (sum(v) FOR n IN (1 AS one, 2 AS two))", {"k": "t.k", "one": "t.n t.v", "two": "t.n t.v"}),
    ("SELECT k, val FROM t UNPIVOT (val FOR name IN (n, v))", {"k": "t.k", "val": "t.n t.v"}),
    ("SELECT upper(k) AS `Key of t`, replace(k, ',', '. AS ') AS k FROM t", {"Key of t": "t.k", "k": "t.k"}),
    ("SELECT k, sum(n) AS `a#1, b` FROM t GROUP BY k", None),
    (f"SELECT k, {', '.join(f'sum(n + {i}) AS s{i}' for i in range(30))} FROM t GROUP BY k", None),
    ("SELECT nothing_like_that AS k FROM t", None),
]  # fmt: skip


def told(spark: SparkSession, model: GoldModel) -> dict[str, str] | None:
    found = columns_read(spark, model)
    return None if found is None else {
        column: " ".join(f"{input_}.{name}" for input_, name in sources) for column, sources in found.items()
    }  # fmt: skip


def test_the_plan_says_what_a_column_comes_from(spark: SparkSession) -> None:
    wrong = []
    for sql, wanted in MODELS:
        grain = ("Key of t",) if "Key of t" in sql else ("k",)
        found = told(spark, GoldModel("m", "", grain, INPUTS, sql, 1, 1, refresh="full"))
        if found != wanted:
            wrong.append(f"{sql}\n  wanted {wanted}\n  got    {found}")
    assert not wrong, "\n".join(wrong)


def test_the_shipped_models(spark: SparkSession) -> None:
    found = {}
    for raw in shipped():
        needs = tuple(
            GoldInput(n["input"], tuple((c["name"], c["type"]) for c in n["columns"])) for n in raw["needs"]
        )
        found[raw["name"]] = told(
            spark, GoldModel(raw["name"], "", tuple(raw["grain"]), needs, raw["sql"], 1, 1)
        )
    amount = "sales.quantity sales.unit_price"
    margin = f"sales.cost {amount}"
    assert found == {
        "order_metrics": {
            "order_id": "orders.order_id",
            "customer_id": "orders.customer_id",
            "total_amount": "orders.order_total",
            "row_count": "",
            "cancelled_rows": "orders.order_status",
            "cancellation_rate": "orders.order_status",
        },
        "revenue_margin": {
            "day": "sales.sale_timestamp",
            "product_id": "sales.product_id",
            "customer_id": "sales.customer_id",
            "product_name": "sales.product_name",
            "units": "sales.quantity",
            "revenue": amount,
            "costed_revenue": margin,
            "gross_margin": margin,
            "margin_rate": margin,
        },
        "daily_kpis": {
            "day": "orders.order_date sales.sale_timestamp",
            "orders": "",
            "cancelled_orders": "orders.order_status",
            "cancellation_rate": "orders.order_status",
            "revenue": amount,
            "units": "sales.quantity",
            "customers": "orders.customer_id sales.customer_id",
            "revenue_per_order": amount,
        },
        "weekly_kpis": {
            "iso_year": "daily_kpis.day",
            "iso_week": "daily_kpis.day",
            "week_start": "daily_kpis.day",
            "orders": "daily_kpis.orders",
            "cancelled_orders": "daily_kpis.cancelled_orders",
            "cancellation_rate": "daily_kpis.cancelled_orders daily_kpis.orders",
            "revenue": "daily_kpis.revenue",
            "units": "daily_kpis.units",
            "previous_revenue": "daily_kpis.revenue",
            "revenue_growth": "daily_kpis.revenue",
            "orders_growth": "daily_kpis.orders",
        },
        "customer_profitability": {
            "customer_id": "customers.customer_id orders.customer_id sales.customer_id",
            "country": "customers.country",
            "is_registered": "",
            "orders": "",
            "cancelled_orders": "orders.order_status",
            "first_order_at": "orders.order_date",
            "last_order_at": "orders.order_date",
            "units": "sales.quantity",
            "revenue": amount,
            "costed_revenue": margin,
            "gross_margin": margin,
            "margin_rate": margin,
        },
    }
