"""Small stacks for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from local.job import NotebookTask, Task
from local.stack import Stack, load_stack

HEADER = "# Databricks notebook source\n"
PARAMETERS = {
    "action": "run",
    "catalog": "main",
    "volume_root": "/Volumes",
    "schema_bronze": "dev_bronze",
    "schema_silver": "dev_silver",
    "schema_gold": "dev_gold",
    "schema_ops": "dev_ops",
    "landing": "main/dev_bronze/landing",
    "checkpoints": "main/dev_ops/checkpoints",
    "pipeline_document": "/Workspace/Shared/x/pipeline.json",
}
DOCUMENT = {
    "name": "tiny",
    "description": "A <small> pipeline",
    "topics": [
        {"name": "orders", "source": {"files": "orders"}, "silver": {"mode": "append", "rename": {}}},
        {"name": "clicks", "source": {"kafka": {"topic": "c"}}, "silver": {"mode": "append", "rename": {}}},
    ],
    "gold": [],
}


def task(key: str, *depends_on: str, run_if: str = "ALL_SUCCESS", retries: int = 0) -> Task:
    """A task for the scheduler, which does not look at its work."""
    return Task(key, NotebookTask(f"/{key}"), depends_on, run_if, retries)


def write_stack(folder: Path, notebooks: dict[str, str], tasks: list[dict[str, Any]] | None = None) -> Path:
    """Write a synthesized stack with notebooks (name -> code) and one task for each, or the given tasks."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "assets").mkdir(exist_ok=True)
    (folder / "assets" / "pipeline.json").write_text(json.dumps(DOCUMENT))
    for name, code in notebooks.items():
        (folder / "assets" / f"{name}.py").write_text(HEADER + code)
    body = {
        "provider": {"databricks": [{}]},
        "resource": {
            "databricks_schema": {
                layer: {"catalog_name": "main", "name": f"dev_{layer}"}
                for layer in ("bronze", "silver", "gold", "ops")
            },
            "databricks_volume": {
                "landing": {
                    "catalog_name": "main",
                    "schema_name": "${databricks_schema.bronze.name}",
                    "name": "landing",
                    "volume_type": "MANAGED",
                }
            },
            "databricks_sql_table": {
                "registry": {
                    "catalog_name": "main",
                    "schema_name": "${databricks_schema.ops.name}",
                    "name": "schema_registry",
                    "column": [
                        {"name": "topic", "type": "string", "comment": "It's the topic"},
                        {"name": "version", "type": "bigint"},
                    ],
                }
            },
            "databricks_workspace_file": {
                "document": {"path": "/Shared/x/pipeline.json", "source": "assets/pipeline.json"}
            },
            "databricks_notebook": {
                name: {"path": f"/Shared/x/{name}", "source": f"assets/{name}.py"} for name in notebooks
            },
            "databricks_job": {
                "job": {
                    "name": "tiny job",
                    "parameter": [{"name": name, "default": value} for name, value in PARAMETERS.items()],
                    "task": tasks
                    or [
                        {
                            "task_key": name,
                            "notebook_task": {
                                "notebook_path": f"${{databricks_notebook.{name}.path}}",
                                "base_parameters": {"run_id": "{{job.run_id}}", "catalog": "outranked"},
                            },
                        }
                        for name in notebooks
                    ],
                }
            },
        },
    }
    (folder / "cdk.tf.json").write_text(json.dumps(body))
    return folder


def make_stack(folder: Path, notebooks: dict[str, str], tasks: list[dict[str, Any]] | None = None) -> Stack:
    """The same, loaded."""
    return load_stack(write_stack(folder, notebooks, tasks))


class FakeSpark:
    """Stands in for a session where notebooks do not use it."""

    version = "fake"

    def newSession(self) -> FakeSpark:
        """As Spark has it."""
        return self


def write_delta(path: Path, *commits: dict[str, list[Any]]) -> Path:
    """A Delta table, written by a library that is not Spark: each commit appends the given columns."""
    for columns in commits:
        write_deltalake(path, _typed(pa.table(columns)), mode="append", schema_mode="merge")
    return path


def _typed(table: pa.Table) -> pa.Table:
    """Columns of nothing but null are texts: Delta has no type for them."""
    fields = [
        field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in table.schema
    ]
    return table.cast(pa.schema(fields))
