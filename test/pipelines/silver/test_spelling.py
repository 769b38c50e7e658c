"""How silver spells names: as the producer does, and settings may name fields as the source or as silver spells them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

#: Every setting names a field as silver spells it where that differs, or in another case.
BY_SILVER: dict[str, Any] = {
    "silver": {
        "keys": ["ADMISSIONID", "ward_x20_no"],
        "sequenceBy": "changed",
        "rename": {"updatedAt": "changed", "$cost": "cost", "unit_x20_price": "unitPrice"},
        "deleteWhen": "__DELETED = 'true'",
    },
    "schema": {"hints": {"cost": "decimal(9,2)", "Unit Price": "decimal(9,3)"}},
    "quality": [
        {"name": "known", "expect": "`ward no` > 0 AND x5f_id IS NOT NULL", "onViolation": "quarantine"}
    ],
}
#: The same as the source spells them.
BY_SOURCE: dict[str, Any] = {
    "silver": {
        "keys": ["admissionId", "ward no"],
        "sequenceBy": "updatedAt",
        "rename": {"updatedAt": "changed", "$COST": "cost", "unit price": "unitPrice"},
        "deleteWhen": "__deleted = 'true'",
    },
    "schema": {"hints": {"$cost": "decimal(9,2)", "unit price": "decimal(9,3)"}},
    "quality": [{"name": "known", "expect": "ward_x20_no > 0 AND _id IS NOT NULL", "onViolation": "quarantine"}],
}  # fmt: skip
SQL = "SELECT admissionId, sum(`{0}`) AS total, max(`{1}`) AS ward, max(who) AS who, max(days) AS days FROM {2} GROUP BY admissionId"


def gold(topic_name: str, price: str, ward: str) -> dict[str, Any]:
    types = {"admissionId": "int", price: "double", ward: "int", "who": "string", "days": "string"}
    needs = [{"input": topic_name, "columns": [{"name": n, "type": t} for n, t in types.items()]}]
    sql = SQL.format(price, ward, topic_name)
    return {"name": f"gold_{topic_name}", "grain": ["admissionId"], "needs": needs, "sql": sql}


def admission(id_: int, at: int, ward: int = 1, **more: Any) -> dict[str, Any]:
    return {"admissionId": id_, "ward no": ward, "updatedAt": at, "$cost": 1.5, "unit price": 2, "_id": f"x{id_}", "__deleted": "false",
            "who": {"firstName": "Ann"}, "days": [1, 2], **more}  # fmt: skip


@pytest.mark.slow
def test_silver_has_the_producer_s_spelling_and_settings_take_both(
    spark: SparkSession, tmp_path: Path
) -> None:
    names = {"by_silver": ("unitPrice", "ward_x20_no"), "by_source": ("unit price", "ward no")}
    models = [gold(name, price, ward) for name, (price, ward) in names.items()]
    lab = Lab(spark, tmp_path, [topic("by_silver", **BY_SILVER), topic("by_source", **BY_SOURCE)], models)
    for name in names:
        lab.land(name, [admission(1, 1), admission(2, 1), admission(1, 2, ward=2), admission(4, 1, ward=0)])
    first = lab.run()
    assert first["warnings"] == []
    for name in names:
        # Another spelling later changes nothing, and one of them deletes.
        lab.land(
            name,
            [
                admission(2, 2, __deleted="true"),
                {"ADMISSIONID": 1, "WARD NO": 2, "UpdatedAt": 3, "_ID": "x1", "Note": "n"},
            ],
        )
    second = lab.run()
    assert second["warnings"] == []
    columns = [
        "Note",
        "__deleted",
        "_id",
        "admissionId",
        "changed",
        "cost",
        "days",
        "unitPrice",
        "ward_x20_no",
        "who",
    ]
    for name in names:
        types = lab.types(f"silver.{name}")
        assert sorted(types) == columns, name
        assert (types["cost"], types["unitPrice"]) == ("decimal(9,2)", "decimal(9,3)")
        rows = lab.rows(f"silver.{name}", "admissionId", "ward_x20_no", "changed", "_id", "Note")
        assert rows == [(1, 1, 1, "x1", None), (1, 2, 3, "x1", "n")], name
        assert lab.rows(f"bronze.{name}_quarantine", "code", "rule") == [("quality_rule", "known")]
        # The row of ward 1 has its objects still; their text is JSON.
        assert lab.rows(f"gold.gold_{name}", "admissionId", "total", "ward", "who", "days") == [
            (1, 2.0, 2, '{"firstname":"Ann"}', "[1,2]")
        ]
        assert lab.rows("ops.schema_drift", "field", where=f"topic = '{name}'") == [("Note",)]


def test_a_setting_that_no_record_has_had_is_told_in_any_spelling(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = {
        "silver": {"rename": {"amountt": "sum"}, "deleteWhen": "__gone"},
        "schema": {"hints": {"admittedOn": "date"}},
    }
    lab = Lab(spark, tmp_path, [topic("t", **settings)])
    lab.land("t", [{"id": 1, "at": 1, "amount": 2, "admittedAt": "2024-01-01", "_gone": True}])
    told = lab.run()["warnings"]
    assert told == [
        "Topic t: silver.rename names amountt, which no record has had: it reads as null; near it: amount",
        "Topic t: schema.hints names admittedOn, which no record has had: it reads as null; near it: admittedAt",
        "Topic t: silver.deleteWhen names __gone, which no record has had: it reads as null; near it: _gone",
    ]
