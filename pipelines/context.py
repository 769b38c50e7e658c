"""What every stage works with: the session, the document, where it runs, and what it knows already."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql import SparkSession

from pipelines.delta import Commit, last_commit
from pipelines.document import Document, GoldModel, Topic, load_document
from pipelines.ledger import Ledger
from pipelines.parameters import Parameters, check_names, resolve
from pipelines.progress import DeltaProgress, Progress
from pipelines.quality import QualityLog
from pipelines.registry import RegistryStore
from pipelines.registry.delta_store import DeltaRegistry
from pipelines.run_log import RunLog


@dataclass
class Known:
    """What a loop knows of its own tables, so that an idle tick asks Spark nothing.

    Valid because the pipeline is the only writer of bronze and silver (``max_concurrent_runs: 1``, a lock locally).
    """

    #: newest commit of a bronze table
    bronze: dict[str, Commit] = field(default_factory=dict)
    #: ledger of the files that bronze has, per topic
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    #: files that were said to wait, with the reason
    waiting: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    #: files that were said to be unread, with the reason
    unread: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    #: row counts of gold tables
    gold_rows: dict[str, int] = field(default_factory=dict)
    #: versions of gold tables, as their readers get to know them
    gold_version: dict[str, int] = field(default_factory=dict)
    prepared: bool = False
    #: refused changes of a topic (field, change) that were raised already
    refused: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    #: whether no drift waits for the hook; until when (``time.monotonic``) a hook that does not answer is left alone
    drifts_told: bool = False
    drifts_wait_until: float | None = None
    #: when the run log was last written, in seconds of ``time.monotonic``
    last_written: float | None = None


@dataclass
class Context:
    """One task's world. A loop keeps it between ticks, with a fresh run id and log each time."""

    spark: SparkSession
    dbutils: Any
    document: Document
    parameters: Parameters
    progress: Progress
    registry: RegistryStore
    log: RunLog
    quality: QualityLog
    known: Known = field(default_factory=Known)
    not_compiled: set[str] = field(default_factory=set)
    """Models whose SQL does not compile."""

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

    def newest_in_bronze(self, topic: str) -> Commit:
        """The newest commit of the topic's bronze table. Delta is asked where it is not known yet."""
        if topic not in self.known.bronze:
            self.known.bronze[topic] = last_commit(self.spark, self.parameters.tables.bronze(topic))
        return self.known.bronze[topic]


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
        progress=DeltaProgress(spark, tables.ops("progress")),
        registry=DeltaRegistry(spark, tables.ops("schema_registry")),
        log=RunLog(parameters.run_id, task),
        quality=QualityLog(parameters.run_id),
    )


def next_tick(ctx: Context) -> Context:
    """The same world for another tick of a loop: what is known stays, run id and logs are fresh."""
    parameters = replace(ctx.parameters, run_id=new_run_id())
    log = RunLog(parameters.run_id, ctx.log.task)
    return replace(
        ctx, parameters=parameters, log=log, quality=QualityLog(parameters.run_id), not_compiled=set()
    )
