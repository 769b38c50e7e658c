"""Silver decides: what becomes of a source's rows, and how the table takes them. Nothing is written here.

Spark is asked through :class:`~pipelines.silver.evaluate.Rows` alone, everything else is a value, so that a decision can be
tested without it. :mod:`pipelines.silver.commit` carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pipelines.config.document import Topic
from pipelines.errors import PipelineError, QualityError
from pipelines.inference import Profile
from pipelines.quality.overrides import REJECT
from pipelines.quality.rules import RuleResult
from pipelines.registry import ContractError, Plan, RegistryDamaged, Version, retyped_since
from pipelines.silver.arrow_pass import Observation
from pipelines.silver.evaluate import Rows, told_of_batch_rules
from pipelines.silver.outcomes import RowOutcomes
from pipelines.silver.plan import Planner, layout_of, planner, treat_alike, unordered_fields
from pipelines.silver.source import Origin
from pipelines.silver.table import SilverLayout, retyped, settings_of


@dataclass(frozen=True)
class SilverState:
    """State of a topic in silver before a source is decided on."""

    versions: Sequence[Version] = ()
    """The registered versions of the topic's schema, oldest first."""
    applied_version: int | None = None
    """The schema version that silver was written with last."""
    applied_settings: str | None = None
    """The fingerprint of the settings that silver was written with last (:func:`pipelines.silver.table.settings_of`)."""
    columns: Mapping[str, str] | None = None
    """Columns of the silver table with their types, as Spark writes these; ``None`` where there is no table."""


@dataclass(frozen=True)
class Write:
    """The write of the good rows into the silver table, with its reason."""

    how: Literal["nothing", "append", "upsert", "scd2", "rebuild", "elsewhere"]
    """``elsewhere``: a declarative pipeline writes the table."""
    reason: str = ""
    create: bool = False
    """True if the table is made first."""
    everything_anew: bool = False
    """For a rebuild: true if good rows may have been rejected before, and the other way round."""


@dataclass(frozen=True)
class SilverCommit:
    """A decision: everything that :func:`pipelines.silver.commit.commit` does with a source."""

    plan: Plan
    planner: Planner
    layout: SilverLayout
    read: int
    """Rows that were observed."""
    columns: Mapping[str, str] | None
    """Columns that the silver table has (:attr:`SilverState.columns`)."""
    outcomes: RowOutcomes = field(default_factory=RowOutcomes)
    results: tuple[RuleResult, ...] = ()
    warnings: tuple[str, ...] = ()
    """Settings that mean nothing in the data, a sentence each."""
    unordered: tuple[str, ...] = ()
    """Fields of ``sequenceBy`` that order nothing."""
    rejected_by: str | None = None
    """The batch rule by which all good rows go to quarantine."""
    error: PipelineError | ContractError | None = None
    """Reason why the source is rejected as a whole: nothing of it is written."""
    write: Write = field(default_factory=lambda: Write("nothing"))


#: Write of new rows into a table, by mode.
_BY_MODE: Mapping[str, Literal["append", "upsert", "scd2"]] = {
    "append": "append",
    "upsert": "upsert",
    "history": "scd2",
}


def decide(topic: Topic, origin: Origin, rows: Rows, state: SilverState) -> SilverCommit:
    """Decide what becomes of the rows of a source.

    One pass over the rows where they bring nothing new: they are evaluated by the plan for no new fields while they are
    observed, and that holds where the plan that comes out types every field the same way; otherwise they are evaluated
    again. Where no schema is registered, the plan for the first rows comes first.

    Raises:
        RegistryDamaged: The registry lacks the version that silver was written with.
    """
    history = [version.schema for version in sound_versions(topic, state)]
    registered = history[-1] if history else None
    first = Observation(0, 0, Profile()) if registered else rows.observe_first()
    expected = planner(topic, first)(registered, history)
    evaluated = rows.evaluate(expected, observing=True)
    observed = evaluated.observation
    assert observed is not None
    make_plan = planner(topic, observed)
    plan = make_plan(registered, history)
    layout, missing_keys = layout_of(topic, plan)
    if plan.error is not None:
        return SilverCommit(plan, make_plan, layout, observed.rows, state.columns, error=plan.error)
    outcomes = evaluated.outcomes if treat_alike(expected, plan) else rows.evaluate(plan).outcomes
    results = rows.with_examples(plan, outcomes.rules)
    warnings: list[str] = []
    if outcomes.read:  # commits that only compacted bronze bring no rows, and no batch to evaluate
        results += rows.evaluate_batch(outcomes.aggregates())
        warnings += rows.settings_told(plan)
    warnings += told_of_batch_rules(topic, results)
    rejected_by = next((r.rule.name for r in results if r.failed and _rejects_all(r)), None)
    if rejected_by is not None:
        outcomes = outcomes.all_rejected(rejected_by)
    return SilverCommit(
        plan,
        make_plan,
        layout,
        observed.rows,
        state.columns,
        outcomes=outcomes,
        results=tuple(results),
        warnings=tuple(warnings),
        unordered=tuple(unordered_fields(topic, observed)),
        rejected_by=rejected_by,
        error=_violations(topic, results),
        write=_write(topic, origin, layout, missing_keys, outcomes, plan, state),
    )


def declared_elsewhere(decided: SilverCommit) -> SilverCommit:
    """Return the decision without a write: a declarative pipeline makes the table from bronze by itself."""
    return replace(decided, write=Write("elsewhere", "a declarative pipeline writes the table"))


def sound_versions(topic: Topic, state: SilverState) -> Sequence[Version]:
    """Return the registered versions. Raises where one that silver was written with is gone."""
    applied, versions = state.applied_version or 0, state.versions
    if applied > (versions[-1].version if versions else 0):
        raise RegistryDamaged(
            topic.name, applied, "silver was written with this version, and its row is gone"
        )
    return versions


def _write(
    topic: Topic,
    origin: Origin,
    layout: SilverLayout,
    missing_keys: bool,
    outcomes: RowOutcomes,
    plan: Plan,
    state: SilverState,
) -> Write:
    """Decide how the table takes the good rows."""
    mode = _BY_MODE[topic.silver.mode]
    if not len(plan.next_schema) or not layout.data_columns or missing_keys:
        return Write("nothing", "no record of the topic could become a row yet")
    if state.columns is None:
        return Write(mode if outcomes.good else "nothing", "the table is made", create=True)
    if origin == "all":
        return Write("rebuild", "full refresh", everything_anew=True)
    if state.applied_settings is not None and state.applied_settings != settings_of(topic):
        return Write("rebuild", "settings of the topic have changed", everything_anew=True)
    types = retyped(state.columns, layout)
    if types:
        return Write("rebuild", f"columns with another type: {', '.join(types)}")
    if retyped_since(state.versions, state.applied_version or 0):
        # A killed run may have registered it.
        return Write("rebuild", "a change of type was registered that silver has not applied")
    return Write(mode) if outcomes.good else Write("nothing", "no row is for silver")


def _violations(topic: Topic, results: Sequence[RuleResult]) -> QualityError | None:
    """Return what rules with ``onViolation: fail`` found."""
    found = [
        f"{r.rule.name} failed for "
        + (f"{r.failed} of {r.checked} rows" if r.rule.scope == "row" else f"the batch ({r.rule.expect})")
        + (f" (for example {'; '.join(r.examples)})" if r.examples else "")
        for r in results
        if r.failed and r.rule.on_violation == "fail"
    ]
    return QualityError(topic.name, found) if found else None


def _rejects_all(result: RuleResult) -> bool:
    return result.rule.scope == "batch" and result.rule.on_violation == REJECT
