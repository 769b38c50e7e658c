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
