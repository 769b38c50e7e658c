"""`python -m workspace.run_job NAME`: starts a job in the workspace that the environment's credentials name, this machine's or a
real one, and waits for its end.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from itertools import islice

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.jobs import Run, RunResultState, RunTask

from workspace.errors import WorkspaceError

_ASK_AGAIN_S = 1.0
# Longer than a network is away for a moment; a host that is not there is said after that.
_RETRY_S = 30
_NAMES_SHOWN = 10
_NO_CREDENTIALS = (
    "no workspace is known: set DATABRICKS_HOST and DATABRICKS_TOKEN (`medallion workspace` prints those of a local one), "
    "or DATABRICKS_CONFIG_PROFILE."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job; 0 when it succeeded, 1 when not, 2 when it could not be started."""
    options = _parser().parse_args(arguments)
    try:
        client = _client()
        job_id = find_job(client, options.name)
        run_id = client.jobs.run_now(job_id, job_parameters=parameters(options.param)).run_id
    except (WorkspaceError, DatabricksError, TimeoutError) as error:
        print(f"medallion run-job: {error}", file=sys.stderr)
        return 2
    try:
        run = _wait(client, run_id)
    except KeyboardInterrupt:
        print(f"Run {run_id} goes on; cancel it with: databricks jobs cancel-run {run_id}", file=sys.stderr)
        return 130
    except (DatabricksError, TimeoutError) as error:
        print(
            f"medallion run-job: run {run_id} goes on, but its state is not known: {error}", file=sys.stderr
        )
        return 1
    result = run.state and run.state.result_state
    seconds = ((run.end_time or 0) - (run.start_time or 0)) / 1000
    print(f"Run {run_id} of {run.run_name}: {_state(run)}, {max(0.0, seconds):.0f} s")
    if result is not RunResultState.SUCCESS and run.state is not None and run.state.state_message:
        print(run.state.state_message, file=sys.stderr)
    return 0 if result is RunResultState.SUCCESS else 1


def find_job(client: WorkspaceClient, name: str) -> int:
    """The id of the job of a name; a number is an id already. `WorkspaceError` unless there is exactly one."""
    if name.isascii() and name.isdigit():
        return int(name)
    ids = [job.job_id for job in client.jobs.list(name=name) if job.job_id is not None]
    if len(ids) == 1:
        return ids[0]
    if ids:
        listed = ", ".join(map(str, sorted(ids)))
        raise WorkspaceError(
            f"{client.config.host} has {len(ids)} jobs {name}: {listed}. Give the id of one instead of the name."
        )
    found = islice(client.jobs.list(), _NAMES_SHOWN)
    names = sorted({job.settings.name for job in found if job.settings and job.settings.name})
    raise WorkspaceError(
        f"{client.config.host} has no job {name}; among its jobs are: {', '.join(names) or 'none'}."
    )


def parameters(given: Sequence[str]) -> dict[str, str]:
    """Parameters of the job from `name=value`."""
    for one in given:
        if not one.partition("=")[0] or "=" not in one:
            raise WorkspaceError(f"--param {one}: give it as name=value.")
    return {name: value for name, _, value in (one.partition("=") for one in given)}


def _client() -> WorkspaceClient:
    try:
        return WorkspaceClient(config=Config(retry_timeout_seconds=_RETRY_S))
    except ValueError as error:
        raise WorkspaceError(f"{_NO_CREDENTIALS} ({error})") from error


def _wait(client: WorkspaceClient, run_id: int) -> Run:
    """Print each change of a task until the run is over."""
    shown: dict[str, str] = {}
    while True:
        run = client.jobs.get_run(run_id)
        if not shown:
            print(f"Run {run_id} of {run.run_name}: {run.run_page_url}", flush=True)
        for task in run.tasks or ():
            if shown.get(task.task_key) != _state(task):
                shown[task.task_key] = _state(task)
                print(f"{time.strftime('%H:%M:%S')}  {task.task_key:<32} {_state(task)}", flush=True)
        if run.state is not None and run.state.result_state is not None:
            return run
        time.sleep(_ASK_AGAIN_S)


def _state(one: Run | RunTask) -> str:
    if one.state is None:
        return "UNKNOWN"
    said = one.state.result_state or one.state.life_cycle_state
    return "UNKNOWN" if said is None else said.value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run-job", description="Starts a job and waits for its end.")
    parser.add_argument("name")
    parser.add_argument("--param", action="append", default=[])
    return parser


if __name__ == "__main__":
    sys.exit(main())
