"""Gold: each model is one SELECT over silver topics or other models, kept as a table.

Inputs are bound as common table expressions with exactly the columns that the model needs, safely cast: a column that
silver lacks reads as null, a topic without data as empty. A model whose inputs and SQL are as they were is left alone.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame, SparkSession

from pipelines import delta, silver
from pipelines.context import Context
from pipelines.document import GoldInput, GoldModel
from pipelines.names import quote
from pipelines.progress import Step

STAGE = "gold"


@dataclass(frozen=True)
class GoldResult:
    """How a model was refreshed: ``full`` or ``skipped``; rows now in its table."""

    model: str
    refresh: str
    rows: int


def bind(
    spark: SparkSession,
    model: GoldModel,
    sources: Mapping[str, str | None],
    columns: Mapping[str, Iterable[str]] | None = None,
) -> str:
    """The model's query with its inputs bound. ``sources``: table name per input, ``None`` where it has none yet.

    ``columns`` says what columns the inputs have; without it, the tables are asked.
    """

    def present(need: GoldInput) -> Iterable[str]:
        table = sources[need.input]
        if table is None:
            return ()
        return spark.table(table).columns if columns is None else columns[need.input]

    inputs = ", ".join(
        f"{quote(need.input)} AS ({_input(need, sources[need.input], present(need))})" for need in model.needs
    )
    return f"WITH {inputs} SELECT * FROM (\n{model.sql}\n)"


def _input(need: GoldInput, table: str | None, names: Iterable[str]) -> str:
    present = {name.lower() for name in names}
    columns = ", ".join(
        f"try_cast({quote(name) if name.lower() in present else 'NULL'} AS {type_}) AS {quote(name)}"
        for name, type_ in need.columns
    )
    return f"SELECT {columns} FROM {table}" if table else f"SELECT {columns} WHERE false"


def refresh_again(ctx: Context, model: GoldModel) -> None:
    """Forget what the model has seen, so that its next run refreshes it."""
    step = ctx.progress.last(STAGE, model.name)
    if step is not None:
        ctx.progress.record(replace(step, details={}), ctx.parameters.run_id)


def run_gold(ctx: Context, model: GoldModel) -> GoldResult:
    """Refresh a model where its inputs or its SQL changed since the last time."""
    started = time.monotonic()
    versions = _input_versions(ctx, model)
    seen = {"inputs": versions, "sql": _fingerprint(model)}
    step = ctx.progress.last(STAGE, model.name)
    if step is not None and {key: step.details.get(key) for key in seen} == seen:
        return GoldResult(model.name, "skipped", int(step.details.get("rows", 0)))
    table = ctx.parameters.tables.gold(model.name)
    commit = _refresh_full(ctx, model, table, versions)
    rows = commit.metric("numOutputRows")
    duration = int((time.monotonic() - started) * 1000)
    version = step.output_version + 1 if step else 1
    done = Step(STAGE, model.name, version, version, commit.version, {**seen, "rows": rows})
    ctx.progress.record(done, ctx.parameters.run_id)
    details = {"refresh": "full", "rows": rows, "inputs": versions}
    ctx.log.event(STAGE, "refreshed", model=model.name, duration_ms=duration, details=details)
    return GoldResult(model.name, "full", rows)


def _refresh_full(ctx: Context, model: GoldModel, table: str, versions: dict[str, int]) -> delta.Commit:
    sources = {name: _source_table(ctx, name) if version >= 0 else None for name, version in versions.items()}
    result: DataFrame = ctx.spark.sql(bind(ctx.spark, model, sources))
    delta.overwrite(result, table)
    return delta.last_commit(ctx.spark, table)


def _fingerprint(model: GoldModel) -> str:
    text = repr((model.sql, model.grain, model.needs))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_topic(ctx: Context, name: str) -> bool:
    return any(topic.name == name for topic in ctx.document.topics)


def _source_table(ctx: Context, name: str) -> str:
    tables = ctx.parameters.tables
    return tables.silver(name) if _is_topic(ctx, name) else tables.gold(name)


def _input_versions(ctx: Context, model: GoldModel) -> dict[str, int]:
    """The version of each input's table that its own stage left; -1 where there is no table yet."""
    versions = {}
    for need in model.needs:
        step = ctx.progress.last(silver.STAGE if _is_topic(ctx, need.input) else STAGE, need.input)
        versions[need.input] = step.output_version if step else -1
    return versions
