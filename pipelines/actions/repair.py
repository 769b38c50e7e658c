"""Repairs a damaged schema registry, where the action ``doctor`` is asked to.

Rows of the registry are appended and never change. Where somebody has edited, doubled or deleted rows of a topic, the
newest schema is derived again, from the rows of bronze that silver has and from silver's own columns, and registered as a
new version. Versions that can be read stay; what was lost of older ones is not made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from pipelines import delta
from pipelines.clock import now
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.errors import counted
from pipelines.inference import Type, parse_hint, spark_ddl
from pipelines.ops.progress import SILVER
from pipelines.registry import Field, RegistryDamaged, Schema, Version, diff, plan
from pipelines.registry.delta_store import DeltaRegistry
from pipelines.silver.arrow_pass import observe
from pipelines.silver.commit import state_of
from pipelines.silver.decide import sound_versions
from pipelines.silver.plan import typing_options
from pipelines.silver.source import history_rows


def damage(ctx: Context, topic: Topic) -> RegistryDamaged | None:
    """Return what is wrong with the registry of a topic, or nothing."""
    try:
        sound_versions(topic, state_of(ctx, topic.name))
    except RegistryDamaged as error:
        return error
    return None


def repair(ctx: Context) -> list[str]:
    """Make the registry of every damaged topic whole; a line for each."""
    lines = []
    for topic in ctx.topics:
        found = damage(ctx, topic)
        if found is not None:
            lines.append(
                f"repaired topic {topic.name} (version {found.version}: {found.reason}): {_repair(ctx, topic)}"
            )
    return lines


def _repair(ctx: Context, topic: Topic) -> str:
    registry = cast(DeltaRegistry, ctx.registry)
    history = registry.inspect(topic.name)
    damaged = sorted({error.version for error in history.damage})
    sound = [version for version in history.sound if version.version not in damaged]
    base = sound[-1].schema if sound else None
    schema, rows = _derive(ctx, topic, base)
    # Every registration is a commit of the table, so no version of any topic has had a higher number.
    number = delta.last_commit(ctx.spark, ctx.parameters.tables.ops("schema_registry")).version + 1
    version = Version(
        topic.name,
        number,
        schema,
        schema.fingerprint(),
        tuple(diff(base, schema)),
        topic.schema.compatibility,
        ctx.parameters.run_id,
        now(),
    )
    registry.replace(version, damaged)
    removed = f", damaged versions {', '.join(map(str, damaged))} removed" if damaged else ""
    return f"version {number} derived from {counted(rows, 'record')} of bronze and the columns of silver{removed}"


def _derive(ctx: Context, topic: Topic, base: Schema | None) -> tuple[Schema, int]:
    """The schema that the records of bronze need, as far as silver has taken it over; the number of records."""
    tables, options = ctx.parameters.tables, typing_options(topic)
    consumed = ctx.progress.last(SILVER, topic.name)
    last = consumed.last if consumed else ctx.bronze_versions.newest(topic.name).version
    observed = observe(history_rows(ctx, topic, last), options, topic.reading)
    # Whatever the contract: what it did not take over is not in silver, and is left out below.
    found = plan(topic.name, base, observed.profile, options=options, rename=topic.silver.rename).next_schema
    if not ctx.spark.catalog.tableExists(tables.silver(topic.name)):
        return found, observed.rows
    columns = dict(ctx.spark.table(tables.silver(topic.name)).dtypes)
    kept = [field for field in found if field.column_type is None or field.column in columns]
    return Schema(tuple(_as_in_silver(field, columns, topic) for field in kept)), observed.rows


def _as_in_silver(field: Field, columns: Mapping[str, str], topic: Topic) -> Field:
    """The field with silver's type, where the topic's contract keeps a type that not every record fits."""
    if field.column_type is None or topic.schema.on_type_conflict == "promote":
        return field
    present = columns[field.column]
    type_: Type = field.type
    if spark_ddl(field.column_type) != present:
        try:
            type_ = parse_hint(present)
        except ValueError:  # a struct or an array: its parts can only be derived
            return field
    return Field(field.name, field.column, type_, field.spellings, field.hinted)
