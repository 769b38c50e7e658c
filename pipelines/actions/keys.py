"""Finding the records of some keys: in raw text, and in typed tables. Pure Python, no Spark.

A key is compared as the text that stands in the record, and as the value that its column's type makes of it: what typing
makes one key is one key here, however it was written (``7`` and ``"7"``, one instant in two zones).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from itertools import product

from pipelines.inference import (
    Fault,
    Integer,
    Real,
    Type,
    TypingOptions,
    Value,
    compact_json,
    field_of,
    fold,
    parse_record,
    scalar_converter,
)
from pipelines.inference.change_events import is_wrapped
from pipelines.inference.convert import EMPTY, MISFIT, Converter
from pipelines.inference.reading import Reading

Forms = frozenset[str]

#: Records that stand as they are.
PLAIN = Reading()


class KeyFault(Exception):
    """A line of a file of keys is not usable. Says which line, never what stands there."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")


class KeyFinder:
    """Knows the wanted keys, and tells whether a record or a typed row has one of them."""

    def __init__(
        self,
        fields: Sequence[str],
        types: Sequence[Type | None],
        options: TypingOptions,
        keys: Iterable[Sequence[Value]],
        reading: Reading = PLAIN,
    ) -> None:
        """``fields``: names of the key's fields in the source; ``types``: those of their columns, where there are any;
        ``reading``: how a text of bronze becomes a record.
        """
        self._reading = reading
        self._fields = [fold(field) for field in fields]
        hints = options.hint_types
        self._converters: list[Converter | None] = [
            None if type_ is None else scalar_converter(type_, options, name in hints)
            for name, type_ in zip(self._fields, types, strict=True)
        ]
        self._wanted: frozenset[tuple[str, ...]] = frozenset(
            combined for key in keys for combined in self._combine(key)
        )

    def in_record(self, raw: str | None, message_key: str | None = None) -> bool:
        """Tell whether a record of bronze has a wanted key. ``message_key`` (Kafka) speaks for a record that cannot be read."""
        record = self._reading.parse_text(raw) if raw is not None else None
        if isinstance(record, dict):
            values: Sequence[Value] = [record.get(field) for field in self._fields]
        elif message_key is not None:
            try:
                values = _key(_plain(message_key.strip()), self._fields, 1, {})
            except KeyFault:
                return False
        else:
            return False
        if any(value is None for value in values):
            return False
        return any(combined in self._wanted for combined in self._combine(values))

    def in_row(self, values: Sequence[object]) -> bool:
        """Tell whether the typed key of a row is a wanted one."""
        texts = [canonical(value) for value in values]
        return None not in texts and tuple(texts) in self._wanted

    def _combine(self, values: Sequence[Value]) -> Iterable[tuple[str, ...]]:
        forms = [_forms(value, convert) for value, convert in zip(values, self._converters, strict=True)]
        return product(*forms)


def readable(raw: str | None, reading: Reading = PLAIN) -> bool:
    """Tell whether a record can be looked into at all."""
    return raw is not None and not isinstance(reading.parse_text(raw), Fault)


def _plain(message_key: str) -> str:
    """A message's key without the schema that some writers send along."""
    record = parse_record(message_key) if message_key.startswith("{") else None
    return compact_json(record["payload"]) if isinstance(record, dict) and is_wrapped(record) else message_key


def read_keys(
    text: str, names: Sequence[str], rename: Mapping[str, str] | None = None
) -> list[tuple[Value, ...]]:
    """The keys of a file: a line is a value as it stands, a JSON text in quotes, or a JSON object of all fields.

    ``names`` and the object name fields as silver or as the source does. Blank lines are passed over. Raises
    :class:`KeyFault`.
    """
    keys = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if stripped := line.strip(" \t\r"):
            keys.append(_key(stripped, names, number, rename or {}))
    return keys


def _key(line: str, names: Sequence[str], number: int, rename: Mapping[str, str]) -> tuple[Value, ...]:
    if line.startswith("{"):
        record = parse_record(line)
        if isinstance(record, Fault):
            raise KeyFault(number, f"begins like a JSON object and is none ({record.code})")
        fields = [field_of(name, rename) for name in names]
        found = {field_of(name, rename): value for name, value in record.items()}
        if set(found) != set(fields) or len(found) < len(record):
            raise KeyFault(number, f"must have exactly the fields {', '.join(names)}")
        return tuple(found[field] for field in fields)
    if len(names) > 1:
        raise KeyFault(number, f"the key has several fields: wanted is a JSON object of {', '.join(names)}")
    if line.startswith('"'):
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, str):
            raise KeyFault(number, "begins like a JSON text in quotes and is none")
        return (value,)
    return (line,)


def _forms(value: Value, convert: Converter | None) -> Forms:
    """The texts under which a value is known: as it stands, and as its column would hold it."""
    forms = {str(value) if isinstance(value, str) else compact_json(value)}
    if convert is not None:
        # A bare line of a file of keys does not say whether a number is meant; a column of numbers does.
        candidates: list[Value] = [value, *_as_number(value)]
        for candidate in candidates:
            result = convert(candidate)
            text = None if result is MISFIT or result is EMPTY else canonical(result)
            if text is not None:
                forms.add(text)
    return frozenset(forms)


def _as_number(value: Value) -> list[Value]:
    if type(value) is not str:
        return []
    try:
        parsed = json.loads(value, parse_int=Integer, parse_float=Real)
    except (ValueError, RecursionError):
        return []
    return [parsed] if isinstance(parsed, Integer | Real) else []


def canonical(value: object) -> str | None:
    """A typed value as one text, the same whichever engine gave it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return aware.astimezone(timezone.utc).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, float):
        return repr(value)
    return str(value)
