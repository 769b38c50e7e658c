"""Values that a database writes as tagged JSON, read back: DynamoDB's JSON and MongoDB's extended JSON (``decode`` of a topic).

What comes out is what the record would be as plain JSON: numbers keep their digits, instants are ISO texts in UTC, bytes stay
base64. Nothing passes through a float.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from . import faults, grammar
from .faults import Fault
from .paths import Path
from .profile import path_text
from .values import Integer, Number, Real, Value, value_shape

Decode: TypeAlias = Literal["dynamodb", "mongo"]

_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,5})?").fullmatch
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


class _Undecodable(Exception):
    def __init__(self, path: Path, value: Value) -> None:
        super().__init__()
        self.path, self.value = path, value


def decode(record: Mapping[str, Value], by: Decode) -> dict[str, Value] | Fault:
    """The fields of a record, decoded; or the first value that is none of the encoding (``undecodable_value``)."""
    field = _DECODERS[by]
    try:
        return {name: field(value, (name,)) for name, value in record.items()}
    except _Undecodable as error:
        first, *inside = error.path
        return Fault(faults.UNDECODABLE_VALUE, path_text(str(first), tuple(inside)), value_shape(error.value))


def decode_value(value: Value, by: Decode) -> Value | Fault:
    """One value, decoded."""
    found = decode({"": value}, by)
    return found if isinstance(found, Fault) else found[""]


# DynamoDB: every value is an object of one key, its type.


def _dynamodb(value: Value, path: Path) -> Value:
    if not isinstance(value, dict) or len(value) != 1:
        raise _Undecodable(path, value)
    [(tag, inner)] = value.items()
    read = _DYNAMODB.get(tag)
    if read is None:
        raise _Undecodable(path, value)
    return read(inner, path)


def _text(value: Value, path: Path) -> str:
    if type(value) is not str:
        raise _Undecodable(path, value)
    return value


def _number(value: Value, path: Path) -> Value:
    """A number in quotes: its token, where that is JSON's, else the shortest that means the same."""
    text = _text(value, path)
    if grammar.is_integer(text):
        return Integer(text)
    if grammar.is_number(text):
        return Real(text)
    if not _NUMBER(text):
        raise _Undecodable(path, value)
    token = str(Decimal(text))
    return Integer(token) if grammar.is_integer(token) else Real(token)


def _bytes(value: Value, path: Path) -> str:
    text = _text(value, path)
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        raise _Undecodable(path, value) from None
    return text


def _boolean(value: Value, path: Path) -> bool:
    if type(value) is not bool:
        raise _Undecodable(path, value)
    return value


def _null(value: Value, path: Path) -> None:
    if value is not True:
        raise _Undecodable(path, value)


def _map(value: Value, path: Path) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise _Undecodable(path, value)
    return {name: _dynamodb(item, (*path, name)) for name, item in value.items()}


def _list_of(read: Callable[[Value, Path], Value]) -> Callable[[Value, Path], Value]:
    def convert(value: Value, path: Path) -> Value:
        if not isinstance(value, list):
            raise _Undecodable(path, value)
        return [read(item, (*path, None)) for item in value]

    return convert


_DYNAMODB: Final[dict[str, Callable[[Value, Path], Value]]] = {
    "S": _text,
    "N": _number,
    "B": _bytes,
    "BOOL": _boolean,
    "NULL": _null,
    "M": _map,
    "L": _list_of(_dynamodb),
    "SS": _list_of(_text),
    "NS": _list_of(_number),
    "BS": _list_of(_bytes),
}


# MongoDB: plain JSON, but for objects whose keys begin with a dollar sign.


def _mongo(value: Value, path: Path) -> Value:
    if type(value) is list:
        return [_mongo(item, (*path, None)) for item in value]
    if type(value) is not dict:
        return value
    for tag in value:
        read = _MONGO.get(tag)
        if read is not None:
            return read(value, path)
        break
    return {name: _mongo(item, (*path, name)) for name, item in value.items()}


def _only(value: Mapping[str, Value], path: Path, *tags: str) -> list[Value]:
    """The values of exactly these tags."""
    if value.keys() != set(tags):
        raise _Undecodable(path, dict(value))
    return [value[tag] for tag in tags]


def _tagged(tag: str, read: Callable[[Value, Path], Value]) -> Callable[[dict[str, Value], Path], Value]:
    return lambda value, path: read(_only(value, path, tag)[0], path)


def _object_id(value: Value, path: Path) -> str:
    text = _text(value, path)
    if not re.fullmatch(r"[0-9a-fA-F]{24}", text):
        raise _Undecodable(path, value)
    return text


def _integer_of(bits: int) -> Callable[[Value, Path], Value]:
    def convert(value: Value, path: Path) -> Value:
        number = grammar.integer_value(value) if type(value) is str and grammar.is_integer(value) else None
        if number is None or not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise _Undecodable(path, value)
        return Integer(value)

    return convert


def _real(value: Value, path: Path) -> Value:
    text = _text(value, path)
    return Real(text) if text in grammar.NON_FINITE else _number(value, path)


def _date(value: Value, path: Path) -> str:
    """The instant as ISO text in UTC. A number counts milliseconds, also of instants that ISO's four digits of a year lack
    (those are none that a table has).
    """
    if isinstance(value, dict):
        value = _integer_of(64)(_only(value, path, "$numberLong")[0], path)
    if isinstance(value, Integer):
        try:
            return _iso(_EPOCH + timedelta(milliseconds=int(value)))
        except OverflowError:
            raise _Undecodable(path, value) from None
    found = grammar.any_timestamp_value(_text(value, path))
    if found is None:
        raise _Undecodable(path, value)
    return _iso(found[0])


def _iso(instant: datetime) -> str:
    whole = instant.astimezone(timezone.utc).replace(tzinfo=None)
    return whole.isoformat(timespec="milliseconds" if whole.microsecond % 1000 == 0 else "microseconds") + "Z"


def _binary(value: dict[str, Value], path: Path) -> str:
    """Base64; a UUID (subtype 4) as its text."""
    if "$type" in value:  # as version 1 wrote it
        text, subtype = _only(value, path, "$binary", "$type")
    else:
        [inner] = _only(value, path, "$binary")
        if not isinstance(inner, dict):
            raise _Undecodable(path, value)
        text, subtype = _only(inner, path, "base64", "subType")
    content = _bytes(text, path)
    if not re.fullmatch(r"[0-9a-fA-F]{1,2}", _text(subtype, path)):
        raise _Undecodable(path, value)
    raw = base64.b64decode(content)
    return str(uuid.UUID(bytes=raw)) if int(str(subtype), 16) == 4 and len(raw) == 16 else content


def _uuid(value: Value, path: Path) -> str:
    text = _text(value, path)
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise _Undecodable(path, value)
    return text.lower()


def _timestamp(value: Value, path: Path) -> dict[str, Value]:
    """A time of the operation log: seconds and a counter, no instant."""
    if not isinstance(value, dict) or not all(isinstance(part, Integer) for part in value.values()):
        raise _Undecodable(path, value)
    seconds, counter = _only(value, path, "t", "i")
    return {"t": seconds, "i": counter}


def _regex(value: dict[str, Value], path: Path) -> str:
    if "$regex" in value:  # as version 1 wrote it
        pattern, options = value["$regex"], value.get("$options", "")
        if value.keys() - {"$regex", "$options"}:
            raise _Undecodable(path, value)
    else:
        [inner] = _only(value, path, "$regularExpression")
        if not isinstance(inner, dict):
            raise _Undecodable(path, value)
        pattern, options = _only(inner, path, "pattern", "options")
    return f"/{_text(pattern, path)}/{_text(options, path)}"


def _code(value: dict[str, Value], path: Path) -> Value:
    if "$scope" not in value:
        return _text(_only(value, path, "$code")[0], path)
    code, scope = _only(value, path, "$code", "$scope")
    return {"code": _text(code, path), "scope": _mongo(scope, (*path, "scope"))}


def _word(word: str | None, given: Value) -> Callable[[Value, Path], Value]:
    def convert(value: Value, path: Path) -> Value:
        if value != given or isinstance(value, bool) != isinstance(given, bool):
            raise _Undecodable(path, value)
        return word

    return convert


_MONGO: Final[dict[str, Callable[[dict[str, Value], Path], Value]]] = {
    "$oid": _tagged("$oid", _object_id),
    "$date": _tagged("$date", _date),
    "$numberDecimal": _tagged("$numberDecimal", _real),
    "$numberLong": _tagged("$numberLong", _integer_of(64)),
    "$numberInt": _tagged("$numberInt", _integer_of(32)),
    "$numberDouble": _tagged("$numberDouble", _real),
    "$binary": _binary,
    "$type": _binary,
    "$uuid": _tagged("$uuid", _uuid),
    "$timestamp": _tagged("$timestamp", _timestamp),
    "$regularExpression": _regex,
    "$regex": _regex,
    "$options": _regex,
    "$symbol": _tagged("$symbol", _text),
    "$code": _code,
    "$scope": _code,
    "$undefined": _tagged("$undefined", _word(None, True)),
    "$minKey": _tagged("$minKey", _word("MinKey", "1")),
    "$maxKey": _tagged("$maxKey", _word("MaxKey", "1")),
}

_DECODERS: Final[Mapping[Decode, Callable[[Value, Path], Value]]] = {"dynamodb": _dynamodb, "mongo": _mongo}


def order_of(value: Value) -> Value:
    """A decoded value as a number, where it is a time of MongoDB's operation log: its seconds, then its counter."""
    if isinstance(value, dict) and value.keys() == {"t", "i"}:
        seconds, counter = value["t"], value["i"]
        if isinstance(seconds, Number) and isinstance(counter, Number):
            return Integer((int(seconds) << 32) | int(counter))
    return value
