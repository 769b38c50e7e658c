"""Schema drift: each change of a topic's schema is raised once, as a row of ``ops.schema_drift`` and a log event."""

from __future__ import annotations

from pipelines import delta
from pipelines.context import Context
from pipelines.document import Topic
from pipelines.inference import type_name
from pipelines.registry import Version
from pipelines.run_log import now
from pipelines.tables import DRIFT, ddl


def raise_drift(ctx: Context, topic: Topic, version: Version) -> None:
    """Raise the changes of ``version``, unless a finished step has done so. The first version is a baseline, not drift.

    Version and topic identify the append, so that a run which repeats it adds nothing.
    """
    step = ctx.progress.last("silver", topic.name)
    if version.version == 1 or (step and step.details.get("schema_version") == version.version):
        return
    rows = [
        (
            topic.name,
            change.field,
            change.kind,
            type_name(change.from_type) if change.from_type else None,
            type_name(change.to_type),
            change.value_shape,
            version.version,
            ctx.parameters.run_id,
            now(),
        )
        for change in version.changes
        if change.drift
    ]
    if not rows:
        return
    df = ctx.spark.createDataFrame(rows, ddl(DRIFT))
    delta.append(
        df, ctx.parameters.tables.ops("schema_drift"), app=f"drift/{topic.name}", version=version.version
    )
    for row in rows:
        said = {"field": row[1], "change": row[2], "from": row[3], "to": row[4], "value_shape": row[5]}
        ctx.log.event(
            "silver",
            "schema_drift",
            level="warning",
            topic=topic.name,
            schema_version=version.version,
            details=said,
        )
