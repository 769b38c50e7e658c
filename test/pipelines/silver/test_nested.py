"""Settings by path: keys, order, names, types, rules and deletions inside of objects, through whole runs, against an oracle that
reads the records.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines.registry import Schema
from pipelines.silver.step import refresh
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

ORDER = {"keys": ["customer.id", "['shop.name']"], "sequenceBy": "$.meta.ts"}

#: Records, and why a record becomes no row.
EVENTS: list[tuple[dict[str, Any], str | None]] = [
    ({"customer": {"id": 1, "name": "Ann"}, "shop.name": "x", "meta": {"ts": 10}, "v": "a"}, None),
    ({"customer": {"id": 1, "name": "Bea"}, "shop.name": "x", "meta": {"ts": 30}, "v": "b"}, None),
    ({"customer": {"id": 1, "name": "Old"}, "shop.name": "x", "meta": {"ts": 20}, "v": "c"}, None),
    ({"customer": {"id": 1}, "shop.name": "y", "meta": {"ts": 5, "deleted": False}, "v": "d"}, None),
    ({"Customer": {"ID": 2}, "shop.name": "x", "META": {"TS": 7}, "v": "e"}, None),
    ({"customer": {"id": 2}, "shop.name": "x", "meta": {"ts": 9, "deleted": True}, "v": "f"}, None),
    ({"customer": {"id": 2}, "shop.name": "x", "meta": {"ts": 8}, "v": "g"}, None),
    ({"customer": {"id": 3}, "shop.name": "x", "meta": {"ts": 1}, "v": "h"}, None),
    ({"customer": {"id": 4}, "shop.name": "x", "meta": {}, "v": "i"}, None),
    ({"customer": {"id": 5}, "shop.name": "x", "meta": None, "v": "j"}, None),
    ({"customer": {"id": None}, "shop.name": "x", "meta": {"ts": 1}, "v": "k"}, "missing_key"),
    ({"customer": {}, "shop.name": "x", "meta": {"ts": 1}, "v": "l"}, "missing_key"),
    ({"shop.name": "x", "meta": {"ts": 1}, "v": "o"}, "missing_key"),
    ({"customer": {"id": 6}, "shop": {"name": "x"}, "meta": {"ts": 1}, "v": "p"}, "missing_key"),
    ({"customer": {"id": 1}, "shop.name": "x", "meta": {"ts": "soon"}, "v": "q"}, "sequence_conflict"),
    (
        {"customer": {"id": 1}, "customer.id": 2, "shop.name": "x", "meta": {"ts": 40}, "v": "t"},
        "name_collision",
    ),
    ({"customer.id": 7, "shop.name": "x", "meta.ts": 3, "v": "u"}, None),
]
#: The next batch: objects that are something else now, and keys and orders of another type.
MORE: list[tuple[dict[str, Any], str | None]] = [
    ({"customer": "Ann", "shop.name": "x", "meta": {"ts": 1}, "v": "m"}, "missing_key"),
    ({"customer": [{"id": 1}], "shop.name": "x", "meta": {"ts": 99}, "v": "n"}, "missing_key"),
    ({"customer": {"id": 1}, "shop.name": "x", "meta": "soon", "v": "r"}, "sequence_conflict"),
    ({"customer": {"id": 1}, "shop.name": "x", "meta": [5], "v": "s"}, "sequence_conflict"),
    ({"customer": {"id": "c-8"}, "shop.name": "x", "meta": {"ts": 2}, "v": "v"}, None),
    ({"customer": {"id": 3}, "shop.name": "x", "meta": {"ts": 0}, "v": "w"}, None),
    ({"customer": {"id": 3}, "shop.name": "x", "meta": {"ts": 2.5}, "v": "x"}, None),
]


def _key(event: dict[str, Any]) -> tuple[str, str]:
    event = {name.lower(): value for name, value in event.items()}
    customer = {name.lower(): value for name, value in event.get("customer", {}).items()}
    return str(event.get("customer.id") or customer["id"]), event["shop.name"]


def _order(event: dict[str, Any]) -> float:
    event = {name.lower(): value for name, value in event.items()}
    meta = {name.lower(): value for name, value in (event.get("meta") or {}).items()}
    return float(event.get("meta.ts") or meta.get("ts", -1))


def _deletes(event: dict[str, Any]) -> bool:
    return bool((event.get("meta") or {}).get("deleted"))


def _versions() -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for event in sorted((event for event, reason in [*EVENTS, *MORE] if reason is None), key=_order):
        found.setdefault(_key(event), []).append(event)
    return found


def test_keys_order_and_deletions_by_path_in_every_mode(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(
        spark,
        tmp_path,
        [
            topic("latest", silver={**ORDER, "deleteWhen": "meta.deleted"}),
            topic("versions", "history", silver={**ORDER, "deleteWhen": "meta.deleted"}),
            topic("every", "append", silver={"keys": ORDER["keys"], "sequenceBy": "meta.ts"}),
        ],
    )
    counts: list[dict[str, Any]] = []
    for batch in (EVENTS, MORE):
        for name in ("latest", "versions", "every"):
            lab.land(name, [event for event, _ in batch])
        counts.append(lab.run()["topics"])

    for number, batch in enumerate((EVENTS, MORE)):
        for name, count in counts[number].items():
            assert count["read"] == len(batch), name
            parts = ("silver", "quarantined", "deduplicated", "dropped")
            assert count["read"] == sum(count[part] for part in parts), (name, count)
            assert count["quarantined"] == sum(reason is not None for _, reason in batch), (name, count)
    reasons = {event["v"]: reason for event, reason in [*EVENTS, *MORE] if reason}
    for name in ("latest", "versions", "every"):
        rejected = lab.rows(f"bronze.{name}_quarantine", "raw", "code")
        assert {json.loads(raw)["v"]: code for raw, code in rejected} == reasons

    every = sorted(event["v"] for event, reason in [*EVENTS, *MORE] if reason is None)
    assert [row[0] for row in lab.rows("silver.every", "v")] == every
    current = {key: rows[-1]["v"] for key, rows in _versions().items() if not _deletes(rows[-1])}
    columns = ("customer_x2e_id", "shop_x2e_name", "v")
    assert {(id_, shop): v for id_, shop, v in lab.rows("silver.latest", *columns)} == current
    open_ = lab.rows("silver.versions", *columns, where="_is_current")
    assert {(id_, shop): v for id_, shop, v in open_} == current
    alive = sorted(row["v"] for rows in _versions().values() for row in rows if not _deletes(row))
    assert [row[0] for row in lab.rows("silver.versions", "v")] == alive
    # The objects stay as they are: what a path takes out stands there too.
    assert lab.types("silver.latest")["meta_x2e_ts"] == "double"
    names = dict(lab.rows("silver.versions", "v", "customer"))
    assert json.loads(names["a"]) == {"id": 1, "name": "Ann"}  # some customer is a text

    before = {name: lab.data(f"silver.{name}") for name in ("latest", "versions", "every")}
    context = lab.context()
    for name, rows in before.items():
        refresh(context, context.document.topic(name))
        assert lab.data(f"silver.{name}") == rows, name


AMOUNTS = [
    ({"id": 1, "price": {"amount": 1.10, "Tax Rate": 7}}, Decimal("1.1000")),
    ({"id": 2, "price": {"amount": "2.5"}}, Decimal("2.5000")),
    ({"id": 3, "price": {"amount": "two"}}, None),
    ({"id": 4, "price": {"amount": 1.23456}}, None),
    ({"id": 5, "price": {"amount": None}}, None),
    ({"id": 6, "price": {}}, None),
    ({"id": 7}, None),
    ({"id": 8, "price": {"AMOUNT": 3}}, Decimal("3.0000")),
]
ITEMS = [
    ({"id": 11, "items": [{"sku": 7, "at": 1700000000000}, {"sku": "007"}]}, ["7", "007"]),
    ({"id": 12, "items": [{"at": "no time"}]}, [None]),
    ({"id": 13, "items": []}, []),
    ({"id": 14, "items": [None, {"sku": {"a": 1.5}}]}, [None, '{"a":1.5}']),
]


def test_types_names_and_rules_by_path(spark: SparkSession, tmp_path: Path) -> None:
    hints = {
        "price.amount": "decimal(18,4)",
        "items[].sku": "string",
        "items[*].at": "timestamp_millis",
        "price.note.x": "int",
        "items.sku": "string",
    }
    rules = [
        {"name": "taxed", "expect": "price.`Tax Rate` > 5", "onViolation": "warn"},
        {"name": "cheap", "expect": "coalesce(price.amount, 0) < 3", "onViolation": "quarantine"},
        {"name": "never", "expect": "price.none.at.all = 1", "onViolation": "warn"},
    ]
    schema = {"hints": hints}
    lab = Lab(
        spark,
        tmp_path,
        [
            topic("t", "append", silver={"rename": {"price.amount": "amount"}}, schema=schema, quality=rules),
            topic(
                "strict", "append", schema={"hints": {"price.amount": "int"}, "onTypeConflict": "quarantine"}
            ),
            topic("kept", "append", schema={"hints": {"price.amount": "int"}, "onTypeConflict": "rescue"}),
            topic("later", "append"),
        ],
    )
    records = [record for record, _ in [*AMOUNTS, *ITEMS]]
    for name in ("t", "strict", "kept", "later"):
        lab.land(name, json.dumps(records[0]).replace("1.1,", "1.10,") + "\n")
        lab.land(name, records[1:])
    summary = lab.run()["topics"]
    assert lab.types("silver.t")["amount"] == "decimal(18,4)"
    assert "amount:decimal(18,4)" in lab.types("silver.t")["price"]
    assert lab.types("silver.t")["items"] == "array<struct<at:timestamp,sku:string>>"
    expected = {record["id"]: amount for record, amount in AMOUNTS if amount is None or amount < 3}
    rows = lab.rows("silver.t", "id", "amount", "price.amount")
    assert {id_: (column, inner) for id_, column, inner in rows if id_ < 10} == {
        id_: (amount, amount) for id_, amount in expected.items()
    }
    found = {
        id_: items and [item and item["sku"] for item in items]
        for id_, items in lab.rows("silver.t", "id", "items")
    }
    assert {id_: items for id_, items in found.items() if id_ > 10} == {r["id"]: skus for r, skus in ITEMS}
    [(_, [first, _])] = lab.rows("silver.t", "id", "items", where="id = 11")
    assert first["at"] == datetime.fromtimestamp(1700000000, timezone.utc).replace(tzinfo=None)
    # A value that does not fit is counted at each place where it would stand.
    assert (summary["t"]["quarantined"], summary["t"]["field_faults"]) == (1, 5)
    faults = {id_: json.loads(text) for id_, text in lab.rows("silver.t", "id", "_field_faults") if text}
    assert faults[3] == [
        {"field": "price.amount", "code": "bad_cast", "shape": "aaa"},
        {"field": "amount", "code": "bad_cast", "shape": "aaa"},
    ]
    assert [fault["field"] for fault in faults[12]] == ["items[].at"]
    checked = lab.rows("ops.quality", "rule", "failed_rows", where="topic = 't'")
    # Null is no yes: one record has a tax rate, none has the last name.
    assert dict(checked) == {"taxed": 11, "cheap": 1, "never": 12}
    told = {row[0] for row in lab.rows("ops.run_log", "error", where="event = 'setting_without_effect'")}
    assert len(told) == 3
    assert any("items is an array, whose elements are items[]" in text for text in told)
    assert any("price.note.x" in text for text in told)
    assert any("price.none.at.all" in text for text in told)

    # The contract says what happens to a value that does not fit, as it does for a column.
    bad = {1, 2, 3, 4}
    assert {row[0] for row in lab.rows("silver.strict", "id")} == {r["id"] for r in records} - bad
    assert {row[0] for row in lab.rows("bronze.strict_quarantine", "code")} == {"bad_cast"}
    rescued = {id_: text for id_, text in lab.rows("silver.kept", "id", "_rescued_data") if text}
    assert set(rescued) == bad
    assert rescued[1] == '{"price":{"amount":1.10,"Tax Rate":7}}'

    # A hint that comes later retypes what is there, and what is taken out later is derived from bronze.
    document = json.loads(lab.document.read_text())
    later = next(each for each in document["topics"] if each["name"] == "later")
    later["schema"] = {"hints": {"price.amount": "decimal(18,4)"}, "onNewField": "fail"}
    later["silver"]["rename"] = {"price.amount": "money"}
    lab.document.write_text(json.dumps(document))
    assert "amount:string" in lab.types("silver.later")["price"]
    lab.land("later", [{"id": 99, "price": {"amount": 4}}])
    lab.run()
    assert lab.types("silver.later")["money"] == "decimal(18,4)"
    amounts = {
        id_: (money, inner) for id_, money, inner in lab.rows("silver.later", "id", "money", "price.amount")
    }
    wanted = {record["id"]: amount for record, amount in AMOUNTS} | {99: Decimal("4.0000")}
    assert {id_: pair for id_, pair in amounts.items() if id_ not in range(10, 20)} == {
        id_: (amount, amount) for id_, amount in wanted.items()
    }
    versions = lab.rows("ops.schema_registry", "version", "schema", where="topic = 'later'")
    assert Schema.from_json(versions[-1][1]).get("price.amount") is not None


def _quoted(text: str) -> Any:
    """A flow mapping or list of YAML, or a plain text."""
    if text[:1] not in "{[":
        return text
    return json.loads(re.sub(r'"[^"]*"|[^\s{}\[\],:"]+', lambda word: json.dumps(word[0].strip('"')), text))


def _model(text: str) -> dict[str, Any]:
    """A gold model as it stands in its file."""
    header = dict(re.findall(r"^-- (\w+): (.*)$", text, re.MULTILINE))
    name, columns = re.fullmatch(r"(\w+)\((.*)\)", header["needs"]).groups()  # type: ignore[union-attr]
    # A comma inside of a type is not followed by a name and a blank without a colon.
    parts = [part.split(" ", 1) for part in re.split(r", (?=\w+ )", columns)]
    return {
        "name": header["model"],
        "grain": header["grain"].split(", "),
        "needs": [{"input": name, "columns": [{"name": n, "type": t} for n, t in parts]}],
        "sql": "\n".join(line for line in text.splitlines() if not line.startswith("--")),
    }


@pytest.mark.slow
def test_the_example_of_the_guide(spark: SparkSession, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs/guides/nested-data.md").read_text(encoding="utf-8")
    settings, landed, silver, model, gold = re.findall(r"```(?:yaml|json|sql)\n(.*?)```", guide, re.DOTALL)
    lines = [line.split(": ", 1) for line in settings.splitlines() if not line.startswith("#")]
    purchases = {key: _quoted(value) for key, value in lines}
    lab = Lab(spark, tmp_path, [{"name": "purchases", **purchases}], [_model(model)])
    lab.land("purchases", landed)
    result = lab.run()
    assert result["status"] == "succeeded", result["errors"]
    counts = result["topics"]["purchases"]
    assert (counts["read"], counts["quarantined"], counts["field_faults"]) == (5, 1, 0)
    wanted = json.loads(silver)
    [row] = spark.table(lab.table("silver.purchases")).select(*wanted).collect()
    assert [str(value) if isinstance(value, Decimal) else value for value in row] == list(wanted.values())
    rows = spark.table(lab.table("gold.purchase_lines")).orderBy("number", "line").collect()
    assert [row.asDict() for row in rows] == json.loads(gold)
