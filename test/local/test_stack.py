"""A synthesized stack as typed values."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.errors import LocalError
from local.job import NotebookTask, PythonFileTask, WheelTask, in_graph_order, parse_job
from local.stack import Schema, Volume, load_stack, normalize_path
from local.tools import ROOT
from test.local.support import make_stack, task, write_stack


def test_what_the_stack_declares(tmp_path: Path) -> None:
    stack = make_stack(tmp_path / "tiny", {"prepare": "1"})
    assert stack.name == "tiny"
    assert Schema("main", "dev_silver") in stack.schemas
    assert stack.volumes == (Volume("main", "dev_bronze", "landing"),)
    (table,) = stack.tables
    assert (table.schema, table.name) == ("dev_ops", "schema_registry")
    assert [column.name for column in table.columns] == ["topic", "version"]
    (notebook,) = stack.notebooks
    assert notebook.path == "/Shared/x/prepare"
    assert b"Databricks" in notebook.read()
    assert stack.job.parameters["volume_root"] == "/Volumes"
    (only,) = stack.job.tasks
    assert only.work == NotebookTask(
        "/Shared/x/prepare", {"run_id": "{{job.run_id}}", "catalog": "outranked"}
    )


def test_no_stack_no_json_no_job(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"No synthesized stack.*run `npm run synth`"):
        load_stack(tmp_path)
    (tmp_path / "cdk.tf.json").write_text("{")
    with pytest.raises(LocalError, match="is not JSON"):
        load_stack(tmp_path)
    (tmp_path / "cdk.tf.json").write_text("{}")
    with pytest.raises(LocalError, match="has 0 jobs with a parameter `volume_root`"):
        load_stack(tmp_path)


def test_a_missing_asset_is_said(tmp_path: Path) -> None:
    folder = write_stack(tmp_path, {"prepare": "1"})
    (folder / "assets" / "prepare.py").unlink()
    with pytest.raises(LocalError, match=r"/Shared/x/prepare: its source .* is not there"):
        load_stack(folder).notebooks[0].read()


def test_workspace_prefix_is_optional() -> None:
    assert normalize_path("/Workspace/Shared/x") == normalize_path("/Shared/x") == "/Shared/x"
    assert normalize_path("/Workspaces/x") == "/Workspaces/x"


def job(**task_body: Any) -> Any:
    return parse_job({"name": "j", "task": [{"task_key": "a", **task_body}]}).tasks[0]


def test_kinds_of_work() -> None:
    assert job(notebook_task=[{"notebook_path": "/n"}]).work == NotebookTask("/n")
    assert job(spark_python_task={"python_file": "/f.py", "parameters": ["--x", "1"]}).work == PythonFileTask(
        "/f.py", ("--x", "1")
    )
    assert job(
        python_wheel_task={"package_name": "p", "entry_point": "e", "named_parameters": {"a": "b"}}
    ).work == WheelTask("p", "e", ("--a=b",))
    with pytest.raises(LocalError, match="Task a is a sql_task; the local runner takes"):
        job(sql_task={})
    with pytest.raises(LocalError, match="run_if is 'NEVER'; one of ALL_SUCCESS"):
        job(notebook_task={"notebook_path": "/n"}, run_if="NEVER")


def test_retries_are_read() -> None:
    found = job(notebook_task={"notebook_path": "/n"}, max_retries=2, min_retry_interval_millis=1500)
    assert (found.max_retries, found.retry_interval_s) == (2, 1.5)


def test_tasks_stand_after_what_they_wait_for() -> None:
    ordered = in_graph_order([task("c", "b"), task("b", "a"), task("a")], "j")
    assert [found.key for found in ordered] == ["a", "b", "c"]
    with pytest.raises(LocalError, match="task a waits for z, which the job does not have"):
        in_graph_order([task("a", "z")], "j")
    with pytest.raises(LocalError, match="wait for each other in a circle: a, b"):
        in_graph_order([task("a", "b"), task("b", "a")], "j")


def test_every_shipped_stack_resolves(tmp_path: Path) -> None:
    """Seam 3 from this end: what constructs emit is what the resolver takes."""
    environment = {**os.environ, "CDKTF_OUTDIR": str(tmp_path)}
    environment.pop("MEDALLION_STACKS", None)
    tsx = ["node", "--import", "tsx", "main.ts"]
    done = subprocess.run(tsx, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert len(manifest["stacks"]) >= 11
    for name in manifest["stacks"]:
        stack = load_stack(tmp_path / "stacks" / name)
        assert stack.job.tasks
        assert {file.path for file in stack.files} >= {
            normalize_path(stack.job.parameters["pipeline_document"])
        }
        for file in (*stack.files, *stack.notebooks):
            assert file.read(), f"{name}: {file.path}"


def test_resolving_needs_no_spark() -> None:
    code = "import sys, local.app, local.ask.__main__, local.stack; sys.exit('pyspark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
