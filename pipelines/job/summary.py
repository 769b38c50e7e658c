"""The summary of a run, drawn up from its log events: what ``finish`` and ``run_once`` answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipelines.context import Context
from pipelines.errors import Retry
from pipelines.job.stages import retry_of
from pipelines.registry import RegistryDamaged
from pipelines.silver.settings import unordered_words

_COUNTS = {
    "read": "read_rows",
    "silver": "silver_rows",
    "quarantined": "quarantined_rows",
    "deduplicated": "deduplicated_rows",
    "dropped": "dropped_rows",
    "field_faults": "field_faults",
}
_GOLD_SAID = ("rows", "refresh", "reason", "affected", "not_fitting")
_GOLD_DONE = ("refreshed", "up_to_date")


def summarize(ctx: Context, events: Sequence[Mapping[str, Any]], duration_s: float) -> dict[str, Any]:
    """``{run_id, status, topics, gold, errors, warnings, duration_s}``. A retried task's earlier failure does not count.

    Each of ``errors`` has ``task`` and ``message``, and ``retry`` where trying again cannot help: ``never`` (the config or
    SQL has to be corrected), ``other_data`` (the same data fail again).
    """
    errors = list(_errors(ctx, events))
    return {
        "run_id": ctx.parameters.run_id,
        "status": "failed" if errors else "succeeded",
        "topics": {topic.name: _topic(ctx, topic.name, events) for topic in ctx.document.topics},
        "gold": {model.name: _model(model.name, events) for model in ctx.document.gold},
        "errors": errors,
        "warnings": list(dict.fromkeys([*_unread(events), *_unordered(events), *_told(events)])),
        "duration_s": round(duration_s, 3),
    }


def _topic(ctx: Context, topic: str, events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    processed = [e for e in events if e["topic"] == topic and e["event"] == "processed"]
    counts: dict[str, Any] = {
        name: sum(e[column] or 0 for e in processed) for name, column in _COUNTS.items()
    }
    return {**counts, "schema_version": _schema_version(ctx, topic)}


def _schema_version(ctx: Context, topic: str) -> int | None:
    try:
        latest = ctx.registry.latest(topic)
    except RegistryDamaged:  # which has failed the topic's silver already
        return None
    return latest.version if latest else None


def _model(model: str, events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    done = [e for e in events if e["model"] == model and e["event"] in _GOLD_DONE]
    if not done:
        return {"rows": None, "refresh": "failed"}
    details = json.loads(done[-1]["details"] or "{}")
    return {name: details[name] for name in _GOLD_SAID if name in details}


def _told(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Sentences that were logged for people, though nothing failed."""
    yield from (e["error"] for e in events if e["level"] == "warning" and e["error"])


def _unread(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Files from which nothing was read, in one sentence per topic and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for event in events:
        if event["event"] == "file_unread":
            details = json.loads(event["details"])
            paths = found.setdefault((event["topic"], details["why"]), [])
            if details["path"] not in paths:
                paths.append(details["path"])
    for (topic, why), paths in found.items():
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        yield f"Topic {topic}: {', '.join(paths[:3])}{more} could not be read: {why}."


def _unordered(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Topics with a batch whose rows had no order of their own, in one sentence each."""
    found: dict[str, dict[str, None]] = {}
    for event in events:
        if event["event"] == "sequence_unordered":
            found.setdefault(event["topic"], {}).update(dict.fromkeys(json.loads(event["details"])["fields"]))
    for topic, fields in found.items():
        yield f"Topic {topic}: {unordered_words(fields)}."


def _errors(ctx: Context, events: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, str]]:
    """Yield what every stage should have left behind, and did not."""
    wanted = [("bronze", "topic", t.name, ("ingested", "idle")) for t in ctx.document.topics]
    wanted += [("silver", "topic", t.name, ("processed", "idle")) for t in ctx.document.topics]
    wanted += [("gold", "model", m.name, _GOLD_DONE) for m in ctx.document.gold]
    for stage, kind, name, done in wanted:
        own = [e for e in events if e["stage"] == stage and e[kind] == name]
        outcome = [e for e in own if e["event"] in done or e["event"] == "failed"]
        if outcome and outcome[-1]["event"] in done:
            continue
        message = (
            outcome[-1]["error"]
            if outcome
            else "did not run, because something before it failed or its task was ended"
        )
        retry = retry_of(outcome[-1]) if outcome else Retry.ANY_TIME
        yield {"task": f"{stage}_{name}", "message": str(message), **retry.told()}
