"""What silver decides about a batch, without Spark: the rows are a list, the table is what its columns are said to be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from itertools import chain
from typing import Any

import pytest

from pipelines.config.document import Topic
from pipelines.config.load import parse_document
from pipelines.errors import QualityError
from pipelines.inference import Coercer, Fault
from pipelines.inference.faults import MISSING_KEY
from pipelines.quality.overrides import quarantine_violations
from pipelines.quality.rules import RuleResult
from pipelines.registry import ContractError, Plan, RegistryDamaged, Version
from pipelines.silver.arrow_pass import Observation, Watcher
from pipelines.silver.decide import SilverCommit, SilverState, decide
from pipelines.silver.evaluate import Evaluated
from pipelines.silver.outcomes import RowOutcomes
from pipelines.silver.plan import layout_of, typing_options
from pipelines.silver.source import Origin
from pipelines.silver.table import settings_of
from test.pipelines.silver.test_nested_fuzz import shapes

OLD = '{"id":1,"at":1,"n":1}'
STRICT = {"name": "positive", "expect": "n > 0", "onViolation": "fail"}
NOT_EMPTY = {"name": "few", "expect": "read_rows > 1", "scope": "batch", "onViolation": "fail"}


class ListRows:
    """The in-memory twin of ``SparkRows``: typed by the same library; rules are what ``violated`` says."""

    def __init__(
        self, topic: Topic, raws: Sequence[str], violated: Mapping[str, Callable[[Any], bool]] | None = None
    ):
        self.topic = topic
        self.records = [topic.reading.parse(raw) for raw in raws]
        self.violated = violated or {}
        self.passes = 0

    def observe_first(self) -> Observation:
        watcher = Watcher(typing_options(self.topic))
        for record in self.records:
            watcher.see(record)
        return watcher.observation()

    def evaluate(self, plan: Plan, observing: bool = False) -> Evaluated:
        self.passes += 1
        layout, missing_keys = layout_of(self.topic, plan)
        coercer = Coercer(plan.field_plans, typing_options(self.topic), plan.unexpected_fields)
        columns = [p.column for p in plan.field_plans]
        codes: dict[str, int] = {}
        usable = []
        for record in self.records:
            row = None if isinstance(record, Fault) else coercer.row(record)
            values = dict(zip(columns, row.values, strict=True)) if row else {}
            if row is None or row.row_fault is not None:
                code = record.code if isinstance(record, Fault) else row.row_fault.code
            elif missing_keys or any(values[key] is None for key in layout.keys):
                code = MISSING_KEY
            else:
                usable.append(values)
                continue
            codes[code] = codes.get(code, 0) + 1
        rules = tuple(
            RuleResult(rule, len(usable), sum(map(self.violated.get(rule.name, lambda _: False), usable)))
            for rule in self.topic.rules("row")
        )
        outcomes = RowOutcomes(len(self.records), sum(codes.values()), codes=codes, rules=rules)
        return Evaluated(outcomes, self.observe_first() if observing else None)

    def with_examples(self, plan: Plan, results: Sequence[RuleResult]) -> list[RuleResult]:
        return list(results)

    def evaluate_batch(self, aggregates: Mapping[str, int]) -> list[RuleResult]:
        return [
            RuleResult(r, 1, int(self.violated.get(r.name, lambda _: False)(aggregates)))
            for r in self.topic.rules("batch")
        ]

    def settings_told(self, plan: Plan) -> list[str]:
        return []


def topic(mode: str = "upsert", **parts: Any) -> Topic:
    silver = {"mode": mode} if mode == "append" else {"mode": mode, "keys": ["id"], "sequenceBy": "at"}
    silver.update(parts.pop("silver", {}))
    one = {"name": "t", "source": {"files": "t"}, "silver": silver, **parts}
    document = {
        "documentVersion": 1,
        "name": "p",
        "description": "",
        "settings": {},
        "topics": [one],
        "gold": [],
    }
    return parse_document(json.dumps(document)).topic("t")


def after(one: Topic, *raws: str, applied: int | None = 1) -> SilverState:
    """The state of silver after a first batch of ``raws``."""
    first = decide(one, "new", ListRows(one, raws), SilverState())
    return replace(following(one, SilverState(), first), applied_version=applied)


def following(one: Topic, state: SilverState, found: SilverCommit) -> SilverState:
    """The state of silver after a decision was carried out."""
    schema, number = found.plan.next_schema, len(state.versions) + 1
    now = datetime(2026, 1, 1, tzinfo=timezone.utc)
    version = Version("t", number, schema, schema.fingerprint(), found.plan.changes, "none", "r", now)
    columns = {name: type_.replace("`", "") for name, type_ in found.layout.columns.items()}
    return SilverState([*state.versions, version], number, settings_of(one), columns)


def decided(one: Topic, *raws: str, before: str | None = OLD, origin: Origin = "new") -> SilverCommit:
    return decide(one, origin, ListRows(one, raws), after(one, before) if before else SilverState())


WRITES = [
    ("first batch", topic(), ['{"id":1,"at":1}'], None, "new", ("upsert", True, "the table is made")),
    ("nothing usable", topic(), ["no json"], None, "new", ("nothing", False, "no record of the topic could become a row yet")),
    ("a key that no record has", topic(), ['{"at":1}'], None, "new", ("nothing", False, "no record of the topic could become a row yet")),
    ("rejects alone", topic(), ["no json"], OLD, "new", ("nothing", False, "no row is for silver")),
    ("no rows at all", topic(), [], OLD, "new", ("nothing", False, "no row is for silver")),
    ("upsert", topic(), ['{"id":2,"at":1,"n":2}'], OLD, "new", ("upsert", False, "")),
    ("append", topic("append"), ['{"id":2,"at":1,"n":2}'], OLD, "new", ("append", False, "")),
    ("history", topic("history"), ['{"id":2,"at":1,"n":2}'], OLD, "new", ("scd2", False, "")),
    ("a new field", topic(), ['{"id":2,"at":1,"m":"x"}'], OLD, "new", ("upsert", False, "")),
    ("another type", topic(), ['{"id":2,"at":1,"n":"x"}'], OLD, "new", ("rebuild", False, "columns with another type: n")),
    ("another type inside", topic(), ['{"id":2,"at":1,"o":{"a":"x"}}'], '{"id":1,"at":1,"o":{"a":1}}', "new", ("rebuild", False, "columns with another type: o")),
    ("full refresh", topic(), [OLD], OLD, "all", ("rebuild", False, "full refresh")),
    ("full refresh of nothing", topic(), [OLD], None, "all", ("upsert", True, "the table is made")),
    ("replay", topic(), ['{"id":2,"at":1,"n":2}'], OLD, "quarantine", ("upsert", False, "")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "raws", "before", "origin", "wanted"), [pytest.param(*case[1:], id=case[0]) for case in WRITES]
)
def test_how_the_table_takes_the_rows(
    one: Topic, raws: list[str], before: str | None, origin: Origin, wanted: tuple[str, bool, str]
) -> None:
    found = decided(one, *raws, before=before, origin=origin)
    assert (found.write.how, found.write.create, found.write.reason) == wanted
    assert found.error is None
    assert found.read == len(raws)


@pytest.mark.parametrize("mode", ["append", "upsert", "history"])
@pytest.mark.parametrize("batches", [["wn"], ["w", "n"], ["n", "w"], ["0", "w", "n"], ["w", "w", "n"]])
def test_a_text_orders_nothing_in_whatever_batch_it_comes(mode: str, batches: list[str]) -> None:
    one = topic(mode, silver={"keys": ["id"], "sequenceBy": "at"})
    records = {"w": '{"id":1,"at":"soon"}', "n": '{"id":2,"at":5}', "0": '{"id":3}'}
    state, codes = SilverState(), Counter[str]()
    for batch in batches:
        found = decide(one, "new", ListRows(one, [records[name] for name in batch]), state)
        codes.update(found.outcomes.codes)
        state = following(one, state, found)
    assert codes == {"sequence_conflict": "".join(batches).count("w")}
    assert (state.columns or {})["at"] == "bigint"


@pytest.mark.parametrize("cut", [True, False])
def test_random_shapes_have_the_outcomes_of_the_oracle_however_they_are_cut(cut: bool) -> None:
    for shape in shapes(200, seed=3):
        settings = {**shape.settings(), "quality": []}
        one = topic(shape.mode, silver=settings["silver"], schema=settings["schema"])
        state, codes = SilverState(), Counter[str]()
        for batch in shape.files if cut else [[*chain(*shape.files)]]:
            raws = [json.dumps(record, ensure_ascii=False) for record in batch]
            found = decide(one, "new", ListRows(one, raws), state)
            assert found.error is None
            codes.update(found.outcomes.codes)
            state = following(one, state, found)
        reasons, _ = shape.outcomes()
        del reasons["quality_rule"]
        assert codes == reasons, shape


def test_a_batch_that_brings_nothing_new_is_passed_over_once() -> None:
    one = topic()
    known, new = ListRows(one, ['{"id":2,"at":2,"n":2}']), ListRows(one, ['{"id":2,"at":2,"m":2}'])
    decide(one, "new", known, after(one, OLD))
    decide(one, "new", new, after(one, OLD))
    assert (known.passes, new.passes) == (1, 2)


def test_settings_that_changed_derive_everything_anew() -> None:
    other = topic(silver={"keys": ["id", "n"]})
    found = decide(other, "new", ListRows(other, [OLD]), after(topic(), OLD))
    assert (found.write.how, found.write.everything_anew) == ("rebuild", True)


def test_a_change_of_type_that_a_killed_run_has_registered_is_applied_by_the_next() -> None:
    one = topic()
    state = after(one, OLD)
    promoted = decide(one, "new", ListRows(one, ['{"id":2,"at":1,"n":"x"}']), state).plan
    schema = promoted.next_schema
    when = state.versions[0].registered_at
    second = Version("t", 2, schema, schema.fingerprint(), promoted.changes, "none", "r", when)
    columns = {**(state.columns or {}), "n": "string"}  # as if the table had it for another reason
    waiting = SilverState([*state.versions, second], 1, settings_of(one), columns)
    found = decide(one, "new", ListRows(one, ['{"id":3,"at":1,"n":"y"}']), waiting)
    assert found.write.reason == "a change of type was registered that silver has not applied"


@pytest.mark.parametrize(
    ("hint", "at", "unordered"),
    [
        ("timestamp(dd/MM/yyyy)", '"31/12/2023"', ()),
        ("timestamp(dotnet)", '"/Date(0)/"', ()),
        ("date(yyyyMMdd)", '"20231231"', ()),
        ("timestamp(dd/MM/yyyy)", '""', ("at",)),
        ("timestamp", '"31/12/2023"', ("at",)),
    ],
)
def test_a_format_orders_by_what_it_reads(hint: str, at: str, unordered: tuple[str, ...]) -> None:
    one = topic(schema={"hints": {"at": hint}})
    assert decide(one, "new", ListRows(one, [f'{{"id":2,"at":{at}}}']), SilverState()).unordered == unordered


def test_a_registry_that_lacks_the_applied_version_stops_everything() -> None:
    one = topic()
    rows = ListRows(one, [OLD])
    with pytest.raises(RegistryDamaged, match="version 2"):
        decide(one, "new", rows, after(one, OLD, applied=2))
    assert rows.passes == 0


def test_what_the_contract_fails_is_an_error_of_the_decision() -> None:
    found = decided(topic(schema={"onNewField": "fail"}), '{"id":2,"at":1,"m":1}')
    assert isinstance(found.error, ContractError)
    assert [change.field for change in found.plan.rejected] == ["m"]
    assert found.write.how == "nothing"


def test_a_rule_that_fails_rejects_the_batch_unless_an_operator_overrides_it() -> None:
    one = topic(quality=[STRICT])
    violated = {"positive": lambda row: row["n"] <= 0}
    raws = ['{"id":2,"at":1,"n":0}', '{"id":3,"at":1,"n":3}']
    found = decide(one, "new", ListRows(one, raws, violated), after(one, OLD))
    assert isinstance(found.error, QualityError)
    assert "positive failed for 1 of 2 rows" in str(found.error)
    other = quarantine_violations(one)
    assert decide(other, "new", ListRows(other, raws, violated), after(one, OLD)).error is None


def test_a_batch_rule_that_an_operator_overrides_takes_every_good_row_out() -> None:
    one = quarantine_violations(topic(quality=[NOT_EMPTY]))
    violated = {"few": lambda aggregates: aggregates["read_rows"] <= 1}
    found = decide(one, "new", ListRows(one, ['{"id":2,"at":1,"n":2}'], violated), after(one, OLD))
    assert (found.rejected_by, found.error, found.write.how) == ("few", None, "nothing")
    assert (found.outcomes.good, found.outcomes.codes) == (0, {"rule:few": 1})
