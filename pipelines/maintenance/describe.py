"""Comments and tags of tables follow the config.

Tables are created with theirs; this is for what the config says later, and for tables that an older version has made. What
was last set is recorded as a fingerprint, so that a run asks nothing as long as the config stays. A statement on bronze or
silver is a commit without rows: no stage takes it for new data.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from pyspark.sql import SparkSession

from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.delta.sql import literal
from pipelines.maintenance.deletion import consumed, pass_over_bronze
from pipelines.ops import descriptions
from pipelines.ops.descriptions import Description
from pipelines.ops.progress import GOLD, SILVER, described, says

_PARALLEL = 4


class _Table(NamedTuple):
    """A table that is there, with what it is to say. ``bronze_of`` is the topic whose raw records it holds."""

    name: str
    table: str
    wanted: Description
    bronze_of: Topic | None = None


def describe_tables(ctx: Context) -> list[str]:
    """Set comments and tags where the config says something else than it did. Returns the names of the changed tables."""
    due = [one for one in _tables(ctx) if not says(ctx.progress, one.name, one.wanted)]
    if not due:
        return []
    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        changes = list(pool.map(partial(_describe, ctx), due))
    changed = [one.name for one, change in zip(due, changes, strict=True) if change]
    if changed:
        ctx.log.event("finish", "described", details={"tables": changed})
    return changed


def _tables(ctx: Context) -> Iterator[_Table]:
    """The tables of the job. Silver and gold tables of a declarative pipeline are the pipeline's, and say what it declares."""
    tables = ctx.parameters.tables
    for topic in ctx.topics:
        name = topic.name
        yield _Table(f"bronze.{name}", tables.bronze(name), descriptions.of_bronze(topic), topic)
        rejects = f"{name}_quarantine"
        yield _Table(f"bronze.{rejects}", tables.quarantine(name), descriptions.of_quarantine(topic))
        if _is_written(ctx, SILVER, name):
            yield _Table(f"silver.{name}", tables.silver(name), descriptions.of_silver(topic))
    for model in ctx.models:
        if _is_written(ctx, GOLD, model.name):
            yield _Table(f"gold.{model.name}", tables.gold(model.name), descriptions.of_gold(model))


def _is_written(ctx: Context, stage: str, name: str) -> bool:
    done = ctx.progress.last(stage, name)
    return done is not None and done.output_version is not None


def _describe(ctx: Context, one: _Table) -> bool:
    """Have a table say what it is to say. Returns whether it said something else."""
    topic = one.bronze_of
    if topic is not None and ctx.bronze_versions.newest(topic.name).version == 0:
        return (
            False  # version 0 tells bronze that the table was made anew; it is described with its first rows
        )
    statements = _statements(ctx.spark, one.table, one.wanted)
    nothing_waits = bool(statements) and topic is not None and consumed(ctx, topic)
    for statement in statements:
        ctx.spark.sql(statement)
    if topic is not None and nothing_waits:
        pass_over_bronze(ctx, topic)
    ctx.progress.record(described(ctx.progress, one.name, one.wanted), ctx.parameters.run_id)
    return bool(statements)


def _statements(spark: SparkSession, table: str, wanted: Description) -> list[str]:
    """Return the statements that the table needs: tags that the config no longer has go, other properties stay."""
    detail = spark.sql(f"DESCRIBE DETAIL {table}").collect()[0]
    have = {key: value for key, value in detail["properties"].items() if key.startswith(descriptions.TAG)}
    settings = [
        f"{literal(key)} = {literal(v)}" for key, v in wanted.properties.items() if have.get(key) != v
    ]
    gone = [literal(key) for key in sorted(have.keys() - wanted.properties.keys())]
    statements = {
        f"COMMENT ON TABLE {table} IS {literal(wanted.comment)}": detail["description"] != wanted.comment,
        f"ALTER TABLE {table} SET TBLPROPERTIES ({', '.join(settings)})": bool(settings),
        f"ALTER TABLE {table} UNSET TBLPROPERTIES IF EXISTS ({', '.join(gone)})": bool(gone),
    }
    return [statement for statement, needed in statements.items() if needed]
