"""A registered schema: the fields of a topic, their columns and their types."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines.inference import Path, Type, from_json, spark_ddl, storable, to_json
from pipelines.inference.types import Array, Struct


def type_inside(type_: Type, path: Path) -> Type | None:
    """The type at a path inside of a type; None where there is nothing."""
    found: Type | None = type_
    for step in path:
        if isinstance(found, Struct) and step is not None:
            found = dict(found.fields).get(step)
        elif isinstance(found, Array) and step is None:
            found = found.element
        else:
            return None
    return found


def with_type_inside(type_: Type, path: Path, wanted: Type) -> Type:
    """A type with another one at a path inside of it, which it has."""
    if not path:
        return wanted
    step, rest = path[0], path[1:]
    if isinstance(type_, Array):
        return Array(with_type_inside(type_.element, rest, wanted))
    assert isinstance(type_, Struct)
    return Struct(
        tuple(
            (name, with_type_inside(inner, rest, wanted) if name == step else inner)
            for name, inner in type_.fields
        )
    )


@dataclass(frozen=True)
class Field:
    """One field. An unknown type (only nulls seen) is registered too, but makes no column."""

    name: str
    """Folded name of the source field."""
    column: str
    """Silver column, escaped or renamed."""
    type: Type
    spellings: tuple[str, ...] = ()
    """Spellings of the name in the data, sorted."""
    hinted: bool = False
    """True if the topic's hint fixes the type."""

    @property
    def column_type(self) -> Type | None:
        """The type of the silver column; None where there is no column yet."""
        return storable(self.type)

    def to_json(self) -> dict[str, Any]:
        """JSON value of the registry."""
        return {
            "name": self.name,
            "column": self.column,
            "type": to_json(self.type),
            "spellings": list(self.spellings),
            "hinted": self.hinted,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Field:
        """The field that `to_json` wrote."""
        return cls(
            value["name"],
            value["column"],
            from_json(value["type"]),
            tuple(value.get("spellings", ())),
            bool(value.get("hinted", False)),
        )


@dataclass(frozen=True)
class Schema:
    """The fields of a topic, sorted by name."""

    fields: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", tuple(sorted(self.fields, key=lambda field: field.name)))

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def get(self, name: str) -> Field | None:
        """The field of this folded name."""
        return self._by_name.get(name)

    def columns(self) -> list[tuple[str, str]]:
        """Silver columns with their Spark types, sorted by field name."""
        types = [(field.column, field.column_type) for field in self.fields]
        return [(column, spark_ddl(type_)) for column, type_ in types if type_ is not None]

    def type_at(self, path: Path) -> Type | None:
        """The type of a field, nested ones included; None where the schema has no such field."""
        first = self.get(path[0] or "") if path else None
        return None if first is None else type_inside(first.type, path[1:])

    def to_json(self) -> str:
        """Canonical JSON text: equal schemas have equal texts."""
        fields = [field.to_json() for field in self.fields]
        return json.dumps({"fields": fields}, separators=(",", ":"), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Schema:
        """The schema that `to_json` wrote."""
        return cls(tuple(Field.from_json(value) for value in json.loads(text)["fields"]))

    def fingerprint(self) -> str:
        """SHA-256 over the canonical JSON. Spellings count: the registry keeps every one seen, so a new one is a version."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}
