"""The plan for a topic's rows: its contract applied to what was observed, and the columns that come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipelines.config.document import Topic
from pipelines.inference import TypingOptions, is_ordered
from pipelines.inference.types import FormattedTime, String
from pipelines.quality.expressions import Names
from pipelines.registry import Contract, Plan, Schema, plan
from pipelines.silver.arrow_pass import Observation
from pipelines.silver.table import SilverLayout

Planner = Callable[["Schema | None", Sequence[Schema]], Plan]
"""The plan for a batch, given the newest registered schema and all of them."""


def typing_options(topic: Topic) -> TypingOptions:
    """Return how values of a topic are typed."""
    schema = topic.schema
    return TypingOptions.for_topic(
        quoted=schema.quoted,
        decimal_separator=schema.decimal_separator,
        hints=dict(schema.hints),
        rename=dict(topic.silver.rename),
        sequence_by=topic.silver.sequence_fields,
        sequence_type=topic.silver.sequence_type,
        lifts=topic.silver.lifts,
    )


def planner(topic: Topic, observed: Observation) -> Planner:
    """Return what the topic's contract makes of what was ``observed``, given the versions that are registered."""
    schema, options = topic.schema, typing_options(topic)
    contract = Contract(schema.on_new_field, schema.on_type_conflict, schema.compatibility)

    def make(registered: Schema | None, history: Sequence[Schema]) -> Plan:
        return plan(
            topic.name,
            registered,
            observed.profile,
            contract,
            history=history,
            options=options,
            rename=topic.silver.rename,
        )

    return make


def layout_of(topic: Topic, plan: Plan) -> tuple[SilverLayout, bool]:
    """Return the silver table that a plan makes, and whether a key has no column yet (then every record misses it)."""
    columns = {p.name: p.column for p in plan.field_plans}
    keys = tuple(columns[name] for name in topic.silver.key_fields if name in columns)
    sequence = tuple(columns[name] for name in topic.silver.sequence_fields if name in columns)
    rescues = "rescue" in (topic.schema.on_new_field, topic.schema.on_type_conflict)
    silver = topic.silver
    layout = SilverLayout(
        plan.field_plans,
        keys,
        sequence,
        rescues,
        mode=silver.mode,
        deletes=silver.mode != "append" and silver.delete_when is not None,
        by_arrival=not silver.sequence_by,
        merges=silver.merge == "present_fields",
        tracked=tuple(columns[name] for name in silver.track_fields if name in columns)
        if silver.track
        else None,
    )
    return layout, len(keys) < len(silver.keys)


def names_of(plan: Plan) -> Names:
    """Return what expressions of config may name besides silver's columns."""
    return Names({field.name: field.column for field in plan.next_schema}, plan.former_types)


def treat_alike(one: Plan, other: Plan) -> bool:
    """Tell whether two plans type every field the same way."""
    return (one.field_plans, one.unexpected_fields) == (other.field_plans, other.unexpected_fields)


def unordered_fields(topic: Topic, observed: Observation) -> list[str]:
    """Return the fields of ``sequenceBy`` that order nothing in a batch: no usable record has a number or a time in them (a
    text, where the topic takes texts or says by a hint how a time is read).
    """
    if observed.rows == observed.unusable:
        return []
    hints, silver = typing_options(topic).hint_types, topic.silver
    return [
        name
        for name, field in zip(silver.sequence_by, silver.sequence_fields, strict=True)
        if not is_ordered(
            observed.profile.fields.get(field),
            any_value=isinstance(hints.get(field), (String, FormattedTime)),
        )
    ]
