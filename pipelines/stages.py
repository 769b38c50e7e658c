"""Running a stage over several topics or models: bounded threads, every failure logged, none hiding another."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pipelines.bronze import run_bronze
from pipelines.context import Context
from pipelines.document import GoldModel, Topic
from pipelines.gold import run_gold
from pipelines.silver import run_silver

logger = logging.getLogger("medallion")

#: Topics or models that one process works on at once.
PARALLEL = 4


def bronze_stage(ctx: Context, topic: Topic) -> None:
    """Bronze of one topic."""
    result = run_bronze(ctx, topic)
    if result.idle:
        ctx.log.event("bronze", "idle", topic=topic.name)


def silver_stage(ctx: Context, topic: Topic) -> None:
    """Silver of one topic."""
    if run_silver(ctx, topic) is None:
        ctx.log.event("silver", "idle", topic=topic.name)


def each_topic_through(ctx: Context, silver: Callable[[Context, Topic], None] = silver_stage) -> list[str]:
    """Bronze, then silver of every topic, the topics side by side. Returns the topics that failed."""

    def through(topic: Topic) -> str | None:
        for stage, work in (("bronze", bronze_stage), ("silver", silver)):
            if not _guarded(ctx, stage, "topic", topic.name, partial(work, ctx, topic)):
                return topic.name
        return None

    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        return [name for name in pool.map(through, ctx.topics) if name is not None]


def gold_stage(ctx: Context, model: GoldModel) -> None:
    """One gold model."""
    result = run_gold(ctx, model)
    if result.refresh == "skipped":
        ctx.log.event("gold", "up_to_date", model=model.name, details=result.details())


def each_topic(ctx: Context, stage: str, work: Callable[[Context, Topic], None]) -> list[str]:
    """Run ``work`` for every topic of the task. Returns the topics that failed."""
    return _each(ctx, stage, "topic", [(topic.name, partial(work, ctx, topic)) for topic in ctx.topics])


def each_model(ctx: Context, failed_topics: Iterable[str] = ()) -> list[str]:
    """Refresh every model of the task, level by level. A model after something that failed is not refreshed."""
    failed = set(failed_topics)
    waiting = ctx.models
    while waiting:
        names = {model.name for model in waiting}
        ready = [m for m in waiting if not any(need.input in names for need in m.needs)]
        blocked = [m for m in ready if any(need.input in failed for need in m.needs)]
        for model in blocked:
            causes = sorted(need.input for need in model.needs if need.input in failed)
            message = f"not refreshed, because {', '.join(causes)} failed"
            ctx.log.event("gold", "failed", level="error", model=model.name, error=message)
        work = [(m.name, partial(gold_stage, ctx, m)) for m in ready if m not in blocked]
        failed.update(_each(ctx, "gold", "model", work), (m.name for m in blocked))
        waiting = [m for m in waiting if m not in ready]
    return sorted(failed)


def _each(ctx: Context, stage: str, kind: str, work: Sequence[tuple[str, Callable[[], None]]]) -> list[str]:
    """Do all of ``work`` (name and call) in bounded threads. Returns the names of what failed."""
    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        done = list(pool.map(lambda item: _guarded(ctx, stage, kind, *item), work))
    return [name for (name, _), fine in zip(work, done, strict=True) if not fine]


def _guarded(ctx: Context, stage: str, kind: str, name: str, call: Callable[[], None]) -> bool:
    """Call, and log a failure instead of raising it: one topic's failure must not hide the others'."""
    started = time.monotonic()
    try:
        call()
    except Exception as error:  # whatever it is, it becomes the task's logged error
        duration = int((time.monotonic() - started) * 1000)
        fields = {kind: name, "duration_ms": duration, "error": describe(error)}
        ctx.log.event(stage, "failed", level="error", **fields)
        logger.debug("%s %s failed", stage, name, exc_info=error)
        return False
    return True


def describe(error: BaseException) -> str:
    """An error in one line: the sentence of our own errors, class and first lines of others, without a JVM trace."""
    text = str(error).split("\n\tat ")[0].split("JVM stacktrace:")[0].strip()
    return (
        text[:2000]
        if type(error).__module__.startswith("pipelines")
        else f"{type(error).__name__}: {text}"[:2000]
    )
