"""Four weeks of a small shop, simulated: the same files on every machine, with everything that real feeds do wrong.

Every week is one batch of files. Orders change their status later, events arrive late,
twice or out of order, a field appears, a number turns into text, lines are broken, and one file is a pretty-printed
array. `random.random()` alone is used, whose sequence for a seed is the same in every version of Python.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

SEED = 20240401
BATCHES = 4
_START = datetime(2024, 4, 1)  # noqa: DTZ001  (a Monday; the feed's times have no zone, as many have none)
_WEEK = timedelta(days=7)
_END = _START + BATCHES * _WEEK
_CUSTOMERS = 48
# Monday to Sunday; a little more every week.
_ORDERS_PER_DAY = (8, 9, 9, 10, 12, 7, 5)

_NAMES = (
    "Ada",
    "Ben",
    "Chloe",
    "David",
    "Elif",
    "Finn",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kim",
    "Lena",
    "Mateo",
    "Nora",
)
_SURNAMES = (
    "Abel",
    "Berg",
    "Costa",
    "Diaz",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haas",
    "Ito",
    "Jansen",
    "Kaya",
    "Moreau",
)
_COUNTRIES = (("DE", "BE"), ("DE", "HH"), ("FR", None), ("GB", None), ("US", "NY"), ("US", "CA"))
# product: name, price in cents, cost in cents (None: nobody knows what it cost)
_PRODUCTS: dict[str, tuple[str, int, int | None]] = {
    "P-100": ("Notebook, dotted", 750, 310),
    "P-101": ("Fountain pen", 4900, 2350),
    "P-102": ("Ink, 50 ml", 1250, 480),
    "P-103": ("Desk lamp", 8990, 5120),
    "P-104": ("Paper clips <200>", 399, 90),
    "P-105": ("Gift card", 2500, None),
    "P-106": ("Backpack", 11900, 7300),
    "P-107": ("Mug \u201cMonday\u201d", 1490, 520),
}

Record = dict[str, Any]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Event:
    """A record, and when it arrives (which is what decides the file, not when it happened)."""

    arrives: datetime
    topic: str
    record: Record


@dataclass
class _Shop:
    """The state of the simulation."""

    random: Random
    events: list[Event] = field(default_factory=list)

    def pick(self, choices: Sequence[_T]) -> _T:
        return choices[int(self.random.random() * len(choices))]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def emit(self, topic: str, record: Record, happened: datetime, *, late: float = 0.06) -> None:
        """Send a record; some arrive days later, some twice."""
        arrives = happened + timedelta(minutes=1)
        if self.chance(late):
            arrives += timedelta(hours=6 + 96 * self.random.random())
        self.events.append(Event(arrives, topic, record))
        if self.chance(0.04):
            self.events.append(Event(arrives + timedelta(hours=30 * self.random.random()), topic, record))


def sample_batches(seed: int = SEED) -> list[dict[str, str]]:
    """The files of every batch: relative name (`orders/2024-04-01.json`) -> text."""
    shop = _Shop(Random(seed))
    _customers(shop)
    _orders(shop)
    return [_files(shop, batch) for batch in range(BATCHES)]


def _customers(shop: _Shop) -> None:
    for number in range(1, _CUSTOMERS + 1):
        country, state = shop.pick(_COUNTRIES)
        first, last = shop.pick(_NAMES), shop.pick(_SURNAMES)
        signup = _START - timedelta(days=int(400 * shop.random.random()))
        happened = _START + timedelta(hours=int(10 * 24 * shop.random.random()))
        record: Record = {
            "customer_id": f"C{number:04d}",
            "first_name": first,
            "last_name": last,
            "email": f"{first}.{last}{number}@example.com".lower(),
            "country": country,
            "state": state,
            "signup_date": f"{signup:%Y-%m-%d}",
            # A number as long as only German and American addresses come; British ones turn it into text.
            "postal_code": 10000 + int(80000 * shop.random.random()),
            "updated_at": _text(happened),
        }
        if country == "GB":
            record["postal_code"] = f"SW{number % 20 + 1} 1AA"
            happened = max(happened, _START + 2 * _WEEK + timedelta(hours=number))
            record["updated_at"] = _text(happened)
        shop.emit("customers", record, happened)
        if shop.chance(0.35):
            moved = happened + timedelta(days=2 + 12 * shop.random.random())
            country, state = shop.pick(_COUNTRIES[:4])
            shop.emit(
                "customers", {**record, "country": country, "state": state, "updated_at": _text(moved)}, moved
            )


def _orders(shop: _Shop) -> None:
    number = 10000
    for day in range(7 * BATCHES):
        for _ in range(_ORDERS_PER_DAY[day % 7] + day // 7 + int(4 * shop.random.random())):
            number += 1
            placed = _START + timedelta(days=day, seconds=int(86000 * shop.random.random()))
            _order(shop, f"O{number}", placed)


def _order(shop: _Shop, order_id: str, placed: datetime) -> None:
    customer = None if shop.chance(0.05) else f"C{1 + int(_CUSTOMERS * shop.random.random()):04d}"
    items = [_item(shop, order_id, at, customer, placed) for at in range(1 + int(3 * shop.random.random()))]
    cents = sum(round(item["unit_price"] * 100) * item["quantity"] for item in items)
    order: Record = {
        "order_id": order_id,
        "customer_id": customer,
        "order_date": _text(placed),
        "order_status": "Pending",
        "order_total": cents / 100,
        "updated_at": _text(placed),
    }
    if placed >= _START + _WEEK:
        order["channel"] = shop.pick(
            ("web", "web", "store", "app")
        )  # a field that was not there in the first week
    shop.emit("orders", order, placed, late=0.12)
    settled = min(placed + timedelta(hours=2 + 70 * shop.random.random()), _END - timedelta(minutes=1))
    cancelled = shop.chance(0.11)
    status = "Cancelled" if cancelled else "Completed"
    shop.emit("orders", {**order, "order_status": status, "updated_at": _text(settled)}, settled)
    for item in items:
        shop.emit("sales", item, placed)
        if cancelled:
            back = {**item, "sale_id": f"{item['sale_id']}-R", "quantity": -item["quantity"]}
            shop.emit("sales", {**back, "sale_timestamp": _text(settled)}, settled)
        elif shop.chance(0.05):
            shop.emit(
                "sales", {**item, "quantity": item["quantity"] + 1, "updated_at": _text(settled)}, settled
            )


def _item(shop: _Shop, order_id: str, at: int, customer: str | None, placed: datetime) -> Record:
    product_id = shop.pick(sorted(_PRODUCTS))
    name, price, cost = _PRODUCTS[product_id]
    item: Record = {
        "sale_id": f"{order_id}-{at + 1}",
        "order_id": order_id,
        "customer_id": customer,
        "product_id": product_id,
        "product_name": name,
        "quantity": 1 + int(4 * shop.random.random()),
        "unit_price": price / 100,
        "sale_timestamp": _text(placed),
    }
    if cost is not None and not shop.chance(0.1):
        item["cost"] = cost / 100
    return item


def _files(shop: _Shop, batch: int) -> dict[str, str]:
    begin, end = _START + batch * _WEEK, _START + (batch + 1) * _WEEK
    if batch == 0:
        begin = datetime.min  # noqa: DTZ901
    if batch == BATCHES - 1:
        end = datetime.max  # noqa: DTZ901
    files: dict[str, str] = {}
    for topic in ("customers", "orders", "sales"):
        arrived = [event for event in shop.events if event.topic == topic and begin <= event.arrives < end]
        records = [event.record for event in sorted(arrived, key=lambda event: event.arrives)]
        stem = f"{topic}/{_START + batch * _WEEK:%Y-%m-%d}"
        if topic == "orders" and batch == 2:
            half = len(records) // 2
            files[f"{stem}-backfill.json"] = json.dumps(records[:half], indent=2, ensure_ascii=False) + "\n"
            records = records[half:]
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        files[f"{stem}.json"] = "\n".join(_with_faults(lines, topic, batch)) + "\n"
    return files


def _with_faults(lines: list[str], topic: str, batch: int) -> list[str]:
    """Broken lines among the good ones, at fixed positions."""
    faults = _FAULTS.get((topic, batch), ())
    for at, fault in enumerate(faults):
        position = (at + 1) * len(lines) // (len(faults) + 1)
        lines = [*lines[:position], fault, *lines[position:]]
    return lines


# Every kind of line that must be quarantined with its reason rather than stop a run.
_FAULTS: dict[tuple[str, int], tuple[str, ...]] = {
    ("orders", 0): (
        '{"order_id": "O90001", "customer_id": "C0001", "order_st',
        '{"customer_id": "C0002", "order_status": "Pending", "order_total": 12.5, "updated_at": "2024-04-03T10:00:00"}',
    ),
    ("customers", 1): ('{"customer_id": "C0003", "country": "FR", "country": "DE"}',),
    ("sales", 1): ("-- export resumed --", '"O10001-1"'),
    ("sales", 2): ('{"sale_id": "O90002-1", "quantity": NaN, "unit_price": 7.5}',),
    ("orders", 3): ('{"order_id": "O90003", "order_status": "Pending"} O90004',),
    ("customers", 3): ("{'customer_id': 'C0005', 'country': 'GB'}",),
}


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"
