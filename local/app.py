"""`python -m local`: reads a synthesized stack, lands data, runs its job, and shows what came of it."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from local.dashboards import Dashboard, ask_dashboards, read_definitions
from local.declarative import pipeline_conf
from local.errors import Interrupted, LocalError
from local.formatting import units_of
from local.landing import check_data
from local.landing_data import LandingData, NoLandingData, choose_landing_data
from local.options import Options, parse_options
from local.outdir import OutputFolder, require_run
from local.output import captured_threads
from local.progress import RunProgress
from local.report.page import write_report
from local.result import result_line, tables_on_disk
from local.runs import JobRun, run_job
from local.screen import show_action, show_result
from local.stack import Stack, load_stack
from local.stopping import StopRequest
from local.tasks import use_library
from local.topics import find_topic, read_document, topic_folders, uses_kafka
from local.workspace import CATALOG, Workspace, layer_schemas, prepare_catalog, prepare_workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LONGEST_PAUSE_S = 300.0
_LOG_WIDTH = 120
_LEFT = "what the last run left undone"
_OK, _RUN_FAILED, _CANNOT_RUN, _STOPPED = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as asked; returns the exit status."""
    options = parse_options(arguments)
    # With --json, standard output is for the one line of the result.
    # The file is fixed here: by default a console asks for `sys.stdout` at each write, and the thread that draws the live
    # display would find the stream that keeps threads apart.
    console = Console(file=sys.stderr if options.json else sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    stop = StopRequest()
    stop.install()
    try:
        return Application(options, console, stop).run()
    except LocalError as error:
        Console(stderr=True, highlight=False).print(f"medallion: {error}", markup=False, soft_wrap=True)
        return _CANNOT_RUN
    except Interrupted:
        console.print("Stopped.")
        return stop.exit_status


@dataclass(frozen=True)
class _Parts:
    """The parts of a start that every run of it works with, once Spark is up."""

    spark: SparkSession
    stack: Stack
    out: OutputFolder
    workspace: Workspace
    landing_data: LandingData


@dataclass
class Application:
    """One start of the runner."""

    options: Options
    console: Console
    stop: StopRequest
    runs: list[JobRun] = field(default_factory=list)
    dashboards: list[Dashboard] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def run(self) -> int:
        """The whole way: check everything that can be known first, then write, then start Spark."""
        stack = load_stack(self.options.stack_dir)
        document = read_document(stack)
        folders = topic_folders(document)
        if self.options.action is not None:
            self._check_action(document)
        if self.options.data is not None:
            check_data(self.options.data, folders)
            _keep_apart(self.options.data, self.options.out)
        with OutputFolder(self.options.out, stack=stack.name, reset=self.options.reset) as out:
            workspace = prepare_workspace(stack, out.path, self.options.job_parameters)
            out.record_job(
                catalog=stack.job.parameters.get("catalog", CATALOG),
                schemas=layer_schemas(workspace.parameters),
                document=Path(workspace.parameters["pipeline_document"]),
            )
            # An action works on what is there: nothing lands.
            lands = self.options.action is None
            landing_data = (
                choose_landing_data(self.options.data, workspace.landing, folders, sample=self.options.sample)
                if lands
                else NoLandingData()
            )
            with captured_threads(out.path / "logs" / "python.log"):
                self._start_and_run(stack, out, workspace, landing_data)
                return self._conclude(stack, workspace, document)

    def _check_action(self, document: dict[str, Any]) -> None:
        """Check what can be known before Spark starts: the output folder and the topic that the action names."""
        require_run(self.options.out)
        topic = self.options.action_arguments.get("topic")
        if topic is not None:
            find_topic(document, topic)

    def _start_and_run(
        self, stack: Stack, out: OutputFolder, workspace: Workspace, landing_data: LandingData
    ) -> None:
        from local.session import build_session, shut_down

        use_library(workspace.library)
        definitions = read_definitions(stack)
        for name in landing_data.ignored:
            self.console.print(f"  ignored {name}", markup=False, soft_wrap=True)
        began = time.monotonic()
        if not self.console.is_interactive:
            self.console.print("Starting Spark and Delta")
        with self.console.status("Starting Spark and Delta"):
            # Declarative pipelines are a thing of Spark Connect.
            connect = bool(stack.pipelines) or os.environ.get("MEDALLION_SPARK_MODE") == "connect"
            spark = build_session(
                workspace.out,
                remote=connect,
                conf=pipeline_conf(stack),
                kafka=uses_kafka(read_document(stack)),
                loop=self.options.loop,
            )
            self.stop.install()
            prepare_catalog(spark, stack)
        self.console.print(f"Spark {spark.version} and Delta are up after {time.monotonic() - began:.1f} s")
        try:
            with self.stop.deferred(self._say_stopping):
                parts = _Parts(spark, stack, out, workspace, landing_data)
                self._loop(parts) if self.options.loop else self._once(parts)
                if self.options.action is None:
                    self.dashboards = ask_dashboards(spark, definitions, workspace.parameters)
        finally:
            shut_down(spark)

    def _say_stopping(self) -> None:
        what = "Stopping after this run" if self.options.loop else "Stopping"
        self.console.print(f"{what} \u2026 (Ctrl-C again stops at once)")

    def _once(self, parts: _Parts) -> None:
        """One run; over sample data that has not landed yet, one for each part of it."""
        while not self.stop.event.is_set():
            run = self._iterate(parts)
            if run.status == "failed" or parts.landing_data.exhausted():
                return

    def _loop(self, parts: _Parts) -> None:
        """Runs until somebody says stop (a running one ends first); a failing run makes the next one wait longer. What cannot
        succeed however often it is tried, as SQL that does not compile, ends the loop.
        """
        failures = 0
        limit = self.options.max_iterations
        while not self.stop.event.is_set():
            try:
                run = self._iterate(parts)
                failures = failures + 1 if run.status == "failed" else 0
                if run.stays_failed:
                    self.console.print("The loop ends: what failed fails again until it is corrected.")
                    return
            except LocalError as error:
                failures += 1
                self.console.print(f"medallion: {error}", markup=False)
            if limit is not None and len(self.runs) >= limit:
                return
            pause = min(self.options.interval_s * 2**failures, max(_LONGEST_PAUSE_S, self.options.interval_s))
            if failures:
                self.console.print(f"Trying again in {pause:.0f} s")
            self.stop.event.wait(pause)

    def _iterate(self, parts: _Parts) -> JobRun:
        """Land what comes next and run the job, or carry out the action."""
        if self.options.action is not None:
            return self._run(parts, self.options.action)
        left = parts.out.is_unfinished
        parts.out.begin_run()
        landed = parts.landing_data.land_next()
        label = " and ".join(filter(None, [landed, _LEFT if left else None])) or parts.landing_data.nothing
        run = self._run(parts, label)
        if run.status == "succeeded":
            parts.out.end_run()
        return run

    def _run(self, parts: _Parts, label: str) -> JobRun:
        from local.session import cancel_work

        # A loop lets a running iteration end; a single run is cut short, and continues where it stopped when started again.
        never = StopRequest().event
        with RunProgress(
            self.console, f"Run {len(self.runs) + 1}: {label}", parts.stack.job.tasks
        ) as progress:
            run = run_job(
                parts.spark,
                parts.workspace,
                parts.stack.job.tasks,
                label=label,
                workers=self.options.workers or default_workers(),
                on_change=progress.change,
                stop=never if self.options.loop else self.stop.event,
                on_stop=lambda: cancel_work(parts.spark),
                pipelines=parts.stack.pipelines,
                jobs=parts.stack.jobs,
            )
        self.runs.append(run)
        return run

    def _conclude(self, stack: Stack, workspace: Workspace, document: dict[str, Any]) -> int:
        tables = tables_on_disk(workspace.out, workspace.parameters)
        report = None
        if self.options.action is not None:
            show_action(self.console, self.runs[-1])
        else:
            report = self._write_report(stack, workspace, document, tables)
            show_result(self.console, self.runs, tables, report, units_of(document))
        stopped = self.stop.event.is_set() and not self.options.loop
        duration = time.monotonic() - self.began
        if self.options.json:
            line = result_line(
                stack=stack.name,
                runs=self.runs,
                report=report,
                tables=tables,
                duration_s=duration,
                stopped=stopped,
            )
            print(line, flush=True)
        if stopped:
            self.console.print("Stopped before the end; the next start continues where this one stopped.")
            return self.stop.exit_status
        if not self.runs or self.runs[-1].status != "succeeded":
            return _RUN_FAILED
        return _STOPPED if (self.runs[-1].action or {}).get("problems") else _OK

    def _write_report(
        self, stack: Stack, workspace: Workspace, document: dict[str, Any], tables: Mapping[str, Path]
    ) -> Path | None:
        """Write the report and return its path; where that fails, say so and return nothing: the result of the run stands."""
        try:
            return write_report(
                workspace.out / "report.html",
                document=document,
                stack=stack,
                runs=self.runs,
                tables=tables,
                dashboards=self.dashboards,
            )
        except Exception as error:
            log = workspace.out / "logs" / "report.log"
            log.write_text(traceback.format_exc(), encoding="utf-8")
            self.console.print(
                f"The report could not be written ({type(error).__name__}: {error}); the run and its tables are not "
                f"affected. Details: {log}",
                markup=False,
                soft_wrap=True,
            )
            return None


def default_workers() -> int:
    """Return one worker more than there are cores, since tasks wait for the disk too; at least 2, at most 6."""
    return max(2, min(6, (os.cpu_count() or 2) + 1))


def _keep_apart(data: Path, out: Path) -> None:
    """Input inside of output would be wiped by --reset; output inside of input would be read as data."""
    data, out = data.resolve(), out.resolve()
    if data == out or out in data.parents or data in out.parents:
        raise LocalError(
            f"The data folder {data} and the output folder {out} lie in each other: keep them apart."
        )
