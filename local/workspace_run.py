"""`python -m local.workspace_run FOLDER`: runs a job that a local workspace holds.

The workspace writes `run.json` and the files of its tree into the folder of the run, and reads `state.json` there. What runs is
what was deployed, by the code that runs a synthesized stack.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.app import default_workers
from local.declarative import pipeline_conf
from local.delta_files import readable
from local.errors import Interrupted, InUseError, LocalError
from local.graph import Status, TaskResult
from local.guard import Guard
from local.job import Job, parse_job
from local.locking import lock
from local.outdir import OutputFolder
from local.output import captured_threads
from local.registration import FoundTable, find_tables
from local.runs import JobRun, run_job
from local.session import WAREHOUSE
from local.stack import Schema, Stack, Volume, WorkspaceFile, pipeline_of, table_of
from local.stopping import StopRequest
from local.tasks import use_library
from local.topics import read_document, uses_kafka
from local.workspace import Workspace, layer_schemas, prepare_catalog, prepare_workspace
from workspace.access import Snapshot

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_QUEUED_S = 0.5
# Life cycle and result of a task, in the words of the API.
_STATES: Mapping[Status, tuple[str, str | None]] = {
    Status.PENDING: ("BLOCKED", None),
    Status.RUNNING: ("RUNNING", None),
    Status.SUCCEEDED: ("TERMINATED", "SUCCESS"),
    Status.FAILED: ("TERMINATED", "FAILED"),
}
_TYPE_NAMES = {"long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint"}
_SKIPPED = {"upstream_failed": "UPSTREAM_FAILED", "excluded": "EXCLUDED", "stopped": "CANCELED"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job of a folder to its end, whatever that is: the state in the folder says it."""
    (folder,) = map(Path, sys.argv[1:] if arguments is None else arguments)
    stop = StopRequest()
    # The lock says that this process is there; a state that is not the last one, without it, is of a process that died.
    with (folder / "lock").open("a+", encoding="utf-8") as held:
        lock(held)
        held.write(str(os.getpid()))
        held.flush()
        body = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        state = State(folder / "state.json", body["done"])
        try:
            stop.install()
            _Run(folder, body, state, stop).run()
        except Interrupted:
            state.end("CANCELED", "The run was cancelled before it began.")
        except Exception as error:
            traceback.print_exc()
            message = str(error) if isinstance(error, LocalError) else f"{type(error).__name__}: {error}"
            state.end("FAILED", message, life_cycle="INTERNAL_ERROR")
    return 0


class State:
    """State of a run, in a file that is replaced as a whole at each change; times are milliseconds since 1970."""

    def __init__(self, file: Path, done: Mapping[str, Any]) -> None:
        self._file = file
        self._body: dict[str, Any] = {"life_cycle_state": "QUEUED", "tasks": dict(done), "tables": []}
        self._write()

    def begin(self) -> None:
        """The run is no longer waiting for another one."""
        self._body.update(life_cycle_state="RUNNING", start_time=_now_ms())
        self._write()

    def change(self, result: TaskResult, log: Path) -> None:
        """A task has come further."""
        life_cycle, outcome = _STATES.get(result.status) or (
            "TERMINATED",
            _SKIPPED.get(result.reason or "", "CANCELED"),
        )
        task = self._body["tasks"].setdefault(result.key, {})
        if result.status is Status.RUNNING:
            task["start_time"] = _now_ms()
        elif life_cycle == "TERMINATED":
            task["end_time"] = _now_ms()
        task.update(
            life_cycle_state=life_cycle,
            result_state=outcome,
            attempts=result.attempts,
            output=result.output,
            error=result.error,
            log=str(log),
        )
        self._write()

    def end(
        self, result: str, message: str, *, life_cycle: str = "TERMINATED", tables: Sequence[Any] = ()
    ) -> None:
        """The run is over."""
        self._body.update(
            life_cycle_state=life_cycle,
            result_state=result,
            state_message=message,
            end_time=_now_ms(),
            tables=list(tables),
        )
        self._write()

    def _write(self) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(self._body), encoding="utf-8")
        part.replace(self._file)


class _Run:
    def __init__(self, folder: Path, body: dict[str, Any], state: State, stop: StopRequest) -> None:
        self._folder = folder
        self._state = state
        self._stop = stop
        self._body = body
        self._stack = read_stack(self._body, folder / "files")

    def run(self) -> None:
        """Wait for the catalog, run, and say what came of it."""
        with ExitStack() as opened:
            out = self._claim(opened)
            opened.enter_context(captured_threads(out.path / "logs" / "python.log"))
            self._state.begin()
            workspace = prepare_workspace(
                self._stack, out.path, self._body["parameters"], volumes=Path(self._body["volumes"])
            )
            out.record_job(
                catalog=self._body["catalog"],
                schemas=layer_schemas(workspace.parameters),
                document=Path(workspace.parameters["pipeline_document"]),
            )
            out.begin_run()
            run = self._run(workspace)
            if run.status == "succeeded":
                out.end_run()
            tables = [_described(table) for table in find_tables(out.path / WAREHOUSE)]
        if self._stop.event.is_set():
            self._state.end("CANCELED", "The run was cancelled.", tables=tables)
        else:
            failed = "; ".join(f"{failure.task}: {failure.message}" for failure in run.failures)
            result = "SUCCESS" if run.status == "succeeded" else "FAILED"
            self._state.end(result, failed, tables=tables)

    def _claim(self, opened: ExitStack) -> OutputFolder:
        """The folder of the catalog, once no other run works in it."""
        while True:
            try:
                return opened.enter_context(
                    OutputFolder(Path(self._body["out"]), stack=self._body["catalog"])
                )
            except InUseError:
                time.sleep(_QUEUED_S)

    def _run(self, workspace: Workspace) -> JobRun:
        from local.session import build_session, shut_down

        use_library(workspace.library)
        spark = build_session(
            workspace.out,
            remote=bool(self._stack.pipelines),
            conf=pipeline_conf(self._stack),
            kafka=uses_kafka(read_document(self._stack)),
        )
        self._stop.install()
        try:
            prepare_catalog(spark, self._stack)
            with self._stop.deferred(lambda: None), self._as_its_principal(workspace):
                return self._run_graph(spark, workspace)
        finally:
            shut_down(spark)

    @contextmanager
    def _as_its_principal(self, workspace: Workspace) -> Iterator[None]:
        """Let the code of the job do what the principal of the run may do; that of an administrator may do everything. Over
        Spark Connect, which updates of declarative pipelines need, plans cannot be checked.
        """
        if self._body["access"] is None or self._stack.pipelines:
            yield
            return
        access = Snapshot(self._body["access"])
        guard = Guard(
            deny=lambda ask: access.denial(*ask),
            catalog=self._body["catalog"],
            volumes=workspace.volume_root.resolve(),
            out=workspace.out.resolve(),
        )
        try:
            with guard.active():
                yield
        finally:
            asked = sorted(access.asked, key=str)
            (self._folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")

    def _run_graph(self, spark: SparkSession, workspace: Workspace) -> JobRun:
        from local.session import cancel_work

        run_id = str(self._body["run_id"])
        logs = workspace.out / "logs" / run_id
        return run_job(
            spark,
            workspace,
            self._stack.job.tasks,
            label=self._stack.job.name,
            workers=default_workers(),
            on_change=lambda result: self._state.change(result, logs / f"{result.key}.log"),
            stop=self._stop.event,
            on_stop=lambda: cancel_work(spark),
            pipelines=self._stack.pipelines,
            jobs=self._stack.jobs,
            run_id=run_id,
            run_ids=self._body["run_ids"],
            done={key: _result(key, state) for key, state in self._body["done"].items() if "/" not in key},
        )


def read_stack(body: Mapping[str, Any], files: Path) -> Stack:
    """A job with what it uses, as a workspace holds them, in the form that a synthesized stack has.

    Args:
        body: what the workspace wrote: bodies of the API under `job` (settings), `jobs` (settings of those that its tasks
            start, by id), `schemas`, `volumes_held`, `tables`, `pipelines` (spec by id) and, under `files` and `notebooks`,
            paths in its tree.
        files: folder with the content of these paths.
    """

    def held(paths: Sequence[str]) -> tuple[WorkspaceFile, ...]:
        return tuple(WorkspaceFile(path, files / path.lstrip("/")) for path in paths)

    return Stack(
        name=body["catalog"],
        directory=files,
        schemas=tuple(Schema(one["catalog_name"], one["name"]) for one in body["schemas"]),
        volumes=tuple(
            Volume(one["catalog_name"], one["schema_name"], one["name"]) for one in body["volumes_held"]
        ),
        tables=tuple(table_of(one) for one in body["tables"]),
        files=held(body["files"]),
        notebooks=held(body["notebooks"]),
        job=_job(body["job"]),
        jobs={id_: _job(settings) for id_, settings in body["jobs"].items()},
        pipelines={id_: pipeline_of(spec) for id_, spec in body["pipelines"].items()},
    )


def _job(settings: Mapping[str, Any]) -> Job:
    """A job from its settings; Terraform names blocks in the singular."""
    parameters, tasks = settings.get("parameters"), settings.get("tasks")
    return parse_job({"name": settings.get("name"), "parameter": parameters, "task": tasks})


def _result(key: str, state: Mapping[str, Any]) -> TaskResult:
    """The result of a task from the state that it was left in."""
    result = state["result_state"]
    status = {"SUCCESS": Status.SUCCEEDED, "FAILED": Status.FAILED}.get(result, Status.SKIPPED)
    reason = next((reason for reason, word in _SKIPPED.items() if word == result), None)
    return TaskResult(key, status, reason, output=state.get("output"), error=state.get("error"))


def _described(table: FoundTable) -> dict[str, Any]:
    """A table that a run left, with its columns as Spark names their types."""
    with readable(table.path) as found:
        fields = json.loads(found.schema().to_json())["fields"]
    columns = [{"name": field["name"], "type_text": spark_type(field["type"])} for field in fields]
    return {"schema_name": table.schema, "name": table.name, "columns": columns}


def spark_type(delta: Any) -> str:
    """The name of a type in SQL, from the form that it has in a Delta log."""
    if isinstance(delta, str):
        return _TYPE_NAMES.get(delta, delta)
    if delta["type"] == "array":
        return f"array<{spark_type(delta['elementType'])}>"
    if delta["type"] == "map":
        return f"map<{spark_type(delta['keyType'])},{spark_type(delta['valueType'])}>"
    fields = ",".join(f"{one['name']}:{spark_type(one['type'])}" for one in delta["fields"])
    return f"struct<{fields}>"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
