"""What becomes of values that do not fit, field by field."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.inference import Coercer, Fault, FieldPlan, TypingOptions, compact_json, parse_record, types

BIGINT = types.Bigint()


def row(raw, plans, unexpected_fields="ignore", options=None):
    return Coercer(plans, options, unexpected_fields).row(parse_record(raw))


def test_null_counts_the_field():
    result = row('{"a":"AB-12","b":1}', [FieldPlan("a", "a", BIGINT), FieldPlan("b", "b", BIGINT)])
    assert result.values == [None, 1]
    assert result.field_faults == [Fault("bad_cast", "a", "AA-99")]
    assert (result.row_fault, result.rescued) == (None, None)


def test_quarantine_rejects_the_record_with_its_first_misfit():
    plans = [FieldPlan(name, name, BIGINT, "quarantine", "type_conflict") for name in "ab"]
    result = row('{"a":"x","b":"y1"}', plans)
    assert result.row_fault == Fault("type_conflict", "a", "a")
    assert result.field_faults == []


def test_rescue_keeps_the_exact_text():
    result = row('{"a":[1.10],"b":2}', [FieldPlan("a", "a", BIGINT, "rescue"), FieldPlan("b", "b", BIGINT)])
    assert result.values == [None, 2]
    assert compact_json(result.rescued) == '{"a":[1.10]}'
    assert result.field_faults == []


def test_fail_rejects_the_record():
    assert (
        row('{"a":"x"}', [FieldPlan("a", "a", BIGINT, "fail", "type_conflict")]).row_fault.code
        == "type_conflict"
    )


def test_empty_text_is_counted_whatever_the_policy():
    for policy in ("null", "quarantine", "rescue", "fail"):
        result = row('{"a":""}', [FieldPlan("a", "a", BIGINT, policy, "type_conflict")])
        assert result.values == [None]
        assert result.field_faults == [Fault("empty_text", "a", "")]
        assert (result.row_fault, result.rescued) == (None, None)


def test_unplanned_fields():
    raw = '{"a":1,"B":1.10,"c":null,"d":"","e":{},"f":[]}'
    assert row(raw, [FieldPlan("a", "a", BIGINT)]).rescued is None
    assert compact_json(row(raw, [FieldPlan("a", "a", BIGINT)], "rescue").rescued) == '{"b":1.10}'


def test_nested_misfits_null_the_leaf_and_name_its_path():
    type_ = types.Struct((("b c", types.Array(types.Struct((("d", BIGINT), ("e", types.Date()))))),))
    raw = '{"a":{"B c":[{"d":1,"e":""},{"D":"x7"}]}}'
    result = row(raw, [FieldPlan("a", "a", type_)])
    assert result.values == [{"b_x20_c": [{"d": 1, "e": None}, {"d": None, "e": None}]}]
    assert result.field_faults == [
        Fault("empty_text", "a.b_x20_c[].e", ""),
        Fault("bad_cast", "a.b_x20_c[].d", "a9"),
    ]
    rescued = row(raw, [FieldPlan("a", "a", type_, "rescue")])
    assert compact_json(rescued.rescued) == raw
    assert (
        row(raw, [FieldPlan("a", "a", type_, "quarantine", "type_conflict")]).row_fault.field
        == "a.b_x20_c[].d"
    )


def test_nested_unplanned_fields_are_rescued_with_their_object():
    type_ = types.Struct((("b", BIGINT),))
    raw = '{"a":{"b":1,"new":2}}'
    assert row(raw, [FieldPlan("a", "a", type_)], "rescue").rescued == {"a": {"b": "1", "new": "2"}}
    assert row(raw, [FieldPlan("a", "a", type_)]).rescued is None


def test_one_record_leaves_no_trace_in_the_next():
    coercer = Coercer([FieldPlan("a", "a", BIGINT)])
    assert coercer.row(parse_record('{"a":"x"}')).field_faults
    assert coercer.row(parse_record('{"a":1}')) == ([1], [], None, None)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    | st.sampled_from(["1e99999999", "9" * 400, "2024-02-30", "0001-01-01T00:00:00+18:00", "-", "9999-12-31T23:59:59-18:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
KINDS = [
    types.Boolean(), types.Int(), BIGINT, types.Decimal(38, 0), types.Decimal(5, 2), types.Double(), types.Date(),
    types.Timestamp(), types.EpochTimestamp("seconds"), types.EpochTimestamp("micros"), types.String(),
    types.Array(BIGINT), types.Struct((("a", types.Array(types.Date())), ("b", types.Struct((("c", BIGINT),))))),
]  # fmt: skip


@given(ANYTHING, st.sampled_from(["infer", "keep"]), st.sampled_from([".", ","]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_never_raises_and_accounts_for_every_value(value, quoted, separator, hinted):
    import json

    record = parse_record(json.dumps({"v": value}))
    if isinstance(record, Fault):
        return
    for type_ in KINDS:
        coercer = Coercer(
            [FieldPlan("v", "v", type_, hinted=hinted)], TypingOptions(quoted, separator), "rescue"
        )
        result = coercer.row(record)
        if value is not None and result.values[0] is None:
            assert result.field_faults


def test_hostile_numbers():
    tokens = [
        "1e-99999999999",
        "0e99999999999999999999",
        "9" * 100_000,
        "0." + "1" * 100_000,
        "1e308",
        "-0.0",
        "1e-324",
    ]
    for token in tokens:
        record = parse_record(f'{{"v":{token}}}')
        for type_ in KINDS:
            Coercer([FieldPlan("v", "v", type_, hinted=True)]).row(record)
            Coercer([FieldPlan("v", "v", type_)]).row(record)
