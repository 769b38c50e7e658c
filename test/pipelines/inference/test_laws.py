"""Laws: the join is a join, batches and their order do not matter, and a column holds exactly what its type says."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.inference import (
    Coercer,
    FieldPlan,
    Profile,
    TypingOptions,
    column_name,
    common_type,
    compact_json,
    from_json,
    observe,
    parse_record,
    spark_ddl,
    storable,
    to_json,
    types,
    without_flags,
)

SCALARS = [
    types.Unknown(),
    types.Unknown(empty=True),
    types.Boolean(),
    types.Int(),
    types.Bigint(safe=True),
    types.Bigint(safe=False),
    types.Decimal(38, 0),
    types.Decimal(20, 0),
    types.Decimal(18, 2),
    types.Decimal(38, 2),
    types.Decimal(18, 5),
    types.Decimal(38, 5),
    types.Decimal(38, 30),
    types.Double(),
    types.Date(),
    types.Timestamp(),
    types.Timestamp(zoned=True),
    types.Timestamp(naive=True),
    types.Timestamp(zoned=True, naive=True),
    types.EpochTimestamp("millis"),
    types.EpochTimestamp("seconds"),
    types.String(),
]
FIELD_NAMES = st.sampled_from(["a", "b", "c d", "é"])


def _nested(inner):
    structs = st.dictionaries(FIELD_NAMES, inner, max_size=3).map(
        lambda fields: types.Struct(tuple(fields.items()))
    )
    return structs | inner.map(types.Array)


TYPES = st.recursive(st.sampled_from(SCALARS), _nested, max_leaves=6)


@pytest.mark.parametrize("left", SCALARS, ids=repr)
def test_scalar_join_exhaustively(left):
    for middle in SCALARS:
        assert common_type(left, middle) == common_type(middle, left)
        for right in SCALARS:
            assert common_type(common_type(left, middle), right) == common_type(
                left, common_type(middle, right)
            )


@given(TYPES, TYPES, TYPES)
@settings(max_examples=400, deadline=None)
def test_join_is_commutative_associative_idempotent(a, b, c):
    assert common_type(a, b) == common_type(b, a)
    assert common_type(common_type(a, b), c) == common_type(a, common_type(b, c))
    assert common_type(a, a) == a
    assert common_type(a, common_type(a, b)) == common_type(a, b)
    assert common_type(types.UNKNOWN, a) == a


@given(TYPES)
def test_type_json_round_trip(type_):
    text = json.dumps(to_json(type_))
    assert from_json(json.loads(text)) == type_


@given(TYPES)
def test_what_materializes_has_ddl(type_):
    held = storable(type_)
    if held is not None:
        assert "unknown" not in spark_ddl(held)
        assert storable(held) == held
        assert spark_ddl(without_flags(held)) == spark_ddl(held)


@pytest.mark.parametrize(
    ("lower", "upper"), [*pairwise(SCALARS[3:7]), (SCALARS[4], types.Double())], ids=repr
)
def test_the_chain(lower, upper):
    assert common_type(lower, upper) == upper


SCALAR_TEXTS = st.sampled_from(
    [
        "null", "true", "false", "0", "-1", "7", "9007199254740992", "9007199254740993", "9223372036854775807",
        "9223372036854775808", "9" * 38, "9" * 39, "0.5", "1.10", "1e5", "1e-400", "0.30000000000000000001",
        '""', '"x"', '"007"', '"12"', '"-0"', '"1e5"', '"9007199254740993"', '"1.5"', '"19.90"', '"-5.00"', '"-0.00"',
        '"123456789012345678.90"', '"0.00001"', '"0.' + "1" * 30 + '"', '"0.' + "1" * 39 + '"', '"true"', '"2024-02-29"', '"2024-02-30"', '"2024-02-29T10:00:00"',
        '"2024-02-29T10:00:00Z"', '"39,99"', '"é"',
    ]
)  # fmt: skip
JSON_TEXTS = st.recursive(
    SCALAR_TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.dictionaries(st.sampled_from(["b", "c", "D"]), inner, max_size=3).map(
            lambda fields: "{" + ",".join(f'"{key}":{value}' for key, value in fields.items()) + "}"
        )
    ),
    max_leaves=5,
)
RECORDS = st.dictionaries(st.sampled_from(["a", "A b", "x"]), JSON_TEXTS, max_size=3).map(
    lambda fields: parse_record("{" + ",".join(f'"{key}":{value}' for key, value in fields.items()) + "}")
)
OPTIONS = st.sampled_from(
    [
        TypingOptions(),
        TypingOptions(quoted="keep"),
        TypingOptions(decimal_separator=","),
        TypingOptions(hints={"a": "decimal(18,2)"}),
    ]
)


@given(st.lists(RECORDS, max_size=8), OPTIONS, st.data())
@settings(max_examples=150, deadline=None)
def test_batches_and_order_do_not_matter(records, options, data):
    whole = observe(records, options)
    shuffled = data.draw(st.permutations(records))
    cut = data.draw(st.integers(0, len(records)))
    left, right = observe(shuffled[:cut], options), observe(shuffled[cut:], options)
    assert left.merge(right) == right.merge(left) == whole
    assert whole.merge(whole) == whole
    assert Profile.from_json(json.loads(json.dumps(whole.to_json()))) == whole
    # the common types are the types of the merged evidence
    for name, type_ in whole.types().items():
        parts = [part.types().get(name, types.UNKNOWN) for part in (left, right)]
        assert common_type(*parts) == type_


@given(
    JSON_TEXTS,
    TYPES,
    st.sampled_from([TypingOptions(), TypingOptions(quoted="keep"), TypingOptions(decimal_separator=",")]),
)
@settings(max_examples=400, deadline=None)
def test_a_column_holds_a_value_if_and_only_if_its_type_stays(text, type_, options):
    held = storable(type_)
    if held is None or _by_hint_only(held):
        return
    record = parse_record(f'{{"a":{text}}}')
    value_type = observe([record], options).types()["a"]
    after = storable(common_type(held, value_type))
    fits = _without_new_fields(after, held) == without_flags(held)
    row = Coercer([FieldPlan("a", "a", held)], options).row(record)
    misfits = [fault for fault in row.field_faults if fault.code != "empty_text"]
    assert (not misfits) == fits


def _by_hint_only(type_):
    if isinstance(type_, types.Struct):
        return any(_by_hint_only(inner) for _, inner in type_.fields)
    if isinstance(type_, types.Array):
        return _by_hint_only(type_.element)
    return isinstance(type_, (types.Int, types.EpochTimestamp)) or (
        isinstance(type_, types.Decimal) and type_.scale == 0 and type_ != types.WIDEST_INTEGER
    )


def _without_new_fields(after, before):
    if isinstance(after, types.Struct) and isinstance(before, types.Struct):
        known = dict(before.fields)
        return types.Struct(
            tuple(
                (name, _without_new_fields(type_, known[name]))
                for name, type_ in after.fields
                if name in known
            )
        )
    if isinstance(after, types.Array) and isinstance(before, types.Array):
        return types.Array(_without_new_fields(after.element, before.element))
    return without_flags(after)


@given(st.lists(RECORDS, min_size=1, max_size=6), OPTIONS)
@settings(max_examples=150, deadline=None)
def test_what_was_observed_fits(records, options):
    profile = observe(records, options)
    kinds = {name: options.hint_types.get(name) or type_ for name, type_ in profile.types().items()}
    plans = [
        FieldPlan(name, column_name(name), held, "quarantine", "type_conflict")
        for name, type_ in kinds.items()
        if (held := storable(type_)) and name not in options.hints
    ]
    coercer = Coercer(plans, options)
    for record in records:
        row = coercer.row(record)
        assert row.row_fault is None
        assert {fault.code for fault in row.field_faults} <= {"empty_text"}
        for plan, value in zip(plans, row.values, strict=True):
            if isinstance(plan.type, types.String) and record.get(plan.name) is not None:
                source = record[plan.name]
                assert value == (source if type(source) is str else compact_json(source))


@given(st.lists(RECORDS, min_size=1, max_size=4))
@settings(deadline=None)
def test_observed_columns_go_through_arrow(records):
    pa = pytest.importorskip("pyarrow")
    profile = observe(records)
    plans = [
        FieldPlan(n, column_name(n), held)
        for n, type_ in profile.types().items()
        if (held := storable(type_))
    ]
    rows = [Coercer(plans).row(record).values for record in records]
    for index, plan in enumerate(plans):
        arrow = pa.array([row[index] for row in rows], _arrow(pa, plan.type))
        assert len(arrow) == len(records)


def _arrow(pa, type_):
    if isinstance(type_, types.Struct):
        return pa.struct([(column_name(name), _arrow(pa, inner)) for name, inner in type_.fields])
    if isinstance(type_, types.Array):
        return pa.list_(_arrow(pa, type_.element))
    return {
        types.Boolean: pa.bool_(),
        types.Bigint: pa.int64(),
        types.Decimal: pa.decimal128(getattr(type_, "precision", 38), getattr(type_, "scale", 0)),
        types.Double: pa.float64(),
        types.Date: pa.date32(),
        types.Timestamp: pa.timestamp("us", tz="UTC"),
        types.String: pa.string(),
    }[type(type_)]
