"""Which words of an expression are names of columns, by its text alone."""

from __future__ import annotations

import pytest

from pipelines.quality.sql_names import paths_in


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("customer_id IS NOT NULL", ["customer_id"]),
        ("__deleted = 'true' OR op = \"D\"", ["__deleted", "op"]),
        ("`Unit Price` >= 0 AND upper(caseName) IN ('x', 'y')", ["Unit Price", "caseName"]),
        ("customer.address.city = 'x'", ["customer.address.city"]),
        ("items[0].price > 1 AND m['k'].v", ["items", "m"]),
        ("CAST(amount AS decimal(18,2)) > 1.5BD AND a::bigint > 1L", ["amount", "a"]),
        ("try_cast(a AS array<struct<x: bigint, y: string>>) IS NULL", ["a"]),
        ("day > DATE '2024-01-01' AND ts < TIMESTAMP '2024-01-01'", ["ts"]),
        ("exists(tags, x -> x = 'a') AND aggregate(l, 0, (acc, e) -> acc + e) > n", ["tags", "l", "n"]),
        ("CASE WHEN status LIKE 'a%' THEN true ELSE false END", ["status"]),
        ("extract(YEAR FROM at) > 2000 AND placed + INTERVAL 3 DAYS > shipped", ["placed", "shipped"]),
        ("quantity BETWEEN 1 AND 10 AND price <=> NULL", ["quantity", "price"]),
    ],
)
def test_paths(sql: str, names: list[str]) -> None:
    assert [".".join(path) for path in paths_in(sql)] == names
