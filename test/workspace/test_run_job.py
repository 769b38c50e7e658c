"""`medallion run-job` against a real server: what starts no run, and a run that fails. One that succeeds is in `test_runs`."""

from __future__ import annotations

from pathlib import Path

import pytest
from databricks.sdk.service.jobs import NotebookTask, Task

from test.workspace.support import Server, run_job, running

pytestmark = pytest.mark.e2e


def create(server: Server, name: str) -> int:
    task = Task(task_key="only", notebook_task=NotebookTask("/Shared/none"))
    return int(server.client.jobs.create(name=name, tasks=[task]).job_id or 0)


def test_a_job_that_is_not_clear_is_not_started_and_one_that_fails_says_so(tmp_path: Path) -> None:
    with running(tmp_path / "w") as server:
        broken, first, second = (create(server, name) for name in ("broken", "twin", "twin"))

        def fault(*arguments: str) -> str:
            done = run_job(server, arguments)
            assert (done.returncode, done.stdout) == (2, ""), done
            return done.stderr.removeprefix("medallion run-job: ").strip()

        assert fault("brokn") == f"{server.host} has no job brokn; among its jobs are: broken, twin."
        assert fault("twin") == (
            f"{server.host} has 2 jobs twin: {first}, {second}. Give the id of one instead of the name."
        )
        assert fault("broken", "--param", "colour") == "--param colour: give it as name=value."
        assert "no parameter colour" in fault("broken", "--param", "colour=red")
        assert "does not exist" in fault("4711")
        assert not list(server.client.jobs.list_runs())

        done = run_job(server, [str(broken)])
        assert done.returncode == 1, done
        (run,) = server.client.jobs.list_runs()
        assert done.stdout.splitlines()[-1].startswith(f"Run {run.run_id} of broken: FAILED, ")
        assert run.state is not None
        assert done.stderr.strip() == run.state.state_message
