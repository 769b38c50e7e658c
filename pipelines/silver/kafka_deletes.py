"""Kafka tombstones that delete: a message without a value becomes a record that has just the fields of its key."""

from __future__ import annotations

import json

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from pipelines.config.document import TOMBSTONE, Topic

#: A key that stands for itself in JSON: a number, a boolean, or text in quotes.
_LITERAL = r'^(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|".*")$'


def with_tombstones(rows: DataFrame, topic: Topic) -> DataFrame:
    """Bronze rows in which tombstones have their key's fields as ``raw``, and ``$tombstone`` says which they are.

    Topics that do not delete by tombstones keep their rows as they are. A tombstone whose key says nothing (none at all, or
    text where several fields are needed) keeps its null, and goes to quarantine.
    """
    if not topic.deletes_by_tombstone or TOMBSTONE in rows.columns:
        return rows
    gone = F.col("raw").isNull()
    record = (
        _record(F.trim("key"), topic.silver.key_fields)
        if "key" in rows.columns
        else F.lit(None).cast("string")
    )
    return rows.withColumn(TOMBSTONE, gone).withColumn("raw", F.when(gone, record).otherwise(F.col("raw")))


def _record(key: Column, fields: tuple[str, ...]) -> Column:
    """The key as a JSON object: as it stands where it is one, else as the value of the one key field."""
    is_object = key.startswith("{")
    if len(fields) > 1:
        return F.when(is_object, key)
    name = F.lit(f"{{{json.dumps(fields[0], ensure_ascii=False)}:")
    quoted = F.to_json(F.struct(key.alias("k")))
    value = F.when(key.rlike(_LITERAL), key).otherwise(F.substring(quoted, F.lit(6), F.length(quoted) - 6))
    return F.when(is_object, key).when(key.isNotNull(), F.concat(name, value, F.lit("}")))
