"""Jobs that run: deployed and started by the SDK on a real server, on embedded Spark and Delta."""

from __future__ import annotations

import io
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from databricks.sdk import errors
from databricks.sdk.service.jobs import RunResultState
from databricks.sdk.service.sql import StatementParameterListItem, StatementState

from local.delta_files import read_rows
from test.workspace.support import Server, build_library, deploy, run_job, running, synthesize

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TOPICS = ("customers", "orders", "sales")
LANDING = "/Volumes/{catalog}/{schema}/landing/orders/{file}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stack `free`: one task, on serverless compute."""
    build_library()
    return synthesize(tmp_path_factory.mktemp("synth")) / "free"


def orders(first: int, last: int) -> list[dict[str, Any]]:
    return [
        {
            "order_id": f"o{at % 40}",
            "customer_id": f"c{at % 7}",
            "order_total": at + 0.25,
            "order_status": "cancelled" if at % 5 == 0 else "paid",
            "updated_at": f"2026-01-01T00:{at // 60:02d}:{at % 60:02d}Z",
        }
        for at in range(first, last)
    ]


def upload(
    server: Server, schema: str, name: str, events: list[dict[str, Any]], catalog: str = "workspace"
) -> None:
    text = "\n".join(map(json.dumps, events)).encode()
    server.client.files.upload(LANDING.format(catalog=catalog, schema=schema, file=name), io.BytesIO(text))


def until(what: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def finished(server: Server, run_id: int) -> Any:
    return server.client.jobs.wait_get_run_job_terminated_or_skipped(run_id)


def stored(server: Server, table: str) -> Path:
    catalog, schema, name = table.split(".")
    return server.folder / "catalogs" / catalog / "warehouse" / f"{schema}.db" / name


def test_a_job_runs_is_killed_cancelled_and_outlives_the_server_and_its_tables_are_right(
    stack: Path, tmp_path: Path
) -> None:
    events = orders(0, 300)
    with running(tmp_path / "w", ["--warehouse", "0123456789abcdef"]) as server:
        jobs: Any = server.client.jobs
        job = deploy(server, stack)
        parameters = parameters_of(server, job)
        bronze, silver = parameters["schema_bronze"], parameters["schema_silver"]
        with pytest.raises(errors.InvalidParameterValue, match="no parameter colour; it has action"):
            jobs.run_now(job, job_parameters={"colour": "red"})
        upload(server, bronze, "a.jsonl", events[:200])

        # A run that is killed has failed, and says so; the next one goes on from there.
        killed = jobs.run_now(job, idempotency_token="once").run_id
        assert jobs.run_now(job, idempotency_token="once").run_id == killed
        state = server.folder / "runs" / str(killed) / "state.json"
        until(lambda: state.exists() and json.loads(state.read_text())["life_cycle_state"] == "RUNNING")
        (process,) = [run["pid"] for run in held_runs(server)]
        os.kill(process, signal.SIGKILL)
        run = ended(server, killed)
        assert "ended unexpectedly" in str(run.state.state_message)

        # One that waits behind another is cancelled before it begins.
        first = jobs.run_now(job).run_id
        waiting = jobs.run_now(job).run_id
        jobs.cancel_run(waiting)
        assert finished(server, waiting).state.result_state is RunResultState.CANCELED
    # The run goes on while there is no server.
    with running(tmp_path / "w", ["--warehouse", "0123456789abcdef"]) as server:
        jobs = server.client.jobs
        run = finished(server, first)
        assert run.state.result_state is RunResultState.SUCCESS, run.state
        (task,) = run.tasks
        output = jobs.get_run_output(task.run_id)
        assert json.loads(str(output.notebook_output.result))["topics"]["orders"]["read"] == 200
        names = {table.full_name for table in server.client.tables.list("workspace", silver)}
        assert names == {f"workspace.{silver}.orders"}

        upload(server, bronze, "b.jsonl", events[200:])
        name = jobs.get(job).settings.name
        done = run_job(server, [name, "--param", "action=run"])
        assert (done.returncode, done.stderr) == (0, "")
        first_line, *changes, last_line = done.stdout.splitlines()
        assert first_line.startswith("Run ")
        assert [line.split()[1:] for line in changes][-1] == [task.task_key, "SUCCESS"]
        assert f"of {name}: SUCCESS" in last_line
        table = server.client.tables.get(f"workspace.{silver}.orders")
        types = {column.name: column.type_text for column in table.columns}
        assert (types["order_total"], types["updated_at"]) == ("decimal(18,4)", "timestamp")
        assert gold(server, parameters["schema_gold"]) == expected(events)
        query_as_a_client_does(server, silver, len(expected(events)))
        assert [one.run_id for one in jobs.list_runs(job_id=job)][-1] == killed


def test_shards_are_runs_of_their_own_jobs_started_and_cancelled_by_the_main_run(tmp_path: Path) -> None:
    build_library()
    stack = synthesize(tmp_path / "synth", "test/terraform/variants.ts") / "shards"
    events = orders(0, 60)
    with running(tmp_path / "w", ["--catalog", "variant"]) as server:
        jobs: Any = server.client.jobs
        job = deploy(server, stack)
        parameters = parameters_of(server, job)
        upload(server, parameters["schema_bronze"], "a.jsonl", events, "variant")

        run = finished(server, jobs.run_now(job).run_id)
        assert run.state.result_state is RunResultState.SUCCESS, run.state
        assert gold(server, parameters["schema_gold"], "variant") == expected(events)
        started = {task.task_key: task for task in run.tasks if task.run_job_task is not None}
        assert set(started) == {"shard_1", "shard_2"}
        seen = []
        for task in started.values():
            (child,) = jobs.list_runs(job_id=task.run_job_task.job_id)
            assert jobs.get_run_output(task.run_id).run_job_output.run_id == child.run_id
            child = jobs.get_run(child.run_id)
            assert (child.state.result_state, child.trigger.value) == (RunResultState.SUCCESS, "RUN_JOB_TASK")
            # The rows of a shard are counted in the run that started it.
            assert {one.name: one.value for one in child.job_parameters}["run_id"] == str(run.run_id)
            assert all(one.state.result_state is RunResultState.SUCCESS for one in child.tasks)
            assert all(run.start_time <= one.start_time <= one.end_time for one in child.tasks)
            seen += [one.task_key for one in child.tasks]
        assert sorted(seen) == sorted(
            f"{stage}_{topic}" for stage in ("bronze", "silver") for topic in TOPICS
        )

        # Cancelling the main run ends what it has started.
        run_id = jobs.run_now(job).run_id
        until(lambda: any(one.run_id > run_id for one in jobs.list_runs(active_only=True)))
        child = next(one for one in jobs.list_runs(active_only=True) if one.run_id > run_id)
        with pytest.raises(errors.NotImplemented, match=f"cancels it with run {run_id}"):
            jobs.cancel_run(child.run_id)
        jobs.cancel_run(run_id)
        assert finished(server, run_id).state.result_state is RunResultState.CANCELED
        assert finished(server, child.run_id).state.result_state is RunResultState.CANCELED
        assert not list(jobs.list_runs(active_only=True))

        # A repair runs what was cancelled, and keeps the rest.
        before = {task.task_key: task for task in jobs.get_run(run_id).tasks}
        with pytest.raises(errors.InvalidParameterValue, match="no task nothing; it has "):
            jobs.repair_run(run_id, rerun_tasks=["nothing"])
        run = jobs.repair_run(run_id, rerun_all_failed_tasks=True).result()
        assert run.state.result_state is RunResultState.SUCCESS, run.state
        for task in run.tasks:
            kept = before[task.task_key].state.result_state in (
                RunResultState.SUCCESS,
                RunResultState.EXCLUDED,
            )
            assert (task.run_id == before[task.task_key].run_id) is kept, task
            assert task.attempt_number == (0 if kept else 1), task
        assert "prepare" in {task.task_key for task in run.tasks if task.attempt_number == 0}
        original, repair = jobs.get_run(run_id, include_history=True).repair_history
        assert (original.state.result_state, repair.state.result_state) == (
            RunResultState.CANCELED,
            RunResultState.SUCCESS,
        )
        assert set(repair.task_run_ids) == {task.run_id for task in run.tasks if task.attempt_number == 1}
        with pytest.raises(errors.InvalidParameterValue, match=f"that of run {run_id} is {repair.id}"):
            jobs.repair_run(run_id, rerun_tasks=["finish"])
        assert gold(server, parameters["schema_gold"], "variant") == expected(events)


def query_as_a_client_does(server: Server, silver: str, count: int) -> None:
    (warehouse,) = server.client.warehouses.list()

    def ask(text: str, **how: Any) -> Any:
        statements: Any = server.client.statement_execution
        answer = statements.execute_statement(text, warehouse.id, wait_timeout="1s", **how)
        while answer.status.state in (StatementState.PENDING, StatementState.RUNNING):
            time.sleep(0.2)
            answer = statements.get_statement(answer.statement_id)
        return answer

    answer = ask(
        f"SELECT count(*) AS n, count(*), max(struct(order_id)) FROM workspace.{silver}.orders "
        "WHERE order_id <> 'o1'"
    )
    assert answer.status.error is None, answer.status
    assert answer.result.data_array == [[str(count - 1), str(count - 1), '{"order_id":"o9"}']]
    assert [one.type_text for one in answer.manifest.schema.columns][:2] == ["BIGINT", "BIGINT"]
    assert ask(
        "SELECT order_id FROM orders ORDER BY 1 LIMIT 1", catalog="workspace", schema=silver
    ).result.data_array == [["o0"]]
    failed = ask(f"SELECT nothing FROM workspace.{silver}.orders").status
    assert failed.state is StatementState.FAILED
    assert "UNRESOLVED_COLUMN" in failed.error.message
    with pytest.raises(errors.NotImplemented, match="does not bind parameters"):
        ask("SELECT :a", parameters=[StatementParameterListItem("a", value="1")])
    with pytest.raises(errors.NotImplemented, match="runs CREATE TABLE"):
        ask(f"DELETE FROM workspace.{silver}.orders")


def parameters_of(server: Server, job: int) -> dict[str, str]:
    settings = server.call("GET", "/api/2.2/jobs/get", query={"job_id": job})["settings"]
    return {one["name"]: one["default"] for one in settings["parameters"]}


def held_runs(server: Server) -> list[dict[str, Any]]:
    folder = server.folder / "runs"
    return [
        {"pid": int((one / "lock").read_text() or 0)} for one in folder.iterdir() if (one / "lock").exists()
    ]


def ended(server: Server, run_id: int) -> Any:
    jobs: Any = server.client.jobs
    until(lambda: jobs.get_run(run_id).state.result_state is not None)
    return jobs.get_run(run_id)


def gold(server: Server, schema: str, catalog: str = "workspace") -> dict[str, tuple[str, int, int]]:
    files = stored(server, f"{catalog}.{schema}.order_metrics")
    return {
        row["order_id"]: (str(row["total_amount"].normalize()), row["row_count"], row["cancelled_rows"])
        for row in read_rows(files)
    }


def expected(events: list[dict[str, Any]]) -> dict[str, tuple[str, int, int]]:
    """The latest event of each order, by DuckDB."""
    with duckdb.connect() as db:
        db.execute("CREATE TABLE events (id VARCHAR, total DECIMAL(18,4), status VARCHAR, moment VARCHAR)")
        rows = [
            [one["order_id"], one["order_total"], one["order_status"], one["updated_at"]] for one in events
        ]
        db.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
        found = db.execute(
            "SELECT id, arg_max(total, moment), (arg_max(status, moment) = 'cancelled')::INT FROM events GROUP BY id"
        ).fetchall()
    return {id_: (str(total.normalize()), 1, cancelled) for id_, total, cancelled in found}
