"""A Kafka topic into bronze: one row per message, by a stream with a checkpoint.

``raw`` is the message's value, ``source`` is ``kafka:<topic>-<partition>`` and ``position`` the offset there, so every row
says where it came from and its id is the same at every reading. A message without a value (a tombstone) keeps its null.
Of a topic with an envelope, a row is a record inside of a message, and its source ends with :data:`INSIDE`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.bronze import stream as streaming
from pipelines.bronze.content import MOST_IN_MESSAGE, message_pieces
from pipelines.bronze.durable import write_whole
from pipelines.bronze.lock import locked
from pipelines.bronze.records import row_id
from pipelines.config.document import KafkaAuth, KafkaSource, SecretRef, Topic
from pipelines.config.secrets import read_secret
from pipelines.context import Context
from pipelines.errors import SourceError
from pipelines.inference.encoding import message_text
from pipelines.inference.envelope import Envelope

#: End of a source whose rows are records inside of messages; their positions are those of ``message_pieces``.
INSIDE: Final = "/records"
Secrets = Callable[[SecretRef], str]

_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}


def ingest_messages(ctx: Context, topic: Topic) -> delta.Commit | None:
    """Take what is new in the Kafka topic. The newest commit afterwards; nothing where nothing was new.

    To know that, the brokers are asked for their newest offsets, without a Spark job.
    """
    folder = Path(ctx.parameters.checkpoints) / "kafka" / topic.name
    with locked(str(folder), topic.name):
        resume_offsets = _resume_offsets(ctx, topic, folder)
        options = _options(ctx, topic)
        if resume_offsets:
            options["startingOffsets"] = "earliest"
        with _readable(topic):
            messages = ctx.spark.readStream.format("kafka").options(**options).load()
            rows = to_records(above(messages, resume_offsets), topic.encoding, topic.envelope)
        return streaming.append_stream(ctx, topic, rows)


def read_one(ctx: Context, topic: Topic) -> int:
    """Sign in at the brokers and read one message. How many there were: 0 or 1."""
    options = _options(ctx, topic)
    options.update(startingOffsets="earliest", failOnDataLoss="false")
    with _readable(topic):
        return ctx.spark.read.format("kafka").options(**options).load().limit(1).count()


def _options(ctx: Context, topic: Topic) -> dict[str, str]:
    if topic.kafka is None:
        raise ValueError(f"topic {topic.name} has no source.kafka")
    return reader_options(
        topic.kafka,
        lambda secret: read_secret(ctx.dbutils, secret, f"Topic {topic.name}"),
        ctx.parameters.in_workspace,
    )


@contextmanager
def _readable(topic: Topic) -> Iterator[None]:
    try:
        yield
    except AnalysisException as error:
        if "kafka" not in str(error).lower():
            raise
        raise SourceError(
            f"Topic {topic.name}: this Spark cannot read from Kafka. On this machine, run "
            "`npx --no-install medallion setup --kafka`; Databricks brings what it takes."
        ) from error


def to_records(messages: DataFrame, encoding: str = "utf-8", envelope: Envelope | None = None) -> DataFrame:
    """Rows of bronze from the messages of Spark's Kafka source. A value whose text does not give its bytes back keeps them;
    in keys and headers, bytes that are not UTF-8 become U+FFFD. With an ``envelope``, one row per record inside of a message.
    """
    source, position = _partition(), F.col("offset")
    value = F.col("value")
    if envelope is not None:
        inside = F.udf(
            lambda message, offset: message_pieces(message, offset, encoding, envelope),
            "array<struct<position bigint, raw string, kept binary>>",
            useArrow=False,
        )
        source, position, raw = (
            F.concat(source, F.lit(INSIDE)),
            F.col("_read.position"),
            F.explode(inside(value, "offset")),
        )
    elif encoding == "utf-8":
        broken = F.when(~F.is_valid_utf8(value.cast("string")), value)
        raw = F.struct(_text(value).alias("raw"), broken.alias("kept"))
    else:
        read = F.udf(
            lambda message: message_text(message, encoding), "raw string, kept binary", useArrow=False
        )
        raw = read(value)
    return messages.withColumn("_read", raw).select(
        F.col("_read.raw").alias("raw"),
        F.col("_read.kept").alias("_raw_bytes"),
        source.alias("source"),
        position.alias("position"),
        row_id(source, position).alias("_row_id"),
        _text(F.col("key")).alias("key"),
        F.col("timestamp").alias("event_ts"),
        _headers(F.col("headers")).alias("headers"),
    )


def _text(bytes_: Column) -> Column:
    return F.make_valid_utf8(bytes_.cast("string"))


def _headers(headers: Column) -> Column:
    """Headers as a map: of several with one name the last one counts, as it does for Kafka's own clients."""

    def is_last(header: Column, index: Column) -> Column:
        later = F.slice(headers, index + 2, F.size(headers))
        return ~F.exists(later, lambda other: other["key"] == header["key"])

    kept = F.filter(headers, is_last)
    pair = F.transform(kept, lambda h: F.struct(h["key"].alias("key"), _text(h["value"]).alias("value")))
    return F.map_from_entries(pair)


def _partition() -> Column:
    return F.concat(F.lit("kafka:"), "topic", F.lit("-"), F.col("partition").cast("string"))


def above(messages: DataFrame, resume_offsets: dict[str, int]) -> DataFrame:
    """Messages behind the offsets that bronze has of each partition already."""
    if not resume_offsets:
        return messages
    pairs = [F.lit(item) for pair in sorted(resume_offsets.items()) for item in pair]
    floor = F.try_element_at(F.create_map(*pairs), _partition())
    return messages.where(floor.isNull() | (F.col("offset") > floor))


def reader_options(kafka: KafkaSource, secrets: Secrets, in_workspace: bool) -> dict[str, str]:
    """Options of Spark's Kafka source. ``secrets`` gives the text behind a reference; it stands in no log."""
    options = {
        "kafka.bootstrap.servers": kafka.bootstrap_servers,
        "subscribe": kafka.topic,
        "startingOffsets": kafka.starting_offsets,
        "failOnDataLoss": str(kafka.fail_on_data_loss).lower(),
        "includeHeaders": "true",
    }
    if kafka.max_offsets_per_trigger is not None:
        options["maxOffsetsPerTrigger"] = str(kafka.max_offsets_per_trigger)
    return {**options, **(_auth_options(kafka.auth, secrets, in_workspace) if kafka.auth else {})}


def _auth_options(auth: KafkaAuth, secrets: Secrets, in_workspace: bool) -> dict[str, str]:
    if auth.service_credential is not None:
        if not in_workspace:
            raise SourceError(
                f"The service credential {auth.service_credential} is one of Unity Catalog: it works in a workspace only. "
                "Here, sign in with username and password, or with a certificate."
            )
        # Everything else about signing in, Databricks does by itself.
        return {"databricks.serviceCredential": auth.service_credential}
    options: dict[str, str] = {"kafka.security.protocol": auth.protocol}
    if auth.username is not None and auth.password is not None and auth.mechanism is not None:
        # Databricks has Kafka's classes under a package of its own.
        module = ("kafkashaded." if in_workspace else "") + _MODULES[auth.mechanism]
        login = f"username={_quoted(secrets(auth.username))} password={_quoted(secrets(auth.password))}"
        options["kafka.sasl.mechanism"] = auth.mechanism
        options["kafka.sasl.jaas.config"] = f"{module} required {login};"
    if auth.ca_certificate is not None:
        options["kafka.ssl.truststore.type"] = "PEM"
        options["kafka.ssl.truststore.certificates"] = secrets(auth.ca_certificate)
    if auth.client_certificate is not None and auth.client_key is not None:
        options["kafka.ssl.keystore.type"] = "PEM"
        options["kafka.ssl.keystore.certificate.chain"] = secrets(auth.client_certificate)
        options["kafka.ssl.keystore.key"] = secrets(auth.client_key)
    return options


def _quoted(text: str) -> str:
    """A value in a JAAS entry."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _resume_offsets(ctx: Context, topic: Topic, folder: Path) -> dict[str, int]:
    """Bring checkpoint and table together. Returns the offsets at or below which nothing is to be ingested, by partition.

    A checkpoint that is lost begins anew at the oldest message that the brokers have; what bronze has already is left out
    by its positions. They are written down first, since the new checkpoint may not get far. A table that was made anew
    takes the checkpoint, which belongs to the old one, with it.
    """
    checkpoint, kept = Path(streaming.checkpoint(ctx, topic)), folder / "resume_offsets.json"
    begun = (checkpoint / "metadata").exists()
    if ctx.bronze_versions.newest(topic.name).version == 0:
        kept.unlink(missing_ok=True)
        if begun:
            shutil.rmtree(checkpoint)
            _warn(ctx, topic, "checkpoint_discarded", {"why": "the bronze table was made anew"})
    elif not begun:
        resume_offsets = _resume_offsets_of_bronze(ctx, topic)
        if resume_offsets:
            write_whole(kept, json.dumps(resume_offsets))
            _warn(ctx, topic, "checkpoint_rebuilt", {"positions": resume_offsets})
    try:
        return {str(name): int(value) for name, value in json.loads(kept.read_text("utf-8")).items()}
    except FileNotFoundError:
        return {}


def _resume_offsets_of_bronze(ctx: Context, topic: Topic) -> dict[str, int]:
    prefix = f"kafka:{topic.kafka.topic}-" if topic.kafka else ""
    table = ctx.spark.table(ctx.parameters.tables.bronze(topic.name))
    is_inside = F.col("source").endswith(INSIDE)
    offset = F.expr(f"IF(position < 0, -1 - position, position DIV {MOST_IN_MESSAGE})")
    offset = F.when(is_inside, offset).otherwise(F.col("position"))
    partition = F.replace(F.col("source"), F.lit(INSIDE), F.lit(""))
    newest = table.where(F.col("source").startswith(prefix)).groupBy(partition).agg(F.max(offset))
    return {str(row[0]): int(row[1]) for row in newest.collect()}


def _warn(ctx: Context, topic: Topic, event: str, details: dict[str, Any]) -> None:
    ctx.log.event("bronze", event, topic=topic.name, details=details)
