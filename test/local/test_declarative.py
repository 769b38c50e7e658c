"""A declarative pipeline of a stack, as far as it needs no Spark: what is read of it, and what is set differently here."""

from __future__ import annotations

import json
from pathlib import Path

from local.declarative import local_settings, pipeline_conf
from local.job import ConditionTask, PipelineTask
from local.stack import Pipeline, load_stack
from test.local.support import make_stack, write_stack

TASKS = [
    {"task_key": "infer", "notebook_task": {"notebook_path": "${databricks_notebook.infer.path}"}},
    {
        "task_key": "retyped",
        "depends_on": [{"task_key": "infer"}],
        "condition_task": {"left": "{{tasks.infer.values.x}}", "op": "EQUAL_TO", "right": "true"},
    },
    {
        "task_key": "update",
        "depends_on": [{"task_key": "retyped", "outcome": "false"}],
        "pipeline_task": {"pipeline_id": "${databricks_pipeline.declared.id}", "full_refresh": False},
    },
]
PIPELINE = {
    "name": "shop",
    "catalog": "main",
    "schema": "${databricks_schema.silver.name}",
    "library": [{"notebook": {"path": "${databricks_notebook.silver.path}"}}],
    "configuration": {"medallion.catalog": "main", "medallion.upserts": "auto_cdc", "spark.x": "1"},
}


def test_pipeline_and_its_tasks_are_read_from_the_stack(tmp_path: Path) -> None:
    folder = write_stack(tmp_path, {"infer": "1", "silver": "1"}, TASKS)
    file = folder / "cdk.tf.json"
    body = json.loads(file.read_text())
    body["resource"]["databricks_pipeline"] = {"declared": PIPELINE}
    file.write_text(json.dumps(body))
    stack = load_stack(folder)
    settings = {"medallion.catalog": "main", "medallion.upserts": "auto_cdc", "spark.x": "1"}
    pipeline = Pipeline("shop", "dev_silver", ("/Shared/x/silver",), settings)
    assert stack.pipelines == {"pipeline-declared": pipeline}
    work = {task.key: task.work for task in stack.job.tasks}
    assert work["retyped"] == ConditionTask("{{tasks.infer.values.x}}", "true")
    assert work["update"] == PipelineTask("pipeline-declared", full_refresh=False)
    assert next(task for task in stack.job.tasks if task.key == "update").outcomes == {"retyped": "false"}
    assert pipeline_conf(stack) == {"spark.sql.sources.default": "delta"}


def test_a_stack_without_pipelines_has_a_session_as_ever(tmp_path: Path) -> None:
    assert pipeline_conf(make_stack(tmp_path, {"prepare": "1"})) == {}


def test_settings_are_those_of_this_machine() -> None:
    settings = {"medallion.catalog": "main", "medallion.upserts": "auto_cdc", "spark.x": "1"}
    assert local_settings(settings, {"catalog": "spark_catalog"}) == {
        "medallion.catalog": "spark_catalog",
        "medallion.upserts": "latest",
        "spark.x": "1",
    }
