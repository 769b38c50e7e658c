"""Profile of a batch: per field the kinds of values seen. Small, free of values, and merged like a set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from .kinds import ARRAY, EMPTY, KIND_TYPES, MISFIT, NULL, STRUCT
from .naming import nested_name
from .paths import Path
from .types import STRING, UNKNOWN, Array, String, Struct, Type, Unknown, common_type, common_type_of

MAX_SPELLINGS: Final = 8
"""Spellings remembered of one field: the first ones in text order, so that batches cannot matter."""

_SILENT: Final = frozenset({NULL, EMPTY, MISFIT})


def path_text(column: str, inside: Path = ()) -> str:
    """A path for people, unambiguous because the names are escaped: `a`, `a.b`, `a[].b`. `column` is the column of the
    top-level field, `inside` the path from there on.
    """
    return column + "".join("[]" if step is None else f".{nested_name(step)}" for step in inside)


@dataclass(frozen=True)
class FieldProfile:
    """Evidence about one field (or array element)."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    """Kind of value -> the smallest value shape of that kind."""
    spellings: tuple[str, ...] = ()
    """Spellings of the name, sorted."""
    fields: Mapping[str, FieldProfile] = field(default_factory=dict)
    """Fields of the objects seen, by folded name."""
    element: FieldProfile | None = None
    """The elements of the arrays seen."""
    hint: Type | None = field(default=None, compare=False)
    """Type that a hint gives a field inside of another one. No evidence: it is not kept."""

    @property
    def type(self) -> Type:
        """The smallest type that holds every value seen, or the hint's."""
        return self.hint or common_type_of(map(self.kind_type, self.kinds))

    @property
    def misfit(self) -> str | None:
        """Shape of a value that does not fit the field's hint."""
        return self.kinds.get(MISFIT)

    @property
    def mixed(self) -> Type | None:
        """The type of the values that are not text, where only text holds all of them together; None elsewhere."""
        if self.hint is not None or self.type != STRING:
            return None
        typed = [
            type_
            for type_ in map(self.kind_type, sorted(self.kinds))
            if not isinstance(type_, (String, Unknown))
        ]
        common = common_type_of(typed)
        if not typed:
            return None
        return typed[0] if common == STRING else common

    def kind_type(self, kind: str) -> Type:
        """The type of one of the kinds seen."""
        if kind == STRUCT:
            return Struct(tuple((name, inner.type) for name, inner in sorted(self.fields.items())))
        if kind == ARRAY:
            return Array(UNKNOWN if self.element is None else self.element.type)
        return KIND_TYPES[kind]

    def example_beyond(self, known: Type) -> str:
        """The smallest shape of a value that a column of type `known` does not hold; else of any value."""
        beyond = [
            shape for kind, shape in self.kinds.items() if common_type(known, self.kind_type(kind)) != known
        ]
        some = beyond or [shape for kind, shape in self.kinds.items() if kind not in _SILENT]
        return min(some or self.kinds.values(), key=shape_order, default="")

    def at(self, path: Path) -> FieldProfile | None:
        """The evidence of a field inside this one."""
        found: FieldProfile | None = self
        for step in path:
            if found is not None:
                found = found.element if step is None else found.fields.get(step)
        return found

    def with_hint(self, path: Path, hint: Type) -> FieldProfile:
        """This evidence with a hint for a field inside, where there is evidence of it."""
        if not path:
            return replace(self, hint=hint)
        step, inner = path[0], self.at(path[:1])
        if inner is None:
            return self
        hinted = inner.with_hint(path[1:], hint)
        return (
            replace(self, element=hinted)
            if step is None
            else replace(self, fields={**self.fields, step: hinted})
        )

    def merge(self, other: FieldProfile) -> FieldProfile:
        """The evidence of both."""
        kinds = dict(self.kinds)
        for kind, shape in other.kinds.items():
            kinds[kind] = min(kinds.get(kind, shape), shape, key=shape_order)
        spellings = tuple(sorted({*self.spellings, *other.spellings})[:MAX_SPELLINGS])
        return FieldProfile(
            kinds, spellings, _merge_fields(self.fields, other.fields), _merge_elements(self, other)
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
    def from_json(cls, value: Mapping[str, Any]) -> FieldProfile:
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


def _merge_fields(
    left: Mapping[str, FieldProfile], right: Mapping[str, FieldProfile]
) -> dict[str, FieldProfile]:
    merged = dict(left)
    for name, profile in right.items():
        merged[name] = merged[name].merge(profile) if name in merged else profile
    return merged


def _merge_elements(left: FieldProfile, right: FieldProfile) -> FieldProfile | None:
    if left.element is None or right.element is None:
        return left.element or right.element
    return left.element.merge(right.element)


@dataclass(frozen=True)
class Profile:
    """Evidence about a batch of records: its fields by folded name."""

    fields: Mapping[str, FieldProfile] = field(default_factory=dict)

    def merge(self, other: Profile) -> Profile:
        """The evidence of both batches: commutative, associative, idempotent."""
        return Profile(_merge_fields(self.fields, other.fields))

    def types(self) -> dict[str, Type]:
        """The common type of the values of every field."""
        return {name: profile.type for name, profile in sorted(self.fields.items())}

    def __iter__(self) -> Iterator[tuple[str, FieldProfile]]:
        """Fields in order of their names."""
        return iter(sorted(self.fields.items()))

    def to_json(self) -> dict[str, Any]:
        """A compact JSON value: what one partition of a batch sends to the driver."""
        return {name: profile.to_json() for name, profile in self}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Profile:
        """The evidence that `to_json` wrote."""
        return cls({name: FieldProfile.from_json(inner) for name, inner in value.items()})
