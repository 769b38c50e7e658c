"""Running the work of a task: each piece as soon as what it needs is done, every failure logged, none hiding another."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from graphlib import TopologicalSorter
from typing import Any

from pipelines.bronze.ingest import run_bronze
from pipelines.config.document import GoldModel, Topic
from pipelines.context import Context, Failure
from pipelines.errors import PipelineError, Retry, TasksFailedError, describe
from pipelines.gold.compile import compile_model, is_known
from pipelines.gold.refresh import Refresh, count_rows, write_gold
from pipelines.silver.step import run_silver

logger = logging.getLogger("medallion")

#: Topics or models that one process works on at once.
PARALLEL = 4


@dataclass(frozen=True)
class _Work:
    """Work for one topic or model, after everything in ``needs`` that is worked on, too."""

    name: str
    do: Callable[[list[str]], bool]
    """Does the work, given which of its needs failed; true if it succeeded."""
    needs: tuple[str, ...] = ()


def bronze_stage(ctx: Context, topic: Topic) -> None:
    """Bronze of one topic."""
    result = run_bronze(ctx, topic)
    if result.idle:
        ctx.log.event("bronze", "idle", topic=topic.name)


def silver_stage(ctx: Context, topic: Topic) -> None:
    """Silver of one topic."""
    if run_silver(ctx, topic) is None:
        ctx.log.event("silver", "idle", topic=topic.name)


def compile_models(ctx: Context) -> None:
    """Have every model of the task analysed, before any data is moved. One that does not compile has failed, and so have
    those that read it; everything else is done all the same.
    """

    def compiles(model: GoldModel) -> bool:
        if is_known(ctx, model):
            return True
        return _guarded(ctx, "gold", "model", model.name, partial(compile_model, ctx.spark, model))

    ctx.not_compiled.update(model.name for model in ctx.models if not compiles(model))


def each_topic_and_model(ctx: Context) -> None:
    """Bronze and silver of every topic, and every model as soon as the topics and models that it reads are done."""
    waiting: list[Refresh] = []
    _do_all([*_topics(ctx, ("bronze", bronze_stage), ("silver", silver_stage)), *_models(ctx, waiting)])
    _count(ctx, waiting)


def each_topic_through(ctx: Context, silver: Callable[[Context, Topic], None]) -> list[str]:
    """Bronze, then ``silver`` of every topic, the topics side by side. Returns the topics that failed."""
    return _do_all(_topics(ctx, ("bronze", bronze_stage), ("silver", silver)))


def each_topic(ctx: Context, stage: str, work: Callable[[Context, Topic], None]) -> list[str]:
    """Run ``work`` for every topic of the task. Returns the topics that failed."""
    return _do_all(_topics(ctx, (stage, work)))


def each_model(ctx: Context, failed_topics: Iterable[str] = ()) -> list[str]:
    """Refresh every model of the task after those that it reads, and none after something that failed. Returns the models
    that failed.
    """
    waiting: list[Refresh] = []
    failed = _do_all(_models(ctx, waiting), failed_topics)
    return sorted({*failed, *_count(ctx, waiting)})


def gold_stage(ctx: Context, model: GoldModel) -> Refresh | None:
    """One gold model. Returns its refresh where the rows of its table are still to be counted."""
    done = write_gold(ctx, model)
    if isinstance(done, Refresh):
        return done
    if done.refresh == "skipped":
        ctx.log.event("gold", "up_to_date", model=model.name, details=done.details())
    return None


def _count(ctx: Context, waiting: Sequence[Refresh]) -> list[str]:
    """Count the rows of the tables of these models: together, or each by itself where that fails, so that one's failure is
    its own. Returns the models that failed.
    """
    if not waiting:
        return []
    try:
        count_rows(ctx, waiting)
        return []
    except Exception:
        counts = {each.model.name: partial(count_rows, ctx, [each]) for each in waiting}
        return [name for name, count in counts.items() if not _guarded(ctx, "gold", "model", name, count)]


def _topics(ctx: Context, *stages: tuple[str, Callable[[Context, Topic], None]]) -> list[_Work]:
    """The stages one after the other, for each topic until one fails."""

    def piece(topic: Topic) -> _Work:
        def do(_: list[str]) -> bool:
            return all(
                _guarded(ctx, name, "topic", topic.name, partial(work, ctx, topic)) for name, work in stages
            )

        return _Work(topic.name, do)

    return [piece(topic) for topic in ctx.topics]


def _models(ctx: Context, waiting: list[Refresh]) -> list[_Work]:
    """A model after something that failed is not refreshed, and counts as failed itself.

    Args:
        waiting: Takes the refreshes that wait for the rows of their tables to be counted.
    """

    def piece(model: GoldModel) -> _Work:
        def do(failed: list[str]) -> bool:
            if model.name in ctx.not_compiled:
                return False  # which has been said
            if failed:
                message = f"not refreshed, because {', '.join(failed)} failed"
                told = {**Retry.NEVER.told(), "because": failed}
                ctx.log.event("gold", "failed", model=model.name, error=message, details=told)
                ctx.failures.append(Failure(f"gold_{model.name}", message, Retry.NEVER))
                return False
            return _guarded(ctx, "gold", "model", model.name, refresh)

        def refresh() -> None:
            uncounted = gold_stage(ctx, model)
            if uncounted is not None:
                waiting.append(uncounted)

        return _Work(model.name, do, tuple(input_.name for input_ in model.inputs))

    return [piece(model) for model in ctx.models]


def _do_all(pieces: Sequence[_Work], failed_before: Iterable[str] = ()) -> list[str]:
    """Do each piece once those that it needs are done, in bounded threads. Returns the names of what failed."""
    known = {piece.name: piece for piece in pieces}
    order = TopologicalSorter({p.name: [need for need in p.needs if need in known] for p in pieces})
    order.prepare()
    failed = set(failed_before)
    running = {}
    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        while order.is_active():
            for name in order.get_ready():
                piece = known[name]
                # In the context of this thread: what it prints belongs to this task.
                do = partial(copy_context().run, piece.do, sorted(failed.intersection(piece.needs)))
                running[pool.submit(do)] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                if not future.result():
                    failed.add(name)
                order.done(name)
    return sorted(failed.intersection(known))


def _guarded(ctx: Context, stage: str, kind: str, name: str, call: Callable[[], object]) -> bool:
    """Call, and log a failure instead of raising it: one topic's failure must not hide the others'."""
    started = time.monotonic()
    try:
        call()
    except Exception as error:  # whatever it is, it becomes the task's logged error
        duration = int((time.monotonic() - started) * 1000)
        fields: dict[str, Any] = {kind: name, "duration_ms": duration, "error": describe(error)}
        retry = error.retry if isinstance(error, PipelineError) else Retry.ANY_TIME
        ctx.log.event(stage, "failed", details=retry.told() or None, **fields)
        ctx.failures.append(Failure(f"{stage}_{name}", describe(error), retry))
        logger.debug("%s %s failed", stage, name, exc_info=error)
        return False
    return True


def failure_of(ctx: Context) -> TasksFailedError:
    """Return what failed in the task as one error."""
    errors = [(failure.task, failure.message) for failure in ctx.failures]
    return TasksFailedError(errors, retry=max(failure.retry for failure in ctx.failures))


def retry_of(event: Mapping[str, Any]) -> Retry:
    """Return when the failed work of an event in the log may succeed."""
    return Retry.of(json.loads(event["details"] or "{}"))
