"""What `medallion new-topic` asks Python: the fields of a sample as a run would type them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.sample import describe, main, texts_of


def _fields(*records: object) -> dict[str, dict[str, Any]]:
    described = describe(iter([json.dumps(record) for record in records]))
    return {field["name"]: field for field in described["fields"]}


def test_types_are_those_of_a_run() -> None:
    fields = _fields(
        {"id": 1, "when": "2024-05-01T10:00:00Z", "day": "2024-05-01", "code": "007", "lines": [{"qty": 1}]},
        {"id": 3_000_000_000, "day": "2024-05-02", "price": 1.5, "nothing": None},
    )
    assert {name: field["type"] for name, field in fields.items()} == {
        "id": "bigint",
        "when": "timestamp",
        "day": "date",
        "code": "string",
        "lines": "array<struct<qty:bigint>>",
        "price": "double",
        "nothing": None,
    }


def test_counts_are_of_values() -> None:
    field = _fields({"a": 1}, {"a": 1}, {"a": None}, {})["a"]
    assert (field["values"], field["distinct"]) == (2, 1)


def test_names_keep_their_spelling_and_have_a_column() -> None:
    assert _fields({"OrderId": 1})["OrderId"]["column"] == "OrderId"


def test_values_do_not_leave() -> None:
    assert "secret" not in json.dumps(describe(iter(['{"a": "secret-1"}', '{"a": "secret-22"}'])))


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ('{"a":1}\n\n{"a":2}\r\n', ['{"a":1}', '{"a":2}']),
        ('\ufeff[{"a":1},\n {"a":2}]', ['{"a":1}', '{"a":2}']),
        ("", []),
    ],
)
def test_records_are_cut_as_the_format_auto_does(text: str, records: list[str]) -> None:
    assert list(texts_of(text.encode())) == records


def test_unusable_records_are_told() -> None:
    described = describe(iter(["{", "1", '{"a": 1}']))
    assert (described["records"], described["unusable"]) == (3, 2)
    assert [fault["code"] for fault in described["faults"]] == ["invalid_json", "not_an_object"]


def test_the_command_says_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    assert main([str(tmp_path / "none.json")], out) == 1
    assert "cannot be read" in capsys.readouterr().err
    file = tmp_path / "sample.json"
    file.write_text('{"a": 1}', encoding="utf-8")
    assert main([str(file)], out) == 0
    assert json.loads(out.getvalue())["records"] == 1


def test_scalars_inside_of_objects_are_told_by_their_paths() -> None:
    records = [
        {"Customer": {"Id": number, "unit price": 1, "tags": [1], "deep": {"a": {"b": {"c": 1}}}}, "m": {}}
        for number in range(3)
    ]
    described = describe(iter([json.dumps(record) for record in records]))
    inner = {each["name"]: each for each in described["inner"]}
    assert list(inner) == ["Customer.Id", "Customer['unit price']"]
    assert inner["Customer.Id"] == {
        "name": "Customer.Id",
        "leaf": "id",
        "column": "customer_x2e_id",
        "type": "bigint",
        "values": 3,
        "distinct": 3,
        "shape": "9",
    }


def test_what_stands_beside_the_records_in_every_document_may_be_carried(tmp_path: Path) -> None:
    sample = tmp_path / "sample.json"
    documents = [
        {
            "account": "x",
            "page": number,
            "@odata.context": "u",
            "meta": {"a": 1},
            "value": [{"id": 1, "page": 2}],
        }
        for number in range(2)
    ]
    documents[1]["extra"] = 1
    sample.write_text("\n".join(map(json.dumps, documents)))
    out = io.StringIO()
    assert main([str(sample)], out) == 0
    found = json.loads(out.getvalue())
    assert found["envelope"] == "$.value[*]"
    assert found["carry"] == {"account": "$.account", "document_page": "$.page"}
