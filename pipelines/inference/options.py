"""Options for the types of a topic's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from .naming import fold, of_objects, original_name
from .paths import Lift, Path, path_name, setting_steps
from .type_text import parse_hint
from .types import Type


@dataclass(frozen=True)
class TypingOptions:
    """Options of one topic. Hints are keyed by folded field name here; `for_topic` takes them as the topic writes them."""

    quoted: Literal["infer", "keep"] = "infer"
    """``infer``: quoted numbers and booleans are typed. Dates and timestamps, which JSON can only quote, always are."""
    decimal_separator: Literal[".", ","] = "."
    """Separator of the fraction in quoted numbers. Bare numbers are JSON's and always have a point."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """Folded name of a top-level field -> its type (see `HINT_WORDS`)."""
    inner_hints: Mapping[Path, str] = field(default_factory=dict)
    """Path of a field inside of objects and arrays -> its type."""
    sequence: tuple[str, ...] = ()
    """Folded names of the fields that order the rows of a key; numbers or times, where no hint says otherwise."""
    sequence_type: Literal["number", "time"] | None = None
    """Type of a sequence without a hint; None: the type of its values."""
    lifts: tuple[Lift, ...] = ()
    """Fields that settings take out of objects."""

    @cached_property
    def hint_types(self) -> dict[str, Type]:
        """The hints as types; ValueError names a hint that is none."""
        return {name: _type_of(name, text) for name, text in self.hints.items()}

    @cached_property
    def inner_types(self) -> dict[Path, Type]:
        """The hints inside of objects and arrays as types; ValueError names a hint that is none."""
        return {path: _type_of(path_name(path), text) for path, text in self.inner_hints.items()}

    def inner_types_of(self, name: str) -> dict[Path, Type]:
        """The hints inside of a field, by their path from there on."""
        return {path[1:]: type_ for path, type_ in self.inner_types.items() if path[0] == name}

    @classmethod
    def for_topic(
        cls,
        *,
        quoted: Literal["infer", "keep"] = "infer",
        decimal_separator: Literal[".", ","] = ".",
        hints: Mapping[str, str] | None = None,
        rename: Mapping[str, str] | None = None,
        sequence_by: Sequence[str] = (),
        sequence_type: Literal["number", "time", "text"] | None = None,
        lifts: Sequence[Lift] = (),
    ) -> TypingOptions:
        """Options from a topic's own words: hints by column or by field, also inside of objects and arrays, ``sequence_by`` by
        field. A sequence of type ``text`` has the hint ``string``, unless it has another.
        """
        paths = {path_of_hint(key, rename or {}): text for key, text in (hints or {}).items()}
        inner = {path: text for path, text in paths.items() if len(path) > 1}
        by_field = {path_name(path): text for path, text in paths.items() if len(path) == 1}
        for each in lifts:  # the field and the one that is taken out of it have one type
            if each.steps in inner:
                by_field.setdefault(each.field, inner[each.steps])
            elif each.field in by_field:
                inner[each.steps] = by_field[each.field]
        sequence, lifted = tuple(map(fold, sequence_by)), tuple(lifts)
        if sequence_type == "text":
            texts = {**dict.fromkeys(sequence, "string"), **by_field}
            return cls(quoted, decimal_separator, texts, inner, sequence, lifts=lifted)
        return cls(quoted, decimal_separator, by_field, inner, sequence, sequence_type, lifted)


def path_of_hint(name: str, rename: Mapping[str, str]) -> Path:
    """The path of the field that a hint is for. A name that both a column and a field have means the column."""
    first, *inner = setting_steps(name)
    renamed = of_objects(rename) if inner else rename
    sources = {fold(column): original_name(field) for field, column in renamed.items()}
    source = sources.get(fold(first or "")) or original_name(first or "")
    return (source, *(None if step is None else original_name(step) for step in inner))


def _type_of(name: str, text: str) -> Type:
    try:
        return parse_hint(text)
    except ValueError as error:
        raise ValueError(f"hint of field {name!r}: {error}") from None
