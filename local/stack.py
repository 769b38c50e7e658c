"""A synthesized stack as typed values: what `cdk.tf.json` declares, with references resolved."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.errors import LocalError
from local.job import Job, RunJobTask, parse_job
from local.references import Resolver


@dataclass(frozen=True)
class Schema:
    """A Unity Catalog schema."""

    catalog: str
    name: str


@dataclass(frozen=True)
class Volume:
    """A Unity Catalog volume."""

    catalog: str
    schema: str
    name: str

    @property
    def relative_path(self) -> str:
        """Return where it lies below the volume root."""
        return f"{self.catalog}/{self.schema}/{self.name}"


@dataclass(frozen=True)
class Column:
    """A column of a declared table."""

    name: str
    type: str
    comment: str | None = None


@dataclass(frozen=True)
class Table:
    """A declared table: the schema registry is the only one."""

    catalog: str
    schema: str
    name: str
    columns: tuple[Column, ...]
    comment: str | None = None


@dataclass(frozen=True)
class WorkspaceFile:
    """A file or notebook of the workspace, and where its content is."""

    path: str
    """Without `/Workspace`: `/Shared/medallion/retail/local/bronze`."""
    source: Path | None
    content: bytes | None = None

    def read(self) -> bytes:
        """Its content, from the asset or from the stack itself."""
        if self.content is not None:
            return self.content
        if self.source is None or not self.source.is_file():
            raise LocalError(
                f"{self.path}: its source {self.source} is not there; synthesize the stack again."
            )
        return self.source.read_bytes()


@dataclass(frozen=True)
class Pipeline:
    """A declarative pipeline: its sources by workspace path, and the settings that they read."""

    name: str
    schema: str
    sources: tuple[str, ...]
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Stack:
    """Facts about one environment for the local runner."""

    name: str
    directory: Path
    schemas: tuple[Schema, ...]
    volumes: tuple[Volume, ...]
    tables: tuple[Table, ...]
    files: tuple[WorkspaceFile, ...]
    notebooks: tuple[WorkspaceFile, ...]
    job: Job
    pipelines: Mapping[str, Pipeline] = field(default_factory=dict)
    """By id."""
    jobs: Mapping[str, Job] = field(default_factory=dict)
    """Jobs that a task can start, by id."""


def load_stack(directory: Path | str) -> Stack:
    """Read `cdk.tf.json` in a folder of `cdktf.out/stacks/`; every reference in it is resolved, used here or not."""
    folder = Path(directory).resolve()
    file = folder / "cdk.tf.json"
    if not file.is_file():
        raise LocalError(f"No synthesized stack in {folder}: run `npm run synth` first.")
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise LocalError(f"{file} is not JSON ({error}): run `npm run synth` again.") from error
    return build_stack(document, name=folder.name, directory=folder)


def build_stack(document: Mapping[str, Any], *, name: str, directory: Path) -> Stack:
    """The typed form of one Terraform document."""
    resolver = Resolver(document)
    resources = resolver.resolve_all()

    def every(type_name: str) -> Iterable[dict[str, Any]]:
        return (resources[address] for address in resolver.addresses(type_name))

    jobs = {
        resolver.attribute(address, "id"): parse_job(resources[address])
        for address in resolver.addresses("databricks_job")
    }
    return Stack(
        name=name,
        directory=directory,
        schemas=tuple(Schema(body["catalog_name"], body["name"]) for body in every("databricks_schema")),
        volumes=tuple(
            Volume(body["catalog_name"], body["schema_name"], body["name"])
            for body in every("databricks_volume")
        ),
        tables=tuple(table_of(body) for body in every("databricks_sql_table")),
        files=tuple(_file(body, directory) for body in every("databricks_workspace_file")),
        notebooks=tuple(_file(body, directory) for body in every("databricks_notebook")),
        job=_pipeline_job(jobs, name),
        pipelines={
            resolver.attribute(address, "id"): pipeline_of(resources[address])
            for address in resolver.addresses("databricks_pipeline")
        },
        jobs=jobs,
    )


def normalize_path(path: str) -> str:
    """A workspace path without its optional prefix `/Workspace`."""
    return path[len("/Workspace") :] if path.startswith("/Workspace/") else path


def _pipeline_job(jobs: Mapping[str, Job], stack: str) -> Job:
    """The job that runs the pipeline: the one that takes a volume root, which this machine overrides, and is no shard."""
    works = [task.work for job in jobs.values() for task in job.tasks]
    shards = {work.job_id for work in works if isinstance(work, RunJobTask)}
    found = [job for id_, job in jobs.items() if "volume_root" in job.parameters and id_ not in shards]
    if len(found) != 1:
        names = ", ".join(sorted(job.name for job in jobs.values())) or "none"
        raise LocalError(
            f"Stack {stack} has {len(found)} jobs with a parameter `volume_root` that no other job starts, "
            f"exactly one is needed (jobs: {names})."
        )
    return found[0]


def pipeline_of(body: Mapping[str, Any]) -> Pipeline:
    """A declarative pipeline, as the provider or as the API describes it."""
    libraries = body.get("libraries") or body.get("library") or []
    paths = [item["notebook"]["path"] for item in libraries if "notebook" in item]
    settings = {name: str(value) for name, value in (body.get("configuration") or {}).items()}
    return Pipeline(body["name"], body["schema"], tuple(map(normalize_path, paths)), settings)


def table_of(body: Mapping[str, Any]) -> Table:
    """A table, as the provider or as the API describes it."""
    columns = tuple(
        Column(item["name"], item.get("type_text") or item["type"], item.get("comment"))
        for item in body.get("columns") or body.get("column") or ()
    )
    return Table(body["catalog_name"], body["schema_name"], body["name"], columns, body.get("comment"))


def _file(body: Mapping[str, Any], directory: Path) -> WorkspaceFile:
    content = body.get("content_base64")
    source = body.get("source")
    return WorkspaceFile(
        path=normalize_path(body["path"]),
        source=directory / source if source is not None else None,
        content=base64.b64decode(content) if content is not None else None,
    )
