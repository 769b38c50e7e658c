"""Strict JSON: accepts what Python's strict parser accepts, keeps number tokens, and never raises."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.inference import Fault, Limits, Number, compact_json, parse_record, spellings_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)
NEARLY_JSON = st.text(alphabet='{}[]",:0123456789.eE+-tfnrulsa \\u\n\ufeffd8', max_size=40)


def _strict(raw):
    def reject(_):
        raise ValueError

    def pairs(items):
        folded = {key.lower() for key, _ in items}
        if len(folded) != len(items):
            raise ValueError
        return dict(items)

    def finite(token):
        value = float(token)
        return reject(token) if value in (float("inf"), -float("inf")) else value

    value = json.loads(raw, parse_constant=reject, parse_float=finite, object_pairs_hook=pairs)
    json.dumps(value, ensure_ascii=False).encode()
    if not isinstance(value, dict):
        raise ValueError
    return value


@given(
    st.dictionaries(st.text(max_size=5), JSON, max_size=4).map(json.dumps)
    | NEARLY_JSON.map(lambda t: '{"a":' + t + "}")
)
@settings(max_examples=200, deadline=None)
def test_accepts_what_strict_json_accepts(raw):
    try:
        expected = _strict(raw)
    except (ValueError, RecursionError):
        expected = None
    result = parse_record(raw)
    assert isinstance(result, Fault) == (expected is None)
    if expected is not None:
        assert set(result) == {key.lower() for key in expected}
        assert json.loads(compact_json(result)) == {key.lower(): value for key, value in expected.items()}


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_never_raises(raw):
    result = parse_record(raw)
    assert isinstance(result, (Fault, dict))


def test_number_tokens_keep_their_text():
    record = parse_record('{"a":1.10,"b":[1E5,-0],"c":{"d":100000000000000000000000000000000000000000}}')
    assert record["a"] == "1.10"
    assert isinstance(record["a"], Number)
    assert (
        compact_json(record) == '{"a":1.10,"b":[1E5,-0],"c":{"d":100000000000000000000000000000000000000000}}'
    )


def test_compact_json_keeps_text_and_spelling():
    raw = '{"a":{"Kéy":"tab\\t\\"é\\u0000","n":[true,false,null,{},[]]}}'
    assert compact_json(parse_record(raw)) == raw


def test_top_level_keys_come_folded_with_their_spellings():
    record = parse_record('{"OrderId":1,"b":2}')
    assert list(record) == ["orderid", "b"]
    assert spellings_of(record) == {"orderid": "OrderId", "b": "b"}
    assert spellings_of(parse_record('{"b":2}')) is None


def test_escaped_surrogate_pairs_are_text():
    assert parse_record(r'{"a":"\ud83d\ude00"}')["a"] == "😀"


@pytest.mark.parametrize(
    ("raw", "limits", "code"),
    [
        ('{"a":[[1]]}', Limits(max_depth=3), None),
        ('{"a":[[1]]}', Limits(max_depth=2), "too_deep"),
        ('{"a":"[[[["}', Limits(max_depth=2), None),
        ('{"a":1}', Limits(max_bytes=7), None),
        ('{"a":10}', Limits(max_bytes=7), "too_large"),
        ('{"a":"é"}', Limits(max_bytes=9), "too_large"),
        ('{"a":1,"b":2}', Limits(max_fields=2), None),
        ('{"a":1,"b":{"c":1}}', Limits(max_fields=2), "too_wide"),
        ('{"a":[{"b":1},{"b":1},{"b":1}]}', Limits(max_fields=2), None),
        ('{"a":[{"b":1},{"c":1},{"d":1}]}', Limits(max_fields=3), "too_wide"),
    ],
)
def test_limits(raw, limits, code):
    result = parse_record(raw, limits)
    assert (result.code if isinstance(result, Fault) else None) == code


def test_faults_show_shapes_only():
    fault = parse_record('{"card":4111111111111111, secret}')
    assert (fault.code, fault.shape) == ("invalid_json", '{"aaaa":9999999999999999, aaaaaa}')
    assert "secret" not in str(fault)
    assert fault.detail == "Expecting property name enclosed in double quotes at character 27"


def test_faults_name_the_key():
    assert parse_record('{"a":1,"b":2,"b":3}').field == "b"
    assert parse_record('{"Ab":1,"aB":2}').field == "ab"
    parse_record('{"\\ud800":1,"\\ud800":2}').field.encode()


def test_unknown_fault_codes_are_rejected():
    with pytest.raises(ValueError, match="unknown fault code"):
        Fault("oops")
    assert Fault("rule:has_customer").to_json() == {"code": "rule:has_customer"}
