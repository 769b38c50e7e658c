"""What an error and ops.quality show of rows that violate a rule."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.quality.examples import columns_of, describe_row

COLUMNS = ["id", "unit price", "status", "_row_id"]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("id IS NOT NULL", ["id"]),
        ("`unit price` >= 0 AND ID > 1 OR id < 0", ["unit price", "id"]),
        ("lower(status) IN ('id', 'it''s id')", ["status"]),
        ("missing > 0", []),
    ],
)
def test_the_columns_that_a_rule_names(expression: str, found: list[str]) -> None:
    assert columns_of(expression, COLUMNS) == found


def test_shapes_unless_values_are_wanted() -> None:
    row = {"id": -17, "unit price": Decimal("1.50"), "status": None}
    assert describe_row(row, ["id", "unit price", "status"], False) == "id=-99, unit price=9.99, status=null"
    assert describe_row(row, ["unit price"], True) == "unit price=1.50"
