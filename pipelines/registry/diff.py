"""Compares two schemas, as a list of frozen changes. Reports only; the caller decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from pipelines.inference import (
    FieldProfile,
    Path,
    Profile,
    Type,
    common_type,
    exact_name,
    from_json,
    path_text,
    plain_name,
    storable,
    to_json,
    without_flags,
)
from pipelines.inference.types import STRING, Array, Date, Struct, Timestamp, Unknown

from .schema import Field, Schema

_BOTH_NOTATIONS: Final = Timestamp(zoned=True, naive=True)

ChangeKind: TypeAlias = Literal[
    "seen", "added", "widened", "promoted", "flags", "spelling", "hinted", "renamed"
]
"""seen: a field without a column yet. added: a column, or a field of a struct. widened: a larger type below string.
promoted: to string. flags: what the registry remembers beside a type. spelling: another spelling of the name.
hinted: the topic's hint set or released the type. renamed: another column name."""


@dataclass(frozen=True)
class Change:
    """One change of one field."""

    kind: ChangeKind
    field: str
    """The column, or the path of a field inside it (`a`, `a.b`, `a[].b`)."""
    from_type: Type | None
    to_type: Type
    value_shape: str = ""
    """Shape of a value that made the change necessary."""
    rebuilds: bool = False
    """True if rows already in silver must be derived again from bronze."""

    @property
    def from_name(self) -> str | None:
        """The type before, for people; None for a new field."""
        return None if self.from_type is None else self._name(self.from_type)

    @property
    def to_name(self) -> str:
        """The type after, for people."""
        return self._name(self.to_type)

    def _name(self, type_: Type) -> str:
        return exact_name(type_) if self.kind == "flags" else plain_name(type_)

    @property
    def drift(self) -> bool:
        """Tell whether people should hear of it."""
        return self.kind not in ("seen", "spelling")

    def to_json(self) -> dict[str, Any]:
        """JSON value of the registry's `changes`."""
        result: dict[str, Any] = {
            "kind": self.kind,
            "field": self.field,
            "from": None if self.from_type is None else to_json(self.from_type),
            "to": to_json(self.to_type),
            "shape": self.value_shape,
        }
        return {**result, "rebuilds": True} if self.rebuilds else result

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Change:
        """The change that `to_json` wrote."""
        before = value["from"]
        return cls(
            value["kind"],
            value["field"],
            None if before is None else from_json(before),
            from_json(value["to"]),
            value.get("shape", ""),
            bool(value.get("rebuilds", False)),
        )


def diff(before: Schema | None, after: Schema, observed: Profile | None = None) -> list[Change]:
    """The changes from one schema to the next, by field name; `observed` gives their value shapes."""
    profiles: Mapping[str, FieldProfile] = observed.fields if observed else {}
    changes: list[Change] = []
    for field in after:
        profile = profiles.get(field.name) or FieldProfile()
        known = before.get(field.name) if before else None
        changes += _new_field(field, profile) if known is None else _known_field(known, field, profile)
    return changes


def _new_field(field: Field, profile: FieldProfile) -> Iterator[Change]:
    kind: ChangeKind = "seen" if field.column_type is None else "added"
    yield Change(kind, field.column, None, field.type, profile.example_beyond(Unknown()))
    if not field.hinted and field.type == profile.type:
        yield from _born_mixed(field.column, (), profile)


def _born_mixed(column: str, path: Path, profile: FieldProfile) -> Iterator[Change]:
    """New fields whose first batch already held what would be a drift later: text beside other types, or two notations."""
    mixed = profile.mixed
    if mixed is not None:
        yield Change("promoted", path_text(column, path), mixed, STRING, profile.example_beyond(mixed))
        return
    if profile.type == _BOTH_NOTATIONS:
        example = profile.example_beyond(Timestamp(naive=True))
        yield Change("flags", path_text(column, path), Timestamp(naive=True), _BOTH_NOTATIONS, example)
    for name, inner in sorted(profile.fields.items()):
        yield from _born_mixed(column, (*path, name), inner)
    if profile.element is not None:
        yield from _born_mixed(column, (*path, None), profile.element)


def _known_field(before: Field, after: Field, profile: FieldProfile) -> Iterator[Change]:
    column = after.column
    if before.column != after.column:
        rebuilds = before.column_type is not None
        yield Change("renamed", column, before.type, after.type, rebuilds=rebuilds)
    if before.hinted != after.hinted or (after.hinted and before.type != after.type):
        rebuilds = needs_rebuild(before.type, after.type)
        yield Change("hinted", column, before.type, after.type, profile.misfit or "", rebuilds)
    else:
        yield from _type_changes(column, (), before.type, after.type, profile)
    if before.spellings != after.spellings:
        yield Change("spelling", column, before.type, after.type)


def _type_changes(
    column: str, path: Path, before: Type, after: Type, profile: FieldProfile, forced: bool = False
) -> Iterator[Change]:
    if before == after:
        return
    # A column that appears now although objects or arrays came before: their rows would read null, not empty.
    forced = forced or _appears_late(before, after)
    if isinstance(before, Struct) and isinstance(after, Struct):
        known = dict(before.fields)
        for name, type_ in after.fields:
            inner = profile.fields.get(name) or FieldProfile()
            if name in known:
                yield from _type_changes(column, (*path, name), known[name], type_, inner, forced)
            else:
                added: ChangeKind = "seen" if storable(type_) is None else "added"
                example = inner.example_beyond(Unknown())
                yield Change(
                    added, path_text(column, (*path, name)), None, type_, example, forced and added == "added"
                )
                yield from _born_mixed(column, (*path, name), inner)
    elif isinstance(before, Array) and isinstance(after, Array):
        yield from _type_changes(
            column, (*path, None), before.element, after.element, profile.element or FieldProfile(), forced
        )
    else:
        rebuilds = forced or needs_rebuild(before, after)
        yield Change(
            _kind(before, after),
            path_text(column, path),
            before,
            after,
            profile.example_beyond(before),
            rebuilds,
        )
        if isinstance(before, Unknown) or (isinstance(before, Date) and isinstance(after, Timestamp)):
            yield from _born_mixed(column, path, profile)


def _kind(before: Type, after: Type) -> ChangeKind:
    if without_flags(before) == without_flags(after):
        return "flags"
    if isinstance(before, Unknown):
        return "seen" if storable(after) is None else "added"
    if common_type(before, after) != after:
        return "hinted"  # inside of a field: no value makes a type narrower
    return "promoted" if after == STRING else "widened"


def _appears_late(before: Type, after: Type) -> bool:
    return not isinstance(before, Unknown) and storable(before) is None and storable(after) is not None


def needs_rebuild(before: Type, after: Type) -> bool:
    """Tell whether rows that were made under `before` differ from what they would be under `after`."""
    if isinstance(before, Unknown):
        return before.empty and after == STRING  # an empty text is a text now, and was null
    if _appears_late(before, after):
        return True
    if isinstance(before, Struct) and isinstance(after, Struct):
        known = dict(before.fields)
        return any(name in known and needs_rebuild(known[name], type_) for name, type_ in after.fields)
    if isinstance(before, Array) and isinstance(after, Array):
        return needs_rebuild(before.element, after.element)
    return without_flags(before) != without_flags(after)
