"""Paths of settings: one grammar, read alike by both languages, and what a path takes out of a record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.inference import (
    Coercer,
    Fault,
    FieldPlan,
    Lift,
    TypingOptions,
    field_of,
    path_name,
    path_of,
    setting_steps,
)
from pipelines.inference.reading import Reading
from pipelines.inference.types import STRING

CASES = json.loads((Path(__file__).parents[2] / "fixtures" / "paths.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "steps", "spelled"), CASES)
def test_a_name_is_read_as_the_other_language_reads_it(
    name: str, steps: list[str | None], spelled: str
) -> None:
    folded = tuple(None if step is None else step.lower() for step in setting_steps(name))
    assert folded == tuple(steps)
    assert path_name(folded) == spelled


names = st.text(st.characters(codec="utf-8", exclude_characters="'\"]"), min_size=1, max_size=5)


@given(st.lists(names | st.none(), min_size=2, max_size=5))
def test_the_one_spelling_of_a_path_means_the_path(steps: list[str | None]) -> None:
    if steps[0] is not None:
        assert setting_steps(path_name(steps)) == tuple(steps)


@given(st.lists(names, min_size=1, max_size=4), st.integers())
def test_a_path_takes_out_what_a_walk_through_the_json_finds(steps: list[str], value: int) -> None:
    inner: object = value
    for step in reversed(steps):
        inner = {step: inner}
    folded = tuple(step.lower() for step in steps)
    lifted = Lift(path_name(("outer", *folded)), ("outer", *folded))
    record = Reading(lifts=(lifted,)).parse(json.dumps({"outer": inner}))
    assert not isinstance(record, Fault)
    assert record[lifted.field] == str(value)
    assert lifted.blocked(record) is None


@pytest.mark.parametrize(
    ("name", "rename", "field"),
    [
        ("client.id", {"customer": "client"}, "customer.id"),
        ("buyer_id", {"buyer.id": "buyer_id"}, "buyer.id"),
        ("buyer", {"buyer.id": "buyer"}, "buyer.id"),
        ("buyer.id", {"buyer.id": "buyer"}, "buyer.id"),
        ("customer_x2e_id", {}, "customer.id"),
        ("a.unit_x20_price", {}, "a['unit price']"),
        ("['customer.id']", {}, "customer.id"),
    ],
)
def test_a_path_may_begin_with_silvers_name(name: str, rename: dict[str, str], field: str) -> None:
    assert field_of(name, rename) == field


def test_hints_reach_the_field_that_a_path_takes_out() -> None:
    lifts = (Lift("price.amount", ("price", "amount")),)
    for hints in ({"price.amount": "int"}, {"price_x2e_amount": "int"}, {"money": "int"}):
        options = TypingOptions.for_topic(hints=hints, rename={"price.amount": "money"}, lifts=lifts)
        assert options.hints == {"price.amount": "int"}
        assert options.inner_hints == {("price", "amount"): "int"}
    assert path_of("items[].sku", {}) == ("items", None, "sku")


@pytest.mark.parametrize(
    ("record", "field", "shape"),
    [
        ('{"meta": "text"}', "meta_x2e_ts_x2e_at", "aaaa"),
        ('{"meta": {"ts": 5}}', "meta_x2e_ts_x2e_at", "9"),
        ('{"meta": [{"ts": 5}]}', "meta_x2e_ts_x2e_at", "[...]"),
        ('{"meta": {"ts": {"at": null}}}', None, None),
        ('{"meta": {"ts": null}}', None, None),
        ('{"meta": {}}', None, None),
        ('{"meta": ""}', None, None),
        ("{}", None, None),
    ],
)
def test_a_path_that_ends_too_early_is_counted(record: str, field: str | None, shape: str | None) -> None:
    lift = Lift("meta.ts.at", ("meta", "ts", "at"))
    for sequence in ((), ("meta.ts.at",)):
        options = TypingOptions(lifts=(lift,), sequence=sequence)
        plan = FieldPlan("meta.ts.at", "at", STRING)
        parsed = Reading(lifts=(lift,)).parse(record)
        assert isinstance(parsed, dict)
        row = Coercer([plan], options).row(parsed)
        found = [row.row_fault] if row.row_fault else row.field_faults
        codes = [(fault.code, fault.field) for fault in found]
        code, column = ("sequence_conflict", field) if sequence else ("type_conflict", "at")
        assert codes == ([] if field is None else [(code, column)])
        assert [fault.shape for fault in found] == ([] if shape is None else [shape])
