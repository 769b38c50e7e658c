"""Contract modes: what a batch may do to a registered schema, and what becomes of its records."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.inference import (
    Coercer,
    TypingOptions,
    column_name,
    fold,
    observe,
    parse_record,
    plain_name,
    type_name,
)
from pipelines.registry import Contract, ContractError, Schema, plan

BEFORE = '{"a":1,"b":"x","d":"2024-02-29","s":{"n":1}}'


def profile_of(*raws, options=None):
    return observe([parse_record(raw) for raw in raws], options)


def registered(*raws, options=None):
    return plan("orders", None, profile_of(*raws, options=options), options=options).next_schema


def run(raw, contract, before=BEFORE, options=None, **more):
    known = registered(before, options=options)
    made = plan("orders", known, profile_of(raw, options=options), contract, options=options, **more)
    row = Coercer(made.field_plans, options, made.unexpected_fields).row(parse_record(raw))
    columns = dict(zip((field.column for field in made.field_plans), row.values, strict=True))
    return made, columns, row


def rebuilds(made):
    return any(change.rebuilds for change in made.changes)


def column_types(made):
    return dict(made.columns)


# contract, raw, type of the column afterwards, its value, reason, row fault, rescued, error
CONFLICT = '{"a":"AB-12"}'
NESTED_CONFLICT = '{"s":{"n":"x"}}'
CONFLICTS = [
    ("promote", CONFLICT, "a", "string", "AB-12", None, None, None),
    ("rescue", CONFLICT, "a", "bigint", None, "type_conflict", None, {"a": "AB-12"}),
    ("quarantine", CONFLICT, "a", "bigint", None, "type_conflict", "type_conflict", None),
    ("fail", CONFLICT, "a", "bigint", None, "type_conflict", "type_conflict", None),
    ("promote", NESTED_CONFLICT, "s", "struct<`n`:string>", {"n": "x"}, None, None, None),
    ("rescue", NESTED_CONFLICT, "s", "struct<`n`:bigint>", {"n": None}, "type_conflict", None, {"s": {"n": "x"}}),
    ("quarantine", NESTED_CONFLICT, "s", "struct<`n`:bigint>", {"n": None}, "type_conflict", "type_conflict", None),
    ("fail", NESTED_CONFLICT, "s", "struct<`n`:bigint>", {"n": None}, "type_conflict", "type_conflict", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "raw", "column", "ddl", "value", "reason", "row_fault", "rescued"), CONFLICTS
)
def test_type_conflicts(mode, raw, column, ddl, value, reason, row_fault, rescued):
    made, columns, row = run(raw, Contract(on_type_conflict=mode))
    assert column_types(made)[column] == ddl
    assert columns[column] == value
    assert [change.reason for change in made.rejected] == ([reason] if reason else [])
    assert (row.row_fault.code if row.row_fault else None) == row_fault
    assert row.rescued == rescued
    assert (made.error is not None) == (mode == "fail")
    assert [change.kind for change in made.changes] == (["promoted"] if mode == "promote" else [])
    assert rebuilds(made) == (mode == "promote")


NEW = '{"a":2,"new":"AB-12","s":{"n":2,"more":5}}'


@pytest.mark.parametrize(
    ("mode", "added", "unexpected_fields", "rescued"),
    [
        ("add", ["new", "s.more"], "ignore", None),
        ("rescue", [], "rescue", {"new": "AB-12", "s": {"n": "2", "more": "5"}}),
        ("ignore", [], "ignore", None),
        ("fail", [], "ignore", None),
    ],
)
def test_new_fields(mode, added, unexpected_fields, rescued):
    made, columns, row = run(NEW, Contract(on_new_field=mode))
    assert [change.field for change in made.changes if change.kind == "added"] == added
    assert not rebuilds(made)
    assert made.unexpected_fields == unexpected_fields
    assert row.rescued == rescued
    assert row.row_fault is None
    assert columns["a"] == 2
    assert columns["s"] == ({"n": 2, "more": 5} if mode == "add" else {"n": 2})
    assert [change.reason for change in made.rejected] == ([] if mode == "add" else ["unexpected_field"] * 2)
    assert (made.error is not None) == (mode == "fail")


@pytest.mark.parametrize("mode", ["promote", "rescue", "quarantine", "fail"])
@pytest.mark.parametrize(
    ("before", "raw", "ddl"),
    [
        ('{"a":1}', '{"a":0.5}', "double"),
        ('{"a":1}', '{"a":18446744073709551616}', "decimal(38,0)"),
        ('{"a":"2024-02-29"}', '{"a":"2024-02-29T10:00:00Z"}', "timestamp"),
        ('{"a":null}', '{"a":"x"}', "string"),
        ('{"a":[]}', '{"a":[1]}', "array<bigint>"),
        ('{"a":{}}', '{"a":{"b":1}}', "struct<`b`:bigint>"),
        ('{"a":{"b":null}}', '{"a":{"b":1}}', "struct<`b`:bigint>"),
    ],
)
def test_widening_below_string_is_evolution_in_every_mode(mode, before, raw, ddl):
    made, columns, row = run(raw, Contract(on_type_conflict=mode), before)
    assert made.error is None
    assert made.rejected == ()
    assert column_types(made) == {"a": ddl}
    assert columns["a"] is not None
    assert (row.row_fault, row.rescued) == (None, None)


@pytest.mark.parametrize(
    ("mode", "raw", "ddl", "fault"),
    [
        ("none", '{"a":0.5}', "double", None),
        ("backward", '{"a":0.5}', "double", None),
        ("forward", '{"a":0.5}', "bigint", "incompatible_schema"),
        ("full", '{"a":0.5}', "bigint", "incompatible_schema"),
        ("none", '{"a":"x"}', "string", None),
        ("backward", '{"a":"x"}', "bigint", "incompatible_schema"),
        ("forward", '{"a":"x"}', "bigint", "incompatible_schema"),
        ("full_transitive", '{"a":"x"}', "bigint", "incompatible_schema"),
        ("full", '{"a":2,"new":1}', "bigint", None),
    ],
)
def test_compatibility_outranks_promotion(mode, raw, ddl, fault):
    made, _, row = run(raw, Contract(compatibility=mode))
    assert column_types(made)["a"] == ddl
    assert (row.row_fault.code if row.row_fault else None) == fault
    assert [change.reason for change in made.rejected] == ([fault] if fault else [])
    assert made.error is None


def test_transitive_compatibility_asks_every_version():
    history = [registered('{"a":9007199254740993}'), registered('{"a":1}')]
    seen = profile_of('{"a":0.5}')
    once = plan("orders", history[-1], seen, Contract(compatibility="backward"), history=history)
    assert column_types(once) == {"a": "double"}
    every = plan("orders", history[-1], seen, Contract(compatibility="backward_transitive"), history=history)
    assert column_types(every) == {"a": "bigint"}


def test_an_incompatible_field_does_not_hold_back_the_others():
    made, _, _ = run('{"a":0.5,"b":"y","new":1}', Contract(compatibility="forward"))
    assert [(change.kind, change.field) for change in made.changes] == [("added", "new")]


@pytest.mark.parametrize(
    ("mode", "value", "field_faults", "row_fault", "rescued"),
    [
        ("promote", None, ["bad_cast"], None, None),
        ("rescue", None, [], None, {"a": "x"}),
        ("quarantine", None, [], "bad_cast", None),
        ("fail", None, [], "bad_cast", None),
    ],
)
def test_hinted_fields_never_change_type(mode, value, field_faults, row_fault, rescued):
    options = TypingOptions(hints={"a": "decimal(18,2)"})
    made, columns, row = run('{"a":"x"}', Contract(on_type_conflict=mode), options=options)
    assert column_types(made)["a"] == "decimal(18,2)"
    assert columns["a"] is value
    assert [fault.code for fault in row.field_faults] == field_faults
    assert (row.row_fault.code if row.row_fault else None) == row_fault
    assert row.rescued == rescued
    assert [change.reason for change in made.rejected] == ["bad_cast"]
    assert (made.error is not None) == (mode == "fail")


def test_a_hint_set_later_rebuilds_and_released_stays():
    known = registered('{"a":"x1"}', '{"a":1}')
    hinted = plan("orders", known, profile_of(), options=TypingOptions(hints={"a": "int"}))
    assert [(c.kind, c.from_name, c.to_name, c.rebuilds) for c in hinted.changes] == [
        ("hinted", "string", "int", True)
    ]
    released = plan("orders", hinted.next_schema, profile_of('{"a":0.5}'))
    assert [(c.kind, c.to_name, c.rebuilds) for c in released.changes] == [("hinted", "double", True)]
    same = plan("orders", hinted.next_schema, profile_of())
    assert [(c.kind, c.to_name, c.rebuilds) for c in same.changes] == [("hinted", "int", False)]


def test_the_error_is_a_sentence():
    made = plan(
        "orders", registered('{"a":1}'), profile_of('{"a":"AB-12"}'), Contract(on_type_conflict="fail")
    )
    with pytest.raises(
        ContractError, match=r"topic orders, field a: the registered type bigint .* string .*'AA-99'"
    ):
        raise made.error
    assert made.next_schema == registered('{"a":1}')
    assert made.error.breaches[0].field == "a"


def test_rename_decides_the_column_and_never_collides():
    made = plan("orders", None, profile_of('{"Order_Total":1,"amount":2}'), rename={"order_total": "amount"})
    assert column_types(made) == {"amount": "bigint", "x61_mount": "bigint"}
    assert [(p.name, p.column) for p in made.field_plans] == [
        ("amount", "x61_mount"),
        ("order_total", "amount"),
    ]
    renamed = plan("orders", registered('{"order_total":1}'), profile_of(), rename={"order_total": "amount"})
    assert [(c.kind, c.rebuilds) for c in renamed.changes] == [("renamed", True)]


def test_too_many_fields_and_too_long_names_make_no_column():
    made = plan("orders", registered('{"a":1}'), profile_of('{"b":1,"c":2}'), Contract(max_fields=2))
    assert [(r.reason, r.field) for r in made.rejected] == [("too_wide", "c")]
    made = plan("orders", None, profile_of('{"' + "k" * 300 + '":1}'))
    assert [r.reason for r in made.rejected] == ["name_too_long"]
    assert made.columns == []


def test_zoned_and_naive_mixed_is_a_drift():
    naive, zoned = '{"a":"2024-02-29T10:00:00"}', '{"a":"2024-02-29T10:00:00Z"}'
    first = plan("t", None, profile_of(naive, zoned))
    assert [(c.kind, c.to_name) for c in first.changes] == [
        ("added", "timestamp"),
        ("flags", "timestamp with and without offset"),
    ]
    later = plan("t", registered(naive), profile_of(zoned))
    assert [(c.kind, c.value_shape, c.rebuilds) for c in later.changes] == [
        ("flags", "9999-99-99A99:99:99A", False)
    ]
    dates = plan("t", registered('{"a":"2024-02-29"}'), profile_of(naive, zoned))
    assert [(c.kind, c.rebuilds) for c in dates.changes] == [("widened", True), ("flags", False)]


def test_mixed_from_the_first_batch_is_a_drift():
    made = plan("orders", None, profile_of('{"a":1,"s":{"b":true}}', '{"a":"x","s":{"b":1}}'))
    promoted = [(c.field, c.from_name, c.to_name) for c in made.changes if c.kind == "promoted"]
    assert promoted == [("a", "bigint", "string"), ("s.b", "boolean", "string")]
    assert not rebuilds(made)


@pytest.mark.parametrize(
    ("spellings", "column"),
    [(["USERID", "userid", "userId"], "userId"), (["Name", "name"], "name"), (["B-1", "b-1"], "b_x2d_1"), (["ID", "Id"], "ID")],
)  # fmt: skip
def test_of_several_spellings_in_the_first_batch_one_is_the_column_s(spellings, column):
    raws = [f'{{"{name}":1}}' for name in spellings]
    for order in (raws, raws[::-1]):
        first = plan("t", None, profile_of(*order)).next_schema
        assert [field.column for field in first] == [column]
    later = plan("t", first, profile_of('{"' + column.upper().replace("_X2D_", "-") + '":2}')).next_schema
    assert [field.column for field in later] == [column]


RAWS = st.sampled_from(
    ['{"a":1}', '{"a":0.5}', '{"a":"x"}', '{"a":""}', '{"a":null}', '{"A":9007199254740993}', '{"a":[]}', '{"a":[1]}',
     '{"a":{}}', '{"a":{"b":1}}', '{"a":{"B":""},"c":"2024-02-29"}', '{"c":"2024-02-29T00:00:00Z"}', '{"c":true}', '{"c":"12"}']
)  # fmt: skip


@given(st.lists(RAWS, min_size=1, max_size=6), st.data())
@settings(max_examples=200, deadline=None)
def test_however_it_is_cut_the_final_schema_is_the_same(raws, data):
    whole = plan("t", None, profile_of(*raws)).next_schema
    cut = data.draw(st.lists(st.integers(0, len(raws)), max_size=3).map(sorted))
    schema = None
    order = data.draw(st.permutations(raws))
    for start, end in zip([0, *cut], [*cut, len(raws)], strict=True):
        made = plan("t", schema, profile_of(*order[start:end]))
        assert made.error is None
        schema = made.next_schema
    assert _without_case(schema) == _without_case(whole)
    assert _without_case(schema).fingerprint() == _without_case(whole).fingerprint()
    assert all(column_name(field.column) == field.column for field in schema)


def _without_case(schema):
    """A column is spelled as the first batch spelled it: the one thing that the order of arrival decides."""
    return Schema(tuple(replace(field, column=fold(field.column)) for field in schema))


@given(st.lists(RAWS, min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_rows_of_before_stay_right_unless_the_plan_rebuilds(raws):
    """The rule behind `rebuilds`: a row derived earlier equals the row derived now, unless a rebuild is asked for."""
    schema, table = None, []
    for raw in raws:
        made = plan("t", schema, profile_of(raw))
        coercer = Coercer(made.field_plans)
        names = [field.column for field in made.field_plans]
        if rebuilds(made):
            table = [(old, _row(coercer, names, old)) for old, _ in table]
        table.append((raw, _row(coercer, names, raw)))
        schema = made.next_schema
    assert isinstance(schema, Schema)
    for raw, stored in table:
        derived = _row(coercer, names, raw)
        assert _null_filled(stored, derived) == derived


def _row(coercer, names, raw):
    return dict(zip(names, coercer.row(parse_record(raw)).values, strict=True))


def _null_filled(stored, derived):
    """What Delta shows of an older row: fields that were added later read null."""
    if isinstance(stored, dict) and isinstance(derived, dict):
        return {key: _null_filled(stored.get(key), value) for key, value in derived.items()}
    return stored


def test_names_of_types_for_people():
    made = plan("t", registered('{"a":1}'), profile_of('{"a":9007199254740993}'))
    (change,) = made.changes
    assert (change.kind, change.from_name, change.to_name, change.rebuilds) == (
        "flags",
        "bigint up to 2^53",
        "bigint",
        False,
    )
    assert plain_name(change.from_type) == "bigint"
    assert type_name(change.to_type) == "bigint"
