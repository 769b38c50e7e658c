"""Columns converted at once: what the fast ways give is what converting value by value gives, or nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.inference import Coercer, FieldPlan, TypingOptions, parse_record
from pipelines.inference.columns import fast_column
from pipelines.inference.convert import EMPTY, MISFIT, scalar_converter
from pipelines.inference.types import Bigint, Boolean, Date, Decimal, Double, Int, String, Timestamp

TYPES = [String(), Boolean(), Bigint(), Bigint(safe=False), Int(), Double(), Date(), Timestamp(), Decimal(18, 2), Decimal(18, 18), Decimal(38, 7), Decimal(38, 0)]  # fmt: skip
OPTIONS = [TypingOptions(), TypingOptions(quoted="keep"), TypingOptions(decimal_separator=",")]

#: JSON texts of values that lie on the edges of the plain forms.
EDGES = [
    "0", "-0", "7", "2147483648", "999999999999999999", "9223372036854775808", "9007199254740993", "0.0", "-0.0", "5.00", "1.10", "1e3", "1.5E+300",
    "0.1000000000000000055", "true", "false", '""', '"true"', '"1.10"', '"-1.10"', '"-0.00"', '"01.10"', '" 1.10"', '"1_0.10"', '"+1.10"', '".10"', '"1,10"',
    '"1E.10"', '"1.5E+5"', '"0.0000001"', '"\\u0661.10"', '"NaN"', '"9999999999999999.10"', '"99999999999999999.10"', '"0.123456789012345678"', '"2024-02-29"', '"2023-02-29"', '"20240229"',
    '"2024-W09-4"', '"2024-02-29T13:45:00"', '"2024-02-29 13:45:00"', '"2024-02-29T13:45:00Z"', '"2024-02-29T13:45:00z"', '"2024-02-29T13:45:00+00:00"',
    '"2024-02-29T13:45:00+00:00Z"', '"2024-02-29T13:45:00+02:00"', '"2024-02-29T13:45:00-00:00"', '"2024-02-29T13:45:00+00:00:00"', '"2024-02-29T13:45:00.123Z"', '"2024-02-29T13:45:00.123456Z"',
    '"2024-02-29T13:45:00.123"', '"2024-02-29T13:45:00.123+00:00"', '"2024-02-29T13:45:00.000000"', '"2024-02-29T24:00:00"', '"2024-02-29T13:45"', '"2024-02-29x13:45:00"', '"0001-01-01T00:00:00"', '"Z"',
    "[]", "{}", '{"b":1}',
]  # fmt: skip

tokens = (
    st.sampled_from(EDGES)
    | st.integers().map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(json.dumps)
    | st.decimals(min_value=-(10**17), max_value=10**17, places=2).map('"{:f}"'.format)
    | st.datetimes().map(lambda moment: json.dumps(moment.isoformat()))
    | st.dates().map(lambda day: json.dumps(day.isoformat()))
)
#: Columns of one form, for which the fast ways are made, and mixed ones.
columns = st.lists(tokens, min_size=1, max_size=6) | tokens.map(lambda token: [token] * 3)


def _value(token: str) -> object:
    record = parse_record(f'{{"a":{token}}}')
    assert isinstance(record, dict)
    return record["a"]


def _check(column, type_, options, hinted) -> None:
    fast = fast_column(type_, options, hinted)
    values = [_value(token) for token in column]
    found = fast(values) if fast else None
    if found is not None:
        convert = scalar_converter(type_, options, hinted)
        one_by_one = [convert(value) for value in values]
        assert EMPTY not in one_by_one
        assert MISFIT not in one_by_one
        assert [(type(v), repr(v)) for v in found] == [(type(v), repr(v)) for v in one_by_one]


@given(columns, st.sampled_from(TYPES), st.sampled_from(OPTIONS), st.booleans())
def test_a_column_at_once_is_its_values_one_by_one(column, type_, options, hinted) -> None:
    _check(column, type_, options, hinted)


@pytest.mark.parametrize("hinted", [False, True])
@pytest.mark.parametrize("type_", TYPES)
def test_each_edge_alone(type_, hinted) -> None:
    for options in OPTIONS:
        for token in EDGES:
            _check([token], type_, options, hinted)


@pytest.mark.parametrize(
    ("type_", "column"),
    [
        (String(), ['"a"', '""']),
        (Boolean(), ["true", "false"]),
        (Bigint(), ["1", "-20", "999999999999999999"]),
        (Int(), ["1", "-20"]),
        (Double(), ["1.5", "5.00", "7", "1.10"]),
        (Date(), ['"2024-02-29"', '"0001-01-01"']),
        (Timestamp(), ['"2024-02-29T13:45:00+00:00"', '"2024-02-29T13:45:00.000001+00:00"']),
        (Timestamp(), ['"2024-02-29T13:45:00Z"', '"2024-02-29T13:45:01Z"']),
        (Timestamp(), ['"2024-02-29 13:45:00.120"', '"2024-02-29 13:45:01.000"']),
        (Decimal(18, 2), ['"1.10"', '"1234567890123456.00"']),
    ],
)
def test_plain_columns_take_the_fast_way(type_, column) -> None:
    fast = fast_column(type_, TypingOptions())
    assert fast is not None
    assert fast([_value(token) for token in column]) is not None


names = st.sampled_from(["a", "b", "c", "other"])
records = st.lists(st.dictionaries(names, tokens | st.just("null"), max_size=4), min_size=1, max_size=5)


@given(records, st.lists(st.sampled_from(TYPES), min_size=3, max_size=3), st.sampled_from(["null", "rescue", "quarantine"]), st.sampled_from(["ignore", "rescue"]))  # fmt: skip
@example([{"a": "1"}, {}, {"a": '""', "other": "1"}], [Bigint(), Date(), String()], "null", "rescue")
def test_rows_together_are_rows_alone(texts, kinds, on_misfit, unexpected) -> None:
    plans = [
        FieldPlan(name, name, type_, on_misfit, sequence=name == "c")
        for name, type_ in zip("abc", kinds, strict=True)
    ]
    coercer = Coercer(plans, TypingOptions(sequence=("c", "other")), unexpected)
    parsed = [
        parse_record("{" + ",".join(f'"{name}":{token}' for name, token in text.items()) + "}")
        for text in texts
    ]
    together, outcomes = coercer.rows(parsed)
    for at, record in enumerate(parsed):
        values, *outcome = coercer.row(record)
        assert list(map(repr, values)) == [repr(column[at]) for column in together]
        assert outcome == list(outcomes.get(at, ([], None, None)))
