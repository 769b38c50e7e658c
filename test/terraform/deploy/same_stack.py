"""`python -m test.terraform.deploy.same_stack WORKSPACE STACK`: prints each difference between a stack and what a workspace, into
which it was deployed, gives to a run of its job.

The local runner takes a stack from `cdk.tf.json`, a local workspace runs what the provider put into it: both have to mean the same.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from local.job import Job, PipelineTask, RunJobTask, Work
from local.stack import Stack, WorkspaceFile, load_stack
from local.workspace_run import read_stack
from workspace.folder import Folder
from workspace.runs import document, write_files
from workspace.store import Store
from workspace.workspace import Workspace


def main(folder: Path, stack: Path) -> int:
    """Compare; 1 where something differs."""
    declared = load_stack(stack)
    with tempfile.TemporaryDirectory() as scratch:
        # The server holds the file itself.
        for file in folder.glob("state.sqlite*"):
            shutil.copy(file, scratch)
        held = Workspace(Store(Path(scratch) / Folder(folder).state.name), Folder(folder))
        found = list(differences(_facts(declared), _facts(_given(held, declared, Path(scratch)))))
    print("\n".join(found))
    return 1 if found else 0


def _given(workspace: Workspace, declared: Stack, scratch: Path) -> Stack:
    """The stack that a run of the job with this name gets."""
    held = [job["settings"] for _, job in workspace.store.every("jobs")]
    settings = next((one for one in held if one["name"] == declared.job.name), None)
    if settings is None:
        raise SystemExit(f"The workspace has no job {declared.job.name}.")
    catalog = declared.job.parameters["catalog"]
    body = document(workspace, settings, {"run_id": 1, "parameters": {"catalog": catalog}, "given": []})
    write_files(workspace, body, scratch)
    return read_stack(body, scratch)


def _facts(stack: Stack) -> dict[str, dict[Any, Any]]:
    """What a stack consists of, by kind and name."""
    names = {id_: one.name for id_, one in stack.pipelines.items()}
    names |= {id_: one.name for id_, one in stack.jobs.items()}
    job = _with_names(stack.job, names)
    return {
        # A run needs the library that its tasks install, and no older one.
        "file": _contents(one for one in stack.files if not one.path.endswith(".whl")),
        "library": _contents(one for one in stack.files if one.path.endswith(".whl")),
        "notebook": _contents(stack.notebooks),
        "schema": {(one.catalog, one.name): one for one in stack.schemas if one.name != "default"},
        "volume": {one.relative_path: one for one in stack.volumes},
        "table": {one.name: one for one in stack.tables},
        "pipeline": {one.name: one for one in stack.pipelines.values()},
        "parameter": dict(job.parameters),
        "task": {task.key: task for task in job.tasks},
        "shard": {one.name: _with_names(one, names) for one in stack.jobs.values() if one.name != job.name},
    }


def _contents(files: Iterable[WorkspaceFile]) -> dict[str, bytes]:
    return {one.path: one.read() for one in files}


def _with_names(job: Job, names: dict[str, str]) -> Job:
    """A job that names declarative pipelines and other jobs: a plan has no ids of them."""

    def named(work: Work) -> Work:
        if isinstance(work, PipelineTask):
            return replace(work, pipeline_id=names[work.pipeline_id])
        return replace(work, job_id=names[work.job_id]) if isinstance(work, RunJobTask) else work

    return replace(job, tasks=tuple(replace(task, work=named(task.work)) for task in job.tasks))


def differences(declared: dict[str, dict[Any, Any]], given: dict[str, dict[Any, Any]]) -> Iterator[str]:
    """One line for each thing that only one side has, or that differs."""
    for kind, things in declared.items():
        for name in sorted({*things, *given[kind]}, key=str):
            left, right = things.get(name), given[kind].get(name)
            if left != right:
                yield f"{kind} {name}: the stack has {left!r:.300}, the workspace {right!r:.300}"


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
