"""Value shapes leak nothing; types and hints have one text each."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.inference import (
    TypingOptions,
    exact_name,
    from_json,
    parse_hint,
    parse_record,
    spark_ddl,
    to_json,
    type_name,
    types,
    value_shape,
)

HINTS = Path(__file__).parents[2] / "fixtures" / "hints.json"


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("AB-12", "AA-99"),
        ("a.b@c.de", "a.a@a.aa"),
        ("Ünï ١", "Aaa 9"),
        ("tab\t😀", "aaa??"),
        ("", ""),
        (None, "null"),
        (True, "boolean"),
        ({}, "{}"),
        ({"secret": 1}, "{...}"),
        ([], "[]"),
        (["secret"], "[...]"),
        (-12.5, "-99.9"),
        ("x" * 41, "a" * 40 + "…"),
    ],
)
def test_value_shapes(value, shape):
    assert value_shape(value) == shape


@given(st.text())
def test_value_shapes_leak_nothing(text):
    shape = value_shape(text)
    assert len(shape) <= 41
    assert all(char in "aA9…" or (32 <= ord(char) < 127 and not char.isalnum()) for char in shape)


@given(st.text())
def test_shapes_depend_on_the_form_alone(text):
    swapped = text.translate({ord("b"): "q", ord("7"): "3", ord("B"): "Z"})
    assert value_shape(swapped) == value_shape(text)


@pytest.mark.parametrize(
    ("hint", "name", "ddl"),
    [
        ("decimal(18,2)", "decimal(18,2)", "decimal(18,2)"),
        (" DECIMAL( 5 ) ", "decimal(5,0)", "decimal(5,0)"),
        ("int", "int", "int"),
        ("long", "bigint", "bigint"),
        ("timestamp_millis", "timestamp_millis", "timestamp"),
        ("date", "date", "date"),
        ("date(dd/MM/yyyy)", "date(dd/MM/yyyy)", "date"),
        ("timestamp(d MMM yyyy, HH:mm)", "timestamp(d MMM yyyy, HH:mm)", "timestamp"),
        ("string", "string", "string"),
    ],
)
def test_hints(hint, name, ddl):
    kind = parse_hint(hint)
    assert (type_name(kind), spark_ddl(kind)) == (name, ddl)


@pytest.mark.parametrize("hint", ["money", "decimal(39,2)", "decimal(2,3)", "decimal(0,0)", "", "array<int>", "date(yyyy-MM-dd"])  # fmt: skip
def test_hints_that_are_none(hint):
    with pytest.raises(ValueError, match="allowed: string, boolean"):
        parse_hint(hint)


@pytest.mark.parametrize(("hint", "name"), json.loads(HINTS.read_text("utf-8")).items())
def test_a_hint_is_one_where_config_takes_it(hint, name):
    """TypeScript turns the same list into these names: test/spec/faults/topics.test.ts."""
    if name is None:
        with pytest.raises(ValueError, match=r"allowed: string, boolean|not a format of (times|days)"):
            parse_hint(hint)
    else:
        written = exact_name(parse_hint(name)) if name.startswith("map") else type_name(parse_hint(name))
        assert written == name
        assert from_json(json.loads(json.dumps(to_json(parse_hint(name))))) == parse_hint(name)


def test_a_wrong_hint_names_its_field():
    with pytest.raises(ValueError, match="hint of field 'amount'"):
        TypingOptions(hints={"amount": "money"}).hint_types  # noqa: B018 - reading it is the test


def test_hints_are_given_by_silver_name_or_field_name():
    options = TypingOptions.for_topic(
        hints={"amount": "decimal(18,2)", "Unit Price": "double", "tax_x20_rate": "double"},
        rename={"Order_Total": "amount"},
    )
    assert options.hints == {"order_total": "decimal(18,2)", "unit price": "double", "tax rate": "double"}


def test_nested_ddl_escapes_names():
    kind = types.Struct((("a b", types.Array(types.Bigint())), ("_id", types.String())))
    assert spark_ddl(kind) == "struct<`_id`:string,`a_x20_b`:array<bigint>>"
    with pytest.raises(ValueError, match="no column"):
        spark_ddl(types.Unknown())


def test_number_is_not_confused_with_text():
    record = parse_record('{"a":1,"b":"1"}')
    assert record["a"] == record["b"]
    assert type(record["a"]) is not type(record["b"])
