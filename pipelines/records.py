"""Records of bronze: one row per record, to the letter, with an id that is the same at every reading."""

from __future__ import annotations

import os

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from pipelines.slicing import slice_array


def explode_records(files: DataFrame, format_: str, folder: str, revision: int = 1) -> DataFrame:
    """One row per record from one row per file (``value``: the whole text).

    ``source`` is the path below the landing volume (:func:`source_name`), ``position`` the line or element within the
    file (from 0).
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
    path = relative_path(F.col("_metadata.file_path"), os.path.dirname(folder))
    return (
        # What holds for a whole file is worked out before the rows are made, not again for each of them.
        files.select(
            F.concat(path, F.lit(source_name("", revision))).alias("source"),
            F.col("_metadata.file_modification_time").alias("event_ts"),
            pieces.alias("pieces"),
        )
        .select("source", "event_ts", F.posexplode("pieces").alias("position", "raw"))
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
