"""The next type of one field, under a topic's contract: what is taken over, what is rejected and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipelines.inference import FieldProfile, Path, Type, common_type, path_text, without_flags
from pipelines.inference.types import STRING, Array, Struct, Unknown
from pipelines.vocabulary import Mode, OnNewField, OnTypeConflict

from .compatibility import check_type
from .schema import Field, Schema

Reason: TypeAlias = Literal[
    "unexpected_field", "type_conflict", "incompatible_schema", "bad_cast", "name_too_long", "too_wide"
]


@dataclass(frozen=True)
class Contract:
    """Contract of a topic: the changes that its data may make to its schema."""

    on_new_field: OnNewField = "add"
    on_type_conflict: OnTypeConflict = "promote"
    compatibility: Mode = "none"
    """Outranks the two above: what it rejects quarantines its records."""
    max_fields: int = 2000
    """Top-level fields that a topic may have; what comes after the last one is treated as unexpected_fields."""


@dataclass(frozen=True)
class RejectedChange:
    """Something that the data asked for and the contract did not give."""

    reason: Reason
    field: str
    """The column, or the path of a field inside it."""
    from_type: Type | None
    """The registered type, which stays; None for a field that is not registered."""
    to_type: Type
    """The type that the data would have needed."""
    value_shape: str


class Evolution:
    """Evolves the types of one batch; gathers the rejections on the way."""

    def __init__(self, contract: Contract, history: Sequence[Schema]) -> None:
        self._contract = contract
        self._history = history
        self.rejected: list[RejectedChange] = []

    def next_type(self, field: Field, profile: FieldProfile) -> Type:
        """The type of a registered field after this batch."""
        return self._next(field, (), field.type, profile.type, profile)

    def permits(self, path: Path, known: Type, wanted: Type) -> bool:
        """Tell whether compatibility lets a field change so."""
        if without_flags(known) == without_flags(wanted):
            return True
        versions = [schema.type_at(path) for schema in self._history]
        return not check_type(self._contract.compatibility, versions, wanted)

    def reject(
        self, reason: Reason, column: str, inside: Path, known: Type | None, wanted: Type, profile: str
    ) -> None:
        """Note a change at a path inside a column."""
        self.rejected.append(RejectedChange(reason, path_text(column, inside), known, wanted, profile))

    def permitted(self, field: Field, wanted: Type, profile: FieldProfile) -> Type:
        """The wanted type where compatibility lets the field have it; else the known one, and a change is noted."""
        return self._permitted(field, (), field.type, wanted, profile)

    def _next(self, field: Field, inside: Path, known: Type, seen: Type, profile: FieldProfile) -> Type:
        if isinstance(known, Struct) and isinstance(seen, Struct):
            return self._struct(field, inside, known, seen, profile)
        if isinstance(known, Array) and isinstance(seen, Array):
            inner = profile.element or FieldProfile()
            return Array(self._next(field, (*inside, None), known.element, seen.element, inner))
        wanted = common_type(known, seen)
        if wanted == known or isinstance(known, Unknown):
            return wanted
        conflict = wanted == STRING
        if conflict and self._contract.on_type_conflict != "promote":
            self.reject("type_conflict", field.column, inside, known, wanted, profile.example_beyond(known))
            return known
        return self._permitted(field, inside, known, wanted, profile)

    def _permitted(
        self, field: Field, inside: Path, known: Type, wanted: Type, profile: FieldProfile
    ) -> Type:
        if self.permits((field.name, *inside), known, wanted):
            return wanted
        self.reject("incompatible_schema", field.column, inside, known, wanted, profile.example_beyond(known))
        return known

    def _struct(
        self, field: Field, inside: Path, known: Struct, seen: Struct, profile: FieldProfile
    ) -> Struct:
        fields = dict(known.fields)
        for name, type_ in seen.fields:
            inner = profile.fields.get(name) or FieldProfile()
            if name in fields:
                fields[name] = self._next(field, (*inside, name), fields[name], type_, inner)
            elif self._contract.on_new_field == "add":
                fields[name] = type_
            else:
                example = inner.example_beyond(Unknown())
                self.reject("unexpected_field", field.column, (*inside, name), None, type_, example)
        return Struct(tuple(fields.items()))
