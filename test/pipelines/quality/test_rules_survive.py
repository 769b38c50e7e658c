"""A rule never breaks a run, whatever became of the columns that it names; and what means nothing is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

#: rule -> how many of the three first rows, and of the two later ones, violate it. The later ones turn `n` and `customer`
#: to text: rules see them with the types that they had.
RULES = {
    "missing": ("nowhere IS NOT NULL", 3, 2),
    "missing_is_null": ("nowhere IS NULL", 0, 0),
    "nested_missing": ("customer.email IS NOT NULL", 3, 2),
    "nested_missing_is_null": ("customer.email IS NULL AND customer.id IS NOT NULL", 1, 1),
    "deeper": ("customer.address.city.name IS NULL", 0, 0),
    "backquote": ("customer.`a``b` = 1", 2, 2),
    "base_missing": ("who.name.first IS NULL", 0, 0),
    "null_struct": ("empty.a IS NULL", 0, 0),
    "promoted": ("n >= 0", 0, 1),
    "struct": ("customer.id > 0", 1, 1),
    "spelled": ("`Unit Price` >= 0 AND upper(caseName) = 'X'", 0, 0),
    "silver_spelled": ("unit_x20_price >= 0", 0, 0),
    "by_zero": ("1 / (n - 7) >= 0", 3, 2),
    "wrong_type": ("customer + 1 > 0", 3, 2),
}
FIRST: list[dict[str, Any]] = [
    {"id": 1, "n": 7, "customer": {"id": 5, "a`b": 1}, "Unit Price": 1, "caseName": "x", "empty": None},
    {"id": 2, "n": 8, "customer": {"id": 6}, "Unit Price": 1, "caseName": "x"},
    {"id": 3, "n": 9, "customer": None, "Unit Price": 1, "caseName": "x"},
]
LATER = [
    {"id": 4, "n": "many", "customer": "cus_2", "Unit Price": 2, "caseName": "x"},
    {"id": 5, "n": 5, "customer": {"id": 7}, "Unit Price": 2, "caseName": "x"},
]


def rules(on_violation: str, *names: str) -> list[dict[str, Any]]:
    return [{"name": name, "expect": RULES[name][0], "onViolation": on_violation} for name in names or RULES]


def failed_rows(lab: Lab, run: dict[str, Any], name: str) -> dict[str, int]:
    where = f"run_id = '{run['run_id']}' AND topic = '{name}'"
    return {rule: int(failed) for rule, failed in lab.rows("ops.quality", "rule", "failed_rows", where=where)}


@pytest.mark.slow
def test_every_rule_is_counted_and_none_breaks_a_run(spark: SparkSession, tmp_path: Path) -> None:
    silver = {"deleteWhen": "meta.deleted OR n = 100"}
    topics = [
        topic("t", "append", quality=rules("warn")),
        topic("q", "append", quality=rules("quarantine", "promoted")),
        topic("b", "append", quality=rules("quarantine", "wrong_type")),
        topic("d", "upsert", silver={**silver, "sequenceBy": "id"}),
        topic("e", "upsert", silver={"deleteWhen": "customer + 1 > 0", "sequenceBy": "id"}),
    ]
    lab = Lab(spark, tmp_path, topics)
    runs = []
    for records in (FIRST, LATER):
        for name in ("t", "q", "b", "d", "e"):
            lab.land(name, records)
        runs.append(lab.run())
    counts = [failed_rows(lab, run, "t") for run in runs]
    for name, (expect, first, later) in RULES.items():
        assert (counts[0][name], counts[1][name]) == (first, later), (name, expect)
    assert lab.rows("silver.t", "id") == [(1,), (2,), (3,), (4,), (5,)]
    assert lab.rows("silver.q", "id") == [(1,), (2,), (3,), (5,)]
    assert lab.rows("bronze.q_quarantine", "code", "rule") == [("quality_rule", "promoted")]
    assert lab.rows("bronze.b_quarantine", "code", "rule") == [("rule_not_evaluated", "wrong_type")] * 5
    for name in ("d", "e"):
        assert lab.rows(f"silver.{name}", "id") == [(1,), (2,), (3,), (4,), (5,)]
    told = " ".join(runs[1]["warnings"])
    for sentence in (
        "Topic t: quality rule missing names nowhere, which no record has had",
        "Topic t: quality rule nested_missing names customer.email, which no record has had",
        "Topic t: quality rule wrong_type cannot be evaluated, so every row counts as violating it: ",
        "Topic e: silver.deleteWhen cannot be evaluated, so no row deletes its key by it: ",
    ):
        assert sentence in told
    assert "spelled" not in told
    # What was evaluated over a batch alone is evaluated over all rows when silver is derived again.
    lab.run(action="full_refresh")
    lab.land("t", [{"id": 6, "n": 1}])
    assert lab.run()["topics"]["t"]["silver"] == 1


def test_settings_that_match_nothing_are_told(spark: SparkSession, tmp_path: Path) -> None:
    silver = {
        "keys": ["id", "Region"],
        "sequenceBy": "updated_at",
        "rename": {"old": "new"},
        "deleteWhen": "__del = 'true'",
    }
    lab = Lab(
        spark, tmp_path, [topic("t", "upsert", silver=silver, schema={"hints": {"amount.x": "decimal(9,2)"}})]
    )
    lab.land("t", [{"id": 1, "region": "eu", "updated_at": 3, "__deleted": "true"}])
    told = lab.run()["warnings"]
    assert [sentence.split(" which ")[0] for sentence in told] == [
        "Topic t: silver.rename names old,",
        "Topic t: schema.hints names amount.x,",
        "Topic t: silver.deleteWhen names __del,",
    ]


def test_what_cannot_be_evaluated_is_told_at_its_line(spark: SparkSession, tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = [
        {"name": "by_zero", "expect": "id > 0\n  AND 1 / (n - 7) >= 0"},
        {"name": "wrong_type", "expect": "customer + 1 > 0"},
        {"name": "no_syntax", "expect": "n > > 1"},
        {"name": "no_function", "expect": "n > 1 AND smu(n) > 0"},
        {"name": "of_batch", "expect": "1 / dropped_rows > 0", "scope": "batch"},
    ]
    positions = {
        "quality[0].expect": {"line": 9, "column": 7},
        "quality[1].expect": {"line": 12, "column": 40},
        "quality[2].expect": {"line": 13},
        "silver.deleteWhen": {"line": 4, "column": 15},
    }
    delete_when = {"deleteWhen": "coalesce(customer + 1, 0) > 0"}
    lab = Lab(spark, tmp_path, [topic("t", silver=delete_when, quality=rules, positions=positions)])
    lab.land("t", [{**record, "at": 1} for record in FIRST])
    told = {sentence.split(" cannot ")[0]: sentence.split(": ", 2)[2] for sentence in lab.run()["warnings"]}
    expected = {
        "quality rule by_zero": ("10:13: [DIVIDE_BY_ZERO] ", "      AND 1 / (n - 7) >= 0", "          ^"),
        "quality rule wrong_type": ("12:40: [DATATYPE_MISMATCH", "    customer + 1 > 0", "    ^"),
        "quality rule no_syntax": ("13: [PARSE_SYNTAX_ERROR] ", "    n > > 1", "        ^"),
        "quality rule no_function": (
            ": [UNRESOLVED_ROUTINE] ",
            "    n > 1 AND smu(n) > 0",
            "              ^",
        ),
        "quality rule of_batch": (": [DIVIDE_BY_ZERO] ", "    1 / dropped_rows > 0", "    ^"),
        "silver.deleteWhen": (
            "4:24: [DATATYPE_MISMATCH",
            "    coalesce(customer + 1, 0) > 0",
            "             ^",
        ),
    }
    assert set(told) == {f"Topic t: {name}" for name in expected}
    for name, (place, text, mark) in expected.items():
        first, *rest = told[f"Topic t: {name}"].split("\n")
        assert first.startswith(f"config/topics/t.yaml:{place}".replace("::", ":")), first
        assert rest == [text, mark], name
