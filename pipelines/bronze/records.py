"""Records of bronze: one row per record, to the letter, with an id that is the same at every reading."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines.bronze.content import records_of
from pipelines.config.document import Topic

#: Rows that leave Python together, at most.
_TOGETHER = 10_000
_INSTANT = pa.timestamp("us", tz="UTC")


def read_files(spark: SparkSession, paths: list[str]) -> DataFrame:
    """One row per file, with its bytes as ``content``."""
    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true")  # folders are no columns
    return files.load(paths)


def explode_records(files: DataFrame, topic: Topic, folder: str, revision: int = 1) -> DataFrame:
    """One row per record from one row per file (``content``: its bytes).

    ``source`` is the path below the landing volume (:func:`source_name`), ``position`` the line or element within the
    file (from 0; below 0 for a document whose records the topic's envelope does not find). Files are cut one by one, so that no more than one is in memory beside the rows that leave.
    """

    format_, encoding, envelope = topic.format, topic.encoding, topic.envelope

    def pass_over(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            instants = batch.column(1).cast(_INSTANT)
            for at in range(batch.num_rows):
                pieces = records_of(batch.column(2)[at].as_py(), format_, encoding, envelope)
                while rows := list(islice(pieces, _TOGETHER)):
                    positions, texts, kept = zip(*rows, strict=True)
                    columns = [
                        pa.repeat(batch.column(0)[at], len(rows)).cast(pa.string()),
                        pa.repeat(instants[at], len(rows)),
                        pa.array(positions, pa.int64()),
                        pa.array(texts, pa.string()),
                        pa.array(kept, pa.binary()),
                    ]
                    yield pa.RecordBatch.from_arrays(columns, names)

    names = ["source", "event_ts", "position", "raw", "_raw_bytes"]
    path = relative_path(F.col("_metadata.file_path"), os.path.dirname(folder))
    source = F.concat(path, F.lit(source_name("", revision))).alias("source")
    return (
        files.select(source, F.col("_metadata.file_modification_time").alias("event_ts"), "content")
        .mapInArrow(
            pass_over,
            "source string, event_ts timestamp, position bigint, raw string, _raw_bytes binary",
        )
        .select(
            "raw",
            "_raw_bytes",
            "source",
            "position",
            row_id(F.col("source"), F.col("position")).alias("_row_id"),
            F.lit(None).cast("string").alias("key"),
            "event_ts",
            F.lit(None).cast("map<string,string>").alias("headers"),
        )
    )


def escaped(path: str) -> str:
    """A path in which Spark finds no pattern."""
    return re.sub(r"([\\{}\[\]*?])", r"\\\1", path)


def source_name(path: str, revision: int) -> str:
    """The source of the records that a file had at its ``revision``-th reading. Sorts behind the earlier ones."""
    return path if revision == 1 else f"{path}@{revision:04}"


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
