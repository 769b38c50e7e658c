"""What a run does at its end, beside its work: hand tables over, deliver drifts, keep retention, compact. It never fails a run."""

from __future__ import annotations

from pipelines.compaction import compact
from pipelines.context import Context
from pipelines.drift_hook import deliver_drifts
from pipelines.ownership import hand_over
from pipelines.retention import keep_retention
from pipelines.stages import describe


def keep_up(ctx: Context) -> None:
    """Do what is due; what fails is logged, and due again next time."""
    due = (
        ("owner", hand_over),
        ("drift_hook", deliver_drifts),
        ("retention", keep_retention),
        ("compaction", compact),
    )
    for name, work in due:
        try:
            work(ctx)
        except Exception as error:  # whatever it is, the data of this run is where it belongs
            ctx.log.event("finish", f"{name}_failed", level="warning", error=describe(error))
