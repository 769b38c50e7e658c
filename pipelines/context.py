"""Context of every stage: the session, the document, the paths and names of a run, and the ports to what it keeps."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from pyspark.sql import SparkSession

from pipelines.config.document import Document, GoldModel, Topic
from pipelines.config.load import load_document
from pipelines.config.parameters import Parameters, check_names, resolve
from pipelines.errors import Retry
from pipelines.ops.bronze_versions import BronzeVersions
from pipelines.ops.progress import DeltaProgress, Progress
from pipelines.ops.run_log import RunLog
from pipelines.quality.rules import QualityLog
from pipelines.registry import RegistryStore
from pipelines.registry.delta_store import DeltaRegistry

_Cache = TypeVar("_Cache")


@dataclass(frozen=True)
class Failure:
    """A topic or model of a task that failed."""

    task: str
    message: str
    retry: Retry


@dataclass
class Context:
    """One task's world. A loop keeps it between iterations, with a fresh run id and log each time."""

    spark: SparkSession
    dbutils: Any
    document: Document
    parameters: Parameters
    progress: Progress
    registry: RegistryStore
    log: RunLog
    quality: QualityLog
    bronze_versions: BronzeVersions
    not_compiled: set[str] = field(default_factory=set)
    """Models whose SQL does not compile."""
    drift_raised: bool = False
    """True if this iteration has raised a drift, which may wait for the webhook."""
    failures: list[Failure] = field(default_factory=list)
    """Failures of this iteration."""
    caches: dict[type[Any], Any] = field(default_factory=dict)
    """Caches of the stages between the iterations of a loop; see :meth:`cached`."""

    @property
    def topics(self) -> list[Topic]:
        """The topics that this task handles."""
        chosen = self.parameters.topics
        return [self.document.topic(name) for name in chosen] if chosen else list(self.document.topics)

    @property
    def models(self) -> list[GoldModel]:
        """The gold models that this task handles, in dependency order."""
        chosen = self.parameters.models
        return [self.document.model(name) for name in chosen] if chosen else list(self.document.gold)

    def cached(self, kind: type[_Cache]) -> _Cache:
        """Return what one stage remembers in this process, which it would else ask Spark again: the one instance of its class ``kind``.

        Valid because the pipeline is the only writer of its tables (``max_concurrent_runs: 1``, a lock locally).
        """
        return cast("_Cache", self.caches.setdefault(kind, kind()))


def new_run_id() -> str:
    """A fresh id for a run that no job gave one."""
    return uuid.uuid4().hex


def create_context(
    spark: SparkSession, dbutils: Any, task: str, options: Mapping[str, Any], defaults: Mapping[str, Any]
) -> Context:
    """Resolve parameters, read the document and open the registry. Starts no Spark job."""
    catalog = str(options.get("catalog") or defaults.get("catalog") or "") or spark.catalog.currentCatalog()
    parameters = resolve(dbutils, options, defaults, catalog, new_run_id())
    document = load_document(parameters.pipeline_document or None)
    check_names("topics", parameters.topics, [topic.name for topic in document.topics])
    check_names("models", parameters.models, [model.name for model in document.gold])
    # The business zone: gold cuts days in it. One of the six settings that serverless allows.
    spark.conf.set("spark.sql.session.timeZone", document.settings.time_zone)
    tables = parameters.tables
    return Context(
        spark=spark,
        dbutils=dbutils,
        document=document,
        parameters=parameters,
        bronze_versions=BronzeVersions(spark, tables),
        progress=DeltaProgress(spark, tables.ops("progress")),
        registry=DeltaRegistry(spark, tables.ops("schema_registry")),
        log=RunLog(parameters.run_id, task),
        quality=QualityLog(parameters.run_id),
    )


def next_iteration(ctx: Context) -> Context:
    """The same world for another iteration of a loop: what is known stays, run id and logs are fresh."""
    parameters = replace(ctx.parameters, run_id=new_run_id())
    log = RunLog(parameters.run_id, ctx.log.task)
    return replace(
        ctx,
        parameters=parameters,
        log=log,
        quality=QualityLog(parameters.run_id),
        not_compiled=set(),
        drift_raised=False,
        failures=[],
    )
