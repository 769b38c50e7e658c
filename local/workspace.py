"""Gives a stack its paths on this machine: volumes as folders, workspace files as files, schemas and the registry."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from local.errors import LocalError
from local.stack import Stack, Table, WorkspaceFile, normalize_path

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CATALOG = "spark_catalog"
LAYERS = ("bronze", "silver", "gold", "ops")
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\([0-9, ]+\))?")


@dataclass(frozen=True)
class Workspace:
    """Locations of the stack's objects on this machine."""

    out: Path
    files: Mapping[str, Path]
    """Workspace path (without /Workspace) -> file here."""
    parameters: Mapping[str, str]
    """Parameters of the job, with what this machine overrides."""
    library: Path | None
    """The unpacked wheel that the stack deploys: what runs here is what is deployed."""
    volumes: Path | None = None
    """The folder that stands for /Volumes, where it is not one of the output folder."""

    @property
    def volume_root(self) -> Path:
        """The folder that stands for /Volumes."""
        return self.volumes or self.out / "volumes"

    @property
    def landing(self) -> Path:
        """The landing volume."""
        return self.volume_root / self.parameters["landing"]

    def of_job(self, defaults: Mapping[str, str], given: Mapping[str, str]) -> Workspace:
        """The same files for another job: its parameters as they are here, with those that it is started with."""
        return replace(self, parameters={**_parameters(defaults, self.files, self.volume_root), **given})

    def local_file(self, path: str) -> Path:
        """The file here for a path in the workspace."""
        found = self.files.get(normalize_path(path))
        if found is None:
            raise LocalError(f"{path} is not among the files and notebooks of this stack.")
        return found


def prepare_workspace(
    stack: Stack, out: Path, job_parameters: Mapping[str, str] | None = None, *, volumes: Path | None = None
) -> Workspace:
    """Lay out everything that needs no Spark. ``job_parameters`` are given for this run instead of the job's defaults;
    ``volumes`` is the folder that stands for /Volumes, by default one of the output folder.
    """
    root = out / "workspace"
    shutil.rmtree(root, ignore_errors=True)
    files = {file.path: _write(file, root, "") for file in stack.files}
    files.update({notebook.path: _write(notebook, root, ".py") for notebook in stack.notebooks})
    workspace = Workspace(
        out=out,
        files=files,
        parameters={},
        library=_unpack_library(files, root / "lib"),
        volumes=volumes,
    ).of_job(stack.job.parameters, job_parameters or {})
    # The landing volume may be one that exists rather than is declared; here it is a folder either way.
    existing = (
        workspace.parameters[name] for name in ("landing", "checkpoints") if name in workspace.parameters
    )
    for relative in (*(volume.relative_path for volume in stack.volumes), *existing):
        _inside(workspace.volume_root, relative).mkdir(parents=True, exist_ok=True)
    return workspace


def prepare_catalog(spark: SparkSession, stack: Stack) -> None:
    """Create the schemas and declared tables of the stack in the embedded catalog."""
    from pipelines.delta.sql import quote

    names = {schema.name for schema in stack.schemas} | set(layer_schemas(stack.job.parameters).values())
    for name in sorted(names):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {quote(CATALOG)}.{quote(name)}")
    for table in stack.tables:
        spark.sql(create_statement(table))


def layer_schemas(parameters: Mapping[str, str]) -> dict[str, str]:
    """Layer -> schema of this environment (`silver` -> `dev_jane_silver`)."""
    return {layer: parameters[f"schema_{layer}"] for layer in LAYERS if f"schema_{layer}" in parameters}


def create_statement(table: Table) -> str:
    """The statement that makes a declared table from its columns."""
    from pipelines.delta.sql import literal, quote

    columns = []
    for column in table.columns:
        if not _TYPE.fullmatch(column.type):
            raise LocalError(
                f"Table {table.name}, column {column.name}: the type {column.type!r} is not a plain one."
            )
        comment = f" COMMENT {literal(column.comment)}" if column.comment else ""
        columns.append(f"{quote(column.name)} {column.type}{comment}")
    comment = f" COMMENT {literal(table.comment)}" if table.comment else ""
    name = f"{quote(CATALOG)}.{quote(table.schema)}.{quote(table.name)}"
    return f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(columns)}) USING delta{comment}"


def _parameters(defaults: Mapping[str, str], files: Mapping[str, Path], volumes: Path) -> dict[str, str]:
    """Job parameters as they are here: the embedded catalog, folders for volumes, local paths for workspace files."""
    parameters = dict(defaults)
    for name, value in parameters.items():
        if normalize_path(value) in files:
            parameters[name] = str(files[normalize_path(value)])
    parameters.update(catalog=CATALOG, volume_root=str(volumes))
    return parameters


def _write(file: WorkspaceFile, root: Path, suffix: str) -> Path:
    relative = file.path.lstrip("/")
    target = _inside(root, relative if relative.endswith(suffix) else f"{relative}{suffix}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(file.read())
    return target


def _unpack_library(files: Mapping[str, Path], target: Path) -> Path | None:
    wheels = sorted(path for path in files.values() if path.suffix == ".whl")
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)
    return target if wheels else None


def _inside(root: Path, relative: str) -> Path:
    local_path = (root / relative).resolve()
    if root.resolve() not in local_path.parents:
        raise LocalError(f"{relative} would lie outside of {root}.")
    return local_path
