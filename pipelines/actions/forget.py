"""The action ``forget``: erase the rows of some keys of a topic, wherever this pipeline keeps them.

Arguments: ``topic``, ``keys_file`` (a file, in the cloud in a volume: keys never travel in parameters). Every table is
searched by itself, so that a run that was killed half way is simply done again. What is erased is said in counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.actions.keys import KeyFault, KeyFinder, read_keys, readable
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.delta.sql import quote
from pipelines.errors import ActionError, counted
from pipelines.inference import Type, Value
from pipelines.inference.encoding import read_text
from pipelines.job.stages import each_model
from pipelines.maintenance import deletion
from pipelines.silver.plan import typing_options
from pipelines.silver.step import run_silver

from .arguments import read_arguments, required, topic_of

#: Source files that are named in the answer; the others are counted.
_SHOWN_SOURCES = 20


@dataclass(frozen=True)
class _Search:
    """The keys to look for. It travels to the workers, where finders are made: their converters are not for travelling."""

    topic: Topic
    types: tuple[Type | None, ...]
    columns: tuple[str, ...]
    """Of silver, that hold the key."""
    keys: tuple[tuple[Value, ...], ...]

    def finder(self) -> KeyFinder:
        """Return what tells whether a record is looked for."""
        topic = self.topic
        options = typing_options(topic)
        return KeyFinder(topic.silver.key_fields, self.types, options, self.keys, topic.reading)


def forget(ctx: Context) -> dict[str, Any]:
    """Erase, refresh gold, and say what was erased."""
    arguments = read_arguments(ctx, ("topic", "keys_file"))
    topic = topic_of(ctx, arguments)
    search = _search(ctx, topic, required(ctx, arguments, "keys_file", "the path of a file of keys"))
    # Rows that wait in bronze would reach silver from the change feed although they are erased.
    run_silver(ctx, topic)
    tables = ctx.parameters.tables
    sources, unread = _sources(ctx, search)
    erased = {}
    for name, table in (
        (f"bronze.{topic.name}", tables.bronze(topic.name)),
        (f"bronze.{topic.name}_quarantine", tables.quarantine(topic.name)),
    ):
        erased[name] = deletion.delete_rows(ctx, table, _matching_raw(ctx, table, search))
    deletion.pass_over_bronze(ctx, topic)
    for name, table in (
        (f"bronze.{topic.name}_deletes", tables.deletes(topic.name)),
        (f"bronze.{topic.name}_rows", tables.rows(topic.name)),
        (f"silver.{topic.name}", tables.silver(topic.name)),
    ):
        if len(search.columns) == len(topic.silver.keys) and ctx.spark.catalog.tableExists(table):
            erased[name] = deletion.delete_rows(ctx, table, _matching_typed(ctx, table, search))
    deletion.tell_silver_version(ctx, topic)
    ctx.progress.flush()
    ctx.log.event(
        "prepare", "forgotten", topic=topic.name, details={"erased": erased, "sources": len(sources)}
    )
    failed = each_model(ctx)
    if failed:
        raise ActionError(
            "forget",
            f"rows were erased, but {', '.join(failed)} could not be refreshed and may still hold them; run forget again",
        )
    return {"erased": erased, "sources": sources, "lines": _lines(topic, erased, sources, unread)}


def _search(ctx: Context, topic: Topic, path: str) -> _Search:
    fields = topic.silver.key_fields
    if not fields:
        raise ActionError("forget", f"topic {topic.name} has no silver.keys, by which rows could be found")
    try:
        with open(path, encoding="utf-8") as file:
            keys = read_keys(file.read(), topic.silver.keys, topic.silver.rename)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ActionError("forget", f"the file of keys {path} cannot be read: {reason}") from error
    except KeyFault as fault:
        raise ActionError("forget", f"the file of keys {path}, {fault}") from fault
    if not keys:
        raise ActionError("forget", f"the file of keys {path} holds no key: one per line is wanted")
    latest = ctx.registry.latest(topic.name)
    known = [latest.schema.get(field) if latest else None for field in fields]
    types = tuple(field.column_type if field else None for field in known)
    columns = tuple(field.column for field in known if field and field.column_type)
    return _Search(topic, types, columns, tuple(keys))


def _matching_raw(ctx: Context, table: str, search: _Search) -> DataFrame:
    """Ids of the rows of bronze or quarantine whose text has a wanted key."""

    def find(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        finder = search.finder()
        for part in batches:
            rows = zip(*(column.to_pylist() for column in part.columns), strict=True)
            found = [
                id_
                for id_, raw, kept, key in rows
                # Of bytes that are no text, what can be read is looked into.
                if finder.in_record(read_text(raw, kept, encoding) or raw, key)
            ]
            yield pa.RecordBatch.from_pydict({"_row_id": pa.array(found, pa.string())})

    encoding = search.topic.encoding
    table_rows = ctx.spark.table(table)
    key = F.col("key") if "key" in table_rows.columns else F.lit(None)
    wanted = table_rows.select("_row_id", "raw", "_raw_bytes", key.cast("string").alias("key"))
    return wanted.mapInArrow(find, "_row_id string")


def _matching_typed(ctx: Context, table: str, search: _Search) -> DataFrame:
    """Ids of the rows of silver, or of a table beside it, whose typed key is a wanted one."""

    def find(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        finder = search.finder()
        for part in batches:
            columns = [column.to_pylist() for column in part.columns]
            found = [id_ for id_, *values in zip(*columns, strict=True) if finder.in_row(values)]
            yield pa.RecordBatch.from_pydict({"_row_id": pa.array(found, pa.string())})

    columns = [F.col(quote(name)) for name in search.columns]
    return ctx.spark.table(table).select("_row_id", *columns).mapInArrow(find, "_row_id string")


def _sources(ctx: Context, search: _Search) -> tuple[list[str], int]:
    """Return where the erased records came from, and how many quarantined records cannot be looked into."""
    tables, topic = ctx.parameters.tables, search.topic
    sources: set[str] = set()
    for table in (tables.bronze(topic.name), tables.quarantine(topic.name)):
        ids = _matching_raw(ctx, table, search)
        rows = ctx.spark.table(table).join(ids, "_row_id", "left_semi").select("source").distinct().collect()
        sources.update(str(row[0]) for row in rows)

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in batches:
            rows = zip(*(column.to_pylist() for column in part.columns), strict=True)
            unread = sum(
                position < 0 or not readable(read_text(raw, kept, topic.encoding), topic.reading)
                for raw, kept, position in rows
            )
            yield pa.RecordBatch.from_pydict({"n": [unread]})

    raws = ctx.spark.table(tables.quarantine(topic.name)).select("raw", "_raw_bytes", "position")
    total = raws.mapInArrow(count, "n bigint").agg(F.sum("n")).collect()[0][0]
    return sorted(sources), int(total or 0)


def _lines(topic: Topic, erased: dict[str, int], sources: list[str], unread: int) -> list[str]:
    said = [f"Erased from {name}: {counted(count, 'row')}" for name, count in erased.items()]
    said.append("Gold was refreshed.")
    if sources:
        shown = ", ".join(sources[:_SHOWN_SOURCES])
        more = f" and {len(sources) - _SHOWN_SOURCES} more" if len(sources) > _SHOWN_SOURCES else ""
        said.append(f"They came from {counted(len(sources), 'source')}, where they still are: {shown}{more}")
    if unread:
        said.append(
            f"{unread} quarantined records of {topic.name} are no JSON, documents that could not be cut, or change events without their row, and could not be looked into: "
            f"search raw in bronze.{topic.name}_quarantine yourself"
        )
    kept = delta.TABLE_PROPERTIES["delta.deletedFileRetentionDuration"].removeprefix("interval ")
    said.append(
        f"Older versions of the tables hold the rows until VACUUM removes their files: after {kept} for bronze and "
        "silver, after 7 days for the others (VACUUM, or predictive optimization, does it)"
    )
    return said
