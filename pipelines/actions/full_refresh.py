"""The action ``full_refresh``: silver derived again from bronze, then gold again; bronze stays as it is."""

from __future__ import annotations

from typing import Any

from pipelines.context import Context
from pipelines.errors import PipelineError
from pipelines.gold.refresh import refresh_again
from pipelines.job.stages import each_model, each_topic
from pipelines.silver.step import refresh


def full_refresh(ctx: Context) -> dict[str, Any]:
    """Derive everything again, topic by topic; what failed does not stop the others."""
    failed = each_topic(ctx, "silver", refresh)
    for model in ctx.models:
        refresh_again(ctx, model)
    failed = each_model(ctx, failed)
    if failed:
        raise PipelineError(
            f"full_refresh failed for {', '.join(failed)}; the run log says why. Run it again."
        )
    return {"refreshed": [topic.name for topic in ctx.topics] + [model.name for model in ctx.models]}
