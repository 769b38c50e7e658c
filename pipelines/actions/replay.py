"""The action ``replay``: quarantined records are evaluated again by today's schema, contract and rules.

Arguments: ``topic``; ``codes`` (reasons with commas between; default: all but ``batch_rejected``, which an operator put there).
The good ones go to silver, once, and are marked ``replayed_at``; the others stay, with today's reason. What an operator has
corrected in ``raw`` counts. Killed anywhere and done again it gives the same tables: silver is written first, by total order
or by row id, then the records are marked.
"""

from __future__ import annotations

from typing import Any

from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.errors import ActionError, counted
from pipelines.job.stages import each_model
from pipelines.silver.row_counts import RowCounts
from pipelines.silver.step import replay_rows

from .arguments import read_arguments, topic_of


def replay(ctx: Context) -> dict[str, Any]:
    """Replay, refresh gold, and say what became of the records."""
    arguments = read_arguments(ctx, ("topic", "codes"))
    topic = topic_of(ctx, arguments)
    codes = [code.strip() for code in arguments.get("codes", "").split(",") if code.strip()]
    counts = replay_rows(ctx, topic, codes)
    failed = each_model(ctx)
    if failed:
        raise ActionError(
            "replay",
            f"records were replayed, but {', '.join(failed)} could not be refreshed; the run log says why, the next run does it",
        )
    if counts is None:
        return {"topic": topic.name, "lines": [f"Nothing waits in quarantine of {topic.name}."]}
    return {"topic": topic.name, "counts": counts.counts(), "lines": _lines(topic, counts)}


def _lines(topic: Topic, counts: RowCounts) -> list[str]:
    good = counts.silver + counts.deduplicated
    said = [
        f"Evaluated again: {counted(counts.read, 'quarantined record')} of {topic.name}.",
        f"{good} are good now: {counts.silver} went to silver"
        + (
            f", {counts.deduplicated} are older than what silver has or there already"
            if counts.deduplicated
            else ""
        ),
    ]
    if counts.dropped:
        said.append(f"{counts.dropped} are dropped by a rule now.")
    stay = ", ".join(f"{code} {count}" for code, count in sorted(counts.codes.items()))
    said.append(f"{counts.quarantined} stay in quarantine{f': {stay}' if stay else ''}.")
    return said
