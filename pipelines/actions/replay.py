"""The action ``replay``: quarantined records are judged again by today's schema, contract and rules.

Arguments: ``topic``; ``codes`` (reasons with commas between; default: all but ``batch_refused``, which an operator put there).
The good ones go to silver, once, and are marked ``replayed_at``; the others stay, with today's reason. What an operator has
corrected in ``raw`` counts. Killed anywhere and done again it gives the same tables: silver is written first, by total order
or by row id, then the records are marked.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.errors import ActionError
from pipelines.inference.faults import BATCH_REFUSED
from pipelines.job.stages import each_model
from pipelines.ops.progress import Step
from pipelines.quality.overrides import refusing
from pipelines.silver import quarantine
from pipelines.silver import step as silver
from pipelines.silver import write as silver_write
from pipelines.silver.batch import Batch
from pipelines.silver.row_counts import Account, settle

from .arguments import read_arguments, topic_of


def replay(ctx: Context) -> dict[str, Any]:
    """Replay, refresh gold, and say what became of the records."""
    arguments = read_arguments(ctx, ("topic", "codes"))
    topic = topic_of(ctx, arguments)
    codes = [code.strip() for code in arguments.get("codes", "").split(",") if code.strip()]
    account = replay_topic(ctx, topic, codes)
    failed = each_model(ctx)
    if failed:
        raise ActionError(
            "replay",
            f"records were replayed, but {', '.join(failed)} could not be refreshed; the run log says why, the next run does it",
        )
    if account is None:
        return {"topic": topic.name, "lines": [f"Nothing waits in quarantine of {topic.name}."]}
    counts = account.counts()
    return {"topic": topic.name, "account": counts, "lines": _lines(topic, account)}


def replay_topic(ctx: Context, topic: Topic, codes: list[str]) -> Account | None:
    """Replay the waiting records of a topic; nothing where none waits."""
    started = time.monotonic()
    step = ctx.progress.last(silver.STAGE, topic.name)
    rows = _waiting(ctx, topic, codes)
    if step is None or rows.isEmpty():
        return None
    # A record must not get through because a rule refuses whole batches only.
    judged_as = refusing(replace(topic, quality=tuple(topic.rules("row"))))
    options = silver.typing_options(topic)
    batch = Batch(judged_as, step.last, step.last, rows, options, replayed=True)
    found = silver.examine(ctx, batch)

    def judge(other: DataFrame) -> DataFrame:
        return silver.judged_rows(other, topic, found.plan, {})

    done = silver_write.apply(ctx, batch, found, judge)
    version = found.version.version if found.version else None
    _record(ctx, step, done.version, version)
    if done.rebuilt:
        # It was derived from bronze, where the records are as they were before anybody repaired them.
        done = silver_write.apply(ctx, batch, found, judge)
        _record(ctx, step, done.version, version)
    # Gold must hear of silver's version even when this process ends here.
    ctx.progress.flush()
    quarantine.reconcile(ctx, topic, found.judged)
    account = settle(topic.name, found.read, found.fates, -1, done.rows, version)
    duration = int((time.monotonic() - started) * 1000)
    ctx.log.event(silver.STAGE, "replayed", topic=topic.name, duration_ms=duration, **account.log_fields())
    return account


def _waiting(ctx: Context, topic: Topic, codes: list[str]) -> DataFrame:
    chosen = F.col("code").isin(codes) if codes else F.col("code") != BATCH_REFUSED
    return (
        quarantine.waiting(ctx, topic)
        .where(chosen)
        .select(
            "raw",
            "_raw_bytes",
            "source",
            "position",
            "_row_id",
            F.col("ts").alias("ingest_ts"),
            F.lit(0).cast("bigint").alias(delta.COMMIT_VERSION),
        )
    )


def _record(ctx: Context, step: Step, version: int, schema_version: int | None) -> None:
    details = {**step.details, "schema_version": schema_version}
    ctx.progress.record(replace(step, output_version=version, details=details), ctx.parameters.run_id)


def _lines(topic: Topic, account: Account) -> list[str]:
    good = account.silver + account.deduplicated
    said = [
        f"Judged again: {account.read} quarantined records of {topic.name}.",
        f"{good} are good now: {account.silver} went to silver"
        + (
            f", {account.deduplicated} are older than what silver has or there already"
            if account.deduplicated
            else ""
        ),
    ]
    if account.dropped:
        said.append(f"{account.dropped} are dropped by a rule now.")
    stay = ", ".join(f"{code} {count}" for code, count in sorted(account.codes.items()))
    said.append(f"{account.quarantined} stay in quarantine{f': {stay}' if stay else ''}.")
    return said
