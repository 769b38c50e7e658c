"""Change events of a database: the row is taken out of its envelope, with its order and whether it is gone (``unwrap``).

One event is one record: the row after the change, or the row before a deletion, which deletes its key. What describes the
stream and no row (transactions, heartbeats, changes of a schema, tombstones behind deletions) is :class:`Ignored`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from . import faults
from .decoding import Decode, decode, decode_value, order_of
from .faults import Fault
from .naming import fold, own
from .parsing import Limits, as_record, parse_record, spellings_of
from .paths import steps_of, value_at
from .values import Record, Value, value_shape

SEQUENCE: Final = own("sequence")
"""Field of an unwrapped record: the value at ``unwrap.sequence``. No field of data has this name."""
OP: Final = own("op")
"""Field of an unwrapped record of a topic that keeps operations: the value at ``unwrap.op``."""
OWN_COLUMNS: Final = {SEQUENCE: "_sequence", OP: "_op"}
"""Silver's columns of these fields."""

CHANGE: Final = own("change")
"""Column of evaluated rows of a topic with change events: :data:`DELETES`, :data:`IGNORED` or null."""
DELETES: Final = "deletes"
IGNORED: Final = "ignored"

_WRITES: Final = frozenset(
    [
        "c",
        "r",
        "u",
        "i",
        "create",
        "insert",
        "update",
        "modify",
        "replace",
        "upsert",
        "read",
        "refresh",
        "load",
        "snapshot",
        "bootstrap-insert",
    ]
)
_DELETES: Final = frozenset(["d", "delete", "deleted", "remove"])
_REMARKS: Final = frozenset(
    ["m", "message", "heartbeat", "begin", "commit", "end", "bootstrap-start", "bootstrap-complete"]
)


@dataclass(frozen=True)
class Unwrap:
    """Paths of the parts of a change event."""

    value: str
    """The row after the change."""
    before: str | None = None
    """The row before the change; of a deletion, at least its key."""
    op: str | None = None
    """The operation; without it, an event without ``value`` is a deletion."""
    sequence: str | None = None
    """Order of the events of a key."""
    keeps_op: bool = False
    """True if the operation becomes a field of the record (:data:`OP`): nothing is deleted, every event is a row."""


DEBEZIUM: Final = Unwrap("after", "before", "op", "source.ts_ms")
"""``unwrap: debezium``. Every connector writes the time of the change; changes of one instant follow each other as they came."""


class Deletion(Record):
    """A record whose key is deleted."""

    __slots__ = ()


@dataclass(frozen=True)
class Ignored:
    """A record that describes the stream, and no row."""

    what: str


Unwrapped: TypeAlias = dict[str, Value] | Fault | Ignored


def unwrap(
    event: dict[str, Value], parts: Unwrap, decoding: Decode | None = None, limits: Limits | None = None
) -> Unwrapped:
    """The record that a change event brings, as ``parse_record`` gives one; ``broken_change_event`` names what it lacks."""
    if is_wrapped(event):
        payload = event["payload"]
        if payload is None:
            return Ignored("tombstone")
        if not isinstance(payload, dict):
            return Fault(faults.BROKEN_CHANGE_EVENT, "payload", value_shape(payload))
        event = payload
    found_op, op = _at(event, parts.op)
    if parts.op is not None and not found_op:
        remark = _remark(event)
        return remark if remark is not None else _lacks(parts.op, event)
    _, after = _at(event, parts.value)
    _, before = _at(event, parts.before)
    deletes = parts.op is None and after is None
    if parts.op is not None:
        word = fold(op) if type(op) is str else ""
        if word in _REMARKS:
            return Ignored("message")
        deletes = word in _DELETES
        if not deletes and word not in _WRITES:
            return Fault(
                faults.BROKEN_CHANGE_EVENT, parts.op, value_shape(op), "an operation that is not known"
            )
    # Some writers name the deleted row like any other.
    path, row = (
        (parts.before or parts.value, before) if deletes and before is not None else (parts.value, after)
    )
    record = _row(row, path, event, limits)
    if isinstance(record, Fault):
        return record
    if decoding is not None:
        decoded = decode(record, decoding)
        if isinstance(decoded, Fault):
            return decoded
        spellings = spellings_of(record)
        record = decoded if spellings is None else Record(decoded, spellings)
    return _with_own(record, event, parts, op, deletes, decoding)


def is_wrapped(event: dict[str, Value]) -> bool:
    """Tell whether a message holds its content beside the content's schema."""
    return event.keys() == {"schema", "payload"}


def _at(value: Value, path: str | None) -> tuple[bool, Value]:
    """Tell whether there is anything at a path, and return it."""
    return (False, None) if path is None else value_at(value, steps_of(path))


def _row(value: Value, path: str, event: dict[str, Value], limits: Limits | None) -> dict[str, Value] | Fault:
    if type(value) is str and value[:1] == "{":  # MongoDB's connector writes documents as text
        found = parse_record(value, limits or Limits())
        return Fault(found.code, path, found.shape, found.detail) if isinstance(found, Fault) else found
    if not isinstance(value, dict):
        return (
            _lacks(path, event)
            if value is None
            else Fault(faults.BROKEN_CHANGE_EVENT, path, value_shape(value))
        )
    return as_record(value)


def _lacks(path: str, event: dict[str, Value]) -> Fault:
    return Fault(faults.BROKEN_CHANGE_EVENT, path, value_shape(event), "it is not there")


def _remark(event: dict[str, Value]) -> Ignored | None:
    """Recognize what Debezium writes beside the changes of rows."""
    if {"status", "id"} <= event.keys() and event["status"] in ("BEGIN", "END"):
        return Ignored("transaction")
    if event.keys() == {"ts_ms"}:
        return Ignored("heartbeat")
    folded = {fold(name) for name in event}
    return (
        Ignored("schema change")
        if {"ddl", "source"} <= folded or {"tablechanges", "source"} <= folded
        else None
    )


def _with_own(
    record: dict[str, Value],
    event: dict[str, Value],
    parts: Unwrap,
    op: Value,
    deletes: bool,
    decoding: Decode | None,
) -> Unwrapped:
    """The record with the fields that the event gives it, marked where it deletes."""
    added: dict[str, Value] = {}
    if parts.sequence is not None:
        found, sequence = _at(event, parts.sequence)
        if not found:
            return _lacks(parts.sequence, event)
        if decoding == "mongo":
            decoded = decode_value(sequence, decoding)
            if isinstance(decoded, Fault):
                return Fault(decoded.code, parts.sequence, decoded.shape)
            sequence = order_of(decoded)
        added[SEQUENCE] = sequence
    if parts.keeps_op and parts.op is not None:
        added[OP] = op
    taken = added.keys() & record.keys()
    if taken:
        return Fault(faults.NAME_COLLISION, min(taken))
    whole, spellings = {**record, **added}, spellings_of(record)
    if deletes and not parts.keeps_op:
        return Deletion(whole, {name: name for name in whole} | (spellings or {}))
    return whole if spellings is None else Record(whole, {name: name for name in added} | spellings)
