"""Bronze: files of JSON flow into an append-only table, record by record, to the letter.

A plain Structured Streaming query straight into the table (available-now, checkpointed): exactly once by Delta's own
means. Bronze never fails on content: what is not JSON is judged later, by silver.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from pipelines import delta, listing
from pipelines.context import Context
from pipelines.document import Topic
from pipelines.slicing import slice_array


@dataclass(frozen=True)
class BronzeResult:
    """``version`` is the table's newest version; ``idle`` says that nothing had landed."""

    topic: str
    version: int
    idle: bool


def run_bronze(ctx: Context, topic: Topic) -> BronzeResult:
    """Bring everything that has landed for ``topic`` into its bronze table."""
    table = ctx.parameters.tables.bronze(topic.name)
    folder = os.path.join(ctx.parameters.landing, str(topic.files))
    marker = os.path.join(ctx.parameters.checkpoints, "listings", topic.name)
    files = listing.list_files(folder)
    seen = listing.signature(files)
    if not files or seen == (ctx.known.listing.get(topic.name) or listing.read_signature(marker)):
        ctx.known.listing[topic.name] = seen
        version = ctx.known.bronze_version.get(topic.name)
        version = delta.last_commit(ctx.spark, table).version if version is None else version
        ctx.known.bronze_version[topic.name] = version
        return BronzeResult(topic.name, version, idle=True)
    started = time.monotonic()
    _stream(ctx, topic, folder, table)
    listing.write_signature(marker, seen)
    ctx.known.listing[topic.name] = seen
    commit = delta.last_commit(ctx.spark, table)
    ctx.known.bronze_version[topic.name] = commit.version
    duration = int((time.monotonic() - started) * 1000)
    details = {"files_in_folder": len(files), "table_version": commit.version}
    ctx.log.event("bronze", "ingested", topic=topic.name, duration_ms=duration, details=details)
    return BronzeResult(topic.name, commit.version, idle=False)


def _stream(ctx: Context, topic: Topic, folder: str, table: str) -> None:
    reader = (
        ctx.spark.readStream.format("text")
        .option("wholetext", "true")
        .option("recursiveFileLookup", "true")
        .option("maxFilesPerTrigger", ctx.document.settings.max_files_per_trigger)
    )
    records = explode_records(reader.load(folder), topic.format, folder)
    checkpoint = os.path.join(ctx.parameters.checkpoints, "bronze", topic.name)
    # Delta resolves the table by the thread's active session, and a worker thread has none until this call sets it.
    ctx.spark.createDataFrame([], "a int")
    query = (
        records.withColumn("ingest_ts", F.current_timestamp())
        .withColumn("batch_id", F.lit(ctx.parameters.run_id))
        .writeStream.format("delta")
        .option("checkpointLocation", checkpoint)
        .queryName(f"bronze_{topic.name}_{ctx.parameters.run_id}")
        .trigger(availableNow=True)
        .toTable(table)
    )
    query.awaitTermination()


def explode_records(files: DataFrame, format_: str, folder: str) -> DataFrame:
    """One row per record from one row per file (``value``: the whole text).

    ``source`` is the path below the landing volume, ``position`` the line or element within the file (from 0).
    """
    text = F.regexp_replace("value", "^\ufeff", "")
    lines = F.split(text, "\r?\n")
    if format_ == "json-lines":
        pieces: Column = lines
    else:
        cut = F.udf(slice_array, T.ArrayType(T.StringType()), useArrow=False)
        is_array = F.lit(True) if format_ == "json-array" else text.rlike(r"^\s*\[")
        # The function sees nothing of files in other formats: they pass it as null.
        pieces = F.coalesce(cut(F.when(is_array, text)), F.when(~is_array, lines))
    return (
        files.select(
            relative_path(F.col("_metadata.file_path"), os.path.dirname(folder)).alias("source"),
            F.col("_metadata.file_modification_time").alias("event_ts"),
            F.posexplode(pieces).alias("position", "raw"),
        )
        .where(F.col("raw").rlike(r"\S"))
        .select(
            "raw",
            "source",
            F.col("position").cast("bigint").alias("position"),
            row_id(F.col("source"), F.col("position")).alias("_row_id"),
            F.lit(None).cast("string").alias("key"),
            "event_ts",
            F.lit(None).cast("map<string,string>").alias("headers"),
        )
    )


def row_id(source: Column, position: Column) -> Column:
    """An id that is the same at every reading of the same record."""
    return F.md5(F.concat_ws("#", source, position.cast("string")))


def relative_path(path: Column, root: str) -> Column:
    """The part of a file's URI below ``root``, decoded.

    Counted in path segments, not compared as text: engines differ in scheme and in how they escape the path.
    """
    depth = len([part for part in root.split("/") if part])
    parts = F.split(F.regexp_replace(path, "^[a-zA-Z][a-zA-Z0-9+.-]*:/*|^/+", ""), "/")
    below = F.array_join(F.slice(parts, depth + 1, 1000), "/")
    return F.url_decode(F.replace(below, F.lit("+"), F.lit("%2B")))
