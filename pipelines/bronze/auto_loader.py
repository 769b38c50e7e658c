"""Files by Auto Loader (``cloudFiles``), for folders of very many files. Databricks only; chosen by the environment.

It keeps its own account of the files that it has taken, by name: no ledger, so a changed file is not noticed and a copy is
taken again. Its account and its notifications scale where listing a folder does not.
"""

from __future__ import annotations

import os

from pyspark.sql import DataFrame

from pipelines import delta
from pipelines.bronze import stream as streaming
from pipelines.bronze.records import explode_records
from pipelines.config.document import Topic
from pipelines.context import Context

#: The schema of Spark's source of binary files, which takes no other.
_SCHEMA = "path string, modificationTime timestamp, length bigint, content binary"


def reader_options(max_files_per_trigger: int) -> dict[str, str]:
    """Options of the source: the bytes of each file, each file once."""
    return {
        "cloudFiles.format": "binaryFile",
        "cloudFiles.maxFilesPerTrigger": str(max_files_per_trigger),
        "cloudFiles.allowOverwrites": "false",
        "recursiveFileLookup": "true",
    }


def ingest_files(ctx: Context, topic: Topic) -> delta.Commit | None:
    """Take what Auto Loader finds. The newest commit afterwards; nothing where nothing was new."""
    if not os.path.isdir(_folder(ctx, topic)):
        return None
    rows = explode_records(read(ctx, topic), topic, _folder(ctx, topic))
    return streaming.append_stream(ctx, topic, rows)


def read(ctx: Context, topic: Topic) -> DataFrame:
    """The stream of files, one row each. With a schema given, Auto Loader infers nothing and needs no folder to keep one."""
    options = reader_options(ctx.document.settings.max_files_per_trigger)
    files = ctx.spark.readStream.format("cloudFiles").options(**options)
    return files.schema(_SCHEMA).load(_folder(ctx, topic))


def _folder(ctx: Context, topic: Topic) -> str:
    return os.path.join(ctx.parameters.landing, str(topic.files))
