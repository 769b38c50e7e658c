"""Change events: the row of each, its order, and whether it is gone; nothing else is taken for one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.inference import Fault, spellings_of
from pipelines.inference.change_events import DEBEZIUM, OP, SEQUENCE, Deletion, Ignored, Unwrap
from pipelines.inference.reading import Reading

STREAMS = Unwrap("dynamodb.NewImage", "dynamodb.Keys", "eventName", "dynamodb.SequenceNumber")
MAXWELL = Unwrap("data", None, "type", "ts")
PLAIN = Unwrap("row")
KEPT = Unwrap("after", "before", "op", "ts_ms", keeps_op=True)
LSN = Unwrap("after", "before", "op", "source.lsn")


def _event(op: str, **parts: Any) -> dict[str, Any]:
    return {"before": None, "after": None, "source": {"ts_ms": 7}, "op": op, "ts_ms": 9, **parts}


@pytest.mark.parametrize(
    ("parts", "decode", "event", "row", "kind"),
    [
        (DEBEZIUM, None, _event("c", after={"id": 1}), {"id": "1", SEQUENCE: "7"}, dict),
        (DEBEZIUM, None, _event("r", after={"id": 1}), {"id": "1", SEQUENCE: "7"}, dict),
        (DEBEZIUM, None, _event("u", before={"id": 2}, after={"id": 1}), {"id": "1", SEQUENCE: "7"}, dict),
        (DEBEZIUM, None, _event("d", before={"id": 2, "v": None}), {"id": "2", "v": None, SEQUENCE: "7"}, Deletion),
        (DEBEZIUM, None, {"schema": {"type": "struct"}, "payload": _event("c", after={"id": 1})}, {"id": "1", SEQUENCE: "7"}, dict),
        (DEBEZIUM, "mongo", _event("c", after='{"_id": {"$oid": "5a68fdc3615eda645bc6bd01"}, "n": {"$numberLong": "3"}}'), {"_id": "5a68fdc3615eda645bc6bd01", "n": "3", SEQUENCE: "7"}, dict),
        (LSN, None, _event("c", after={"id": 1}, source={"lsn": None}), {"id": "1", SEQUENCE: None}, dict),
        (KEPT, None, _event("d", before={"id": 2}), {"id": "2", SEQUENCE: "9", OP: "d"}, dict),
        (STREAMS, "dynamodb", {"eventName": "INSERT", "dynamodb": {"Keys": {"id": {"N": "1"}}, "NewImage": {"id": {"N": "1"}, "Op": {"S": "x"}}, "SequenceNumber": "111"}}, {"id": "1", "op": "x", SEQUENCE: "111"}, dict),
        (STREAMS, "dynamodb", {"eventName": "REMOVE", "dynamodb": {"Keys": {"id": {"N": "1"}}, "SequenceNumber": "222"}}, {"id": "1", SEQUENCE: "222"}, Deletion),
        (MAXWELL, None, {"type": "bootstrap-insert", "ts": 5, "data": {"ID": 1}}, {"id": "1", SEQUENCE: "5"}, dict),
        (MAXWELL, None, {"type": "delete", "ts": 6, "data": {"id": 1}}, {"id": "1", SEQUENCE: "6"}, Deletion),
        (Unwrap("row", "key"), None, {"row": None, "key": {"id": 1}}, {"id": "1"}, Deletion),
        (PLAIN, None, {"ROW": {"id": 1, "a": {"B": 1}}}, {"id": "1", "a": {"B": "1"}}, dict),
        (Unwrap("fullDocument", "documentKey", "operationType", "clusterTime"), "mongo", {"operationType": "replace", "clusterTime": {"$timestamp": {"t": 1, "i": 2}}, "fullDocument": {"_id": 1}}, {"_id": "1", SEQUENCE: str(2**32 + 2)}, dict),
    ],
)  # fmt: skip
def test_the_row_of_an_event(parts: Unwrap, decode: Any, event: Any, row: dict[str, Any], kind: type) -> None:
    found = Reading(unwrap=parts, decode=decode).parse(json.dumps(event))
    assert found == row
    assert isinstance(found, Deletion) == (kind is Deletion)


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (None, "tombstone"),
        ({"schema": None, "payload": None}, "tombstone"),
        ({"status": "BEGIN", "id": "571:53195829", "event_count": None, "data_collections": None, "ts_ms": 1}, "transaction"),
        ({"schema": {}, "payload": {"status": "END", "id": "571", "event_count": 2}}, "transaction"),
        ({"ts_ms": 1700000000000}, "heartbeat"),
        ({"source": {}, "databaseName": "shop", "ddl": "ALTER TABLE t", "tableChanges": []}, "schema change"),
        (_event("m", message={"prefix": "p"}), "message"),
    ],
)  # fmt: skip
def test_what_describes_the_stream_is_no_row(event: Any, what: str) -> None:
    text = None if event is None else json.dumps(event)
    assert Reading(unwrap=DEBEZIUM).parse(text) == Ignored(what)


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ('{"id":1}', "broken_change_event", "op"),
        ('{"op":"c"}', "broken_change_event", "after"),
        ('{"op":"c","after":[1]}', "broken_change_event", "after"),
        ('{"op":"c","after":"text"}', "broken_change_event", "after"),
        ('{"op":"c","after":"{\\"a\\":1"}', "invalid_json", "after"),
        ('{"op":"c","after":{"id":1}}', "broken_change_event", "source.ts_ms"),
        ('{"op":"c","after":{"id":1},"source":7}', "broken_change_event", "source.ts_ms"),
        ('{"op":"d","before":null,"after":null}', "broken_change_event", "after"),
        ('{"op":"t","before":null,"after":null}', "broken_change_event", "op"),
        ('{"op":5,"after":{"id":1}}', "broken_change_event", "op"),
        ('{"schema":{},"payload":[1]}', "broken_change_event", "payload"),
        ('{"op":"c","after":{"id":1,"id":2}}', "duplicate_key", "id"),
        ('{"op":"c","after":{"id":1,"$sequence":2},"source":{"ts_ms":1}}', "name_collision", "$sequence"),
        ('{"op":"c"', "invalid_json", ""),
        ("[]", "not_an_object", ""),
    ],
)  # fmt: skip
def test_a_broken_event_is_told(text: str, code: str, field: str) -> None:
    found = Reading(unwrap=DEBEZIUM).parse(text)
    assert isinstance(found, Fault)
    assert (found.code, found.field) == (code, field)


def test_names_keep_their_spelling() -> None:
    found = Reading(unwrap=PLAIN).parse('{"row":{"Id":1,"v":2}}')
    assert isinstance(found, dict)
    assert spellings_of(found) == {"id": "Id", "v": "v"}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["after", "before", "op", "source", "ts_ms", "payload", "schema", "id"]), inner, max_size=5),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["after", "before", "op", "source", "payload", "schema"]), _json | st.sampled_from(["c", "d", "r", "m"])))  # fmt: skip
def test_no_event_is_an_exception(event: dict[str, Any]) -> None:
    found = Reading(unwrap=LSN).parse(json.dumps(event))
    assert isinstance(found, dict | Fault | Ignored)
    inner = event["payload"] if event.keys() == {"schema", "payload"} else event
    if isinstance(found, Deletion):
        assert inner["op"].lower() in ("d", "delete", "deleted", "remove")
