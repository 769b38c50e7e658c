"""What the deploy tier asks of every stack: that the local runner and a workspace mean the same by it. Here, that a difference is seen."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from databricks.sdk.service.catalog import VolumeType
from databricks.sdk.service.workspace import ImportFormat, Language

from test.workspace.support import ROOT, Server, deploy, running

FOLDER = "/Workspace/Shared/shop"


def put_stack(folder: Path) -> Path:
    """A small stack as it is synthesized."""
    folder.mkdir()
    (folder / "pipeline.json").write_text("{}")
    schema = {"catalog_name": "main", "name": "bronze", "provider": "databricks"}
    volume = {"catalog_name": "main", "schema_name": "${databricks_schema.bronze.name}", "name": "landing"}
    notebook = {
        "path": f"{FOLDER}/bronze",
        "language": "PYTHON",
        "content_base64": base64.b64encode(b"# Databricks notebook source\n").decode(),
    }
    task = {"task_key": "bronze", "notebook_task": {"notebook_path": "${databricks_notebook.bronze.path}"}}
    job = {
        "name": "shop",
        "max_concurrent_runs": 1,
        "queue": {"enabled": True},
        "parameter": [
            {"name": "catalog", "default": "main"},
            {"name": "volume_root", "default": "/Volumes"},
        ],
        "task": [task],
    }
    resources = {
        "databricks_schema": {"bronze": schema},
        "databricks_volume": {"landing": volume},
        "databricks_workspace_file": {
            "document": {"path": f"{FOLDER}/pipeline.json", "source": "pipeline.json"}
        },
        "databricks_notebook": {"bronze": notebook},
        "databricks_job": {"shop": job},
    }
    (folder / "cdk.tf.json").write_text(json.dumps({"resource": resources}))
    return folder


def differences(server: Server, stack: Path) -> str:
    command = [sys.executable, "-m", "test.terraform.deploy.same_stack", str(server.folder), str(stack)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1 if done.stdout.strip() else 0, "")
    return done.stdout.strip()


def _job(server: Server, job_id: int, change: Callable[[dict[str, Any]], object]) -> None:
    settings = server.call("GET", f"/api/2.2/jobs/get?job_id={job_id}")["settings"]
    change(settings)
    server.call("POST", "/api/2.2/jobs/reset", body={"job_id": job_id, "new_settings": settings})


def _notebook(server: Server, text: bytes) -> None:
    content = base64.b64encode(text).decode()
    how: Any = {"format": ImportFormat.SOURCE, "language": Language.PYTHON, "overwrite": True}
    server.client.workspace.import_(f"{FOLDER}/bronze", content=content, **how)


CHANGES: dict[str, Callable[[Server, int], object]] = {
    "notebook /Shared/shop/bronze: ": lambda server, _: _notebook(server, b"# other\n"),
    "file /Shared/shop/pipeline.json: ": lambda server, _: server.client.workspace.delete(
        f"{FOLDER}/pipeline.json"
    ),
    "schema ('main', 'silver'): ": lambda server, _: server.client.schemas.create("silver", "main"),
    "volume main/bronze/more: ": lambda server, _: server.client.volumes.create(
        "main", "bronze", "more", VolumeType.MANAGED
    ),
    "parameter volume_root: ": lambda server, job: _job(
        server, job, lambda one: one["parameters"][1].update(default="/elsewhere")
    ),
    "task bronze: ": lambda server, job: _job(
        server, job, lambda one: one["tasks"][0].update(run_if="ALL_DONE")
    ),
}


def test_what_a_workspace_holds_is_the_stack_and_each_difference_is_seen(tmp_path: Path) -> None:
    stack = put_stack(tmp_path / "stack")
    with running(tmp_path / "workspace") as server:
        job = deploy(server, stack)
        assert differences(server, stack) == ""
        for number, (line, change) in enumerate(CHANGES.items(), start=1):
            change(server, job)
            found = differences(server, stack).splitlines()
            assert len(found) == number
            assert any(one.startswith(line) for one in found), found
