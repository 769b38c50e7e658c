"""The tasks around a declarative pipeline: ``infer`` before it, ``finish`` after it.

``infer`` does all that cannot be declared: it lands bronze, looks at what is new, evaluates it by contract and rules,
registers schemas and keeps the rejects. What it leaves is enough for the pipeline to be a pure function of bronze and
registry. Bronze is the job's own table, since destroying a pipeline drops the tables of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from pyspark.sql import SparkSession

from pipelines.actions import perform
from pipelines.config.document import Topic
from pipelines.config.parameters import read_parameter
from pipelines.context import Context, create_context
from pipelines.errors import ParameterError
from pipelines.job.lifecycle import conclude, prepare_tables, raise_if_failed, save
from pipelines.job.stages import compile_models, each_topic_through, failure_of
from pipelines.job.summary import summarize
from pipelines.maintenance.run import run_maintenance
from pipelines.ops.progress import SILVER, ConsumedRange
from pipelines.ops.run_log import events_of_run
from pipelines.registry import retyped_since
from pipelines.silver.step import infer as infer_silver

#: Stage of the versions that the pipeline has applied, per topic: recorded by ``finish`` once the pipeline succeeded.
APPLIED = "pipeline"
#: Task value by which the job chooses between an update and a full refresh.
FULL_REFRESH = "full_refresh"

ACTIONS = ("run", "full_refresh", "doctor")


def infer(spark: SparkSession, dbutils: Any, defaults: Mapping[str, Any]) -> str:
    """Bronze, inference, evaluation and registration of every topic; then say whether the pipeline starts afresh."""
    ctx = create_context(spark, dbutils, "infer", {}, defaults)
    action = ctx.parameters.action
    check_action(action)
    created = prepare_tables(ctx)
    if created:
        ctx.log.event(
            "prepare", "prepared", details={"created": created, "library": ctx.parameters.library_hash}
        )
    if action == "doctor":
        _doctor(ctx)
    compile_models(ctx)
    if ctx.not_compiled:  # the pipeline would be rejected as a whole
        save(ctx)
        raise failure_of(ctx)
    failed = each_topic_through(ctx, infer_stage)
    reset = action == "full_refresh" or any(needs_reset(ctx, topic) for topic in ctx.topics)
    save(ctx)
    if failed:
        raise failure_of(ctx)
    dbutils.jobs.taskValues.set(key=FULL_REFRESH, value="true" if reset else "false")
    return json.dumps({"full_refresh": reset, "versions": _versions(ctx)})


def _doctor(ctx: Context) -> None:
    """Check the workspace first; the run then goes on as ever."""
    try:
        perform(ctx)
    except Exception:
        save(ctx)
        raise


def check_action(action: str) -> None:
    """Raise :class:`ParameterError` for an action that this flavour does not know."""
    if action not in ACTIONS:
        raise ParameterError("action", action, f"{', '.join(ACTIONS)}, as the engine is declarative")


def infer_stage(ctx: Context, topic: Topic) -> None:
    """Evaluate and register the new bronze rows of one topic. Stands in the log where the job engine's silver does."""
    if infer_silver(ctx, topic) is None:
        ctx.log.event(SILVER, "idle", topic=topic.name)


def needs_reset(ctx: Context, topic: Topic) -> bool:
    """Tell whether a column has another type than the one with which the pipeline has written it."""
    consumed = ctx.progress.last(APPLIED, topic.name)
    return consumed is not None and retyped_since(ctx.registry.history(topic.name), consumed.last)


def finish(spark: SparkSession, dbutils: Any, defaults: Mapping[str, Any]) -> str:
    """Draw up the run: what ``infer`` logged, and how the pipeline ended. Fails when anything failed."""
    ctx = create_context(spark, dbutils, "finish", {}, defaults)
    states = {name: read_parameter(name, dbutils, {}, {}, "") for name in ("update", "full_refresh")}
    ended = [state for state in states.values() if state.lower() not in ("", "excluded")]
    succeeded = bool(ended) and all(state.lower() == "success" for state in ended)
    before = events_of_run(spark, ctx.parameters.tables.ops("run_log"), ctx.parameters.run_id)
    if succeeded:
        _record_applied(ctx)
    else:
        said = {event["model"] for event in before if event["event"] == "failed"}
        states_text = ", ".join(f"{name} {state or 'did not run'}" for name, state in states.items())
        _log_failure(ctx, states_text, said)
    summary = summarize(ctx, [*before, *ctx.log.events], 0.0)
    conclude(ctx, summary)
    run_maintenance(ctx)
    save(ctx)
    raise_if_failed(summary)
    return json.dumps(summary)


def _record_applied(ctx: Context) -> None:
    for name, version in _versions(ctx).items():
        ctx.progress.record(ConsumedRange(APPLIED, name, version, version, None), ctx.parameters.run_id)
    for model in ctx.document.gold:
        rows = ctx.spark.table(ctx.parameters.tables.gold(model.name)).count()
        ctx.log.event("gold", "refreshed", model=model.name, details={"refresh": "pipeline", "rows": rows})


def _log_failure(ctx: Context, states: str, said: Collection[str | None]) -> None:
    """Log that the models failed with the pipeline, but for those of which the reason is ``said``."""
    message = f"the declarative pipeline did not succeed ({states}); its own event log says why"
    for model in ctx.document.gold:
        if model.name not in said:
            ctx.log.event("gold", "failed", model=model.name, error=message)


def _versions(ctx: Context) -> dict[str, int]:
    latest = {topic.name: ctx.registry.latest(topic.name) for topic in ctx.document.topics}
    return {name: version.version for name, version in latest.items() if version is not None}
