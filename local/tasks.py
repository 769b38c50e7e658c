"""Runs one task of the job as the platform would: widgets or arguments, `dbutils`, a session of its own."""

from __future__ import annotations

import importlib
import json
import re
import runpy
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import distributions
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from local.dbutils import DBUtils, TaskValueStore
from local.errors import LocalError
from local.graph import Status
from local.job import (
    ConditionTask,
    NotebookTask,
    PipelineTask,
    PythonFileTask,
    RunJobTask,
    Task,
    WheelTask,
    Work,
)
from local.notebook import run_notebook
from local.output import to_file
from local.session import own_session
from local.stack import Pipeline
from local.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_REFERENCE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_TASK_REFERENCE = re.compile(r"\{\{\s*tasks\.(\w+)\.(result_state|values\.)(\w*)\s*\}\}")
# A run on this machine ends: a loop is this runner's own (--loop), never a task's.
_OVERRIDDEN_WIDGETS = {"loop": "false"}
_DROPPED_FLAGS = ("--loop",)
_RUN_ID = re.compile(r"\{\{\s*job\.run_id\s*\}\}")
# sys.argv is one per process, so tasks that read it take turns.
_ARGV = threading.Lock()


StartJob = Callable[[str, str, Mapping[str, str]], None]
"""Runs a job to its end: the key of the task that starts it, its id, the parameters that it is given. Raises if it fails."""


@dataclass(frozen=True)
class TaskRunner:
    """Runs the tasks of one run of the job."""

    spark: SparkSession
    workspace: Workspace
    run_id: str
    logs: Path
    start_job: StartJob
    task_values: TaskValueStore = field(default_factory=TaskValueStore)
    pipelines: Mapping[str, Pipeline] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    """Result states of tasks, in the platform's words; a task that is not here was left out."""

    def __call__(self, task: Task) -> str | None:
        """Run one task; returns what it exits with, raises what it raises."""
        self.states[task.key] = "failed"
        output = self._run(task)
        self.states[task.key] = "success"
        return output

    def keep_state(self, key: str, status: Status) -> None:
        """Keep the result state of a task that has run before."""
        if status in (Status.SUCCEEDED, Status.FAILED):
            self.states[key] = "success" if status is Status.SUCCEEDED else "failed"

    def _run(self, task: Task) -> str | None:
        work = task.work
        with to_file(self.logs / f"{task.key}.log") as printed:
            try:
                return self._do(task.key, work, printed)
            except Exception:
                traceback.print_exc()  # what is shown of an error points to the log
                raise

    def _do(self, key: str, work: Work, printed: StringIO) -> str | None:
        if isinstance(work, NotebookTask):
            return self._notebook(key, work)
        if isinstance(work, ConditionTask):
            return str(self._substitute(work.left) == self._substitute(work.right)).lower()
        if isinstance(work, RunJobTask):
            given = {name: self._substitute(value) for name, value in work.parameters.items()}
            self.start_job(key, work.job_id, given)
        elif isinstance(work, PipelineTask):
            self._pipeline(work)
        elif isinstance(work, WheelTask):
            self._python(_entry_point(work, self.workspace.library), work.entry_point, work.arguments)
        elif isinstance(work, PythonFileTask):
            file = str(self.workspace.local_file(work.path))
            self._python(lambda: runpy.run_path(file, run_name="__main__"), file, work.arguments)
        return last_json_line(printed.getvalue())

    def _notebook(self, key: str, work: NotebookTask) -> str | None:
        base = {name: self._substitute(value) for name, value in work.parameters.items()}
        # As on the platform: a parameter of the job outranks one of the task.
        parameters = {**base, **self._job_parameters}
        parameters.update({name: value for name, value in _OVERRIDDEN_WIDGETS.items() if name in parameters})
        dbutils = DBUtils(
            parameters=parameters,
            volume_root=self.workspace.volume_root,
            task=key,
            task_values=self.task_values,
        )
        return run_notebook(
            self.workspace.local_file(work.path), spark=own_session(self.spark), dbutils=dbutils
        )

    def _pipeline(self, work: PipelineTask) -> None:
        from local.declarative import update_pipeline

        pipeline = self.pipelines.get(work.pipeline_id)
        if pipeline is None:
            raise LocalError(f"The stack has no pipeline {work.pipeline_id}.")
        update_pipeline(self.spark, self.workspace, pipeline, full_refresh=work.full_refresh)

    def _python(self, start: Callable[[], object], name: str, arguments: Sequence[str]) -> None:
        values = [self._substitute(argument) for argument in arguments if argument not in _DROPPED_FLAGS]
        with _arguments([name, *values]):
            try:
                code = start()
            except SystemExit as stop:
                code = stop.code
        if isinstance(code, (int, str)) and code not in (0, ""):
            raise RuntimeError(f"{name} ended with status {code}")

    @property
    def _job_parameters(self) -> dict[str, str]:
        """Parameters of the job; the value of one may be the id of the run."""
        return {name: _RUN_ID.sub(self.run_id, value) for name, value in self.workspace.parameters.items()}

    def _substitute(self, text: str) -> str:
        values = {"job.run_id": self.run_id, **_prefixed("job.parameters.", self._job_parameters)}
        for task, kind, key in _TASK_REFERENCE.findall(text):
            if kind == "result_state":
                values[f"tasks.{task}.{kind}"] = self.states.get(task, "excluded")
            else:
                values[f"tasks.{task}.{kind}{key}"] = str(self.task_values.get(task, key))
        return substitute(text, values)


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Fill in `{{job.run_id}}` and `{{job.parameters.x}}`; a reference that is not known is an error."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            known = ", ".join(sorted(values))
            raise LocalError(f"{{{{{match[1]}}}}} is not known to the local runner; it knows {known}.")
        return values[match[1]]

    return _REFERENCE.sub(value, text)


def last_json_line(text: str) -> str | None:
    """The last line of a Python task's output where that is a JSON object: such tasks have no other way to exit with one."""
    last = text.strip().rpartition("\n")[2]
    try:
        return last if isinstance(json.loads(last), dict) else None
    except ValueError:
        return None


def use_library(library: Path | None) -> None:
    """Put the deployed library before everything else on the import path. Its packages that this runner has imported from
    beside itself, for what it shows, are imported anew.
    """
    if library is None or str(library) in sys.path:
        return
    sys.path.insert(0, str(library))
    importlib.invalidate_caches()
    brought = {package.name for package in library.iterdir() if (package / "__init__.py").is_file()}
    for name in [name for name in sys.modules if name.partition(".")[0] in brought]:
        del sys.modules[name]


def _entry_point(work: WheelTask, library: Path | None) -> Callable[[], object]:
    paths = [str(library)] if library else sys.path
    for distribution in distributions(path=paths):
        if distribution.metadata["Name"].replace("-", "_") != work.package.replace("-", "_"):
            continue
        for entry in distribution.entry_points:
            if entry.name == work.entry_point:
                start: Callable[[], object] = entry.load()
                return start
    raise LocalError(
        f"The library of this stack has no entry point {work.entry_point} in package {work.package}."
    )


def _prefixed(prefix: str, values: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix}{name}": value for name, value in values.items()}


@contextmanager
def _arguments(values: Sequence[str]) -> Iterator[None]:
    with _ARGV:
        before = sys.argv
        sys.argv = list(values)
        try:
            yield
        finally:
            sys.argv = before
