"""The whole pipeline in one process: ``run_once`` and ``run_loop``, callable in any notebook, and a command.

from pipelines.run import run_once
run_once(spark, dbutils)
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from pyspark.sql import SparkSession

from pipelines.actions import perform
from pipelines.config.parameters import NAMES, check_names, read_parameter
from pipelines.context import Context, create_context, next_iteration
from pipelines.errors import PipelineError, Retry, SettingsError, TasksFailedError, describe
from pipelines.job.lifecycle import conclude, prepare_tables, raise_if_failed, save
from pipelines.job.stages import compile_models, each_topic_and_model
from pipelines.job.summary import summarize
from pipelines.maintenance.run import run_maintenance

logger = logging.getLogger("medallion")

#: Longest pause after failing iterations, in seconds.
MAX_BACKOFF_S = 300.0


@dataclass
class _Cache:
    """Time when the run log was last written, in seconds of ``time.monotonic``."""

    written: float | None = None


def run_once(spark: SparkSession, dbutils: Any = None, **options: Any) -> dict[str, Any]:
    """Bring everything new from the landing volume to gold, once.

    ``options`` override widgets and environment: ``catalog``, ``schema_bronze`` … ``schema_ops``, ``landing``,
    ``checkpoints``, ``volume_root``, ``pipeline_document``, ``topics``, ``models``, ``run_id``.
    Outside of Databricks there are no volumes: give ``volume_root``, a folder of this machine. Needs a session with Delta.
    Returns the run's summary (see ``pipelines.job.summary.summarize``).
    Raises :class:`pipelines.errors.TasksFailedError` when a topic or model failed; the others are done and logged.
    Raises :class:`pipelines.errors.SettingsError` for an option that there is not, or whose value cannot work.
    """
    check_names("option", options, NAMES)
    ctx = create_context(spark, dbutils, "run_pipeline", options, {})
    return iterate(ctx)


def run_loop(
    spark: SparkSession,
    dbutils: Any = None,
    interval_sec: float = 10,
    max_iterations: int | None = None,
    **options: Any,
) -> dict[str, Any] | None:
    """Run every ``interval_sec`` seconds until SIGTERM or SIGINT (a running iteration ends first) or ``max_iterations``.

    An iteration that fails is logged, and the pause doubles up to five minutes until one succeeds. For clusters and laptops:
    in the cloud a continuous, periodic or cron trigger of the job is the better loop.
    ``options`` are those of :func:`run_once`. Returns the summary of the last iteration; where that failed, its ``status`` is
    ``failed`` and ``errors`` says why. ``None`` where it was stopped before the first. The loop ends after an iteration in which
    nothing failed but models whose SQL does not compile.
    Raises :class:`pipelines.errors.SettingsError` at once: what was told wrong stays wrong, however often it is tried.
    """
    check_names("option", options, NAMES)
    stop = threading.Event()
    restore = _stop_on_signals(stop)
    ctx: Context | None = None
    summary: dict[str, Any] | None = None
    failures = iterations = 0
    try:
        while not stop.is_set():
            try:
                ctx = (
                    next_iteration(ctx)
                    if ctx
                    else create_context(spark, dbutils, "run_pipeline", options, {})
                )
                summary = iterate(ctx)
                failures = 0
            except SettingsError:
                raise
            except Exception as error:  # a loop survives a failing iteration
                failures += 1
                summary = _failed(ctx, error)
                ctx = None  # what was known may be wrong now
                logger.error("iteration failed (%d in a row): %s", failures, describe(error))
                if isinstance(error, PipelineError) and error.retry is Retry.NEVER:
                    logger.error("the loop ends: that stays wrong, however often it is tried")
                    break
            iterations += 1
            if max_iterations is not None and iterations >= max_iterations:
                break
            stop.wait(min(interval_sec * 2**failures, max(MAX_BACKOFF_S, interval_sec)))
    finally:
        restore()
    return summary


def _failed(ctx: Context | None, error: Exception) -> dict[str, Any]:
    """The summary of an iteration that failed: its own, or what can be said where it came to none."""
    if isinstance(error, TasksFailedError) and error.summary is not None:
        return dict(error.summary)
    errors = [{"task": "run_pipeline", "message": describe(error)}]
    return {"run_id": ctx.parameters.run_id if ctx else None, "status": "failed", "errors": errors}


def iterate(ctx: Context) -> dict[str, Any]:
    """One turn of the pipeline: topics, models, maintenance, log. Returns and raises as :func:`run_once` does."""
    started = time.monotonic()
    created = prepare_tables(ctx)
    if ctx.parameters.action != "run":
        return _act(ctx)
    if created:
        ctx.log.event(
            "prepare", "prepared", details={"created": created, "library": ctx.parameters.library_hash}
        )
    compile_models(ctx)
    each_topic_and_model(ctx)
    run_maintenance(ctx)
    summary = summarize(ctx, ctx.log.events, time.monotonic() - started)
    if _worth_writing(ctx):
        conclude(ctx, summary)
        save(ctx)
        ctx.cached(_Cache).written = time.monotonic()
    raise_if_failed(summary)
    return summary


def _act(ctx: Context) -> dict[str, Any]:
    """Another action than ``run``: nothing is read from the landing volume."""
    try:
        done = perform(ctx)
    finally:
        save(ctx)
    return {"run_id": ctx.parameters.run_id, "status": "succeeded", "action": ctx.parameters.action, **done}


def _worth_writing(ctx: Context) -> bool:
    """An idle iteration writes nothing, except a sign of life every ``heartbeatMinutes``."""
    if not ctx.log.is_idle:
        return True
    last = ctx.cached(_Cache).written
    return last is None or time.monotonic() - last >= ctx.document.settings.heartbeat_minutes * 60


def _stop_on_signals(stop: threading.Event) -> Any:
    """Set ``stop`` on SIGTERM and SIGINT. Returns what puts the earlier handlers back. Only the main thread may."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None

    def handler(number: int, frame: FrameType | None) -> None:
        stop.set()

    earlier = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, previous in earlier.items():
            signal.signal(number, previous)

    return restore


def main(
    argv: Sequence[str] | None = None, spark: SparkSession | None = None, dbutils: Any = None
) -> dict[str, Any]:
    """The command ``python -m pipelines.run``. Job parameters are given as ``--name value``."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = {
        name: value for name, value in vars(arguments).items() if name not in _LOOP and value is not None
    }
    session = spark or SparkSession.builder.getOrCreate()
    if arguments.loop:
        summary = run_loop(session, dbutils, arguments.interval, arguments.max_iterations, **options) or {}
    else:
        summary = run_once(session, dbutils, **options)
    sys.stdout.write(json.dumps(summary) + "\n")
    return summary


def run_from_widgets(spark: SparkSession, dbutils: Any, options: Mapping[str, Any] | None = None) -> str:
    """Run as ``notebooks/run_pipeline.py`` does: once, or in a loop where the widget ``loop`` says ``true``."""
    given = dict(options or {})
    loop = read_parameter("loop", dbutils, given, {}, "false").lower() == "true"
    interval = float(read_parameter("interval_sec", dbutils, given, {}, "10"))
    if loop:
        iterations = read_parameter("max_iterations", dbutils, given, {}, "")
        return json.dumps(
            run_loop(spark, dbutils, interval, int(iterations) if iterations else None, **given)
        )
    return json.dumps(run_once(spark, dbutils, **given))


_LOOP = ("loop", "interval", "max_iterations")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="medallion-run", description="Run the medallion pipeline in this process."
    )
    # A job hands its switches over as text.
    parser.add_argument(
        "--loop",
        nargs="?",
        const=True,
        default=False,
        type=lambda text: text.lower() == "true",
        help="run until stopped",
    )
    parser.add_argument(
        "--interval",
        "--interval-sec",
        type=float,
        default=10,
        metavar="SECONDS",
        help="pause between iterations (default 10)",
    )
    parser.add_argument("--max-iterations", type=int, metavar="N", help="stop a loop after N iterations")
    for name in NAMES:
        parser.add_argument("--" + name.replace("_", "-"), metavar="VALUE", help=f"job parameter {name}")
    return parser


if __name__ == "__main__":
    main()
