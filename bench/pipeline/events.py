"""Events of a busy shop for the benchmarks: the same for a seed, in files of JSON Lines, one per topic and micro-batch.

Nine orders in ten are new, one is an earlier order that changed its status; each order has one sale. Customers come
back with a new address.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

#: Events of one micro-batch.
ORDERS, SALES, CUSTOMERS = 20_000, 20_000, 2_000
BATCH_EVENTS = ORDERS + SALES + CUSTOMERS

_START = datetime(2024, 1, 1, tzinfo=timezone.utc)
_STATUS = ("placed", "paid", "shipped", "delivered", "cancelled")
_COUNTRIES = ("DE", "FR", "GB", "IN", "TR", "US")


def write_batch(landing: Path, batch: int, scale: float = 1.0) -> None:
    """Land the files of one batch below ``landing``. ``scale`` multiplies the number of events."""
    for topic, records in batch_events(batch, scale).items():
        write(landing / topic / f"{batch:05}.json", records)


def write(target: Path, records: Iterable[dict[str, Any]]) -> None:
    """Write a file of JSON Lines under a name that readers skip, then rename it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"_{target.name}")
    part.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    part.rename(target)


def batch_events(batch: int, scale: float = 1.0) -> dict[str, list[dict[str, Any]]]:
    """Records by topic. A batch is a day of the shop."""
    chance = random.Random(batch)
    day = _START + timedelta(days=batch)
    orders, sales, customers = (int(n * scale) for n in (ORDERS, SALES, CUSTOMERS))
    return {
        "orders": [_order(chance, day, batch * orders + n, batch * orders) for n in range(orders)],
        "sales": [_sale(chance, day, batch * sales + n) for n in range(sales)],
        "customers": [_customer(chance, day) for _ in range(customers)],
    }


def _order(chance: random.Random, day: datetime, number: int, known: int) -> dict[str, Any]:
    again = known > 0 and chance.random() < 0.1
    if again:
        number = chance.randrange(max(0, known - 5 * ORDERS), known)
    moment = day + timedelta(seconds=chance.randrange(86_400))
    # What an order says of itself depends on its number alone, so that its later events are about the same order.
    about = random.Random(number)
    return {
        "order_id": f"O-{number:08}",
        "customer_id": about.randrange(50_000),
        "order_date": (
            _START + timedelta(seconds=about.randrange(86_400), days=number // ORDERS)
        ).isoformat(),
        "order_total": round(about.uniform(5, 500), 2),
        "order_status": chance.choice(_STATUS) if again else "placed",
        "updated_at": moment.isoformat(),
    }


def _sale(chance: random.Random, day: datetime, number: int) -> dict[str, Any]:
    moment = (day + timedelta(seconds=chance.randrange(86_400))).isoformat()
    product = chance.randrange(500)
    price = round(chance.uniform(1, 100), 2)
    return {
        "sale_id": number,
        "order_id": f"O-{number:08}",
        "customer_id": chance.randrange(50_000),
        "product_id": f"P-{product:03}",
        "product_name": f"Product {product}",
        "quantity": chance.randrange(1, 10),
        "unit_price": price,
        "cost": round(price * 0.6, 2),
        "sale_timestamp": moment,
        "updated_at": moment,
    }


def _customer(chance: random.Random, day: datetime) -> dict[str, Any]:
    number = chance.randrange(50_000)
    return {
        "customer_id": number,
        "name": f"Customer {number}",
        "email": f"c{number}@example.com",
        "country": chance.choice(_COUNTRIES),
        "updated_at": (day + timedelta(seconds=chance.randrange(86_400))).isoformat(),
    }
