"""One source of a topic to silver: it is decided on, then committed."""

from __future__ import annotations

import time

from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.ops.progress import SILVER
from pipelines.silver.commit import commit, state_of
from pipelines.silver.decide import decide, declared_elsewhere
from pipelines.silver.evaluate import SparkRows
from pipelines.silver.row_counts import RowCounts
from pipelines.silver.source import Source, all_rows, new_rows, quarantined_rows


def run_silver(ctx: Context, topic: Topic) -> RowCounts | None:
    """Bring all new bronze rows of ``topic`` to silver. Nothing new: nothing is read, and the answer is ``None``."""
    return _bring(ctx, new_rows(ctx, topic), "processed")


def infer(ctx: Context, topic: Topic) -> RowCounts | None:
    """Evaluate and register all new bronze rows of ``topic``, whose silver table a declarative pipeline writes."""
    return _bring(ctx, new_rows(ctx, topic), "processed", elsewhere=True)


def refresh(ctx: Context, topic: Topic) -> None:
    """Derive the whole silver table again from bronze, with the types that all its rows need together."""
    _bring(ctx, all_rows(ctx, topic), "refreshed")


def replay_rows(ctx: Context, topic: Topic, codes: list[str]) -> RowCounts | None:
    """Evaluate the records that wait in quarantine again, and bring the good ones to silver; ``None`` where none waits."""
    return _bring(ctx, quarantined_rows(ctx, topic, codes), "replayed")


def _bring(ctx: Context, source: Source | None, event: str, elsewhere: bool = False) -> RowCounts | None:
    if source is None:
        return None
    started = time.monotonic()
    rows = SparkRows(ctx.spark, source, raw_examples=ctx.document.settings.examples == "raw")
    decided = decide(source.topic, source.origin, rows, state_of(ctx, source.topic.name))
    counts = commit(ctx, source, rows, declared_elsewhere(decided) if elsewhere else decided)
    duration = int((time.monotonic() - started) * 1000)
    ctx.log.event(SILVER, event, topic=source.topic.name, duration_ms=duration, **counts.log_fields())
    return counts
