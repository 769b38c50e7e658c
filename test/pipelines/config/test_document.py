"""The loader of the pipeline document, on the fixtures that the TypeScript side is tested with too."""

from __future__ import annotations

import functools
import json
import operator
from pathlib import Path
from typing import Any

import pytest

from pipelines.config.document import load_document, parse_document
from pipelines.errors import DocumentError

FIXTURES = Path(__file__).parents[2] / "fixtures" / "documents"


@pytest.mark.parametrize("path", sorted((FIXTURES / "valid").glob("*.json")), ids=lambda p: p.stem)
def test_valid_documents_are_read(path: Path) -> None:
    raw = json.loads(path.read_text(encoding="utf-8"))
    document = load_document(str(path))
    assert [topic.name for topic in document.topics] == [topic["name"] for topic in raw["topics"]]
    assert [model.sql for model in document.gold] == [model["sql"] for model in raw["gold"]]


@pytest.mark.parametrize(
    "patch", json.loads((FIXTURES / "invalid.json").read_text("utf-8")), ids=lambda p: p["name"]
)
def test_invalid_documents_are_rejected_at_their_place(patch: dict[str, Any]) -> None:
    document = json.loads((FIXTURES / "valid" / "full.json").read_text("utf-8"))
    *parents, key = patch["path"]
    parent = functools.reduce(operator.getitem, parents, document)
    if "value" in patch:
        parent[key] = patch["value"]
    else:
        del parent[key]
    with pytest.raises(DocumentError) as caught:
        parse_document(json.dumps(document))
    assert any(fault.startswith(f"{patch['place']}:") for fault in caught.value.faults), caught.value.faults


def test_every_fault_is_told_at_once() -> None:
    text = json.dumps({"documentVersion": 1, "name": "X", "topics": [{"name": "a", "source": {}}], "gold": 3})
    with pytest.raises(DocumentError) as caught:
        parse_document(text, "somewhere.json")
    message = str(caught.value)
    assert "somewhere.json" in message
    for place in ("$.name", "$.topics[0].source", "$.topics[0].silver", "$.gold"):
        assert f"{place}:" in message


def test_a_missing_document_says_which() -> None:
    with pytest.raises(DocumentError, match=r"(?s)no-such\.json.*cannot be read"):
        load_document("no-such.json")


def test_the_default_document_is_usable() -> None:
    assert load_document(None).topic("orders").silver.keys == ("order_id",)


@pytest.mark.parametrize(
    ("silver", "given", "expected"),
    [
        ({"mode": "append"}, None, "take"),
        ({"mode": "append"}, "skip", "skip"),
        ({"mode": "append", "keys": ["id"]}, None, "skip"),
        ({"mode": "upsert", "keys": ["id"]}, None, "skip"),
        ({"mode": "upsert", "keys": ["id"]}, "take", "take"),
    ],
)
def test_files_of_equal_bytes_are_events_where_no_key_tells_them_apart(
    silver: dict[str, object], given: str | None, expected: str
) -> None:
    source = {"files": "t", **({} if given is None else {"duplicateContent": given})}
    topics = [{"name": "t", "source": source, "silver": silver}]
    text = json.dumps(
        {"documentVersion": 1, "name": "x", "description": "", "settings": {}, "topics": topics, "gold": []}
    )
    assert parse_document(text).topic("t").duplicate_content == expected


def test_an_unknown_topic_names_those_that_exist() -> None:
    with pytest.raises(KeyError, match="customers, orders, sales"):
        load_document(None).topic("nope")
