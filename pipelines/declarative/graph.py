"""The tables that the sources in ``notebooks/declarative`` declare, worked out before they declare them.

Everything that asks Spark anything (columns, registry, table schemas) happens here, when a source is loaded: inside the
query functions of a pipeline nothing may be analysed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines.config.document import Document, GoldModel, Topic
from pipelines.config.load import load_document
from pipelines.config.parameters import Parameters, resolve
from pipelines.delta.sql import quote
from pipelines.gold import sql as gold_sql
from pipelines.inference import Profile
from pipelines.ops import descriptions
from pipelines.registry import Plan, RegistryStore
from pipelines.registry.delta_store import DeltaRegistry
from pipelines.silver import table as silver_table
from pipelines.silver import upsert
from pipelines.silver.arrow_pass import Observation
from pipelines.silver.evaluate import evaluate_rows
from pipelines.silver.outcomes import good_rows
from pipelines.silver.plan import layout_of, planner

#: Settings of the pipeline (``configuration``) that hold the parameters of the job.
PREFIX = "medallion."
_NAMES = (
    "catalog",
    "schema_bronze",
    "schema_silver",
    "schema_gold",
    "schema_ops",
    "volume_root",
    "landing",
    "checkpoints",
    "pipeline_document",
    "library_hash",
    "upserts",
)

Upserts = Literal["auto_cdc", "latest"]


@dataclass(frozen=True)
class SilverTable:
    """A silver table to declare. ``rows`` is a stream where the table is a streaming table, else the whole of bronze."""

    name: str
    kind: Literal["append", "auto_cdc", "latest"]
    topic: str
    comment: str
    properties: Mapping[str, str]
    rows: DataFrame
    keys: tuple[str, ...]
    sequence: Column
    expectations: Mapping[str, str]


@dataclass(frozen=True)
class GoldTable:
    """A gold model to declare: a materialized view over ``sql``."""

    name: str
    comment: str
    sql: str


class Graph:
    """The tables of a pipeline, by the registry as it stands when the sources are loaded."""

    def __init__(
        self,
        spark: SparkSession,
        document: Document,
        parameters: Parameters,
        registry: RegistryStore,
        upserts: Upserts = "auto_cdc",
    ) -> None:
        self._spark = spark
        self._document = document
        self._tables = parameters.tables
        self._registry = registry
        self._upserts = upserts
        self._plans = {topic.name: self._plan(topic) for topic in document.topics}

    @classmethod
    def of(cls, spark: SparkSession) -> Graph:
        """The graph that the settings ``medallion.*`` of the running pipeline describe."""
        given = {name: spark.conf.get(f"{PREFIX}{name}", "") for name in _NAMES}
        options: dict[str, Any] = {name: value for name, value in given.items() if value}
        parameters = resolve(None, options, {}, str(options.get("catalog", "")), "")
        document = load_document(parameters.pipeline_document or None)
        registry = DeltaRegistry(spark, parameters.tables.ops("schema_registry"))
        upserts: Upserts = "latest" if given["upserts"] == "latest" else "auto_cdc"
        return cls(spark, document, parameters, registry, upserts)

    def silver(self) -> list[SilverTable]:
        """Silver tables of the topics that have a schema; the others come with their first usable record."""
        return [
            self._silver(topic, plan)
            for topic in self._document.topics
            if (plan := self._plans[topic.name]) is not None
        ]

    def gold(self) -> list[GoldTable]:
        """Gold models in dependency order, their inputs bound to the tables of this pipeline."""
        columns: dict[str, dict[str, str]] = {
            topic: layout_of(self._document.topic(topic), plan)[0].columns
            for topic, plan in self._plans.items()
            if plan is not None
        }
        declared = []
        for model in self._document.gold:
            sources = {input_.name: self._source(input_.name) for input_ in model.inputs}
            sql = gold_sql.bind(self._spark, model, sources, columns)
            comment = descriptions.of_gold(model).comment
            declared.append(GoldTable(_plain(self._tables.gold(model.name)), comment, sql))
            columns[model.name] = self._columns_of(model)
        return declared

    def _plan(self, topic: Topic) -> Plan | None:
        """Tell how the registered schema types the topic; nothing where no row could become a row of silver."""
        history = [version.schema for version in self._registry.history(topic.name)]
        if not history:
            return None
        nothing_new = Observation(0, 0, Profile())
        plan = planner(topic, nothing_new)(history[-1], history)
        layout, missing_keys = layout_of(topic, plan)
        return None if missing_keys or not layout.plans else plan

    def _silver(self, topic: Topic, plan: Plan) -> SilverTable:
        layout, _ = layout_of(topic, plan)
        description = descriptions.of_silver(topic)
        kind: Literal["append", "auto_cdc", "latest"] = (
            "append" if topic.silver.mode == "append" else self._upserts
        )
        bronze = self._tables.bronze(topic.name)
        # Bronze only grows, except where records were deleted on request: such commits bring nothing new.
        source = (
            self._spark.read.table(bronze)
            if kind == "latest"
            else self._spark.readStream.option("skipChangeCommits", "true").table(bronze)
        )
        good = good_rows(evaluate_rows(source, topic, plan))
        latest = self._registry.latest(topic.name)
        rows = silver_table.to_rows(good, layout, latest.version if latest else 0)
        if kind == "latest":
            winners = upsert.mark_winners(rows, layout).where(F.col(upsert.WINNER))
            rows = winners.select(*rows.columns)
        return SilverTable(
            name=_plain(self._tables.silver(topic.name)),
            kind=kind,
            topic=topic.name,
            comment=description.comment,
            properties=description.properties,
            rows=rows,
            keys=layout.keys,
            sequence=_sequence(layout),
            expectations=_expectations(topic, rows),
        )

    def _source(self, name: str) -> str | None:
        if name in self._plans:
            return _plain(self._tables.silver(name)) if self._plans[name] is not None else None
        return _plain(self._tables.gold(name))

    def _columns_of(self, model: GoldModel) -> dict[str, str]:
        """The columns that a model makes, with their types, asked of its query over no rows."""
        query = gold_sql.bind(self._spark, model, dict.fromkeys(input_.name for input_ in model.inputs))
        return dict(self._spark.sql(query).dtypes)


def _sequence(layout: silver_table.SilverLayout) -> Column:
    """The total order of the job engine, as one value: sequence (nulls first), source, position."""
    first = [F.col(quote(name)) for name in layout.sequence]
    return F.struct(*first, F.col("_source"), F.col("_position"), F.col("_row_id"))


def _expectations(topic: Topic, rows: DataFrame) -> dict[str, str]:
    """Rules that warn, as far as the table has their columns. The other rules were carried out before this table."""
    found = {}
    for rule in topic.rules("row"):
        if rule.on_violation != "warn":
            continue
        try:
            rows.select(F.expr(rule.expect)).schema  # noqa: B018 - asked only whether it can be asked
        except AnalysisException:
            continue
        found[rule.name] = rule.expect
    return found


def _plain(name: str) -> str:
    """A quoted name without its quotes, as pipelines write names."""
    parts = re.findall(r"`([^`]+)`", name)
    return ".".join(parts)
