"""The outcome of each row: silver, quarantine (with a reason) or dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.config.document import TOMBSTONE, QualityRule
from pipelines.delta.driver_rows import LocalRows
from pipelines.delta.sql import quote
from pipelines.inference import own
from pipelines.inference.change_events import CHANGE, DELETES, IGNORED
from pipelines.inference.faults import BATCH_REJECTED, MISSING_KEY, QUALITY_RULE, RULE_NOT_EVALUATED
from pipelines.quality.expressions import Names, Trouble, evaluate
from pipelines.quality.overrides import REJECT
from pipelines.quality.rules import RuleResult, flag_column, flags
from pipelines.silver.arrow_pass import OBSERVATION

#: Columns that evaluating adds or completes.
CODE, RULE, DROPPED, DELETED = own("code"), own("rule"), own("dropped"), own("deleted")

#: Name of a topic's ``deleteWhen`` among its expressions; no rule is called so.
DELETE_WHEN = "deleteWhen"


@dataclass(frozen=True)
class RowOutcomes:
    """Counts of the outcomes of a batch."""

    read: int = 0
    quarantined: int = 0
    dropped: int = 0
    field_faults: int = 0
    deletes: int = 0
    """Of the good rows, those that delete their key."""
    codes: dict[str, int] = field(default_factory=dict)
    rules: tuple[RuleResult, ...] = ()
    observed: tuple[str, ...] = ()
    """Observations of the records by partition, where they were watched."""

    @property
    def good(self) -> int:
        """Rows that are for silver (applied or deduplicated there)."""
        return self.read - self.quarantined - self.dropped

    def aggregates(self) -> dict[str, int]:
        """Return what batch rules are evaluated over."""
        return {
            "read_rows": self.read,
            "quarantined_rows": self.quarantined,
            "dropped_rows": self.dropped,
            "silver_rows": self.good,
            "field_faults": self.field_faults,
        }

    def all_rejected(self, rule: str) -> RowOutcomes:
        """Return the outcomes where the batch rule ``rule`` rejects all good rows (:func:`reject_all`)."""
        codes = {**self.codes, **({f"rule:{rule}": self.good} if self.good else {})}
        return replace(self, quarantined=self.quarantined + self.good, deletes=0, codes=codes)


def with_outcomes(
    typed: DataFrame,
    keys: Sequence[str],
    missing_keys: bool,
    rules: Sequence[QualityRule],
    delete_when: str | None = None,
    names: Names | None = None,
    trouble: Trouble | None = None,
) -> DataFrame:
    """Complete the status of each row: ``missing_key``, then the first violated quarantine rule; ``$dropped`` for drop rules.

    ``missing_keys`` says that a key has no column at all, so that every record misses it. Where ``delete_when`` is true
    (not false, not null) the row deletes its key, which ``$deleted`` says. What describes the stream (``$change``) is dropped. Such a row often has nothing but its key, so
    rules are not evaluated over it; nor over one that was rejected before them. ``names``: what else rules may name;
    ``trouble``: what turned out when they were evaluated over these rows.
    """
    evaluation, back = evaluate(typed, expressions_of(rules, delete_when), names or Names(), trouble)
    failing = evaluation.broken
    deleted = _deleted(typed, delete_when, failing)
    columns = {DELETE_WHEN: DELETED, **{rule.name: flag_column(rule) for rule in rules}}
    df = evaluation.select(
        typed, {DELETED: deleted, **flags(rules, failing)}, {columns[name] for name in back - set(failing)}
    )
    ignored = F.coalesce(F.col(CHANGE) == IGNORED, F.lit(False)) if CHANGE in df.columns else F.lit(False)
    no_key: Column = F.lit(missing_keys)
    for key in keys:
        no_key = no_key | F.col(quote(key)).isNull()
    own = F.when(F.col(CODE).isNull() & no_key & ~ignored, F.lit(MISSING_KEY)).otherwise(F.col(CODE))
    counts = own.isNull() & ~F.col(DELETED) & ~ignored
    df = df.withColumns({CODE: own, **{name: F.col(name) & counts for name in map(flag_column, rules)}})
    rule: Column = F.lit(None).cast("string")
    dropped = ignored
    for item in reversed(rules):
        violated = F.col(flag_column(item))
        if item.on_violation in ("quarantine", REJECT):
            rule = F.when(violated, F.lit(item.name)).otherwise(rule)
        elif item.on_violation == "drop":
            dropped = dropped | violated
    df = df.withColumn(RULE, rule)
    rejecting = [item.name for item in rules if item.on_violation == REJECT]
    by_rule = (
        F.when(F.col(RULE).isin(rejecting), BATCH_REJECTED)
        .when(F.col(RULE).isin(list(failing)), RULE_NOT_EVALUATED)
        .otherwise(QUALITY_RULE)
    )
    code = F.when(F.col(RULE).isNotNull(), by_rule).otherwise(F.col(CODE))
    return df.withColumn(CODE, code).withColumn(DROPPED, F.col(CODE).isNull() & dropped)


def expressions_of(rules: Sequence[QualityRule], delete_when: str | None) -> dict[str, str]:
    """Return what is evaluated of each row, by name: the rules, and ``deleteWhen``."""
    return {
        **{rule.name: rule.expect for rule in rules},
        **({DELETE_WHEN: delete_when} if delete_when else {}),
    }


def _deleted(df: DataFrame, delete_when: str | None, broken: Collection[str]) -> Column:
    if not delete_when:
        return F.lit(False)
    if DELETE_WHEN in broken:  # a message without a value, or a change event, deletes all the same
        said = {TOMBSTONE: F.col(TOMBSTONE), CHANGE: F.col(CHANGE) == DELETES}
        known = [condition for name, condition in said.items() if name in df.columns]
        return F.coalesce(*known, F.lit(False))
    return F.coalesce(F.expr(delete_when), F.lit(False))


def reject_all(rows: DataFrame, rule: str) -> DataFrame:
    """Return the evaluated rows of a batch that the batch rule ``rule`` rejects: none of them is good."""
    good = F.col(CODE).isNull() & ~F.col(DROPPED)
    status = {RULE: F.when(good, F.lit(rule)).otherwise(F.col(RULE))}
    status[CODE] = F.when(good, F.lit(BATCH_REJECTED)).otherwise(F.col(CODE))
    return rows.withColumns(status)


def good_rows(rows: DataFrame) -> DataFrame:
    """Rows that are for silver."""
    return rows.where(F.col(CODE).isNull() & ~F.col(DROPPED))


def count_outcomes(evaluated: DataFrame | LocalRows, rules: Sequence[QualityRule]) -> RowOutcomes:
    """Count how many rows had which outcome, and how each row rule fared (over rows that are records): one Spark job, where the rows
    are not here already.
    """
    flags = [flag_column(rule) for rule in rules]
    groups, observed = (
        _count_here(evaluated, flags)
        if isinstance(evaluated, LocalRows)
        else _count_in_spark(evaluated, flags)
    )
    rows = [row for row in groups if row[CODE] != OBSERVATION]
    codes: dict[str, int] = {}
    for row in rows:
        if row[CODE] is not None:
            name = f"rule:{row[RULE]}" if row[RULE] else row[CODE]
            codes[name] = codes.get(name, 0) + row["n"]
    usable = [row for row in rows if row[CODE] is None or row[RULE] is not None]
    checked = sum(row["n"] for row in usable)
    return RowOutcomes(
        read=sum(row["n"] for row in rows),
        quarantined=sum(codes.values()),
        dropped=sum(row["n"] for row in rows if row[DROPPED]),
        field_faults=sum(row["faults"] or 0 for row in usable),
        deletes=sum(row["deletes"] for row in rows if row[CODE] is None and not row[DROPPED]),
        codes=codes,
        rules=tuple(RuleResult(r, checked, sum(row[flag_column(r)] for row in usable)) for r in rules),
        observed=tuple(observed),
    )


#: Rows of one outcome are counted together.
_OUTCOME = (CODE, RULE, DROPPED)
#: Totals per outcome, and what partitions observed.
_Counts = tuple[list[dict[str, Any]], list[str]]


def _count_in_spark(rows: DataFrame, flags: Sequence[str]) -> _Counts:
    totals = [
        F.count(F.lit(1)).alias("n"),
        F.sum(own("fault_count")).alias("faults"),
        F.count_if(DELETED).alias("deletes"),
        F.collect_list(F.when(F.col(CODE) == OBSERVATION, F.col(own("raw")))).alias("observed"),
        *[F.count_if(F.col(name)).alias(name) for name in flags],
    ]
    groups = [row.asDict() for row in rows.groupBy(*_OUTCOME).agg(*totals).collect()]
    return groups, [text for group in groups for text in group["observed"]]


def _count_here(rows: LocalRows, flags: Sequence[str]) -> _Counts:
    summed = {own("fault_count"): "faults", DELETED: "deletes", **{name: name for name in flags}}
    counts = rows.table.group_by(_OUTCOME).aggregate([([], "count_all"), *((name, "sum") for name in summed)])
    groups = [
        {
            **{name: row[name] for name in _OUTCOME},
            **{total: row[f"{name}_sum"] or 0 for name, total in summed.items()},
            "n": row["count_all"],
        }
        for row in counts.to_pylist()
    ]
    return groups, rows.table.filter(pc.field(CODE) == OBSERVATION).column(own("raw")).to_pylist()
