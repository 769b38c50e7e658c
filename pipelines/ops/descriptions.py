"""Descriptions of the tables of topics and models: a comment, and the topic's tags as table properties."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.config.document import GoldModel, Topic

#: Prefix of the name of a table property that holds a tag.
TAG = "medallion.tag."


@dataclass(frozen=True)
class Description:
    """The comment of a table, and the properties that hold its tags."""

    comment: str
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Another one where the table is to say something else."""
        text = repr((self.comment, sorted(self.properties.items())))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def of_bronze(topic: Topic) -> Description:
    """Return the description of the raw records of a topic."""
    return _of(topic, f"Raw records of topic {topic.name}, as they stood. Append-only. {topic.description}")


def of_quarantine(topic: Topic) -> Description:
    """Return the description of the rejected records of a topic."""
    reason = "that could not reach silver, with the reason. May hold personal data."
    return _of(topic, f"Records of topic {topic.name} {reason} {topic.description}")


def of_silver(topic: Topic) -> Description:
    """Return the description of the typed rows of a topic."""
    typed = f"Typed rows of topic {topic.name}; columns follow the schema registry."
    return _of(topic, topic.description or typed)


def of_gold(model: GoldModel) -> Description:
    """Return the description of a model's table. Models have no tags."""
    return Description(model.description or f"One row per {', '.join(model.grain)}.")


def _of(topic: Topic, comment: str) -> Description:
    properties = {f"{TAG}{name}": value for name, value in sorted(topic.tags.items())}
    return Description(comment.strip(), properties)
