"""Maintenance at the end of a run: owners, drifts, retention, comments, small files. It never fails a run."""

from __future__ import annotations

from pipelines.context import Context
from pipelines.errors import describe
from pipelines.maintenance.describe import describe_tables
from pipelines.maintenance.drift_webhook import deliver_drifts
from pipelines.maintenance.optimize import compact
from pipelines.maintenance.owner import hand_over
from pipelines.maintenance.retention import keep_retention


def run_maintenance(ctx: Context) -> None:
    """Do what is due; what fails is logged, and due again next time."""
    due = (
        ("owner_failed", hand_over),
        ("drift_webhook_failed", deliver_drifts),
        ("retention_failed", keep_retention),
        ("description_failed", describe_tables),
        ("compaction_failed", compact),
    )
    for event, work in due:
        try:
            work(ctx)
        except Exception as error:  # whatever it is, the data of this run is where it belongs
            ctx.log.event("finish", event, error=describe(error))
