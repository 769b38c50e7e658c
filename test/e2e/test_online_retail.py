"""Ten real trading days through the whole path, against DuckDB over the raw files as the oracle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession

from pipelines.run import run_once
from test.e2e.support import ONLINE_RETAIL, data, needs_online_retail, rows, run

pytestmark = [pytest.mark.e2e, pytest.mark.slow, needs_online_retail]

MODELS = ("order_metrics", "revenue_margin", "daily_kpis", "weekly_kpis", "customer_profitability")


class Token(str):
    """A JSON number as it stood."""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The staged job of the local stack, over all ten days at once."""
    out = tmp_path_factory.mktemp("online-retail") / "out"
    return run(["--data", str(ONLINE_RETAIL), "--out", str(out), "--reset"])


@pytest.fixture(scope="module")
def oracle() -> Iterator[duckdb.DuckDBPyConnection]:
    """The raw events in DuckDB, every value as the text that stood in the file."""
    fields = {
        "customers": ("customer_id", "country", "updated_at"),
        "orders": ("order_id", "customer_id", "order_date", "order_status", "order_total", "country"),
        "sales": (
            "sale_id",
            "order_id",
            "customer_id",
            "product_id",
            "product_name",
            "quantity",
            "unit_price",
            "sale_timestamp",
        ),
    }
    with duckdb.connect() as db:
        for topic, names in fields.items():
            db.execute(f"CREATE TABLE {topic} ({', '.join(f'{name} VARCHAR' for name in names)})")
            lines = [
                json.loads(line, parse_int=Token, parse_float=Token)
                for file in sorted((ONLINE_RETAIL / topic).glob("*.json"))
                for line in file.read_text(encoding="utf-8").splitlines()
            ]
            assert {name for line in lines for name in line} <= set(names)
            marks = ", ".join("?" for _ in names)
            values = [[_text(line.get(name)) for name in names] for line in lines]
            db.executemany(f"INSERT INTO {topic} VALUES ({marks})", values)
        yield db


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def test_the_figures_that_everybody_can_check(result: dict[str, Any]) -> None:
    sales = rows(result, "silver.sales")
    assert len(sales) == 26_732
    assert sum(row["quantity"] * row["unit_price"] for row in sales) == Decimal("452134.28")
    orders = rows(result, "silver.orders")
    assert (len(orders), sum(row["order_status"] == "Cancelled" for row in orders)) == (1_230, 150)
    assert len(rows(result, "silver.customers")) == 691
    assert result["topics"]["sales"] == {
        "read": 26_732,
        "silver": 26_732,
        "quarantined": 0,
        "deduplicated": 0,
        "dropped": 0,
        "field_faults": 0,
        "schema_version": 1,
    }


@pytest.mark.parametrize(
    ("topic", "key"), [("customers", "customer_id"), ("orders", "order_id"), ("sales", "sale_id")]
)
def test_silver_holds_exactly_what_the_files_say(
    result: dict[str, Any], oracle: duckdb.DuckDBPyConnection, topic: str, key: str
) -> None:
    cursor = oracle.execute(f"SELECT * FROM {topic}")
    names = [column[0] for column in cursor.description or []]
    wanted = {str(row[names.index(key)]): dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    got = {str(row[key]): row for row in rows(result, f"silver.{topic}")}
    assert got.keys() == wanted.keys()
    for name, row in got.items():
        for field, text in wanted[name].items():
            assert _same(row[field], text), (topic, name, field, row[field], text)
    if topic != "customers":
        assert all(isinstance(row["order_id"], str) for row in got.values())


def _same(value: Any, text: str | None) -> bool:
    if value is None or text is None:
        return value is None and text is None
    if isinstance(value, Decimal):
        return value == Decimal(text)
    if hasattr(value, "isoformat"):
        return bool(value.replace(tzinfo=None).isoformat() == text)
    return str(value) == text


GOLD = {
    "order_metrics": """
        SELECT order_id, customer_id, sum(order_total::DECIMAL(18,4)) AS total_amount, count(*) AS row_count,
               count(*) FILTER (order_status = 'Cancelled') AS cancelled_rows
        FROM orders GROUP BY ALL""",
    "revenue_margin": """
        SELECT sale_timestamp::DATE AS day, product_id, customer_id,
               sum(quantity::BIGINT * unit_price::DECIMAL(18,4)) AS revenue, sum(quantity::BIGINT) AS units,
               NULL AS gross_margin
        FROM sales GROUP BY ALL""",
    "daily_kpis": """
        SELECT day, o.orders, o.cancelled_orders, s.revenue, s.units
        FROM (SELECT order_date::DATE AS day, count(*) AS orders,
                     count(*) FILTER (order_status = 'Cancelled') AS cancelled_orders FROM orders GROUP BY day) o
        FULL JOIN (SELECT sale_timestamp::DATE AS day, sum(quantity::BIGINT * unit_price::DECIMAL(18,4)) AS revenue,
                          sum(quantity::BIGINT) AS units FROM sales GROUP BY day) s USING (day)""",
    "weekly_kpis": """
        SELECT isoyear(order_date::DATE) AS iso_year, weekofyear(order_date::DATE) AS iso_week, count(*) AS orders,
               count(*) FILTER (order_status = 'Cancelled') AS cancelled_orders
        FROM orders GROUP BY ALL""",
    "customer_profitability": """
        SELECT customer_id, coalesce(sum(n), 0) AS orders, coalesce(sum(r), 0) AS revenue, NULL AS gross_margin FROM (
          SELECT customer_id, 0 AS n, 0 AS r FROM customers
          UNION ALL SELECT customer_id, 1, 0 FROM orders
          UNION ALL SELECT customer_id, 0, quantity::BIGINT * unit_price::DECIMAL(18,4) FROM sales)
        GROUP BY ALL""",
}


@pytest.mark.parametrize("model", MODELS)
def test_gold_equals_duckdb(result: dict[str, Any], oracle: duckdb.DuckDBPyConnection, model: str) -> None:
    cursor = oracle.execute(GOLD[model])
    names = [column[0] for column in cursor.description or []]
    wanted = sorted((tuple(map(_number, row)) for row in cursor.fetchall()), key=repr)
    table = rows(result, f"gold.{model}")
    got = sorted((tuple(_number(row[name]) for name in names) for row in table), key=repr)
    assert got == wanted


def _number(value: Any) -> Any:
    """Numbers of either engine in one form: 1.5000 and 1.5 are the same."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(Decimal(str(value)).normalize() + 0)
    return value


@pytest.mark.parametrize("model", ["revenue_margin", "daily_kpis", "weekly_kpis", "customer_profitability"])
def test_revenue_is_counted_once_everywhere(result: dict[str, Any], model: str) -> None:
    assert sum(row["revenue"] for row in rows(result, f"gold.{model}")) == Decimal("452134.28")


def test_day_by_day_in_one_task_gives_the_same_tables(
    spark: SparkSession, result: dict[str, Any], tmp_path: Path
) -> None:
    """The other layout and other batches: one process, and a run after each day that lands."""
    schemas = {f"schema_{layer}": f"days_{layer}" for layer in ("bronze", "silver", "gold", "ops")}
    options = {
        "catalog": "spark_catalog",
        "volume_root": str(tmp_path),
        "landing": "in",
        "checkpoints": "cp",
        **schemas,
    }
    days = sorted({file.name for file in ONLINE_RETAIL.glob("*/*.json")})
    assert len(days) == 10
    for day in days:
        for topic in ("customers", "orders", "sales"):
            target = tmp_path / "in" / topic / day
            target.parent.mkdir(parents=True, exist_ok=True)
            source = ONLINE_RETAIL / topic / day
            if source.exists():
                target.write_bytes(source.read_bytes())
        summary = run_once(spark, None, **options)
        assert summary["status"] == "succeeded"
    for table in (
        "silver.customers",
        "silver.orders",
        "silver.sales",
        *(f"gold.{model}" for model in MODELS),
    ):
        layer, _, name = table.partition(".")
        df = spark.table(f"spark_catalog.days_{layer}.{name}")
        assert data(_as_read(df.toArrow().to_pylist())) == data(_as_read(rows(result, table))), table


def _as_read(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Timestamps without zone: Spark gives the session's, the files say UTC."""
    return [
        {
            name: value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value
            for name, value in record.items()
        }
        for record in records
    ]
