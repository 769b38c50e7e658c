"""Values as people read them, the same in the terminal and in the report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

NOTHING = "\u2013"
#: Ends of the names of columns that are shares: 0.12 is 12 %.
SHARES = ("_rate", "_growth", "_share")
_NAMES_NOT_AMOUNTS = ("year", "week", "month", "version", "id")


def format_value(value: Any, column: str = "", unit: str = "") -> str:
    """Thousands separated, amounts of a currency with two decimals, shares in percent, nothing as a dash.

    The text does not have the ``unit``: it stands once, in the head of a column or on an axis.
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value) if column.rpartition("_")[2] in _NAMES_NOT_AMOUNTS else f"{value:,}"
    if isinstance(value, (float, Decimal)):
        if column.endswith(SHARES):
            return f"{float(value) * 100:,.1f} %"
        cents = is_currency(unit) or (isinstance(value, Decimal) and value.as_tuple().exponent == -2)
        return f"{int(value):,}" if value == int(value) and not cents else f"{value:,.2f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def describe_casts(model: Mapping[str, Any]) -> list[str]:
    """A sentence for each input column of a gold model of which values do not fit the needed type."""
    return [
        f"{name}: {count['nulls']:,} of {count['values']:,} values ({count['from_type']}) are no {count['to_type']} and "
        f"read as null, such as {count['shape']}"
        for name, count in (model.get("not_fitting") or {}).items()
    ]


def describe_nulled(counts: Mapping[str, Any]) -> str:
    """A sentence for the values of a topic that silver has as null; empty where there are none."""
    number = counts.get("field_faults") or 0
    if number == 0:
        return ""
    return (
        "1 value did not fit its column and is null: _field_faults of its row says which"
        if number == 1
        else f"{number:,} values did not fit their column and are null: _field_faults of their rows says which"
    )


def format_duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def format_title(name: str) -> str:
    """`order_metrics` -> `Order metrics`."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def is_numeric(value: Any) -> bool:
    """Tell whether a value is right-aligned."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def is_currency(unit: str) -> bool:
    """Tell whether a unit is the code of a currency (ISO 4217), such as EUR."""
    return re.fullmatch("[A-Z]{3}", unit) is not None


def units_of(document: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Per gold model: the units of its columns, by the names of the columns in lower case."""
    return {
        model["name"]: {column.lower(): unit for column, unit in model.get("units", {}).items()}
        for model in document["gold"]
    }
