"""Quality rules: expressions that must be true for a row, or for the aggregates of a batch.

A row violates its rule when the expression is not true, so null counts as a violation. A name that no record has had
(yet) reads as null, and a rule that cannot be evaluated counts as violated: a rule never breaks a run by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.clock import now
from pipelines.config.document import QualityRule, Topic
from pipelines.config.user_sql import SqlFault
from pipelines.delta.sql import ddl, quote
from pipelines.inference import own
from pipelines.ops.tables import QUALITY
from pipelines.quality import examples
from pipelines.quality.expressions import Names, find_trouble, resolve
from pipelines.quality.overrides import ACCEPT, REJECT

_STATUS = {
    "warn": "warned",
    "drop": "dropped",
    "quarantine": "quarantined",
    "fail": "failed",
    ACCEPT: "accepted",
    REJECT: "quarantined",
}


@dataclass(frozen=True)
class RuleResult:
    """Result of a rule: ``failed`` of ``checked`` rows (or of one batch)."""

    rule: QualityRule
    checked: int
    failed: int
    examples: tuple[str, ...] = ()
    """A few rows that violate it, as ``pipelines.quality.examples`` shows them."""
    fault: SqlFault | None = None
    """Reason why a batch rule cannot be evaluated; it counts as violated then."""

    @property
    def status(self) -> str:
        """``passed``, or what the violation led to: warned, dropped, quarantined, failed, accepted."""
        return "passed" if self.failed == 0 else _STATUS[self.rule.on_violation]


class QualityLog:
    """Results of one task, appended to ``ops.quality`` at its end."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._rows: list[tuple[Any, ...]] = []
        self._lock = threading.Lock()

    def add(self, topic: str, results: Sequence[RuleResult]) -> None:
        """Keep the results of a topic."""
        with self._lock:
            for r in results:
                rule = (r.rule.name, r.rule.scope, r.rule.on_violation)
                example = "; ".join(r.examples) or None
                self._rows.append((self._run_id, topic, *rule, r.checked, r.failed, r.status, example, now()))

    def flush(self, spark: SparkSession, table: str) -> None:
        """Append the kept results in one commit."""
        with self._lock:
            rows, self._rows = self._rows, []
        if rows:
            delta.append_rows(spark, rows, ddl(QUALITY), table)


def flag_column(rule: QualityRule) -> str:
    """Name of the column that says whether a row violates ``rule``."""
    return own(f"violates_{rule.name}")


def flags(rules: Sequence[QualityRule], broken: Collection[str]) -> dict[str, Column]:
    """A boolean column per rule: true where the row violates it. A ``broken`` rule, which cannot be evaluated, counts as
    violated.
    """
    return {
        flag_column(rule): F.lit(True)
        if rule.name in broken
        else ~F.coalesce(F.expr(rule.expect), F.lit(False))
        for rule in rules
    }


def with_examples(results: Sequence[RuleResult], evaluated: DataFrame, raw_values: bool) -> list[RuleResult]:
    """The results, those of row rules that reject the batch (or would) with a few of the rows that violate them.

    One Spark job for each such rule; none where all is well.
    """

    def shown(result: RuleResult) -> RuleResult:
        rule = result.rule
        if not result.failed or rule.scope != "row" or rule.on_violation not in ("fail", ACCEPT, REJECT):
            return result
        columns = examples.columns_of(rule.expect, evaluated.columns) or [own("raw")]
        rows = evaluated.where(F.col(flag_column(rule))).select(*[F.col(quote(c)) for c in columns])
        texts = [
            examples.describe_row(row.asDict(), columns, raw_values)
            for row in rows.limit(examples.MOST).collect()
        ]
        return replace(result, examples=tuple(dict.fromkeys(texts)))

    return [shown(result) for result in results]


def evaluate_batch_rules(
    spark: SparkSession, topic: Topic, aggregates: Mapping[str, int]
) -> list[RuleResult]:
    """Evaluate the batch rules of a topic over the aggregates of a batch (``read_rows``, ``quarantined_rows``, …)."""
    rules = topic.rules("batch")
    if not rules:
        return []
    # An inline table, which Spark evaluates while it plans: no job for it.
    one = spark.sql(
        f"SELECT * FROM VALUES ({', '.join(f'{value}L' for value in aggregates.values())}) AS t({', '.join(aggregates)})"
    )
    expressions = {rule.name: rule.expect for rule in rules}
    resolved = resolve(one, expressions, Names())
    broken = resolved.broken
    try:
        row = resolved.select(one, flags(rules, broken)).first()
    except Exception:
        broken = {**broken, **find_trouble(one, expressions, Names()).broken}
        row = resolved.select(one, flags(rules, broken)).first()
    assert row is not None
    return [RuleResult(rule, 1, int(row[flag_column(rule)]), fault=broken.get(rule.name)) for rule in rules]
