"""Evaluating rows: they are typed by a plan, and each gets its outcome. What deciding asks of Spark stands here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from pyspark.sql import DataFrame, SparkSession

from pipelines import delta
from pipelines.config.document import TOMBSTONE, Topic
from pipelines.delta.driver_rows import LocalRows
from pipelines.quality.expressions import Trouble, evaluate, find_trouble
from pipelines.quality.rules import RuleResult, evaluate_batch_rules, with_examples
from pipelines.registry import Plan
from pipelines.silver.arrow_pass import OBSERVATION, Observation, coerce, join_states, observe
from pipelines.silver.kafka_deletes import with_tombstones
from pipelines.silver.outcomes import CODE, RowOutcomes, count_outcomes, expressions_of, with_outcomes
from pipelines.silver.plan import layout_of, names_of, typing_options
from pipelines.silver.settings import told_of_broken, told_of_expressions, unmatched_settings
from pipelines.silver.source import Source
from pipelines.silver.table import SilverLayout

#: Rows of a topic's first batch by which all of them are typed at first.
FIRST_ROWS: Final = 1000

#: Columns of bronze's change feed that silver needs beside the table's own.
_EXTRA: Final = {delta.COMMIT_VERSION: "bigint"}

_T = TypeVar("_T")


@dataclass(frozen=True)
class Evaluated:
    """The outcomes of a source's rows under a plan, and what the rows looked like, where that was asked for."""

    outcomes: RowOutcomes
    observation: Observation | None = None


class Rows(Protocol):
    """Rows of a source, as far as deciding needs them."""

    def observe_first(self) -> Observation:
        """Observe the first rows."""

    def evaluate(self, plan: Plan, observing: bool = False) -> Evaluated:
        """Type all rows by a plan and count their outcomes; observe them on the way where asked."""

    def with_examples(self, plan: Plan, results: Sequence[RuleResult]) -> list[RuleResult]:
        """Give results of rules that reject the batch some rows that violate them."""

    def evaluate_batch(self, aggregates: Mapping[str, int]) -> list[RuleResult]:
        """Evaluate the batch rules."""

    def settings_told(self, plan: Plan) -> list[str]:
        """Name the settings that mean nothing in the data, and expressions that cannot be evaluated: a sentence each."""


class SparkRows:
    """The rows of a source in Spark."""

    def __init__(self, spark: SparkSession, source: Source, raw_examples: bool = False) -> None:
        self._spark = spark
        self._source = source
        self._topic = source.topic
        self._raw_examples = raw_examples
        self._here: LocalRows | None = None
        self._frame: DataFrame | None = None
        self.trouble = Trouble()
        """Faults of rules, and of ``deleteWhen``, that showed when they were evaluated."""

    def observe_first(self) -> Observation:
        """See :class:`Rows`."""
        first = self._source.rows.limit(FIRST_ROWS)
        return observe(first, typing_options(self._topic), self._topic.reading)

    def evaluate(self, plan: Plan, observing: bool = False) -> Evaluated:
        """See :class:`Rows`. One Spark job. Few rows come to the driver, and stay there."""

        def count() -> RowOutcomes:
            rows = evaluate_rows(self._source.rows, self._topic, plan, _EXTRA, observing, self.trouble)
            if not self._source.on_driver:
                return count_outcomes(rows, self._topic.rules("row"))
            here = LocalRows.collect(rows)
            self._here = here.without(CODE, OBSERVATION)
            return count_outcomes(here, self._topic.rules("row"))

        self._frame = None
        outcomes = self.despite_broken_rules(plan, lambda: self._source.rows, count)
        return Evaluated(outcomes, join_states(outcomes.observed) if observing else None)

    def with_examples(self, plan: Plan, results: Sequence[RuleResult]) -> list[RuleResult]:
        """See :class:`Rows`. One Spark job for each such rule; none where all is well."""
        return with_examples(results, self.frame(plan), self._raw_examples)

    def evaluate_batch(self, aggregates: Mapping[str, int]) -> list[RuleResult]:
        """See :class:`Rows`."""
        return evaluate_batch_rules(self._spark, self._topic, aggregates)

    def settings_told(self, plan: Plan) -> list[str]:
        """See :class:`Rows`."""
        return told_of_settings(self._source.rows, self._topic, plan, self.trouble)

    def frame(self, plan: Plan) -> DataFrame:
        """Return the rows as they were evaluated last, by ``plan``."""
        if self._frame is None:
            self._frame = (
                self._here.frame(self._spark)
                if self._here is not None
                else evaluate_rows(self._source.rows, self._topic, plan, _EXTRA, trouble=self.trouble)
            )
        return self._frame

    def key_ranges(self, layout: SilverLayout) -> dict[str, str]:
        """Return the ranges of the good rows' keys, where they are known (``LocalRows.key_ranges``)."""
        return self._here.where_null(CODE).key_ranges(layout.keys) if self._here else {}

    def despite_broken_rules(self, plan: Plan, rows: Callable[[], DataFrame], work: Callable[[], _T]) -> _T:
        """Do ``work``; where it fails since expressions of the topic cannot be evaluated over ``rows``, without these again."""
        try:
            return work()
        except Exception:
            topic, trouble = self._topic, self.trouble
            expressions = expressions_of(topic.rules("row"), topic.silver.delete_when)
            wanted = {name: sql for name, sql in expressions.items() if name not in trouble.broken}
            if not wanted:
                raise
            found = find_trouble(_typed(rows(), topic, plan, {})[0], wanted, names_of(plan))
            if not set(found.broken) | (found.cast_back - trouble.cast_back):
                raise
            trouble.cast_back |= found.cast_back
            trouble.broken.update(found.broken)
            return work()


def evaluate_rows(
    rows: DataFrame,
    topic: Topic,
    plan: Plan,
    extra: Mapping[str, str] | None = None,
    observing: bool = False,
    trouble: Trouble | None = None,
) -> DataFrame:
    """Return bronze rows typed by a plan, each with its outcome.

    Args:
        extra: Columns of ``rows`` beside bronze's that stay, with their types.
        observing: See :func:`pipelines.silver.arrow_pass.coerce`.
        trouble: See :func:`pipelines.silver.outcomes.with_outcomes`.
    """
    typed, layout, missing_keys = _typed(rows, topic, plan, dict(extra or {}), observing)
    rules, delete_when = topic.rules("row"), topic.silver.delete_when
    return with_outcomes(typed, layout.keys, missing_keys, rules, delete_when, names_of(plan), trouble)


def told_of_settings(rows: DataFrame, topic: Topic, plan: Plan, trouble: Trouble | None = None) -> list[str]:
    """Return a sentence for each setting that means nothing in the topic's data, and each expression that cannot be evaluated."""
    schema = plan.next_schema
    if not len(schema):
        return []
    told = unmatched_settings(topic, schema)
    expressions = expressions_of(topic.rules("row"), topic.silver.delete_when)
    if expressions:
        evaluation, _ = evaluate(_typed(rows, topic, plan, {})[0], expressions, names_of(plan), trouble)
        told += told_of_expressions(topic, evaluation, schema)
    return told


def told_of_batch_rules(topic: Topic, results: Sequence[RuleResult]) -> list[str]:
    """Return a sentence for each batch rule that cannot be evaluated."""
    return list(told_of_broken(topic, {r.rule.name: r.fault for r in results if r.fault is not None}))


def _typed(
    rows: DataFrame, topic: Topic, plan: Plan, extra: dict[str, str], observing: bool = False
) -> tuple[DataFrame, SilverLayout, bool]:
    layout, missing_keys = layout_of(topic, plan)
    if topic.deletes_by_tombstone:
        rows, extra = with_tombstones(rows, topic), {**extra, TOMBSTONE: "boolean"}
    typed = coerce(
        rows,
        layout.plans,
        typing_options(topic),
        plan.unexpected_fields,
        extra,
        topic.reading,
        observing,
        presence=topic.silver.merge == "present_fields",
    )
    return typed, layout, missing_keys
