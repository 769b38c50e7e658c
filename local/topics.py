"""The topics and gold models of a stack's pipeline document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.errors import LocalError
from local.stack import Stack, normalize_path


def read_document(stack: Stack) -> dict[str, Any]:
    """The pipeline document that the stack deploys."""
    path = normalize_path(stack.job.parameters.get("pipeline_document", ""))
    for file in stack.files:
        if file.path == path:
            document: dict[str, Any] = json.loads(file.read())
            return document
    raise LocalError(f"Stack {stack.name} deploys no pipeline document at {path!r}.")


def uses_kafka(document: Mapping[str, Any]) -> bool:
    """Tell whether a topic reads from Kafka."""
    return any("kafka" in topic["source"] for topic in document["topics"])


def topic_folders(document: Mapping[str, Any]) -> list[str]:
    """Folders of the landing volume that topics read."""
    sources = (topic["source"] for topic in document["topics"])
    return sorted({source["files"] for source in sources if "files" in source})


def find_topic(document: Mapping[str, Any], name: str) -> None:
    """Raise an error where the document has no topic of that name."""
    _find(document["topics"], "topic", name)


def find_model(document: Mapping[str, Any], name: str) -> None:
    """Raise an error where the document has no gold model of that name."""
    _find(document["gold"], "gold model", name)


def _find(entries: Sequence[Mapping[str, Any]], what: str, name: str) -> None:
    names = [entry["name"] for entry in entries]
    if name not in names:
        raise LocalError(f"There is no {what} {name}; there are {', '.join(names)}.")
