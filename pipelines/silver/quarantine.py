"""Quarantine: records that cannot reach silver are kept with their reason, as they stood."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.inference import own
from pipelines.ops.tables import QUARANTINE
from pipelines.silver.arrow_pass import COMMITTED
from pipelines.silver.outcomes import CODE, RULE

_REASON = ("code", "field", "value_shape", "rule")


def append_rejects(ctx: Context, topic: Topic, evaluated: DataFrame, last: int) -> None:
    """Append the rejected rows of a batch that ends at bronze version ``last``, once, whatever is run again."""
    table, run_id = ctx.parameters.tables.quarantine(topic.name), ctx.parameters.run_id
    rejects = evaluated.where(F.col(CODE).isNotNull())
    app = f"quarantine/{topic.name}"
    delta.append_range(rejects, table, app, last, lambda rows: _entries(rows, run_id), COMMITTED)


def waiting(ctx: Context, topic: Topic) -> DataFrame:
    """The records of a topic that are in quarantine still."""
    return ctx.spark.table(ctx.parameters.tables.quarantine(topic.name)).where("replayed_at IS NULL")


def reconcile(ctx: Context, topic: Topic, evaluated: DataFrame) -> None:
    """Bring quarantine in line with records that were ``evaluated`` anew, in one commit: what is good now is marked as
    replayed, what is not (any more) is added or waits again, and the reason is today's.
    """
    table = ctx.parameters.tables.quarantine(topic.name)
    known = (
        ctx.spark.table(table)
        .select(F.col("_row_id").alias(own("_row_id")), F.lit(True).alias(own("known")))
        .distinct()
    )
    rows = evaluated.join(known, own("_row_id"), "left").where(F.col(CODE).isNotNull() | F.col(own("known")))
    columns = [name for name in QUARANTINE if name != "raw"]
    again = ", ".join(f"t.{name} = s.{name}" for name in columns)
    same = " AND ".join(f"t.{name} <=> s.{name}" for name in _REASON)
    reason = ", ".join(f"t.{name} = s.{name}" for name in _REASON)
    names, values = ", ".join(QUARANTINE), ", ".join(f"s.{name}" for name in QUARANTINE)
    ctx.spark.sql(
        f"MERGE INTO {table} t USING {{rows}} s ON t._row_id = s._row_id "
        "WHEN MATCHED AND s.code IS NULL AND t.replayed_at IS NULL THEN UPDATE SET t.replayed_at = s.ts "
        f"WHEN MATCHED AND s.code IS NOT NULL AND t.replayed_at IS NOT NULL THEN UPDATE SET {again} "
        f"WHEN MATCHED AND s.code IS NOT NULL AND NOT ({same}) THEN UPDATE SET {reason} "
        f"WHEN NOT MATCHED AND s.code IS NOT NULL THEN INSERT ({names}) VALUES ({values})",
        rows=_entries(rows, ctx.parameters.run_id),
    ).collect()


def _entries(rejects: DataFrame, run_id: str) -> DataFrame:
    """Return evaluated rows as rows of the table."""
    values = {
        "code": F.col(CODE),
        "field": F.col(own("field")),
        "value_shape": F.col(own("shape")),
        "rule": F.col(RULE),
        "run_id": F.lit(run_id),
        "ts": F.current_timestamp(),
        "replayed_at": F.lit(None).cast("timestamp"),
    }
    return rejects.select(*[values.get(name, F.col(own(name))).alias(name) for name in QUARANTINE])
