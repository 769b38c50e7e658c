"""Silver: new bronze rows become typed rows, by the schema that the registry keeps for their topic.

A driver-side step over a range of bronze versions: observe → plan → judge → register → evolve → merge. Everything that
can refuse the batch happens before the first write. Doing a range again changes nothing: upserts follow a total order,
appends carry the range that they wrote in their commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from pyspark.sql import DataFrame

from pipelines import delta
from pipelines.clock import now
from pipelines.config.document import TOMBSTONE, QualityRule, Topic
from pipelines.context import Context
from pipelines.delta.driver_rows import LocalRows
from pipelines.errors import QualityError
from pipelines.failpoints import failpoint
from pipelines.inference import Shape, TypingOptions, is_ordered
from pipelines.inference.types import STRING
from pipelines.ops.progress import Step
from pipelines.quality.expressions import Names, Trouble, evaluate, find_trouble
from pipelines.quality.overrides import REFUSE, accepting
from pipelines.quality.rules import RuleResult, judge_batch, with_examples
from pipelines.registry import (
    Contract,
    Plan,
    RegistryDamaged,
    Schema,
    Version,
    plan,
    register_plan,
)
from pipelines.silver import drift, quarantine
from pipelines.silver import rebuild as silver_rebuild
from pipelines.silver import write as silver_write
from pipelines.silver.arrow_pass import OBSERVATION, Observation, coerce, join_states, observe
from pipelines.silver.batch import Batch, Examined
from pipelines.silver.kafka_deletes import with_tombstones
from pipelines.silver.outcomes import CODE, Fates, count_fates, expressions_of, judge, refuse_all
from pipelines.silver.row_counts import Account, settle
from pipelines.silver.settings import told_of_broken, told_of_expressions, unmatched_settings
from pipelines.silver.table import SilverLayout

STAGE = "silver"

#: Rows of a topic's first batch that say how all of them are judged at first.
FIRST_ROWS = 1000

#: Batches of at most so many rows, and bytes in bronze's files, come to the driver when they are judged, and go to silver
#: from there: they are typed once. Larger ones are typed again where they are written, since nothing may be cached.
LOCAL_ROWS, LOCAL_BYTES = 100_000, 16 << 20

#: What bronze's change feed says of a row beside its columns, and what silver needs of it.
_EXTRA = {delta.COMMIT_VERSION: "bigint"}

_T = TypeVar("_T")

Planner = Callable[["Schema | None", Sequence[Schema]], Plan]


def run_silver(ctx: Context, topic: Topic) -> Account | None:
    """Bring all new bronze rows of ``topic`` to silver. Nothing new: nothing is read, and the answer is ``None``."""
    started = time.monotonic()
    batch = next_batch(ctx, topic)
    if batch is None:
        return None
    account = _process(ctx, batch)
    duration = int((time.monotonic() - started) * 1000)
    ctx.log.event(STAGE, "processed", topic=topic.name, duration_ms=duration, **account.log_fields())
    return account


def refresh(ctx: Context, topic: Topic) -> None:
    """Derive the whole silver table again from bronze, with the types that all its rows need together.

    As far as silver has come: a batch that waits is judged by the next run, and what was let through is not refused now.
    """
    step = ctx.progress.last(STAGE, topic.name)
    if step is None:
        return
    started = time.monotonic()
    rows = silver_rebuild.history_rows(ctx, topic, step.last)
    batch = Batch(accepting(topic), 1, step.last, rows, typing_options(topic), again=True)
    account = _process(ctx, batch)
    duration = int((time.monotonic() - started) * 1000)
    ctx.log.event(STAGE, "refreshed", topic=topic.name, duration_ms=duration, **account.log_fields())


def next_batch(ctx: Context, topic: Topic) -> Batch | None:
    """The bronze versions that silver has not consumed yet, or nothing."""
    table = ctx.parameters.tables.bronze(topic.name)
    step = ctx.progress.last(STAGE, topic.name)
    first = step.last + 1 if step else 1  # version 0 is the CREATE TABLE
    newest = ctx.bronze_versions.newest(topic.name)
    last = newest.version
    if first > last:
        return None
    rows = with_tombstones(delta.inserts(ctx.spark, table, first, last), topic)
    local = _is_small(ctx, topic, first, newest)
    return Batch(topic, first, last, rows, typing_options(topic), local=local)


def _is_small(ctx: Context, topic: Topic, first: int, newest: delta.Commit) -> bool:
    """Whether what came to bronze from version ``first`` to its ``newest`` commit may come to the driver."""
    last = newest.version
    if first == last:
        commits = [newest]
    else:
        found = delta.commits(ctx.spark, ctx.parameters.tables.bronze(topic.name), last - first + 1)
        commits = [commit for commit in found if first <= commit.version <= last]
    if any("numOutputRows" not in c.metrics and c.operation != "OPTIMIZE" for c in commits):
        return False
    rows, size = (sum(c.metric(name) for c in commits) for name in ("numOutputRows", "numOutputBytes"))
    return rows <= LOCAL_ROWS and size <= LOCAL_BYTES


def registered_versions(ctx: Context, topic: Topic) -> Sequence[Version]:
    """The versions of a topic's schema, oldest first. Raises :class:`RegistryDamaged` where one that silver has is gone."""
    versions = ctx.registry.history(topic.name)
    step = ctx.progress.last(STAGE, topic.name)
    applied = (step.details.get("schema_version") if step else None) or 0
    if applied > (versions[-1].version if versions else 0):
        raise RegistryDamaged(
            topic.name, applied, "silver was written with this version, and its row is gone"
        )
    return versions


def typing_options(topic: Topic) -> TypingOptions:
    """How values of a topic are typed."""
    schema = topic.schema
    return TypingOptions.for_topic(
        quoted=schema.quoted,
        decimal_separator=schema.decimal_separator,
        hints=dict(schema.hints),
        rename=dict(topic.silver.rename),
        sequence_by=topic.silver.sequence_fields,
        sequence_type=topic.silver.sequence_type,
    )


def planner(topic: Topic, observed: Observation, options: TypingOptions) -> Planner:
    """What the topic's contract makes of what was observed, given the versions that are registered."""
    schema = topic.schema
    contract = Contract(schema.on_new_field, schema.on_type_conflict, schema.compatibility)

    def make(registered: Schema | None, history: Sequence[Schema]) -> Plan:
        return plan(
            topic.name,
            registered,
            observed.shape,
            contract,
            history=history,
            options=options,
            rename=topic.silver.rename,
        )

    return make


def layout_of(topic: Topic, plan: Plan) -> tuple[SilverLayout, bool]:
    """The silver table that a plan makes, and whether a key has no column yet (then every record misses it)."""
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
    )
    return layout, len(keys) < len(silver.keys)


def _process(ctx: Context, batch: Batch) -> Account:
    topic, found = batch.topic, examine(ctx, batch)
    # Whatever the ruling over this batch: what came before it is judged by the topic's own rules.
    own = ctx.document.topic(topic.name)

    def write() -> silver_write.Applied:
        def judge_again(rows: DataFrame) -> DataFrame:
            return judged_rows(rows, own, found.plan, {}, trouble=batch.trouble)

        return silver_write.apply(ctx, batch, found, judge_again)

    # A rebuild evaluates the rules over rows that the batch does not have.
    done = _despite_broken_rules(
        batch, lambda: silver_rebuild.history_rows(ctx, topic, batch.last), found.plan, write
    )
    failpoint("silver.committed")
    number = found.version.version if found.version else None
    account = settle(topic.name, found.read, found.fates, done.offered, done.rows, number)
    details = {
        "schema_version": number,
        "rebuilt": done.rebuilt,
        "settings": silver_write.settings_of(topic),
    }
    ctx.progress.record(
        Step(STAGE, topic.name, batch.first, batch.last, done.version, details), ctx.parameters.run_id
    )
    return account


def examine(ctx: Context, batch: Batch) -> Examined:
    """Everything before silver is written: observe, plan, judge, refuse or register, and keep the rejects."""
    topic = batch.topic
    observed, plan, make_plan, fates, local = _observe_and_judge(ctx, batch)
    judged = (
        local.frame(ctx.spark)
        if local
        else judged_rows(batch.rows, topic, plan, _EXTRA, trouble=batch.trouble)
    )
    _warn_of_order(ctx, topic, observed)
    raw_examples = ctx.document.settings.examples == "raw"
    results = with_examples(fates.rules, judged, raw_examples)
    if fates.read:  # commits that only compacted bronze bring no rows, and no batch to judge
        results += judge_batch(ctx.spark, topic, figures(fates))
    ctx.quality.add(topic.name, results)
    _tell_settings(ctx, batch, plan, fates, results)
    _refuse(topic.name, results)
    refused = next((r.rule.name for r in results if r.failed and _refuses_all(r.rule)), None)
    if refused is not None:
        judged = refuse_all(judged, refused)
        fates = count_fates(judged, topic.rules("row"))
    version = _register(ctx, topic, plan, make_plan)
    failpoint("silver.registered")
    # A rebuild brings quarantine in line by itself, and so does a replay.
    if fates.quarantined and not (batch.again or batch.replayed):
        quarantine.append_rejects(ctx, topic, judged, batch.last)
        failpoint("silver.quarantined")
    layout = layout_of(topic, plan)[0]
    bounds = local.where_null(CODE).bounds(layout.keys) if local else {}
    return Examined(observed.rows, plan, layout, judged, fates, version, bounds)


def _observe_and_judge(
    ctx: Context, batch: Batch
) -> tuple[Observation, Plan, Planner, Fates, LocalRows | None]:
    """What the batch looks like, the plan for it, how its rows fare under that plan, and they, where they are local.

    One Spark job where the batch brings nothing new: its rows are judged by the plan that stands while they are
    observed, and the verdict holds when the plan that comes out treats every field the same way; otherwise judging is
    done again. Where no schema is registered, the plan for the first rows stands.
    """
    topic = batch.topic
    history = [version.schema for version in registered_versions(ctx, topic)]
    registered = history[-1] if history else None
    first = (
        Observation(0, 0, Shape())
        if registered
        else observe(batch.rows.limit(FIRST_ROWS), batch.options, topic.encoding)
    )
    standing = planner(topic, first, batch.options)(registered, history)
    fates, local = _judge(ctx, batch, standing, watched=True)
    observed = join_states(fates.observed)
    make_plan = planner(topic, observed, batch.options)
    plan = make_plan(registered, history)
    drift.raise_refused(ctx, topic, plan)
    if plan.error is not None:
        raise plan.error
    if not _treat_alike(standing, plan):
        fates, local = _judge(ctx, batch, plan)
    return observed, plan, make_plan, fates, local


def _judge(ctx: Context, batch: Batch, plan: Plan, watched: bool = False) -> tuple[Fates, LocalRows | None]:
    """How the rows of a batch fare under a plan, and they, where they are local."""

    def count() -> tuple[Fates, LocalRows | None]:
        judged = judged_rows(batch.rows, batch.topic, plan, _EXTRA, watched, batch.trouble)
        rules = batch.topic.rules("row")
        if not batch.local:
            return count_fates(judged, rules), None
        rows = LocalRows.collect(judged)
        return count_fates(rows, rules), rows.without(CODE, OBSERVATION)

    return _despite_broken_rules(batch, lambda: batch.rows, plan, count)


def _despite_broken_rules(
    batch: Batch, rows: Callable[[], DataFrame], plan: Plan, work: Callable[[], _T]
) -> _T:
    """Do ``work``; where it fails since expressions of the topic cannot be evaluated over ``rows``, without these again."""
    try:
        return work()
    except Exception:
        topic = batch.topic
        expressions = expressions_of(topic.rules("row"), topic.silver.delete_when)
        wanted = {name: sql for name, sql in expressions.items() if name not in batch.trouble.broken}
        found = (
            find_trouble(_coerced(rows(), topic, plan, {})[0], wanted, names_of(plan))
            if wanted
            else Trouble()
        )
        if not set(found.broken) | (found.cast_back - batch.trouble.cast_back):
            raise
        batch.trouble.cast_back |= found.cast_back
        batch.trouble.broken.update(found.broken)
        return work()


def _treat_alike(one: Plan, other: Plan) -> bool:
    return (one.field_plans, one.unplanned) == (other.field_plans, other.unplanned)


def judged_rows(
    rows: DataFrame,
    topic: Topic,
    plan: Plan,
    extra: dict[str, str],
    watched: bool = False,
    trouble: Trouble | None = None,
) -> DataFrame:
    """Bronze rows typed by a plan, each with its fate; the ``extra`` columns of ``rows`` stay. ``watched``: see ``coerce``;
    ``trouble``: see ``judge``.
    """
    coerced, layout, missing_keys = _coerced(rows, topic, plan, extra, watched)
    rules, delete_when = topic.rules("row"), topic.silver.delete_when
    return judge(coerced, layout.keys, missing_keys, rules, delete_when, names_of(plan), trouble)


def names_of(plan: Plan) -> Names:
    """What expressions of config may name besides silver's columns."""
    return Names({field.name: field.column for field in plan.next_schema}, plan.former_types)


def _coerced(
    rows: DataFrame, topic: Topic, plan: Plan, extra: dict[str, str], watched: bool = False
) -> tuple[DataFrame, SilverLayout, bool]:
    layout, missing_keys = layout_of(topic, plan)
    if topic.deletes_by_tombstone:
        rows, extra = with_tombstones(rows, topic), {**extra, TOMBSTONE: "boolean"}
    options = typing_options(topic)
    typed = coerce(rows, layout.plans, options, plan.unplanned, extra, watched, topic.encoding)
    return typed, layout, missing_keys


def _tell_settings(
    ctx: Context, batch: Batch, plan: Plan, fates: Fates, results: Sequence[RuleResult]
) -> None:
    """Warn of settings that mean nothing in the data, and of expressions that cannot be evaluated."""
    topic = batch.topic
    told = told_of_settings(batch.rows, topic, plan, batch.trouble) if fates.read else []
    told += told_of_broken(topic, {r.rule.name: r.fault for r in results if r.fault is not None})
    for sentence in told:
        ctx.log.warn(STAGE, "setting_without_effect", sentence, topic=topic.name)


def told_of_settings(rows: DataFrame, topic: Topic, plan: Plan, trouble: Trouble | None = None) -> list[str]:
    """A sentence for each setting that means nothing in the topic's data, and each expression that cannot be evaluated."""
    schema = plan.next_schema
    if not len(schema):
        return []
    told = unmatched_settings(topic, schema)
    expressions = expressions_of(topic.rules("row"), topic.silver.delete_when)
    if expressions:
        evaluation, _ = evaluate(_coerced(rows, topic, plan, {})[0], expressions, names_of(plan), trouble)
        told += told_of_expressions(topic, evaluation, schema)
    return told


def unordered(topic: Topic, observed: Observation) -> list[str]:
    """Fields of ``sequenceBy`` that order nothing in a batch: no usable record has a number or a time in them (a text, where
    the topic takes texts).
    """
    if observed.rows == observed.unusable:
        return []
    hints, silver = typing_options(topic).hint_types, topic.silver
    return [
        name
        for name, field in zip(silver.sequence_by, silver.sequence_fields, strict=True)
        if not is_ordered(observed.shape.fields.get(field), any_value=hints.get(field) == STRING)
    ]


def _warn_of_order(ctx: Context, topic: Topic, observed: Observation) -> None:
    fields = unordered(topic, observed)
    if fields:
        ctx.log.event(
            STAGE, "sequence_unordered", level="warning", topic=topic.name, details={"fields": fields}
        )


def figures(fates: Fates) -> dict[str, int]:
    """What batch rules are judged over."""
    return {
        "read_rows": fates.read,
        "quarantined_rows": fates.quarantined,
        "dropped_rows": fates.dropped,
        "silver_rows": fates.good,
        "field_faults": fates.field_faults,
    }


def _refuse(topic: str, results: Sequence[RuleResult]) -> None:
    violations = [
        f"{r.rule.name} failed for "
        + (f"{r.failed} of {r.checked} rows" if r.rule.scope == "row" else f"the batch ({r.rule.expect})")
        + (f" (for example {'; '.join(r.examples)})" if r.examples else "")
        for r in results
        if r.failed and r.rule.on_violation == "fail"
    ]
    if violations:
        raise QualityError(topic, violations)


def _refuses_all(rule: QualityRule) -> bool:
    return rule.scope == "batch" and rule.on_violation == REFUSE


def _register(ctx: Context, topic: Topic, plan: Plan, make_plan: Planner) -> Version | None:
    """Register the plan's schema where it is new. A topic without one usable record registers nothing."""
    before = ctx.registry.latest(topic.name)
    standing, version = register_plan(
        ctx.registry,
        topic.name,
        make_plan,
        compatibility=topic.schema.compatibility,
        run_id=ctx.parameters.run_id,
        now=now,
    )
    if standing.next_schema.fingerprint() != plan.next_schema.fingerprint():
        raise RuntimeError(
            f"Topic {topic.name}: another run registered a schema version while this one was judging its batch. "
            "Nothing was written; run again, and the batch is planned on top of that version."
        )
    if version is None:
        return None
    if before is None or before.version != version.version:
        changes = [change.to_json() for change in version.changes]
        ctx.log.event(
            STAGE,
            "schema_registered",
            topic=topic.name,
            schema_version=version.version,
            details={"changes": changes},
        )
    drift.raise_drift(ctx, topic, version)
    return version
