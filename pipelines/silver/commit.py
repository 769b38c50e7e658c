"""Silver commits: what was decided is written, in one order, so that a process which dies anywhere can do it again.

What the contract rejected is raised; the schema version is registered, and its drift raised; rejects go to quarantine; the
table takes the rows; the consumed range is recorded; a replay marks what has left quarantine.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines.clock import now
from pipelines.context import Context
from pipelines.failpoints import failpoint
from pipelines.inference import own
from pipelines.ops.progress import SILVER, ConsumedRange, SilverDetails
from pipelines.registry import Version, register_plan
from pipelines.silver import drift, quarantine
from pipelines.silver.decide import SilverCommit, SilverState
from pipelines.silver.evaluate import SparkRows, evaluate_rows
from pipelines.silver.outcomes import good_rows, reject_all
from pipelines.silver.row_counts import RowCounts, reconcile_counts
from pipelines.silver.source import Source, history_rows
from pipelines.silver.table import settings_of
from pipelines.silver.write import Applied, write


def state_of(ctx: Context, name: str) -> SilverState:
    """Read what silver has of a topic."""
    applied = SilverDetails.of(ctx.progress.last(SILVER, name))
    table = ctx.parameters.tables.silver(name)
    exists = ctx.spark.catalog.tableExists(table)
    return SilverState(
        ctx.registry.history(name),
        applied.schema_version,
        applied.settings,
        dict(ctx.spark.table(table).dtypes) if exists else None,
    )


def commit(ctx: Context, source: Source, rows: SparkRows, decided: SilverCommit) -> RowCounts:
    """Carry out a decision on the rows of a source. Doing it again changes nothing.

    Raises:
        PipelineError: The contract or a rule rejects the source; nothing of it was written.
        AccountingError: The rows do not add up.
    """
    topic = source.topic
    drift.raise_rejected(ctx, topic, decided.plan)
    _report(ctx, source, decided)
    if decided.error is not None:
        raise decided.error
    version = _register(ctx, source, decided)
    failpoint("silver.registered")
    frame = rows.frame(decided.plan)
    if decided.rejected_by is not None:
        frame = reject_all(frame, decided.rejected_by)
    # A rebuild brings quarantine in line by itself, and so does a replay.
    if decided.outcomes.quarantined and source.origin == "new":
        quarantine.append_rejects(ctx, topic, frame, source.last)
        failpoint("silver.quarantined")
    applied = _write(ctx, source, rows, decided, frame, version)
    failpoint("silver.committed")
    number = version.version if version else None
    counts = reconcile_counts(
        topic.name, decided.read, decided.outcomes, applied.offered, applied.rows, number
    )
    details = SilverDetails(number, settings_of(topic), decided.write.how == "rebuild").to_json()
    done = ConsumedRange(SILVER, topic.name, source.first, source.last, applied.version, details)
    ctx.progress.record(done, ctx.parameters.run_id)
    if source.origin == "quarantine":
        ctx.progress.flush()  # gold must hear of silver's version even when this process ends here
        quarantine.reconcile(ctx, topic, frame)
    return counts


def _report(ctx: Context, source: Source, decided: SilverCommit) -> None:
    """Keep the results of the rules; warn of an order that is none, and of settings that mean nothing."""
    topic = source.topic.name
    if decided.unordered:
        details = {"fields": list(decided.unordered)}
        ctx.log.event(SILVER, "sequence_unordered", topic=topic, details=details)
    ctx.quality.add(topic, decided.results)
    for sentence in decided.warnings:
        ctx.log.warn(SILVER, "setting_without_effect", sentence, topic=topic)


def _register(ctx: Context, source: Source, decided: SilverCommit) -> Version | None:
    """Register the plan's schema where it is new. A topic without one usable record registers nothing."""
    topic = source.topic
    before = ctx.registry.latest(topic.name)
    current, version = register_plan(
        ctx.registry,
        topic.name,
        decided.planner,
        compatibility=topic.schema.compatibility,
        run_id=ctx.parameters.run_id,
        now=now,
    )
    if current.next_schema.fingerprint() != decided.plan.next_schema.fingerprint():
        raise RuntimeError(
            f"Topic {topic.name}: another run registered a schema version while this one was evaluating its batch. "
            "Nothing was written; run again, and the batch is planned on top of that version."
        )
    if version is None:
        return None
    if before is None or before.version != version.version:
        details = {"changes": [change.to_json() for change in version.changes]}
        number = version.version
        ctx.log.event(SILVER, "schema_registered", topic=topic.name, schema_version=number, details=details)
    drift.raise_drift(ctx, topic, version)
    return version


def _write(
    ctx: Context,
    source: Source,
    rows: SparkRows,
    decided: SilverCommit,
    frame: DataFrame,
    version: Version | None,
) -> Applied:
    """Have the table take the rows. A rebuild evaluates the rules over rows that the source does not have."""
    plan, replayed = decided.plan, None
    if source.origin == "quarantine":  # a rebuild takes their repaired text, where they are good now
        replayed = good_rows(frame).select(*[F.col(own(name)).alias(name) for name in ("_row_id", "raw")])
    # Whatever rules an operator has overridden for this batch: what came before it is evaluated by the topic as it is.
    topic = ctx.document.topic(source.topic.name)

    def history() -> DataFrame:
        return history_rows(ctx, topic, source.last, replayed)

    def evaluate(bronze: DataFrame) -> DataFrame:
        return evaluate_rows(bronze, topic, plan, trouble=rows.trouble)

    ranges = rows.key_ranges(decided.layout)
    return rows.despite_broken_rules(
        plan, history, lambda: write(ctx, source, decided, version, frame, ranges, history, evaluate)
    )
