"""One record of bronze, read as strict JSON: the parsed object, or the one fault that rejects it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from . import faults
from .faults import Fault
from .naming import fold
from .values import Integer, Real, Record, Value, text_shape

_REMEMBERED_KEY_SETS: Final = 4096
_LETTERS_WORTH_REMEMBERING: Final = 10_000  # of all keys of an object together
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]").search
_SHORTEST_FIELD: Final = len('"":0,')
_SHOWN_NAME: Final = 200
_LONGEST_FINITE: Final = 300  # digits; a shorter token without exponent cannot overflow a double


@dataclass(frozen=True)
class Limits:
    """Limits of one record. Beyond them, the record is quarantined; it never stops a run."""

    max_bytes: int = 16 * 1024 * 1024
    """UTF-8 bytes of its text."""
    max_depth: int = 64
    """Objects and arrays inside one another; the record itself is the first."""
    max_fields: int = 2000
    """Distinct field paths, nested ones included; the elements of an array count once."""


DEFAULT_LIMITS: Final = Limits()


class _Rejected(Exception):
    def __init__(self, code: str, field: str = "", detail: str = "") -> None:
        super().__init__(code)
        self.code, self.field, self.detail = code, field, detail


def parse_record(raw: str | None, limits: Limits = DEFAULT_LIMITS) -> dict[str, Value] | Fault:
    """Parse one record; nothing, the value of a Kafka tombstone, is a fault of its own. Numbers keep their text; the keys of the record come back folded.

    Where a key was spelled otherwise than folded, the result is a `Record`, which knows the spellings. The keys of nested
    objects stay as they were: their text may end in a string column.
    """
    if raw is None:
        return Fault(faults.TOMBSTONE, "", "null", "a message without a value")
    try:
        return _parse(raw, limits)
    except _Rejected as rejected:
        field = rejected.field[:_SHOWN_NAME].encode(errors="replace").decode()
        return Fault(rejected.code, field, text_shape(raw), rejected.detail)
    except RecursionError:
        return Fault(faults.TOO_DEEP, "", text_shape(raw), f"more than {limits.max_depth} levels")
    except json.JSONDecodeError as error:
        return Fault(faults.INVALID_JSON, "", text_shape(raw), f"{error.msg} at character {error.pos + 1}")


def _parse(raw: str, limits: Limits) -> dict[str, Value]:
    _check_size(raw, limits)
    top = _decode(raw, _decoder(limits.max_fields))
    if type(top) is not dict:
        raise _Rejected(faults.NOT_AN_OBJECT)
    # One character is found much faster than counted, and faster than two.
    if ("[" in raw or raw.find("{", 1) > 0) and raw.count("{") + raw.count("[") > limits.max_depth:
        _check_depth(top, limits)
    if "\\" in raw and _SURROGATE(raw):
        _check_text(top)
    if len(raw) > limits.max_fields * _SHORTEST_FIELD and raw.count(":") > limits.max_fields:
        _check_width(top, limits)
    return as_record(top)


def _decode(raw: str, decoder: json.JSONDecoder) -> Value:
    """The value that a text is. Most records have no blanks around them, and need no search for any."""
    if raw.startswith("{"):
        top, end = decoder.raw_decode(raw)
        if end == len(raw):
            return top  # type: ignore[no-any-return]
    return decoder.decode(raw)  # type: ignore[no-any-return]


def _check_size(raw: str, limits: Limits) -> None:
    size = len(raw)
    if size <= limits.max_bytes and not raw.isascii():
        try:
            size = len(raw.encode())
        except UnicodeEncodeError:
            raise _Rejected(faults.INVALID_JSON, detail="lone surrogate") from None
    if size > limits.max_bytes:
        raise _Rejected(faults.TOO_LARGE, detail=f"more than {limits.max_bytes} bytes")


def _check_depth(top: Value, limits: Limits) -> None:
    level, depth = [top], 0
    while level:
        depth += 1
        if depth > limits.max_depth:
            raise _Rejected(faults.TOO_DEEP, detail=f"more than {limits.max_depth} levels")
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value)  # type: ignore[union-attr]
            if type(child) is dict or type(child) is list
        ]


def _check_text(top: Value) -> None:
    """An escaped surrogate is text only with its other half."""
    try:
        json.dumps(top, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _Rejected(faults.INVALID_JSON, detail="lone surrogate") from None


def _check_width(top: dict[str, Value], limits: Limits) -> None:
    paths: set[tuple[str, ...]] = set()
    open_values: list[tuple[tuple[str, ...], Value]] = [((), top)]
    while open_values:
        path, value = open_values.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                inner = (*path, fold(key))
                paths.add(inner)
                if type(item) is dict or type(item) is list:
                    open_values.append((inner, item))
            if len(paths) > limits.max_fields:
                raise _Rejected(faults.TOO_WIDE, detail=f"more than {limits.max_fields} fields")
        elif isinstance(value, list):
            open_values += [
                ((*path, "[]"), item) for item in value if type(item) is dict or type(item) is list
            ]


@lru_cache(maxsize=16)
def _decoder(max_fields: int) -> json.JSONDecoder:
    def pairs_to_object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise _Rejected(faults.DUPLICATE_KEY, _first_repeated([key for key, _ in pairs]))
        if len(pairs) > max_fields:
            raise _Rejected(faults.TOO_WIDE, detail=f"more than {max_fields} fields")
        _folded_keys(tuple(result))
        return result

    return json.JSONDecoder(
        object_pairs_hook=pairs_to_object,
        parse_int=Integer,
        parse_float=_real,
        parse_constant=_reject_constant,
    )


def _real(token: str) -> Real:
    long = len(token) > _LONGEST_FINITE
    if (long or "e" in token or "E" in token) and math.isinf(float(token)):
        raise _Rejected(faults.NON_FINITE)
    return Real(token)


def _reject_constant(name: str) -> Value:
    raise _Rejected(faults.INVALID_JSON, detail=f"{name} is not JSON")


_key_sets: dict[tuple[str, ...], tuple[str, ...] | None] = {}
_UNSEEN: Final = ("",) * 2


def _folded_keys(keys: tuple[str, ...]) -> tuple[str, ...] | None:
    """The keys folded, None where they are so already; two that fold to one are rejected. Remembered by key set."""
    known = _key_sets.get(keys, _UNSEEN)
    if known is not _UNSEEN:
        return known
    folded = tuple([fold(key) for key in keys])
    if len(set(folded)) != len(keys):
        raise _Rejected(faults.NAME_COLLISION, _first_repeated(folded))
    result = None if folded == keys else folded
    if sum(map(len, keys)) <= _LETTERS_WORTH_REMEMBERING:
        if len(_key_sets) >= _REMEMBERED_KEY_SETS:
            _key_sets.clear()
        _key_sets[keys] = result
    return result


def _first_repeated(keys: list[str] | tuple[str, ...]) -> str:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return ""


def as_record(value: dict[str, Value]) -> dict[str, Value]:
    """An object of a parsed record, as a record of its own: its keys are folded."""
    folded = _folded_keys(tuple(value))
    if folded is None:
        return value
    return Record(dict(zip(folded, value.values(), strict=True)), dict(zip(folded, value, strict=True)))


def spellings_of(record: dict[str, Value]) -> dict[str, str] | None:
    """Folded name -> name as it stood; None where every key stood folded."""
    return record.spellings if isinstance(record, Record) else None
