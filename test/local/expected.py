"""What the example's tables must hold, computed from the raw files in plain Python.

Written from the issue and the gold models' descriptions, and sharing no code with `pipelines` or `local`: an oracle.
It covers what the retail example needs (upserts by `updated_at`, scalars), not everything the library can do.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

KEYS = {"customers": "customer_id", "orders": "order_id", "sales": "sale_id"}
HINTS = {"orders": {"order_total"}, "sales": {"unit_price", "cost"}}
SEQUENCE = "updated_at"
EARLIEST = datetime.fromisoformat("0001-01-01")

Files = Mapping[str, str]
Row = dict[str, Any]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)(Z|[+-][0-9]{2}:[0-9]{2})?"
)


class Number(str):
    """A JSON number, as the text that stood there."""


@dataclass
class Silver:
    """A silver table: its column types, its rows by key."""

    types: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)


@dataclass
class Account:
    """What became of the records of one batch."""

    read: int = 0
    silver: int = 0
    quarantined: int = 0
    deduplicated: int = 0
    dropped: int = 0


def read_folder(folder: Path) -> dict[str, str]:
    """The files of a data folder: `orders/2010-12-01.json` -> text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.glob("*/*.json")
    }


def expected(batches: Iterable[Files]) -> tuple[dict[str, Silver], list[dict[str, Account]]]:
    """Silver tables after all batches, and the account of every batch."""
    winners: dict[str, dict[str, tuple[Any, Row]]] = {topic: {} for topic in KEYS}
    seen: dict[str, list[Row]] = {topic: [] for topic in KEYS}
    accounts = []
    for files in batches:
        accounts.append({topic: _tick(topic, files, winners[topic], seen[topic]) for topic in KEYS})
    tables = {}
    for topic, key in KEYS.items():
        types = _types(seen[topic], HINTS.get(topic, set()))
        rows = {
            text: {name: typed(row.get(name), kind) for name, kind in types.items()}
            for text, (_, row) in winners[topic].items()
        }
        tables[topic] = Silver(types, rows)
        assert all(row[key] is not None for row in rows.values())
    return tables, accounts


def _tick(topic: str, files: Files, winners: dict[str, tuple[Any, Row]], seen: list[Row]) -> Account:
    account = Account()
    batch: dict[str, tuple[Any, Row]] = {}
    for name in sorted(files):
        if not name.startswith(f"{topic}/"):
            continue
        for position, raw in _records(files[name]):
            account.read += 1
            row = parse(raw)
            if row is not None:
                seen.append(row)
            if row is None or row.get(KEYS[topic]) is None:
                account.quarantined += 1
                continue
            moment = typed(row.get(SEQUENCE), "timestamp")
            order = (moment is not None, moment or EARLIEST, name, position)
            key = str(row[KEYS[topic]])
            if key in batch:
                account.deduplicated += 1
            if key not in batch or order > batch[key][0]:
                batch[key] = (order, row)
    for key, candidate in batch.items():
        if key in winners and winners[key][0] >= candidate[0]:
            account.deduplicated += 1
        else:
            winners[key] = candidate
            account.silver += 1
    return account


def _records(text: str) -> list[tuple[int, Any]]:
    if text.lstrip().startswith("["):
        decoder = json.JSONDecoder(parse_int=Number, parse_float=Number)
        return list(enumerate(decoder.decode(text.strip())))
    return [(at, line) for at, line in enumerate(text.split("\n")) if line.strip()]


def parse(raw: Any) -> Row | None:
    """One record, its numbers as text; None where it must be quarantined."""
    if isinstance(raw, dict):
        return raw

    def pairs(items: list[tuple[str, Any]]) -> Row:
        if len({name for name, _ in items}) < len(items):
            raise ValueError("duplicate key")
        return dict(items)

    def constant(name: str) -> Any:
        raise ValueError(name)

    try:
        value = json.loads(
            raw, object_pairs_hook=pairs, parse_constant=constant, parse_int=Number, parse_float=Number
        )
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _types(rows: list[Row], hinted: set[str]) -> dict[str, str]:
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name, value in row.items():
            if value is not None and value != "":
                kinds[name].add(_kind(value))
    return {name: "decimal" if name in hinted else _join(found) for name, found in kinds.items()}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    text = str(value)
    if _INTEGER.fullmatch(text):
        return "bigint"
    if _NUMBER.fullmatch(text):
        return "double"
    if isinstance(value, Number):
        return "string"
    if text in ("true", "false"):
        return "boolean"
    if _DATE.fullmatch(text) and _valid(text):
        return "date"
    match = _MOMENT.fullmatch(text)
    return "timestamp" if match and _valid(match[1]) else "string"


def _join(kinds: set[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds == {"bigint", "double"}:
        return "double"
    return "timestamp" if kinds == {"date", "timestamp"} else "string"


def _valid(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def typed(value: Any, kind: str) -> Any:
    """A value as its column has it; timestamps in UTC without a zone."""
    if value is None or (value == "" and kind != "string"):
        return None
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if kind == "string":
        return text
    if kind == "bigint":
        return int(text)
    if kind == "double":
        return float(text)
    if kind == "decimal":
        return Decimal(text).quantize(Decimal("0.0001"))
    if kind == "boolean":
        return text == "true"
    if kind == "date":
        return date.fromisoformat(text)
    if _DATE.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), datetime.min.time())
    match = _MOMENT.fullmatch(text)
    assert match is not None, text
    moment = datetime.fromisoformat(match[1])
    if match[2] and match[2] != "Z":
        moment = datetime.fromisoformat(match[1] + match[2]).astimezone(timezone.utc).replace(tzinfo=None)
    return moment


# ---------------------------------------------------------------- gold


def expected_gold(silver: Mapping[str, Silver]) -> dict[str, list[Row]]:
    """The five shipped models."""
    customers, orders, sales = (
        list(silver[topic].rows.values()) for topic in ("customers", "orders", "sales")
    )
    daily = _daily(orders, sales)
    return {
        "order_metrics": _order_metrics(orders),
        "revenue_margin": _revenue_margin(sales),
        "daily_kpis": daily,
        "weekly_kpis": _weekly(daily),
        "customer_profitability": _customers(customers, orders, sales),
    }


def _order_metrics(orders: list[Row]) -> list[Row]:
    return [
        {
            "order_id": _str(order["order_id"]),
            "customer_id": _str(order.get("customer_id")),
            "total_amount": order.get("order_total"),
            "row_count": 1,
            "cancelled_rows": int(_cancelled(order)),
            "cancellation_rate": float(_cancelled(order)),
        }
        for order in orders
    ]


def _revenue_margin(sales: list[Row]) -> list[Row]:
    groups = _grouped(
        sales,
        lambda sale: (
            _day(sale.get("sale_timestamp")),
            _str(sale.get("product_id")),
            _str(sale.get("customer_id")),
        ),
    )
    rows = []
    for (day, product, customer), members in groups.items():
        names = [sale["product_name"] for sale in members if sale.get("product_name") is not None]
        rows.append(
            {
                "day": day,
                "product_id": product,
                "customer_id": customer,
                "product_name": max(names, key=lambda name: _str(name).encode()) if names else None,
                "units": _sum(sale.get("quantity") for sale in members),
                "revenue": _sum(_revenue(sale) for sale in members),
                **_margin(members),
            }
        )
    return rows


def _daily(orders: list[Row], sales: list[Row]) -> list[Row]:
    by_order = _grouped(orders, lambda order: _day(order.get("order_date")))
    by_sale = _grouped(sales, lambda sale: _day(sale.get("sale_timestamp")))
    rows = []
    for day in {**by_order, **by_sale}:
        placed, sold = by_order.get(day, []), by_sale.get(day, [])
        cancelled = sum(map(_cancelled, placed))
        revenue = _sum(map(_revenue, sold)) or Decimal(0)
        rows.append(
            {
                "day": day,
                "orders": len(placed),
                "cancelled_orders": cancelled,
                "cancellation_rate": _ratio(cancelled, len(placed)),
                "revenue": revenue,
                "units": _sum(sale.get("quantity") for sale in sold) or 0,
                "customers": len(
                    {_str(row["customer_id"]) for row in placed + sold if row.get("customer_id") is not None}
                ),
                "revenue_per_order": _ratio(revenue, len(placed)),
            }
        )
    return rows


def _weekly(daily: list[Row]) -> list[Row]:
    weeks = {}
    for monday, days in _grouped(
        [row for row in daily if row["day"]], lambda row: row["day"] - timedelta(days=row["day"].weekday())
    ).items():
        year, week, _ = monday.isocalendar()
        totals = {
            name: sum(row[name] for row in days)
            for name in ("orders", "cancelled_orders", "revenue", "units")
        }
        weeks[monday] = {"iso_year": year, "iso_week": week, "week_start": monday, **totals}
    for monday, week in weeks.items():
        before = weeks.get(monday - timedelta(days=7))
        week["cancellation_rate"] = _ratio(week["cancelled_orders"], week["orders"])
        week["previous_revenue"] = before["revenue"] if before else None
        for name in ("revenue", "orders"):
            week[f"{name}_growth"] = _ratio(week[name] - before[name], before[name]) if before else None
    return list(weeks.values())


def _customers(customers: list[Row], orders: list[Row], sales: list[Row]) -> list[Row]:
    def by(row: Row) -> Any:
        return _str(row.get("customer_id"))

    known, placed, sold = (_grouped(rows, by) for rows in (customers, orders, sales))
    rows = []
    for customer in {**known, **placed, **sold}:
        mine, items = placed.get(customer, []), sold.get(customer, [])
        moments = [order["order_date"] for order in mine if order.get("order_date") is not None]
        countries = [row["country"] for row in known.get(customer, []) if row.get("country") is not None]
        rows.append(
            {
                "customer_id": customer,
                "country": max(countries, default=None),
                "is_registered": customer in known,
                "orders": len(mine),
                "cancelled_orders": sum(map(_cancelled, mine)),
                "first_order_at": min(moments, default=None),
                "last_order_at": max(moments, default=None),
                "units": _sum(sale.get("quantity") for sale in items) or 0,
                "revenue": _sum(map(_revenue, items)) or Decimal(0),
                **_margin(items),
            }
        )
    return rows


def _margin(sales: list[Row]) -> Row:
    costed = [sale for sale in sales if sale.get("cost") is not None and _revenue(sale) is not None]
    revenue = _sum(map(_revenue, costed))
    margin = _sum(sale["quantity"] * (sale["unit_price"] - sale["cost"]) for sale in costed)
    return {"costed_revenue": revenue, "gross_margin": margin, "margin_rate": _ratio(margin, revenue)}


def _revenue(sale: Row) -> Decimal | None:
    if sale.get("quantity") is None or sale.get("unit_price") is None:
        return None
    return Decimal(sale["quantity"]) * sale["unit_price"]


def _cancelled(order: Row) -> bool:
    return str(order.get("order_status")).strip().lower() in ("cancelled", "canceled")


def _grouped(rows: list[Row], key: Any) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def _sum(values: Iterable[Any]) -> Any:
    there = [value for value in values if value is not None]
    return sum(there) if there else None


def _ratio(part: Any, whole: Any) -> float | None:
    return float(part) / float(whole) if part is not None and whole else None


def _day(moment: Any) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _str(value: Any) -> Any:
    return None if value is None else str(value)
