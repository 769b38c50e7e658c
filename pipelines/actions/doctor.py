"""The action ``doctor``: checks, in the real workspace, every assumption that cannot be tested outside one."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines import delta
from pipelines.bronze import auto_loader
from pipelines.bronze import kafka as kafka_source
from pipelines.context import Context
from pipelines.errors import ActionError, PipelineError, counted, describe
from pipelines.registry import registry_columns

from .arguments import read_arguments
from .repair import damage, repair


class DoctorError(PipelineError):
    """Some of the doctor's checks failed."""

    remedy = "Do what each line of the report says; --repair puts a damaged registry right."

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("The doctor found faults:\n" + "\n".join(lines))


def doctor(ctx: Context) -> dict[str, Any]:
    """Try every check, whatever the others say; before that, repair the schema registry where that was asked.

    Raises :class:`DoctorError` where a check failed.
    """
    asked = read_arguments(ctx, ["repair"]).get("repair", "false")
    if asked not in ("true", "false"):
        raise ActionError(ctx.parameters.action, f'argument repair is {asked!r}; allowed: "true", "false"')
    lines = repair(ctx) if asked == "true" else []
    fine = True
    for name, check in _CHECKS.items():
        try:
            lines.append(f"ok      {name}: {check(ctx)}")
        except Exception as error:  # each check may fail in ways of its own
            fine = False
            lines.append(f"FAILED  {name}: {describe(error)}")
    ctx.log.event("prepare", "doctor" if fine else "doctor_failed", details={"checks": lines})
    if not fine:
        raise DoctorError(lines)
    return {"checks": lines}


def _library(ctx: Context) -> str:
    wanted = ctx.parameters.library_hash
    found = str(Path(__file__).parents[1])
    return f"{found}, Python {sys.version.split()[0]}, deployed as {wanted or 'a clone'}"


def _settings(ctx: Context) -> str:
    zone = ctx.document.settings.time_zone
    ctx.spark.conf.set("spark.sql.session.timeZone", zone)
    if ctx.spark.conf.get("spark.sql.session.timeZone") != zone:
        raise PipelineError("the session's time zone cannot be set")
    return f"Spark {ctx.spark.version}, session time zone {zone}"


def _landing(ctx: Context) -> str:
    folders = [entry.name for entry in os.scandir(ctx.parameters.landing)]
    return f"{ctx.parameters.landing} holds {', '.join(sorted(folders)) or 'nothing yet'}"


def _checkpoints(ctx: Context) -> str:
    path = Path(ctx.parameters.checkpoints) / f"doctor-{uuid.uuid4().hex}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("written by doctor", encoding="utf-8")
    renamed = path.replace(path.with_name(f"{path.name}-renamed"))  # what the ledger of files does
    renamed.unlink()
    return f"{ctx.parameters.checkpoints} can be written, files in it renamed"


def _sources(ctx: Context) -> str:
    wanted, said = ctx.parameters.file_source, []
    if any(topic.files for topic in ctx.topics):
        if wanted == "cloudFiles" and ctx.parameters.in_workspace:
            auto_loader.read(ctx, next(topic for topic in ctx.topics if topic.files)).schema  # noqa: B018 - analysed
        elif wanted == "cloudFiles":
            wanted = "ledger, since Auto Loader (cloudFiles) works in a workspace only"
        said.append(f"files by {wanted}")
    for topic in ctx.topics:
        if topic.kafka is not None:
            kafka_source.read_one(ctx, topic)
            said.append(f"{topic.name} from the brokers {topic.kafka.bootstrap_servers}")
    return "; ".join(said)


def _workers(ctx: Context) -> str:
    def version_of_worker(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pipelines.inference as library

        for _ in batches:
            yield pa.RecordBatch.from_pydict({"where": [str(library.__file__)]})

    rows = ctx.spark.range(1).mapInArrow(version_of_worker, "where string").collect()
    return f"Python workers import the library from {rows[0][0]}"


def _changes(ctx: Context) -> str:
    topics = ctx.topics
    for topic in topics:
        table = ctx.parameters.tables.bronze(topic.name)
        commit = delta.last_commit(ctx.spark, table)
        delta.changes(ctx.spark, table, commit.version, commit.version).limit(1).collect()
    return f"the change feed of {counted(len(topics), 'bronze table')} can be read"


def _registry(ctx: Context) -> str:
    present = ctx.spark.table(ctx.parameters.tables.ops("schema_registry")).dtypes
    if dict(present) != registry_columns():
        raise PipelineError(f"ops.schema_registry has columns {present}, expected {registry_columns()}")
    found = [error for topic in ctx.topics if (error := damage(ctx, topic)) is not None]
    if found:
        raise PipelineError(" ".join(map(str, found)))
    versions = sum(len(ctx.registry.history(topic.name)) for topic in ctx.topics)
    return f"{counted(versions, 'version')} of {counted(len(ctx.topics), 'topic')}"


_CHECKS: dict[str, Callable[[Context], str]] = {
    "library": _library,
    "settings": _settings,
    "landing volume": _landing,
    "checkpoint volume": _checkpoints,
    "sources": _sources,
    "Python workers": _workers,
    "schema registry": _registry,
    "change feed": _changes,
}
