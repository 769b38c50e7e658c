"""Schema drift: each change of a topic's schema is raised once, as a row of ``ops.schema_drift`` and a log event.

A change that the contract rejected is a drift too (``rejected_…``): the source has changed, whatever the table does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines import delta
from pipelines.clock import now
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.delta.sql import ddl, literal
from pipelines.inference import plain_name
from pipelines.ops.progress import SILVER, SilverDetails
from pipelines.ops.tables import DRIFT
from pipelines.registry import Plan, Version

#: Begins the name of a change that was rejected; the reason follows.
REJECTED = "rejected_"

_Row = tuple[Any, ...]


@dataclass
class _Cache:
    """Rejected changes of a topic (field, change) that were raised already."""

    rejected: dict[str, set[tuple[str, str]]] = field(default_factory=dict)


def raise_drift(ctx: Context, topic: Topic, version: Version) -> None:
    """Raise the changes of ``version``, unless a consumed range has it. The first version is a baseline, not drift.

    Version and topic identify the append, so that a run which repeats it adds nothing.
    """
    done = ctx.progress.last(SILVER, topic.name)
    if version.version == 1 or SilverDetails.of(done).schema_version == version.version:
        return
    rows = [
        _row(ctx, topic, c.field, c.kind, (c.from_name, c.to_name), c.value_shape, version)
        for c in version.changes
        if c.drift
    ]
    _raise(ctx, topic.name, rows, f"drift/{topic.name}", version.version)


def raise_rejected(ctx: Context, topic: Topic, plan: Plan) -> None:
    """Raise what the contract rejected of a batch: each (field, reason) once, for ever.

    What was raised before is asked of the table once per process; a batch without any asks nothing.
    """
    if not plan.rejected:
        return
    raised = ctx.cached(_Cache).rejected.get(topic.name)
    if raised is None:
        raised = ctx.cached(_Cache).rejected[topic.name] = _rejected_before(ctx, topic.name)
    latest = ctx.registry.latest(topic.name)
    rows = []
    for rejected in plan.rejected:
        change = REJECTED + rejected.reason
        if (rejected.field, change) in raised:
            continue
        raised.add((rejected.field, change))
        types = (
            plain_name(rejected.from_type) if rejected.from_type else None,
            plain_name(rejected.to_type),
        )
        rows.append(_row(ctx, topic, rejected.field, change, types, rejected.value_shape, latest))
    _raise(ctx, topic.name, rows)


def raise_past_retention(ctx: Context, topic: Topic, version: Version, retyped: Sequence[str]) -> None:
    """Raise that rows older than bronze's retention were cast, not typed again; once per schema version."""
    kind = "rebuilt_past_retention"
    row = _row(ctx, topic, ", ".join(retyped), kind, (None, None), None, version)
    _raise(ctx, topic.name, [row], f"{kind}/{topic.name}", version.version)


def _row(
    ctx: Context,
    topic: Topic,
    field: str,
    change: str,
    types: tuple[str | None, str | None],
    value_shape: str | None,
    version: Version | None,
) -> _Row:
    """A row of the table; ``types`` are those before and after."""
    number = version.version if version else None
    return (topic.name, field, change, *types, value_shape, number, ctx.parameters.run_id, now())


def _rejected_before(ctx: Context, topic: str) -> set[tuple[str, str]]:
    rows = ctx.spark.sql(
        f"SELECT DISTINCT field, change FROM {ctx.parameters.tables.ops('schema_drift')} "
        f"WHERE topic = {literal(topic)} AND startswith(change, {literal(REJECTED)})"
    ).collect()
    return {(str(row[0]), str(row[1])) for row in rows}


def _raise(ctx: Context, topic: str, rows: Sequence[_Row], app: str = "", version: int | None = None) -> None:
    if not rows:
        return
    delta.append_rows(ctx.spark, rows, ddl(DRIFT), ctx.parameters.tables.ops("schema_drift"), app, version)
    ctx.drift_raised = True
    for row in rows:
        said = {"field": row[1], "change": row[2], "from": row[3], "to": row[4], "value_shape": row[5]}
        ctx.log.event(SILVER, "schema_drift", topic=topic, schema_version=row[6], details=said)
