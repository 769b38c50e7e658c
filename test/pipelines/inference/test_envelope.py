"""Records inside of documents: each to the letter, none lost, whatever the document looks like."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.bronze.content import MOST_IN_MESSAGE, message_pieces, records_of
from pipelines.inference import Fault, parse_record
from pipelines.inference.envelope import Envelope, EnvelopeError, record_of
from pipelines.inference.reading import Reading

ROOT = Path(__file__).parents[3]
DIGITS = "1234567890123456789012345678901234567890.10"


def cut(document: str, records: str, carry: Mapping[str, str] | None = None) -> list[str]:
    return [piece.decode() for piece in Envelope(records, carry or {}).cut(document.encode())]


@pytest.mark.parametrize(
    ("records", "document", "right"),
    [
        ("$.Records[*]", '{"Records":[{"a":1.10},{"a":2}]}', ['{"a":1.10}', '{"a":2}']),
        ("Records[*]", '{"Records":[{"a":1}]}', ['{"a":1}']),
        ("value[*]", '{"@odata.context":"x","value":[ {"a":1} , {"a" : 2} ]}', ['{"a":1}', '{"a" : 2}']),
        ("$.a.b[*]", '{"b":[{"no":1}],"a":{"x":[1],"b":[{"yes":1}]}}', ['{"yes":1}']),
        ("$.a[*].b[*]", '{"a":[{"b":[{"n":1},{"n":2}]},{"b":[]},{"b":[{"n":3}]}]}', ['{"n":1}', '{"n":2}', '{"n":3}']),
        ("$['odd name'][\"a.b\"][*]", '{"odd name":{"a.b":[{"n":1}]}}', ['{"n":1}']),
        ("$[*]", '{"n":1}', ['{"n":1}']),
        ("$[*]", '[{"n":1},{"n":2}]', ['{"n":1}', '{"n":2}']),
        ("$[*].r[*]", '{"r":[{"n":1}]}', ['{"n":1}']),
        ("$.r[*]", ' {\n "r" :\n[ {"n":\n1} ]\n}\n', ['{"n":\n1}']),
        ("$.r[*]", '{"r":[]}', []),
        ("$.r[*]", '{"\\u0072":[{"n":1}]}', ['{"n":1}']),
        ("$.r[*]", '{"x":"\\"r\\":[{}]","r":[{"s":"]}\\\\\\",[{"}]}', ['{"s":"]}\\\\\\",[{"}']),
        ("$.r[*]", f'{{"r":[{{"n":{DIGITS}}},{{"n":-0}},{{"n":1E400}}]}}', [f'{{"n":{DIGITS}}}', '{"n":-0}', '{"n":1E400}']),
        ("$.r[*]", '{"r":[1,"a",null,[{}],{"n":1}]}', ["1", '"a"', "null", "[{}]", '{"n":1}']),
        ("$.é[*]", '{"é":[{"n":"é\u2028😀"}]}', ['{"n":"é\u2028😀"}']),
    ],
)  # fmt: skip
def test_records_stand_as_they_stood(records: str, document: str, right: list[str]) -> None:
    assert cut(document, records) == right


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ('{"r":[{"n":1}', ""),
        ('{"r":[{"n":1}]} junk', ""),
        ('{"r":[{"n":01}]}', ""),
        ('{"r":' + "[" * 5000 + "]" * 5000 + "}", ""),
        ("", ""),
        ('{"R":[{"n":1}],"k":1}', "$.r[*]"),
        ('{"r":{"n":1},"k":1}', "$.r[*]"),
        ('{"r":null,"k":1}', "$.r[*]"),
        ('{"r":"[{}]","k":1}', "$.r[*]"),
        ('{"r":[{"n":1}],"r":[{"n":2}],"k":1}', "$.r[*]"),
        ("17", "$.r[*]"),
        ('{"r":[{"n":1}]}', "$.k"),
    ],
)
def test_a_document_that_cannot_be_cut_is_kept_as_a_whole(document: str, path: str) -> None:
    envelope = Envelope("$.r[*]", {"k": "$.k"})
    with pytest.raises(EnvelopeError) as error:
        envelope.cut(document.encode())
    assert error.value.path == path
    if not document:
        return
    assert list(records_of(document.encode(), "auto", "utf-8", envelope)) == [(-1, document, None)]
    assert message_pieces(document.encode(), 7, "utf-8", envelope) == [(-8, document, None)]
    found = Reading(envelope=envelope).parse(document, position=-1)
    assert isinstance(found, Fault)
    assert (found.code, found.field) == (("broken_envelope", path) if path else (_fault(document), ""))


def _fault(document: str) -> str:
    fault = parse_record(document)
    assert isinstance(fault, Fault)
    return fault.code


def test_what_is_carried_stands_before_the_record_to_the_letter() -> None:
    document = f'{{"account":"\\u00e9","meta":{{"at":{DIGITS},"tags":[1, 2]}},"none":null,"r":[{{"n":1.10}},{{}},{{ }},7]}}'
    carry = {"account": "$.account", "at": "meta.at", "tags": "$.meta['tags']", "none": "$.none"}
    front = f'{{"account":"\\u00e9","at":{DIGITS},"tags":[1, 2],"none":null'
    found = cut(document, "$.r[*]", carry)
    assert found == [front + ',"n":1.10}', front + "}", front + " }", "7"]


def test_a_name_that_the_record_has_already_is_told() -> None:
    [record] = cut('{"id":1,"r":[{"id":2}]}', "$.r[*]", {"id": "$.id"})
    fault = parse_record(record)
    assert isinstance(fault, Fault)
    assert (record, fault.code, fault.field) == ('{"id":1,"id":2}', "duplicate_key", "id")


def test_documents_of_a_file_and_of_a_message() -> None:
    envelope = Envelope("$.r[*]", {})
    content = b'{"r":[{"n":1},{"n":2}]}\n\n{"x":[{"n":3}]}\n{"r":[{"n":4},5]}\n[{"r":[{"n":6}]},{"r":[]}]\n'
    right = ['{"n":1}', '{"n":2}', '{"x":[{"n":3}]}', '{"n":4}', "5", '{"n":6}']
    for format_ in ("auto", "json-lines"):
        found = list(records_of(content, format_, "utf-8", envelope))
        assert [text for _, text, _ in found] == right
        assert [position for position, *_ in found] == [0, 1, -3, 2, 3, 4]
    [*latin] = records_of('{"r":[{"n":"é"},{"n":"e"}]}'.encode("latin-1"), "auto", "latin-1", envelope)
    assert latin == [(0, '{"n":"é"}', b'{"n":"\xe9"}'), (1, '{"n":"e"}', None)]
    [*broken] = records_of(b'{"r":[{"n":"\xe9"},{"n":"e"}]}', "auto", "utf-8", envelope)
    assert broken == [(0, '{"n":"\ufffd"}', b'{"n":"\xe9"}'), (1, '{"n":"e"}', None)]

    message = '[{"r":[{"n":1}]},{"r":[{"n":2}]}]{"r":[{"n":3}]}'.encode("utf-16")
    first = 5 * MOST_IN_MESSAGE
    assert message_pieces(message, 5, "utf-8", envelope) == [
        (first + at, f'{{"n":{at + 1}}}', None) for at in range(3)
    ]
    assert message_pieces(b'{"r":[{"n":1}]}{"x":1}', 5, "utf-8", envelope) == [
        (-6, '{"r":[{"n":1}]}{"x":1}', None)
    ]
    assert message_pieces(None, 5, "utf-8", envelope) == [(first, None, None)]
    assert message_pieces(b"[]", 5, "utf-8", envelope) == []


def test_a_document_in_quarantine_is_cut_again_by_todays_path() -> None:
    one, two = '{"x":[{"n":1}]}', '{"x":[{"n":1},{"n":2}]}'
    assert record_of(one, Envelope("$.x[*]", {})) == '{"n":1}'
    assert isinstance(record_of(two, Envelope("$.x[*]", {})), Fault)
    assert Reading().parse(one, position=-1) == parse_record(one)
    assert Reading(envelope=Envelope("$.x[*]", {})).parse('{"n":1}') == parse_record('{"n":1}')


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_objects = st.dictionaries(st.text(), _values, max_size=4)


@given(
    st.lists(st.dictionaries(st.text(min_size=1).filter(lambda name: name != "c"), _values, max_size=4)),
    _objects,
    _objects,
    _values,
    st.sampled_from([None, 0, 1, "\t"]),
    st.booleans(),
)
def test_cutting_is_what_a_parser_finds(
    records: list[Any],
    beside: dict[str, Any],
    around: dict[str, Any],
    carried: object,
    indent: Any,
    ascii_: bool,
) -> None:
    whole = {**around, "c": carried, "a": {**beside, "r": records}, "z": [{"r": []}]}
    text = json.dumps(whole, indent=indent, ensure_ascii=ascii_)
    document = text.encode("utf-8", "surrogatepass")
    plain = Envelope("$.a.r[*]", {}).cut(document)
    assert [json.loads(piece) for piece in plain] == records
    at = 0
    for piece in plain:
        at = document.index(piece, at) + len(piece)
    with_carried = Envelope("$.a.r[*]", {"c": "$.c"}).cut(document)
    assert [json.loads(piece) for piece in with_carried] == [{"c": carried, **record} for record in records]
    assert all(after.endswith(before[1:]) for before, after in zip(plain, with_carried, strict=True))


def test_the_example_of_the_guide() -> None:
    guide = (ROOT / "docs/guides/files.md").read_text(encoding="utf-8")
    section = guide.partition("## Records inside of documents")[2].partition("\n## ")[0]
    settings, document, rows = (block.partition("\n")[2] for block in section.split("```")[1:6:2])
    [records] = re.findall(r"^records: (\S+)", settings, re.MULTILINE)
    [(name, path)] = re.findall(r"^carry: \{ (\w+): (\S+) \}", settings, re.MULTILINE)
    envelope = Envelope(records, {name: path})
    assert [
        text for _, text, _ in records_of(document.encode(), "auto", "utf-8", envelope)
    ] == rows.splitlines()
