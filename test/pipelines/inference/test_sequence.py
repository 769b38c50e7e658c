"""What orders the rows of a key: numbers or times, whatever else comes, in whatever batches."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.inference import Coercer, Profile, TypingOptions, observe, parse_record, plain_name
from pipelines.registry import Contract, plan


def day(*parts):
    return dt.datetime(*parts, tzinfo=dt.timezone.utc)


X = "sequence_conflict"
NOON = '"2024-04-10T12:00:00Z"'
ONE = '"2024-04-10T14:45:00.000+0200"'

# id, values of the sequence as JSON, type of the column (None: there is none), values or the code, options
CASES = [
    ("numbers", ["10", "9"], "bigint", [10, 9], {}),
    ("text-among-numbers", ["10", '"2-beta"', "9"], "bigint", [10, X, 9], {}),
    ("only-text", ['"a"', '"b"'], None, [X, X], {}),
    ("null-and-absent", ["null", "1"], "bigint", [None, 1], {}),
    ("empty-text", ['""', "1"], "bigint", [None, 1], {}),
    ("boolean", ["true", "1"], "bigint", [X, 1], {}),
    ("object", ['{"a":1}', "1"], "bigint", [X, 1], {}),
    ("array", ["[1]", "1"], "bigint", [X, 1], {}),
    ("quoted", ['"10"', '"9"'], "bigint", [10, 9], {}),
    ("quoted-keep", ['"10"', '"9"'], "bigint", [10, 9], {"quoted": "keep"}),
    ("quoted-and-bare", ['"10"', "9"], "bigint", [10, 9], {}),
    ("leading-zeros", ['"010"', "9"], "bigint", [X, 9], {}),
    ("exponent-in-quotes", ['"1e3"', "9"], "bigint", [X, 9], {}),
    ("double", ["1", "0.5"], "double", [1.0, 0.5], {}),
    ("big-and-fraction", ["9007199254740993", "0.5"], "decimal(38,18)", [Decimal(9007199254740993), Decimal("0.5")], {}),
    ("quoted-and-fraction", ['"7"', "0.5"], "decimal(38,18)", [Decimal(7), Decimal("0.5")], {}),
    ("digits-differ", ['"3.9"', '"3.10"'], "decimal(38,18)", [Decimal("3.9"), Decimal("3.1")], {}),
    ("same-digits", ['"1712756700.123400"', '"1712756700.000200"'], "decimal(18,6)", [Decimal("1712756700.1234"), Decimal("1712756700.0002")], {}),
    ("beyond-any-number", ["0.5", "1" * 21, "9007199254740993"], "decimal(38,18)", [Decimal("0.5"), X, Decimal(9007199254740993)], {}),
    ("more-than-a-double", ["0.1234567890123456789", "2"], "decimal(38,18)", [X, Decimal(2)], {}),
    ("times", [NOON, '"2024-04-11"'], "timestamp", [day(2024, 4, 10, 12), day(2024, 4, 11)], {}),
    ("offset-without-colon", [ONE, NOON], "timestamp", [day(2024, 4, 10, 12, 45), day(2024, 4, 10, 12)], {}),
    ("offset-of-hours", ['"2024-04-10T14:45:00+02"'], "timestamp", [day(2024, 4, 10, 12, 45)], {}),
    ("offset-by-hint", [ONE], "timestamp", [day(2024, 4, 10, 12, 45)], {"hints": {"s": "timestamp"}}),
    ("not-iso", ['"12/31/2023 10:00:00 AM"', NOON], "timestamp", [X, day(2024, 4, 10, 12)], {}),
    ("only-not-iso", ['"12/31/2023 10:00:00 AM"'], None, [X], {}),
    ("times-and-numbers", ["1", NOON], "timestamp", [X, day(2024, 4, 10, 12)], {}),
    ("numbers-wanted", ["1", NOON], "bigint", [1, X], {"sequence_type": "number"}),
    ("times-wanted", ["1", "2"], None, [X, X], {"sequence_type": "time"}),
    ("text-wanted", ["10", '"2-beta"', "9"], "string", ["10", "2-beta", "9"], {"sequence_type": "text"}),
    ("text-wanted-but-hint", ["10", '"b"'], "bigint", [10, X], {"sequence_type": "text", "hints": {"s": "bigint"}}),
    ("hint-misfit", ["1", '"a"'], "bigint", [1, X], {"hints": {"s": "bigint"}}),
    ("format-hint", ['"31/12/2023"', '"01/01/2024"', NOON, "5", '""'], "timestamp(dd/MM/yyyy)", [day(2023, 12, 31), day(2024, 1, 1), X, X, None], {"hints": {"s": "timestamp(dd/MM/yyyy)"}}),
    ("format-of-digits-hint", ["20231231", '"20240101"', "20240230"], "date(yyyyMMdd)", [dt.date(2023, 12, 31), dt.date(2024, 1, 1), X], {"hints": {"s": "date(yyyyMMdd)"}}),
    ("epoch-hint", ["1712756700000", '"a"'], "timestamp", [day(2024, 4, 10, 13, 45), X], {"hints": {"s": "timestamp_millis"}}),
]  # fmt: skip


def options_of(given):
    return TypingOptions.for_topic(sequence_by=["s"], **given)


def made(values, given, registered=None, contract=None):
    options, records = options_of(given), [parse_record(f'{{"s":{value}}}') for value in values]
    return plan("t", registered, observe(records, options), contract, options=options), records


def typed(found, records, given):
    coercer = Coercer(found.field_plans, options_of(given), found.unexpected_fields)
    rows = [coercer.row(record) for record in records]
    return [row.row_fault.code if row.row_fault else (row.values or [None])[0] for row in rows]


@pytest.mark.parametrize(
    ("values", "kind", "expected", "given"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_a_sequence(values, kind, expected, given):
    found, records = made(values, given)
    types = {p.name: plain_name(p.type) for p in found.field_plans}
    assert types.get("s", "none").replace("timestamp_millis", "timestamp") == (kind or "none")
    assert typed(found, records, given) == expected


TOKENS = [
    "10",
    "9",
    '"8"',
    "0.5",
    '"3.10"',
    '"3.9"',
    '"2-beta"',
    "true",
    "null",
    '""',
    "9007199254740993",
    "1" * 21,
]
MOMENTS = ['"2024-04-10"', NOON, ONE, '"12/31/2023"', "null", '"x"', '{"a":1}']


@given(
    st.sampled_from([TOKENS, MOMENTS]).flatmap(lambda texts: st.lists(st.sampled_from(texts), max_size=8)),
    st.data(),
)
@settings(max_examples=200, deadline=None)
def test_batches_and_order_do_not_matter(values, data):
    whole, records = made(values, {})
    shuffled = data.draw(st.permutations(values))
    cut = data.draw(st.integers(0, len(values)))
    first, _ = made(shuffled[:cut], {})
    second, _ = made(shuffled[cut:], {}, first.next_schema)
    last = second.next_schema.get("s")
    assert (last and last.type) == ((field := whole.next_schema.get("s")) and field.type)
    assert typed(second, records, {}) == typed(whole, records, {})


def test_what_is_registered_decides():
    first, _ = made(["1"], {})
    found, records = made([NOON, "2"], {}, first.next_schema)
    assert typed(found, records, {}) == [X, 2]
    assert not [change for change in found.changes if change.drift]
    found, records = made([NOON, "2"], {"sequence_type": "time"}, first.next_schema)
    assert typed(found, records, {"sequence_type": "time"}) == [day(2024, 4, 10, 12), X]


def test_a_column_of_text_orders_nothing():
    ordinary = TypingOptions()
    before = plan("t", None, observe([parse_record('{"s":"a"}')], ordinary), options=ordinary)
    found, records = made(["1", '"b"', "null"], {}, before.next_schema)
    assert typed(found, records, {}) == [X, X, None]


@pytest.mark.parametrize("setting", ["rescue", "quarantine", "fail"])
def test_no_contract_changes_what_a_conflict_is(setting):
    found, records = made(["1", '"b"'], {}, contract=Contract(on_type_conflict=setting))
    assert found.error is None
    assert typed(found, records, {}) == [1, X]


def test_a_sequence_that_the_contract_leaves_out_is_no_conflict():
    first, _ = made([], {})
    found, records = made(["1", NOON, '"b"'], {}, first.next_schema, Contract(on_new_field="ignore"))
    assert typed(found, records, {}) == [None, None, X]


def test_compatibility_is_asked():
    first, _ = made(["1"], {})
    found, records = made(["0.5", '"b"'], {}, first.next_schema, Contract(compatibility="forward"))
    assert [change.reason for change in found.rejected] == ["incompatible_schema"]
    assert typed(found, records, {}) == [X, X]


def test_the_evidence_is_kept_whole():
    profile = observe([parse_record('{"s":"b"}')], options_of({}))
    assert Profile.from_json(json.loads(json.dumps(profile.to_json()))) == profile
