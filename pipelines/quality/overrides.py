"""The ways out of a batch that a rule with ``onViolation: fail`` refused: the topic as an operator has it judged once.

A topic with other rulings goes through the same silver step as ever; only what ``fail`` means is another.
"""

from __future__ import annotations

from dataclasses import replace

from pipelines.config.document import Topic

#: What ``onViolation: fail`` becomes for one batch. ``accept``: nothing happens, and ops.quality says ``accepted``.
#: ``refuse``: what violates the rule is quarantined as ``batch_refused`` (a batch rule: the whole batch).
ACCEPT, REFUSE = "accept", "refuse"


def accepting(topic: Topic) -> Topic:
    """The topic with nothing that refuses a batch."""
    return _ruled(topic, ACCEPT)


def refusing(topic: Topic) -> Topic:
    """The topic with rules that put into quarantine what would refuse the batch."""
    return _ruled(topic, REFUSE)


def _ruled(topic: Topic, way: str) -> Topic:
    rules = (
        replace(rule, on_violation=way) if rule.on_violation == "fail" else rule for rule in topic.quality
    )
    return replace(topic, quality=tuple(rules))
