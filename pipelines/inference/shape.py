"""What a batch looked like: per field the kinds of values seen. Small, free of values, and joined like a set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from .kinds import ARRAY, EMPTY, KIND_TYPES, MISFIT, NULL, STRUCT
from .naming import nested_name
from .types import STRING, UNKNOWN, Array, String, Struct, Type, Unknown, join, join_all

MAX_SPELLINGS: Final = 8
"""Spellings remembered of one field: the first ones in text order, so that batches cannot matter."""

_SILENT: Final = frozenset({NULL, EMPTY, MISFIT})


Path: TypeAlias = tuple[str | None, ...]
"""Where a field stands: folded names from the outside in, None for the element of an array."""


def path_text(column: str, inside: Path = ()) -> str:
    """A place for people, unambiguous because the names are escaped: `a`, `a.b`, `a[].b`. `column` is the column of the
    top-level field, `inside` the path from there on.
    """
    return column + "".join("[]" if step is None else f".{nested_name(step)}" for step in inside)


@dataclass(frozen=True)
class FieldShape:
    """Evidence about one field (or array element)."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    """Kind of value -> the smallest value shape of that kind."""
    spellings: tuple[str, ...] = ()
    """How the name stood, sorted."""
    fields: Mapping[str, FieldShape] = field(default_factory=dict)
    """Fields of the objects seen, by folded name."""
    element: FieldShape | None = None
    """The elements of the arrays seen."""

    @property
    def type(self) -> Type:
        """The smallest type that holds every value seen."""
        return join_all(map(self.kind_type, self.kinds))

    @property
    def misfit(self) -> str | None:
        """Shape of a value that does not fit the field's hint."""
        return self.kinds.get(MISFIT)

    @property
    def mixed(self) -> Type | None:
        """The type of the values that are not text, where only text holds all of them together; None elsewhere."""
        if self.type != STRING:
            return None
        typed = [
            kind
            for kind in map(self.kind_type, sorted(self.kinds))
            if not isinstance(kind, (String, Unknown))
        ]
        joined = join_all(typed)
        if not typed:
            return None
        return typed[0] if joined == STRING else joined

    def kind_type(self, kind: str) -> Type:
        """The type of one of the kinds seen."""
        if kind == STRUCT:
            return Struct(tuple((name, inner.type) for name, inner in sorted(self.fields.items())))
        if kind == ARRAY:
            return Array(UNKNOWN if self.element is None else self.element.type)
        return KIND_TYPES[kind]

    def example_beyond(self, known: Type) -> str:
        """The smallest shape of a value that a column of type `known` does not hold; else of any value."""
        beyond = [shape for kind, shape in self.kinds.items() if join(known, self.kind_type(kind)) != known]
        some = beyond or [shape for kind, shape in self.kinds.items() if kind not in _SILENT]
        return min(some or self.kinds.values(), key=shape_order, default="")

    def at(self, path: Path) -> FieldShape | None:
        """The evidence of a field inside this one."""
        found: FieldShape | None = self
        for step in path:
            if found is not None:
                found = found.element if step is None else found.fields.get(step)
        return found

    def join(self, other: FieldShape) -> FieldShape:
        """The evidence of both."""
        kinds = dict(self.kinds)
        for kind, shape in other.kinds.items():
            kinds[kind] = min(kinds.get(kind, shape), shape, key=shape_order)
        spellings = tuple(sorted({*self.spellings, *other.spellings})[:MAX_SPELLINGS])
        return FieldShape(
            kinds, spellings, _join_fields(self.fields, other.fields), _join_elements(self, other)
        )

    def to_json(self) -> dict[str, Any]:
        """A compact JSON value with short keys; empty parts are left out."""
        parts = {
            "k": dict(sorted(self.kinds.items())),
            "s": list(self.spellings),
            "f": {name: inner.to_json() for name, inner in sorted(self.fields.items())},
        }
        result: dict[str, Any] = {key: part for key, part in parts.items() if part}
        if self.element is not None:
            result["e"] = self.element.to_json()
        return result

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> FieldShape:
        """The evidence that `to_json` wrote."""
        return cls(
            dict(value.get("k", {})),
            tuple(value.get("s", ())),
            {name: cls.from_json(inner) for name, inner in value.get("f", {}).items()},
            cls.from_json(value["e"]) if "e" in value else None,
        )


def shape_order(shape: str) -> tuple[int, str]:
    """The order in which one shape is the smaller one."""
    return len(shape), shape


def _join_fields(left: Mapping[str, FieldShape], right: Mapping[str, FieldShape]) -> dict[str, FieldShape]:
    joined = dict(left)
    for name, shape in right.items():
        joined[name] = joined[name].join(shape) if name in joined else shape
    return joined


def _join_elements(left: FieldShape, right: FieldShape) -> FieldShape | None:
    if left.element is None or right.element is None:
        return left.element or right.element
    return left.element.join(right.element)


@dataclass(frozen=True)
class Shape:
    """Evidence about a batch of records: its fields by folded name."""

    fields: Mapping[str, FieldShape] = field(default_factory=dict)

    def join(self, other: Shape) -> Shape:
        """The evidence of both batches: commutative, associative, idempotent."""
        return Shape(_join_fields(self.fields, other.fields))

    def types(self) -> dict[str, Type]:
        """The joined type of every field."""
        return {name: shape.type for name, shape in sorted(self.fields.items())}

    def __iter__(self) -> Iterator[tuple[str, FieldShape]]:
        """Fields in order of their names."""
        return iter(sorted(self.fields.items()))

    def to_json(self) -> dict[str, Any]:
        """A compact JSON value: what one partition of a batch sends to the driver."""
        return {name: shape.to_json() for name, shape in self}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Shape:
        """The evidence that `to_json` wrote."""
        return cls({name: FieldShape.from_json(inner) for name, inner in value.items()})
