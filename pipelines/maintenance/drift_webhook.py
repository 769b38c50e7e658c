"""The drift webhook: each drift is posted to ``settings.driftWebhook`` as JSON, once, and never at the cost of a run.

What was delivered is a range in ``ops.progress``, so that it survives restarts; what was not is tried again by the next
run, for a week. A run that is killed between the answer and the range delivers a drift twice: ``id`` tells.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from pipelines.config.secrets import read_secret
from pipelines.context import Context
from pipelines.maintenance.http import post
from pipelines.ops.progress import ConsumedRange

STAGE: Final = "drift_hook"
#: Days after which a drift that nobody has taken is given up.
GIVEN_UP_AFTER_DAYS: Final = 7
#: Seconds until a loop tries a webhook again that does not answer.
RETRY_S: Final = 60.0
MOST_AT_ONCE: Final = 200


@dataclass
class _Cache:
    """Cache of the webhook in a loop."""

    told: bool = False
    """True if no drift waits for the webhook."""
    wait_until: float | None = None
    """End of the pause (``time.monotonic``) for a webhook that does not answer."""


def deliver_drifts(ctx: Context) -> None:
    """Post the drifts that were not delivered yet. Asks for them only where there may be some."""
    hook = ctx.document.settings.drift_webhook
    if hook is None or not _due(ctx):
        return
    waiting = _undelivered(ctx)
    if waiting:
        url = read_secret(ctx.dbutils, hook.secret, "settings.driftWebhook") if hook.secret else hook.url
        waiting = _post_all(ctx, url or "", waiting)
    ctx.cached(_Cache).wait_until = time.monotonic() + RETRY_S if waiting else None
    ctx.cached(_Cache).told = not waiting


def _due(ctx: Context) -> bool:
    if ctx.drift_raised:
        return True
    wait = ctx.cached(_Cache).wait_until
    return not ctx.cached(_Cache).told and (wait is None or time.monotonic() >= wait)


def _undelivered(ctx: Context) -> list[dict[str, Any]]:
    table = ctx.parameters.tables.ops("schema_drift")
    recent = f"ts >= current_timestamp() - INTERVAL {GIVEN_UP_AFTER_DAYS} DAYS"
    rows = ctx.spark.sql(f"SELECT * FROM {table} WHERE {recent} ORDER BY ts").collect()
    found = (_payload(ctx, row.asDict()) for row in rows)
    return [body for body in found if ctx.progress.last(STAGE, body["id"]) is None]


def _payload(ctx: Context, row: dict[str, Any]) -> dict[str, Any]:
    parts = (row["topic"], row["schema_version"], row["field"], row["change"], row["to_type"])
    return {
        "id": "/".join(str(part) for part in parts if part is not None),
        "pipeline": ctx.document.name,
        "topic": row["topic"],
        "field": row["field"],
        "change": row["change"],
        "from": row["from_type"],
        "to": row["to_type"],
        "value_shape": row["value_shape"],
        "schema_version": row["schema_version"],
        "run_id": row["run_id"],
    }


def _post_all(ctx: Context, url: str, waiting: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Post one after the other; the first that is not taken ends it. Returns those that still wait."""
    delivered = 0
    reason: str | None = None
    for body in waiting[:MOST_AT_ONCE]:
        reason = post(url, body, local=not ctx.parameters.in_workspace)
        if reason is not None:
            break
        version = body["schema_version"] or 0
        ctx.progress.record(
            ConsumedRange(STAGE, body["id"], version, version, None, {"run_id": body["run_id"]}),
            ctx.parameters.run_id,
        )
        delivered += 1
    left = waiting[delivered:]
    if delivered:
        ctx.log.event("finish", "drift_delivered", details={"drifts": [b["id"] for b in waiting[:delivered]]})
        ctx.progress.flush()
    if reason is not None:
        ctx.log.event("finish", "drift_not_delivered", error=reason, details={"waiting": len(left)})
    return left
