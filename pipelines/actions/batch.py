"""The actions ``accept_batch`` and ``quarantine_batch``: the ways out of a batch that a rule with onViolation fail rejected.

Argument: ``topic``. What waits in bronze is brought to silver once, with the violated rules as warnings, or with what
violates them in quarantine. The rules apply to later batches as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.errors import ActionError, counted
from pipelines.job.stages import each_model
from pipelines.quality.overrides import accept_violations, quarantine_violations
from pipelines.silver.step import run_silver

from .arguments import read_arguments, topic_of


def accept_batch(ctx: Context) -> dict[str, Any]:
    """Let the waiting batch through as it is."""
    return _let_through(ctx, accept_violations, "batch_accepted")


def quarantine_batch(ctx: Context) -> dict[str, Any]:
    """Put into quarantine what violates the rules, and let the rest of the waiting batch through."""
    return _let_through(ctx, quarantine_violations, "batch_quarantined")


def _let_through(ctx: Context, override: Callable[[Topic], Topic], event: str) -> dict[str, Any]:
    topic = topic_of(ctx, read_arguments(ctx, ("topic",)))
    counts = run_silver(ctx, override(topic))
    action = ctx.parameters.action
    if counts is None:
        return {"topic": topic.name, "lines": [f"No batch of {topic.name} waits: nothing was done."]}
    ctx.log.event("prepare", event, topic=topic.name, details=counts.counts())
    failed = each_model(ctx)
    if failed:
        raise ActionError(
            action,
            f"the batch is in silver, but {', '.join(failed)} could not be refreshed; the run log says why, the next run does it",
        )
    codes = ", ".join(f"{code} {count}" for code, count in sorted(counts.codes.items()))
    return {
        "topic": topic.name,
        "counts": counts.counts(),
        "lines": [
            f"The waiting batch of {topic.name}: {counted(counts.read, 'record')}, {counts.silver} to silver, "
            f"{counts.deduplicated} older than what is there, {counts.dropped} dropped, "
            f"{counts.quarantined} to quarantine{f' ({codes})' if codes else ''}.",
            "Gold was refreshed. The rules apply to the next batch as ever.",
        ],
    }
