"""Retention: rows that are older than the config keeps them are deleted, at most once a day, at the end of a run.

Registry, drift and progress stay: they say what the tables are. Files of deleted rows leave the disk with VACUUM.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from pipelines.clock import now
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.maintenance import deletion
from pipelines.ops.progress import ConsumedRange

STAGE = "retention"


class _Rule(NamedTuple):
    """Rows of ``table`` whose ``column`` is more than ``days`` old go, of those for which ``where`` holds."""

    name: str
    table: str
    column: str
    days: int
    topic: Topic | None = None
    where: str = "true"


def keep_retention(ctx: Context) -> None:
    """Delete what is too old, unless that was done today. Without any retention in the config it asks nothing."""
    rules = list(_rules(ctx))
    today = now().date()
    done = ctx.progress.last(STAGE, ctx.document.name)
    if not rules or (done is not None and done.details.get("day") == today.isoformat()):
        return
    for rule in rules:
        _keep(ctx, rule)
    number = done.last + 1 if done else 1
    ctx.progress.record(
        ConsumedRange(STAGE, ctx.document.name, number, number, None, {"day": today.isoformat()}),
        ctx.parameters.run_id,
    )


def _rules(ctx: Context) -> Iterator[_Rule]:
    tables, ops = ctx.parameters.tables, ctx.document.settings.retention
    for topic in ctx.topics:
        kept = topic.retention
        rejects, bronze = f"bronze.{topic.name}_quarantine", f"bronze.{topic.name}"
        if kept.quarantine_days:
            table = tables.quarantine(topic.name)
            yield _Rule(rejects, table, "ts", kept.quarantine_days, where="replayed_at IS NULL")
        if kept.bronze_days:
            yield _Rule(bronze, tables.bronze(topic.name), "ingest_ts", kept.bronze_days, topic)
        if kept.quarantine_days and kept.bronze_days:
            # A replayed record may have been repaired in quarantine: a rebuild needs that text as long as bronze has the row.
            days = max(kept.quarantine_days, kept.bronze_days)
            yield _Rule(rejects, tables.quarantine(topic.name), "ts", days, where="replayed_at IS NOT NULL")
    if ops.run_log_days:
        yield _Rule("ops.run_log", tables.ops("run_log"), "ts", ops.run_log_days)
    if ops.quality_days:
        yield _Rule("ops.quality", tables.ops("quality"), "ts", ops.quality_days)


def _keep(ctx: Context, rule: _Rule) -> None:
    oldest = (now() - timedelta(days=rule.days)).strftime("%Y-%m-%d %H:%M:%S")
    old = f"{rule.column} < timestamp'{oldest}+00:00' AND {rule.where}"
    # Looking is cheap (files say the range of their values); a deletion is a commit.
    if ctx.spark.sql(f"SELECT 1 FROM {rule.table} WHERE {old} LIMIT 1").isEmpty():
        return
    if rule.topic is not None and not deletion.consumed(ctx, rule.topic):
        # What silver has not taken yet is not old news, however long it has waited.
        ctx.log.event("finish", "retention_waits", topic=rule.topic.name, details={"table": rule.name})
        return
    deleted = int(ctx.spark.sql(f"DELETE FROM {rule.table} WHERE {old}").collect()[0][0])
    if rule.topic is not None:
        deletion.pass_over_bronze(ctx, rule.topic)
    details = {"table": rule.name, "deleted": deleted, "older_than_days": rule.days}
    ctx.log.event("finish", "retention", topic=rule.topic.name if rule.topic else None, details=details)
