"""Quarantine: records that cannot reach silver are kept with their reason, as they stood."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.context import Context
from pipelines.document import Topic
from pipelines.judging import CODE, RULE
from pipelines.tables import QUARANTINE

#: Key of the commit marker: the newest bronze version whose rejects are in the table.
MARKER = "bronze_version"


def append_rejects(ctx: Context, topic: Topic, judged: DataFrame, last: int) -> None:
    """Append the rejected rows of a batch that ends at bronze version ``last``, once, whatever is run again."""
    table = ctx.parameters.tables.quarantine(topic.name)
    written = delta.last_marker(ctx.spark, table, MARKER) or 0
    if written >= last:
        return
    rejects = judged.where(F.col(CODE).isNotNull() & (F.col(delta.COMMIT_VERSION) > written))
    values = {
        "code": F.col(CODE),
        "field": F.col("_field"),
        "value_shape": F.col("_shape"),
        "rule": F.col(RULE),
        "run_id": F.lit(ctx.parameters.run_id),
        "ts": F.current_timestamp(),
        "replayed_at": F.lit(None).cast("timestamp"),
    }
    rows = rejects.select(*[values.get(name, F.col(name)).alias(name) for name in QUARANTINE])
    delta.append(rows, table, app=f"quarantine/{topic.name}", version=last, marker={MARKER: last})
