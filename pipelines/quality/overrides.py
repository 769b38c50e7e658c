"""Quality overrides: the ways out of a batch that a rule with ``onViolation: fail`` rejected.

A topic with an override goes through silver as ever; only what ``fail`` means is another, for one batch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from pipelines.config.document import Topic

#: Replacements of ``onViolation: fail`` for one batch. ``accept``: nothing happens, and ops.quality says ``accepted``.
#: ``reject``: what violates the rule is quarantined as ``batch_rejected`` (a batch rule: the whole batch).
ACCEPT: Final = "accept"
REJECT: Final = "reject"


def accept_violations(topic: Topic) -> Topic:
    """Return the topic with nothing that rejects a batch."""
    return _overridden(topic, ACCEPT)


def quarantine_violations(topic: Topic) -> Topic:
    """Return the topic with rules that put into quarantine what would reject the batch."""
    return _overridden(topic, REJECT)


def _overridden(topic: Topic, violation: Literal["accept", "reject"]) -> Topic:
    rules = (
        replace(rule, on_violation=violation) if rule.on_violation == "fail" else rule
        for rule in topic.quality
    )
    return replace(topic, quality=tuple(rules))
