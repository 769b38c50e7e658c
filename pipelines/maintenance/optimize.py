"""Small files are put together now and then, so that the thousandth iteration reads as few files as the tenth.

In a workspace predictive optimization does this for managed tables; where it is off, and on a laptop, the pipeline does:
every ``compactEvery`` versions of a topic's silver table (or a model's table) it runs ``OPTIMIZE`` on it, on the topic's
tables in bronze and on the tables of ops. Files that are large enough are left alone, so the cost does not grow with the
history. ``OPTIMIZE`` changes no rows: its commits have no changes in the feed, and no stage takes them for new data.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pipelines import delta
from pipelines.context import Context
from pipelines.ops.progress import GOLD, SILVER, ConsumedRange

STAGE = "compact"
_PARALLEL = 4


def compact(ctx: Context) -> list[str]:
    """Compact what is due, after all stages of a run. Returns the topics and models whose tables were compacted."""
    due = {
        (stage, one.name): version
        for stage, names in ((SILVER, ctx.topics), (GOLD, ctx.models))
        for one in names
        if (version := _due(ctx, stage, one.name)) is not None
    }
    if not due:
        return []
    topics, models = ([name for of, name in due if of == stage] for stage in (SILVER, GOLD))
    tables = ctx.parameters.tables
    kept = [of(name) for name in topics for of in (tables.deletes, tables.rows)]
    chosen = [
        *(of(name) for name in topics for of in (tables.silver, tables.bronze, tables.quarantine)),
        *(table for table in kept if ctx.spark.catalog.tableExists(table)),
        *(tables.gold(name) for name in models),
        *(tables.ops(name) for name in ("progress", "run_log", "quality")),
    ]
    _optimize(ctx, chosen)
    for name in topics:
        _consume(ctx, name)
    for (stage, name), version in due.items():
        done = ConsumedRange(STAGE, f"{stage}.{name}", version, version, version)
        ctx.progress.record(done, ctx.parameters.run_id)
    ctx.log.event("finish", "compacted", details={"topics": topics, "models": models})
    return [*topics, *models]


def _optimize(ctx: Context, tables: Iterable[str]) -> None:
    """Put the small files of ``tables`` together."""
    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        list(pool.map(lambda table: ctx.spark.sql(f"OPTIMIZE {table}").collect(), tables))


def _version(ctx: Context, stage: str, name: str) -> int | None:
    consumed = ctx.progress.last(stage, name)
    return None if consumed is None else consumed.output_version


def _due(ctx: Context, stage: str, name: str) -> int | None:
    """Return the table's version where that is at least ``compact_every`` above the one that was compacted (or made)."""
    version, compacted = _version(ctx, stage, name), _version(ctx, STAGE, f"{stage}.{name}")
    is_due = version is not None and version - (compacted or 0) >= ctx.document.settings.compact_every
    return version if is_due else None


def _consume(ctx: Context, topic: str) -> None:
    """Count the commit that compacted bronze as consumed, where silver had consumed all before it."""
    consumed = ctx.progress.last(SILVER, topic)
    commit = delta.last_commit(ctx.spark, ctx.parameters.tables.bronze(topic))
    if consumed is not None and commit.operation == "OPTIMIZE" and commit.version == consumed.last + 1:
        done = replace(consumed, first=commit.version, last=commit.version)
        ctx.progress.record(done, ctx.parameters.run_id)
        ctx.bronze_versions.set(topic, commit)
