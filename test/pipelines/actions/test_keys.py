"""Which records a key finds: no more, and no fewer, than those that typing gives this key."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from pipelines.actions.keys import KeyFault, KeyFinder, read_keys
from pipelines.inference import TypingOptions, parse_hint


def _finder(lines: str, *types: str | None, fields: tuple[str, ...] = ("Id",)) -> KeyFinder:
    kinds = [parse_hint(kind) if kind else None for kind in types or (None,)]
    # Decimals with their zeros left out come of a hint alone: else every quoted text of the column has the same digits.
    decimal = types[0] if types and types[0] and types[0].startswith("decimal") else None
    hints = {fields[0]: decimal} if decimal else {}
    return KeyFinder(fields, kinds, TypingOptions.for_topic(hints=hints), read_keys(lines, fields))


@pytest.mark.parametrize(
    ("line", "kind", "found", "other"),
    [
        ("7", "bigint", ['{"id": 7}', '{"ID": "7"}'], ['{"id": 70}', '{"id": "x7"}', '{"other": 7}', '{"id": null}']),
        ("7", "string", ['{"id": 7}', '{"id": "7"}'], ['{"id": 7.0}', '{"id": "07"}']),
        ("7", None, ['{"id": 7}', '{"id": "7"}'], ['{"id": [7]}']),
        ("C-1", "bigint", ['{"id": "C-1"}'], ['{"id": 1}']),
        ('"7"', "string", ['{"id": "7"}'], ['{"id": "\\"7\\""}']),
        ('{"id": 7}', "bigint", ['{"id": 7}'], ['{"id": 8}']),
        ("1.50", "decimal(9,2)", ['{"id": 1.5}', '{"id": "1.500"}'], ['{"id": 1.51}']),
        ("2024-01-02T03:04:05Z", "timestamp", ['{"id": "2024-01-02T04:04:05+01:00"}'], ['{"id": "2024-01-02"}']),
    ],
)  # fmt: skip
def test_records_are_found_as_text_and_as_typed(
    line: str, kind: str | None, found: list[str], other: list[str]
) -> None:
    finder = _finder(f"\n{line}\n", kind)
    assert [raw for raw in found if not finder.in_record(raw)] == []
    assert [raw for raw in other if finder.in_record(raw)] == []


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c", "\u2003", "\xa0"])
def test_a_key_is_a_whole_line(sign: str) -> None:
    assert read_keys(f"{sign}a{sign}b{sign}\r\n \t\nc", ["id"]) == [(f"{sign}a{sign}b{sign}",), ("c",)]


def test_typed_rows_are_found() -> None:
    assert _finder("7\n8\n", "bigint").in_row([8])
    assert not _finder("7\n8\n", "bigint").in_row([None])
    assert _finder("2024-01-02", "date").in_row([date(2024, 1, 2)])
    instant = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert _finder("2024-01-02T04:04:05+01:00", "timestamp").in_row([instant])
    assert _finder("1.5", "double").in_row([1.5])


def test_a_key_of_several_fields_is_an_object() -> None:
    finder = _finder('{"a": 1, "B": "x"}\n', "bigint", "string", fields=("A", "b"))
    assert finder.in_record('{"a": "1", "b": "x", "c": 1}')
    assert not finder.in_record('{"a": 1, "b": "y"}')
    assert finder.in_row([1, "x"])
    assert not finder.in_row(["x", 1])


def test_what_cannot_be_read_is_found_by_the_key_of_its_message() -> None:
    finder = _finder("7", "bigint")
    assert finder.in_record(None, "7")
    assert finder.in_record("{broken", "7")
    assert finder.in_record(None, '{"id": "7"}')
    assert finder.in_record(None, '"7"')
    assert not finder.in_record(None, '{"key": 7}')
    assert not finder.in_record("{broken", "8")
    assert not finder.in_record("{broken")
    assert not finder.in_record('{"id": 8}', "7")


@pytest.mark.parametrize(
    ("text", "fields", "reason"),
    [
        ("1\n{bad\n", ("id",), "line 2: begins like a JSON object"),
        ('{"x": 1}', ("id",), "line 1: must have exactly the fields id"),
        ('{"a": 1}', ("a", "b"), "line 1: must have exactly the fields a, b"),
        ("secret", ("a", "b"), "line 1: the key has several fields"),
        ('"open', ("id",), "line 1: begins like a JSON text"),
    ],
)
def test_a_bad_line_is_named_and_not_shown(text: str, fields: tuple[str, ...], reason: str) -> None:
    with pytest.raises(KeyFault, match=reason) as caught:
        read_keys(text, fields)
    assert "secret" not in str(caught.value)


def test_an_object_names_fields_as_silver_or_as_the_source_does() -> None:
    rename = {"order id": "orderId"}
    names = ["orderId", "Line"]
    for line in ('{"order id": 7, "line": 1}', '{"ORDERID": 7, "Line": 1}', '{"order_x20_id": 7, "line": 1}'):
        assert read_keys(line, names, rename) == [("7", "1")], line
    with pytest.raises(KeyFault, match="must have exactly the fields orderId, Line"):
        read_keys('{"order id": 7, "orderId": 8, "line": 1}', names, rename)
