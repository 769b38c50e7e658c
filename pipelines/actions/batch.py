"""The actions ``accept_batch`` and ``quarantine_batch``: the ways out of a batch that a rule with onViolation fail refused.

Argument: ``topic``. What waits in bronze is brought to silver once, with the violated rules as warnings, or with what
violates them in quarantine. Later batches are judged by the rules as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.errors import ActionError
from pipelines.job.stages import each_model
from pipelines.quality.overrides import accepting, refusing
from pipelines.silver import step as silver

from .arguments import read_arguments, topic_of


def accept_batch(ctx: Context) -> dict[str, Any]:
    """Let the waiting batch through as it is."""
    return _settle(ctx, accepting, "batch_accepted")


def quarantine_batch(ctx: Context) -> dict[str, Any]:
    """Put into quarantine what violates the rules, and let the rest of the waiting batch through."""
    return _settle(ctx, refusing, "batch_quarantined")


def _settle(ctx: Context, ruling: Callable[[Topic], Topic], event: str) -> dict[str, Any]:
    topic = topic_of(ctx, read_arguments(ctx, ("topic",)))
    account = silver.run_silver(ctx, ruling(topic))
    action = ctx.parameters.action
    if account is None:
        return {"topic": topic.name, "lines": [f"No batch of {topic.name} waits: nothing was done."]}
    counts = account.counts()
    ctx.log.event("prepare", event, level="warning", topic=topic.name, details=counts)
    failed = each_model(ctx)
    if failed:
        raise ActionError(
            action,
            f"the batch is in silver, but {', '.join(failed)} could not be refreshed; the run log says why, the next run does it",
        )
    codes = ", ".join(f"{code} {count}" for code, count in sorted(account.codes.items()))
    return {
        "topic": topic.name,
        "account": counts,
        "lines": [
            f"The waiting batch of {topic.name}: {account.read} records, {account.silver} to silver, "
            f"{account.deduplicated} older than what is there, {account.dropped} dropped, "
            f"{account.quarantined} to quarantine{f' ({codes})' if codes else ''}.",
            "Gold was refreshed. The rules judge the next batch as ever.",
        ],
    }
