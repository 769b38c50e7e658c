"""Declarative pipelines that are updated by the API, outside of their job, on embedded Spark."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import errors
from databricks.sdk.service.pipelines import PipelineState, UpdateInfoState
from deltalake import DeltaTable

from test.workspace.support import Server, build_library, deploy, running, synthesize
from test.workspace.test_runs import finished, orders, parameters_of, stored, upload

pytestmark = [pytest.mark.e2e, pytest.mark.declarative, pytest.mark.slow]

WAIT = timedelta(minutes=10)


def versions(server: Server, parameters: dict[str, str]) -> list[int]:
    """Versions of a silver table and of a gold one, which each update writes anew."""
    names = (f"main.{parameters['schema_silver']}.orders", f"main.{parameters['schema_gold']}.order_metrics")
    return [DeltaTable(stored(server, name)).version() for name in names]


def test_an_update_writes_its_tables_and_is_no_run_of_a_job(tmp_path: Path) -> None:
    build_library()
    stack = synthesize(tmp_path / "synth", "test/terraform/variants.ts", "declarative") / "declarative"
    with running(tmp_path / "w") as server:
        pipelines: Any = server.client.pipelines
        job = deploy(server, stack)
        parameters = parameters_of(server, job)
        ((pipeline, state),) = [(one.pipeline_id, one.state) for one in pipelines.list_pipelines()]
        assert state is PipelineState.IDLE
        upload(server, parameters["schema_bronze"], "a.jsonl", orders(0, 20), catalog="main")
        run = finished(server, server.client.jobs.run_now(job).run_id)
        assert run.state.result_state.value == "SUCCESS", run.state
        before = versions(server, parameters)

        with pytest.raises(errors.NotImplemented, match="pipelines/updates with refresh_selection"):
            pipelines.start_update(pipeline, refresh_selection=["orders"])
        update = pipelines.start_update(pipeline).update_id
        with pytest.raises(errors.ResourceConflict, match=f"Update {update} of pipeline"):
            pipelines.start_update(pipeline)
        assert pipelines.get(pipeline).state is PipelineState.RUNNING
        pipelines.wait_get_pipeline_idle(pipeline, timeout=WAIT)
        found = pipelines.get_update(pipeline, update).update
        assert (found.state, found.full_refresh) == (UpdateInfoState.COMPLETED, False)
        assert all(now > then for now, then in zip(versions(server, parameters), before, strict=True))
        assert [one.run_id for one in server.client.jobs.list_runs()] == [run.run_id]

        refresh = pipelines.start_update(pipeline, full_refresh=True).update_id
        pipelines.stop_and_wait(pipeline, timeout=WAIT)
        states = {one.update_id: one.state for one in pipelines.list_updates(pipeline).updates}
        assert states == {update: UpdateInfoState.COMPLETED, refresh: UpdateInfoState.CANCELED}
        with pytest.raises(errors.NotFound, match="Update 'other' does not exist"):
            pipelines.get_update(pipeline, "other")
        pipelines.delete(pipeline)
        assert "updates" not in {kind for kind, _ in server.call("GET", "/local/resources")}
