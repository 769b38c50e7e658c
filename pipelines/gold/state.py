"""State that a model would see: the versions that its inputs were left at, silver's schemas, its own SQL."""

from __future__ import annotations

from typing import Any

from pipelines.config.document import GoldModel
from pipelines.context import Context
from pipelines.gold.changes import analyse_model
from pipelines.gold.compile import fingerprint
from pipelines.ops.progress import GOLD, SILVER, ConsumedRange


def has_incremental_reader(ctx: Context, model: GoldModel) -> bool:
    """Tell whether another model reads this one's changes."""
    return any(
        input_.name == model.name and analyse_model(ctx.spark, reader).why_full(model.name) is None
        for reader in ctx.document.gold
        for input_ in reader.inputs
    )


def _is_topic(ctx: Context, name: str) -> bool:
    return any(topic.name == name for topic in ctx.document.topics)


def source_table(ctx: Context, name: str) -> str:
    """Return the table of a topic or model."""
    tables = ctx.parameters.tables
    return tables.silver(name) if _is_topic(ctx, name) else tables.gold(name)


def state_of(ctx: Context, model: GoldModel) -> dict[str, Any]:
    """Return that state: the version that each input's own stage left (None: no table yet), silver's schemas, its SQL."""
    versions, schemas = {}, {}
    for input_ in model.inputs:
        is_topic = _is_topic(ctx, input_.name)
        consumed = ctx.progress.last(SILVER if is_topic else GOLD, input_.name)
        versions[input_.name] = version_of(consumed)
        if is_topic and consumed:
            schemas[input_.name] = consumed.details.get("schema_version")
    return {"inputs": versions, "schemas": schemas, "sql": fingerprint(model)}


def version_of(done: ConsumedRange | None) -> int | None:
    """Return the version at which a stage left its table; None where there is none yet."""
    return None if done is None else done.output_version
