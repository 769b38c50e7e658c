"""The loader of the pipeline document, on the fixtures that the TypeScript side is tested with too."""

from __future__ import annotations

import copy
import dataclasses
import functools
import json
import operator
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.config import document as document_module
from pipelines.config.load import document_schema, load_document, parse_document
from pipelines.config.schema_check import check_json
from pipelines.errors import DocumentError
from pipelines.inference.encoding import ENCODINGS

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
    assert any(fault.startswith(f"{patch['at']}:") for fault in caught.value.faults), caught.value.faults


def test_every_fault_is_told_at_once() -> None:
    text = json.dumps({"documentVersion": 1, "name": "X", "topics": [{"name": "a", "source": {}}], "gold": 3})
    with pytest.raises(DocumentError) as caught:
        parse_document(text, "somewhere.json")
    message = str(caught.value)
    assert "somewhere.json" in message
    for path in ("$.name", "$.topics[0].source", "$.topics[0].silver", "$.gold"):
        assert f"{path}:" in message


def test_a_missing_document_says_which() -> None:
    with pytest.raises(DocumentError, match=r"(?s)no-such\.json.*cannot be read"):
        load_document("no-such.json")


def test_a_login_at_kafka_without_a_mechanism_is_rejected() -> None:
    document = json.loads((FIXTURES / "valid" / "full.json").read_text("utf-8"))
    [at] = [i for i, topic in enumerate(document["topics"]) if "auth" in topic["source"].get("kafka", {})]
    del document["topics"][at]["source"]["kafka"]["auth"]["mechanism"]
    with pytest.raises(DocumentError, match=rf"topics\[{at}\]\.source\.kafka\.auth\.mechanism: .* need one"):
        parse_document(json.dumps(document))


@pytest.mark.parametrize("mode", ["append", "history"])
def test_fields_are_merged_in_mode_upsert_alone(mode: str) -> None:
    value = _full()
    value["topics"][0]["silver"] = {"mode": mode, "keys": ["id"], "merge": "present_fields"}
    with pytest.raises(DocumentError, match=r"silver\.merge: present_fields needs mode upsert"):
        parse_document(json.dumps(value))


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_columns_are_tracked_in_mode_history_alone(mode: str) -> None:
    value = _full()
    value["topics"][0]["silver"] = {"mode": mode, "keys": ["id"], "track": ["plan"]}
    with pytest.raises(DocumentError, match=r"silver\.track: needs mode history"):
        parse_document(json.dumps(value))


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


@functools.cache
def _full() -> dict[str, Any]:
    value: dict[str, Any] = json.loads((FIXTURES / "valid" / "full.json").read_text("utf-8"))
    return value


@functools.cache
def _library() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(dict(document_schema()))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path in a JSON value, the top but for one."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _paths(item, (*path, key))


ODD = st.sampled_from(
    [None, True, 0, 1, -1, 2.5, "", " ", "x", "X y", [], ["x"], {}, {"x": 1}, "append", "fail"]
).map(copy.deepcopy)  # what is put into a document may be changed there


@settings(deadline=None)
@given(st.data())
def test_it_agrees_with_a_library_about_what_is_valid(data: st.DataObject) -> None:
    document = json.loads(json.dumps(_full()))
    for _ in range(data.draw(st.integers(1, 3))):
        paths = sorted(_paths(document), key=repr)
        *parents, key = data.draw(st.sampled_from(paths))
        parent = functools.reduce(operator.getitem, parents, document)
        change = data.draw(st.sampled_from(["replace", "remove", "add"]))
        if change == "replace":
            parent[key] = data.draw(ODD)
        elif change == "remove":
            del parent[key]
        elif isinstance(parent, dict):
            parent["another"] = data.draw(ODD)
        if not list(_paths(document)):
            break
    _, faults = check_json(document, document_schema())
    assert bool(faults) == (not _library().is_valid(document)), faults


@pytest.mark.parametrize("path", sorted((FIXTURES / "valid").glob("*.json")), ids=lambda p: p.stem)
def test_it_agrees_with_a_library_about_one_change_at_every_place(path: Path) -> None:
    text = path.read_text("utf-8")
    assert _library().is_valid(json.loads(text))
    for *parents, key in _paths(json.loads(text)):
        for odd in (None, True, -1, " ", [], {}):
            document = json.loads(text)
            functools.reduce(operator.getitem, parents, document)[key] = odd
            _, faults = check_json(document, document_schema())
            assert bool(faults) == (not _library().is_valid(document)), (*parents, key, odd)


def test_the_checker_knows_every_keyword_of_the_schema() -> None:
    told = {"$schema", "title", "description"}
    checked = {
        "type", "enum", "const", "pattern", "minimum", "exclusiveMinimum", "properties", "required", "default",
        "additionalProperties", "propertyNames", "items", "minItems", "anyOf",
    }  # fmt: skip
    assert {keyword for part in _parts(document_schema()) for keyword in part} <= told | checked


def _parts(schema: Any) -> Iterator[Any]:
    """A schema and every schema in it."""
    yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [schema.get(key) for key in ("items", "additionalProperties", "propertyNames")]
    for part in inner:
        if isinstance(part, dict):
            yield from _parts(part)


def test_defaults_are_filled_in_however_deep() -> None:
    small = {"documentVersion": 1, "name": "p", "gold": [], "topics": [
        {"name": "t", "source": {"files": "t"}, "silver": {"mode": "append"}}]}  # fmt: skip
    document = parse_document(json.dumps(small))
    [topic] = document.topics
    assert (document.settings.heartbeat_minutes, topic.on_changed, topic.schema.on_new_field) == (
        10,
        "error",
        "add",
    )
    assert (topic.settle_seconds, topic.encoding, topic.tags) == (0, "utf-8", {})


#: Values that config cannot have: what an operator's override makes of a rule.
_OVERRIDES = {"onViolation": {"accept", "reject"}}


def test_types_of_the_library_are_the_choices_of_the_schema() -> None:
    typed: dict[str, set[str]] = {}
    for class_ in vars(document_module).values():
        if dataclasses.is_dataclass(class_) and isinstance(class_, type):
            for name, hint in get_type_hints(class_).items():
                typed.setdefault(name, set()).update(_literals(hint))
    choices = {
        key: set(value["enum"])
        for part in _parts(document_schema())
        for key, value in part.get("properties", {}).items()
        if "enum" in value
    }
    assert len(choices) > 15
    for key, allowed in choices.items():
        name = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", key)
        assert typed[name] - _OVERRIDES.get(key, set()) == allowed, key


def _literals(alias: Any) -> Iterator[str]:
    """The strings that a type allows: a ``Literal``, or one that may be ``None``."""
    for arg in get_args(alias):
        if isinstance(arg, str):
            yield arg
        else:
            yield from _literals(arg)


def test_encodings_of_the_library_are_those_of_the_schema() -> None:
    topic = document_schema()["properties"]["topics"]["items"]["properties"]
    assert list(ENCODINGS) == topic["encoding"]["enum"]
