"""The command that says what files would do: from a stack, without Spark, nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.check import main, registered_versions
from local.outdir import MARKER
from pipelines.check import check_files, version_of
from pipelines.config.load import parse_document
from test.local.support import PARAMETERS, write_delta, write_stack

TOPIC = {
    "name": "orders",
    "source": {"files": "orders"},
    "silver": {"mode": "upsert", "keys": ["id"]},
    "schema": {"hints": {"total": "decimal(9,2)"}},
    "quality": [{"name": "some", "expect": "n > 0"}],
}
BASE = [{"id": 1, "n": 1, "total": "1.5"}, {"id": 2, "n": 2}]


def _stack(folder: Path, gold: object = (), **parts: object) -> Path:
    stack = write_stack(folder / "stack", {})
    topic = {**TOPIC, **parts}
    document = {"documentVersion": 1, "name": "tiny", "settings": {}, "topics": [topic], "gold": list(gold)}  # type: ignore[call-overload]
    (stack / "assets" / "pipeline.json").write_text(json.dumps(document))
    return stack


def _land(folder: Path, name: str, records: list[object] | str) -> Path:
    text = records if isinstance(records, str) else "".join(json.dumps(r) + "\n" for r in records)
    target = folder / name / "orders" / "a.json"
    target.parent.mkdir(parents=True)
    target.write_text(text)
    (target.parent / "_half.json").write_text("{")
    return folder / name


def _check(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    new: list[object] | str,
    *arguments: str,
    **parts: object,
) -> tuple[int, dict[str, object]]:
    base, data = _land(folder, "base", list(BASE)), _land(folder, "new", new)
    places = ["--stack-dir", str(_stack(folder, **parts)), "--base", str(base), "--data", str(data)]
    status = main([*places, "--topic", "orders", "--json", *arguments])
    return status, json.loads(capsys.readouterr().out)


def test_more_of_the_same_is_nothing_to_stop_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = _check(tmp_path, capsys, [{"id": 3, "n": 4}])
    assert (status, found["would_register"], found["changes"], found["problems"]) == (0, False, [], [])
    assert (found["records"], found["files"], found["rules"]) == (1, 1, None)


def test_a_new_field_is_fine_and_a_new_type_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = _check(tmp_path / "added", capsys, [{"id": 3, "new": True}])
    assert (status, found["would_register"]) == (0, True)
    status, found = _check(tmp_path / "retyped", capsys, '[{"id": 3,\n "n": "n/a"}]')
    change = {"change": "promoted", "field": "n", "from": "bigint", "to": "string", "value_shape": "a/a"}
    assert (status, found["changes"]) == (3, [{**change, "rebuilds": True}])
    status, found = _check(tmp_path / "allowed", capsys, [{"id": 3, "n": "n/a"}], "--allow", "types")
    assert (status, len(found["changes"]), found["problems"]) == (0, 1, [])  # type: ignore[arg-type]


def test_rejects_are_counted_by_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = '{"id": null}\n{"n": 1}\n{bad\n[1]\n{"id": 3, "total": "lots", "n": ""}\n'
    status, found = _check(tmp_path, capsys, new)
    assert status == 3
    assert found["quarantined"] == {"missing_key": 2, "invalid_json": 1, "not_an_object": 1}
    assert found["field_faults"] == 2
    assert found["problems"] == [
        "4 of 5 records would not reach silver",
        "1 value of total would be null in silver, which its column does not take (one looks like 'aaaa'); correct the "
        "hint or the source",
    ]
    assert main(["--stack-dir", str(tmp_path / "stack"), "--base", str(tmp_path / "base"), "--topic", "orders",
                 "--data", str(tmp_path / "new"), "--allow", "rejects", "--allow", "nulls"]) == 0  # fmt: skip
    said = capsys.readouterr().out
    assert "Records: 1 for silver, 4 to quarantine; 2 fields nulled." in said
    assert "rejected total: a value does not fit the hint decimal(9,2) (a value looks like 'aaaa')" in said
    assert "Quality: 1 rule not evaluated here" in said
    assert "lots" not in said


@pytest.mark.parametrize(
    ("schema", "status", "reason"),
    [
        ({"onNewField": "fail"}, 3, "onNewField is fail"),
        ({"onTypeConflict": "fail"}, 3, "onTypeConflict is fail"),
        ({"onTypeConflict": "quarantine", "onNewField": "ignore"}, 3, "would not reach silver"),
        ({"onTypeConflict": "rescue", "onNewField": "rescue"}, 0, ""),
        ({"compatibility": "backward"}, 3, "would not reach silver"),
    ],
)
def test_the_contract_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], schema: dict[str, str], status: int, reason: str
) -> None:
    code, found = _check(tmp_path, capsys, [{"id": 3, "n": "n/a", "new": 1}], schema=schema)
    assert code == status, found
    assert reason in " ".join(found["problems"])  # type: ignore[arg-type]
    assert bool(found["rejected_changes"]) == (schema != {})


def test_what_is_registered_is_read_from_the_output_folder(tmp_path: Path) -> None:
    topic = parse_document(
        json.dumps({"documentVersion": 1, "name": "x", "topics": [TOPIC], "gold": []})
    ).topics[0]
    first = version_of(topic, [_land(tmp_path, "base", list(BASE)) / "orders" / "a.json"])
    rows = {name: [value, value] for name, value in first.to_row().items()} | {"topic": ["orders", "another"]}
    out = tmp_path / "out"
    assert registered_versions(out, PARAMETERS, "orders") == []
    write_delta(out / "warehouse" / "dev_ops.db" / "schema_registry", rows)
    assert registered_versions(out, PARAMETERS, "orders") == []  # no folder of ours
    (out / MARKER).write_text("{}")
    found = registered_versions(out, PARAMETERS, "orders")
    assert [version.fingerprint for version in found] == [first.fingerprint]
    new = _land(tmp_path, "new", [{"id": 1, "n": "x"}]) / "orders" / "a.json"
    assert check_files(topic, [new], found).retypes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--topic", "order", "--data", "."], "There is no topic order; there are orders."),
        (["--topic", "orders", "--data", "nowhere"], "There is no nowhere: give a folder of JSON files"),
        (["--topic", "orders", "--data", "{empty}"], "There is no .json / .jsonl / .ndjson file in "),
    ],
)
def test_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    arguments = [argument.replace("{empty}", str(tmp_path / "empty")) for argument in arguments]
    assert main(["--stack-dir", str(_stack(tmp_path)), "--out", str(tmp_path / "out"), *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"medallion: {message}")


MODEL = {
    "name": "per_day",
    "grain": ["day"],
    "needs": [{"input": "orders", "columns": [{"name": "day", "type": "date"}, {"name": "paid", "type": "decimal(9,2)"}]}],
    "sql": "SELECT day, sum(paid) AS paid FROM orders GROUP BY day",
}  # fmt: skip
MONEY: list[dict[str, object]] = [
    {"id": 3, "n": 1, "day": "2024-01-05", "paid": "12,50"},
    {"id": 4, "n": 1, "day": "01/02/2024", "paid": "3.00"},
    {"id": 5, "n": 1, "day": None, "paid": None},
]


def test_values_that_a_model_reads_as_null_are_stopped_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = _check(tmp_path / "stopped", capsys, list(MONEY), "--allow", "types", gold=[MODEL])
    assert status == 3
    assert [problem.split(",")[0] for problem in found["problems"]] == [  # type: ignore[attr-defined]
        "model per_day would read 1 of 2 values of orders.day as null",
        "model per_day would read 1 of 2 values of orders.paid as null",
    ]
    assert found["not_fitting"]["per_day"]["orders.paid"]["shape"] == "99,99"  # type: ignore[index,call-overload]
    allowed = {**MODEL, "allowNulls": ["orders.day", "orders.paid"]}
    assert _check(tmp_path / "allowed", capsys, list(MONEY), "--allow", "types", gold=[allowed])[0] == 0
    assert _check(tmp_path / "fine", capsys, [{**MONEY[1], "day": "2024-1-5"}], gold=[MODEL])[0] == 0


def test_values_that_are_null_in_silver_may_be_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new: list[object] = [{"id": 3, "total": "lots"}, {"id": 4, "total": ""}]
    status, found = _check(tmp_path / "stopped", capsys, new)
    assert (status, found["nulled"]) == (3, {"total": {"values": 1, "shape": "aaaa"}})
    assert _check(tmp_path / "allowed", capsys, new, "--allow", "nulls")[0] == 0
    assert _check(tmp_path / "empty", capsys, new[1:])[0] == 0


def test_a_name_that_no_record_has_had_is_stopped_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = {
        "silver": {"mode": "upsert", "keys": ["id"], "rename": {"old": "new"}, "deleteWhen": "__deleted = 'true'"},
        "schema": {"hints": {"totl": "decimal(9,2)", "total": "decimal(9,2)"}},
        "quality": [
            {"name": "some", "expect": "n > 0 AND Customer.Id > 0"},
            {"name": "typo", "expect": "customer.nme IS NULL OR upper(nn) = 'N'"},
            {"name": "batch", "expect": "read_rows > 0", "scope": "batch"},
        ],
    }  # fmt: skip
    new: list[object] = [{"id": 3, "n": 1, "customer": {"id": 4, "name": "x"}, "total": "1.5"}]
    status, found = _check(tmp_path / "stopped", capsys, new, **parts)
    assert status == 3
    assert [problem.split(", which")[0] for problem in found["problems"]] == [  # type: ignore[attr-defined]
        "silver.rename names old",
        "schema.hints names totl",
        "quality rule typo names customer.nme",
        "quality rule typo names nn",
        "silver.deleteWhen names __deleted",
    ]
    assert _check(tmp_path / "allowed", capsys, new, "--allow", "settings", **parts)[0] == 0


@pytest.mark.parametrize(
    ("order", "records", "names"),
    [
        ("at", [{"id": 1, "at": None}, {"id": 2}], "at"),
        ("at", [{"id": 1, "at": "12/31/2023"}], "at"),
        (["n", "at"], [{"id": 1, "n": 1, "at": "x"}, {"id": 1, "n": 2}], "at"),
        (["at", "lsn"], [{"id": 1}], "at, lsn"),
    ],
)
def test_an_order_that_means_nothing_is_stopped_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], order: object, records: list[object], names: str
) -> None:
    silver = {"mode": "upsert", "keys": ["id"], "sequenceBy": order}
    status, found = _check(tmp_path, capsys, records, "--allow", "rejects", silver=silver)
    said = f"sequenceBy orders nothing: no record has a number or a time in {names}; "
    assert status == 3
    problems = found["problems"]
    assert isinstance(problems, list)
    assert [problem[: len(said)] for problem in problems] == [said]


def test_a_sequence_of_text_orders_by_letters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silver = {"mode": "upsert", "keys": ["id"], "sequenceBy": "at", "sequenceType": "text"}
    status, found = _check(tmp_path, capsys, [{"id": 1, "at": "b"}], silver=silver)
    assert (status, found["quarantined"]) == (0, {})
