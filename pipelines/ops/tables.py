"""Definitions of the tables that the job owns, and ``ensure``: it looks before it creates.

Silver and gold tables are not here: silver's columns come from the registry, gold's from the model's SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from pipelines.config.document import Document, Topic
from pipelines.config.names import LAYERS, Tables
from pipelines.delta import TABLE_PROPERTIES
from pipelines.delta.sql import Columns, create_table, ddl, quote
from pipelines.errors import ForgottenTablesError
from pipelines.ops import descriptions
from pipelines.registry import registry_columns

#: Delta's error where a table would be made over files.
_NOT_EMPTY = "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION"

BRONZE: Columns = {
    "raw": "string",
    "_raw_bytes": "binary",
    "source": "string",
    "position": "bigint",
    "_row_id": "string",
    "key": "string",
    "event_ts": "timestamp",
    "headers": "map<string,string>",
    "ingest_ts": "timestamp",
    "run_id": "string",
}

QUARANTINE: Columns = {
    "raw": "string",
    "_raw_bytes": "binary",
    "code": "string",
    "field": "string",
    "value_shape": "string",
    "rule": "string",
    "source": "string",
    "position": "bigint",
    "_row_id": "string",
    "run_id": "string",
    "ts": "timestamp",
    "replayed_at": "timestamp",
}

RUN_LOG: Columns = {
    "run_id": "string",
    "task": "string",
    "topic": "string",
    "model": "string",
    "stage": "string",
    "event": "string",
    "level": "string",
    "read_rows": "bigint",
    "silver_rows": "bigint",
    "quarantined_rows": "bigint",
    "deduplicated_rows": "bigint",
    "dropped_rows": "bigint",
    "field_faults": "bigint",
    "duration_ms": "bigint",
    "schema_version": "bigint",
    "error": "string",
    "details": "string",
    "ts": "timestamp",
}

DRIFT: Columns = {
    "topic": "string",
    "field": "string",
    "change": "string",
    "from_type": "string",
    "to_type": "string",
    "value_shape": "string",
    "schema_version": "bigint",
    "run_id": "string",
    "ts": "timestamp",
}

QUALITY: Columns = {
    "run_id": "string",
    "topic": "string",
    "rule": "string",
    "scope": "string",
    "on_violation": "string",
    "checked_rows": "bigint",
    "failed_rows": "bigint",
    "status": "string",
    "example_shape": "string",
    "ts": "timestamp",
}

PROGRESS: Columns = {
    "stage": "string",
    "name": "string",
    "from_version": "bigint",
    "to_version": "bigint",
    "output_version": "bigint",
    "details": "string",
    "run_id": "string",
    "ts": "timestamp",
}

#: Meanings of the columns, by table; `bronze` and `quarantine` stand for the tables of a topic.
MEANINGS: Mapping[str, Mapping[str, str]] = {
    "bronze": {
        "raw": "Text of the record, to the letter; null where its bytes are not of the topic's encoding",
        "_raw_bytes": "Bytes of a record that is not of the topic's encoding; null for the others",
        "source": "File below the landing volume, or topic and partition of Kafka",
        "position": "Line or element within the file, from 0, or offset within the partition",
        "_row_id": "Identifier of the record, the same at every replay",
        "key": "Key of a Kafka message; null for files",
        "event_ts": "Time of the Kafka message, or of the last change of the file",
        "headers": "Headers of a Kafka message; null for files",
        "ingest_ts": "Time of ingestion (UTC)",
        "run_id": "Run that ingested the record",
    },
    "quarantine": {
        "raw": "Text of the record, to the letter; an operator may correct it before a replay",
        "_raw_bytes": "Bytes of a record that is not of the topic's encoding; null for the others",
        "code": "Reason, one of the codes of the reference of errors",
        "field": "Field with the fault, where the reason is one field",
        "value_shape": "Shape of the faulty value, such as 99-aaa; the value itself with settings.examples: raw",
        "rule": "Quality rule that the record violates, where that is the reason",
        "source": "File or partition, as in bronze",
        "position": "Position within the source, as in bronze",
        "_row_id": "Identifier of the record, as in bronze",
        "run_id": "Run that rejected the record",
        "ts": "Time of the rejection (UTC)",
        "replayed_at": "Time of the replay in which the record was accepted; null while it waits",
    },
    "run_log": {
        "run_id": "Run that wrote the event",
        "task": "Task of the job, such as silver_orders",
        "topic": "Topic that the event is about",
        "model": "Gold model that the event is about",
        "stage": "prepare, bronze, silver, gold or finish",
        "event": "Event, one of those of the vocabulary",
        "level": "info, warning or error",
        "read_rows": "Number of bronze rows that were read for the first time",
        "silver_rows": "Number of them that were applied to silver",
        "quarantined_rows": "Number of them that went to quarantine",
        "deduplicated_rows": "Number of them that are older than, or equal to, the row of their key",
        "dropped_rows": "Number of them that a rule with onViolation: drop removed",
        "field_faults": "Number of values that became null in silver, since they do not fit their column",
        "duration_ms": "Duration in milliseconds",
        "schema_version": "Version of the topic's schema that was in force",
        "error": "Sentence of the error, where there is one",
        "details": "Further fields of the event, as JSON",
        "ts": "Time of the event (UTC)",
    },
    "schema_drift": {
        "topic": "Topic whose schema changed",
        "field": "Path of the field",
        "change": "Kind of the change, such as added, promoted or rejected",
        "from_type": "Type before; null for a new field",
        "to_type": "Type after",
        "value_shape": "Shape of a value that caused the change",
        "schema_version": "Version that the change made, or was rejected against",
        "run_id": "Run that saw the change",
        "ts": "Time of the change (UTC)",
    },
    "quality": {
        "run_id": "Run that evaluated the rule",
        "topic": "Topic of the rule",
        "rule": "Name of the rule",
        "scope": "row or batch",
        "on_violation": "warn, drop, quarantine or fail",
        "checked_rows": "Number of rows that were evaluated",
        "failed_rows": "Number of rows that violate the rule",
        "status": "passed, warned, dropped, quarantined, failed or accepted",
        "example_shape": "Shape of a row that violates the rule",
        "ts": "Time of the evaluation (UTC)",
    },
    "progress": {
        "stage": "Stage that consumed the range: silver, gold, or one of the maintenance",
        "name": "Topic, model or table",
        "from_version": "First version of the input table that was consumed",
        "to_version": "Last version of the input table that was consumed",
        "output_version": "Version of the output table that holds the result",
        "details": "Further facts of the stage, as JSON",
        "run_id": "Run that consumed the range",
        "ts": "Time of the commit (UTC)",
    },
}


def ops_tables() -> dict[str, tuple[Columns, str]]:
    """Return the columns and the comment of each table of ops."""
    return {
        "schema_registry": (
            registry_columns(),
            "One row per topic and schema version; versions are immutable.",
        ),
        "schema_drift": (DRIFT, "Each change of a topic's schema, once."),
        "run_log": (RUN_LOG, "Structured events of every run."),
        "quality": (QUALITY, "Results of the quality rules, per run."),
        "progress": (PROGRESS, "Ranges of table versions that each stage has consumed. Append-only."),
    }


def existing(spark: SparkSession, tables: Tables, layer: str) -> set[str]:
    """Names of the tables in a layer's schema."""
    rows = spark.sql(f"SHOW TABLES IN {tables.schema(layer)}").collect()
    return {str(row["tableName"]) for row in rows}


def ensure(spark: SparkSession, tables: Tables, document: Document, topics: Iterable[str]) -> list[str]:
    """Create what is missing: schemas, bronze and quarantine tables, ops tables. Returns what was created.

    It looks first, since ``IF NOT EXISTS`` checks the privilege to create before it looks. Tables of topics that lack a
    column get it.
    """
    topics = tuple(topics)
    known = {str(row[0]) for row in spark.sql(f"SHOW SCHEMAS IN {quote(tables.catalog)}").collect()}
    created = []
    for layer in LAYERS:
        if tables.schemas[layer] not in known:
            spark.sql(f"CREATE SCHEMA IF NOT EXISTS {tables.schema(layer)}")
            created.append(tables.schema(layer))
    there = {layer: existing(spark, tables, layer) for layer in ("bronze", "ops")}
    statements = {
        name: sql
        for name, sql in _wanted(tables, [document.topic(name) for name in topics], document.name).items()
        if not _is_there(name, there)
    }
    older = {
        table: columns
        for topic in topics
        for name, table, columns in (
            (topic, tables.bronze(topic), BRONZE),
            (f"{topic}_quarantine", tables.quarantine(topic), QUARANTINE),
        )
        if name in there["bronze"]
    }
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda item: _create(spark, *item), statements.items()))
        list(pool.map(lambda item: _add_missing(spark, *item), older.items()))
    return created + [".".join(name) for name in statements]


def _create(spark: SparkSession, name: tuple[str, str], statement: str) -> None:
    try:
        spark.sql(statement)
    except AnalysisException as error:
        if _NOT_EMPTY not in str(error):
            raise
        raise ForgottenTablesError(".".join(name)) from error


def _add_missing(spark: SparkSession, table: str, columns: Columns) -> None:
    """Add the columns that a table lacks, since it was made by an older version of this library."""
    missing = columns.keys() - set(spark.table(table).columns)
    if missing:
        wanted = {name: type_ for name, type_ in columns.items() if name in missing}
        spark.sql(f"ALTER TABLE {table} ADD COLUMNS ({ddl(wanted)})")


def _is_there(name: tuple[str, str], there: Mapping[str, set[str]]) -> bool:
    layer, table = name
    return table in there[layer]


def _wanted(tables: Tables, topics: Iterable[Topic], pipeline: str) -> dict[tuple[str, str], str]:
    wanted: dict[tuple[str, str], str] = {}
    for topic in topics:
        name, raw, rejected = topic.name, descriptions.of_bronze(topic), descriptions.of_quarantine(topic)
        properties = {**TABLE_PROPERTIES, **raw.properties}
        wanted["bronze", name] = create_table(tables.bronze(name), BRONZE, raw.comment, properties)
        wanted["bronze", f"{name}_quarantine"] = create_table(
            tables.quarantine(name), QUARANTINE, rejected.comment, rejected.properties
        )
    for name, (columns, comment) in ops_tables().items():
        wanted["ops", name] = create_table(tables.ops(name), columns, f"{comment} Pipeline {pipeline}.")
    return wanted
