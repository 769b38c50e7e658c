"""Options for the types of a topic's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from .naming import fold, original_name
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
    sequence: tuple[str, ...] = ()
    """Folded names of the fields that order the rows of a key; numbers or times, where no hint says otherwise."""
    sequence_type: Literal["number", "time"] | None = None
    """Type of a sequence without a hint; None: the type of its values."""

    @cached_property
    def hint_types(self) -> dict[str, Type]:
        """The hints as types; ValueError names a hint that is none."""
        types: dict[str, Type] = {}
        for name, text in self.hints.items():
            try:
                types[name] = parse_hint(text)
            except ValueError as error:
                raise ValueError(f"hint of field {name!r}: {error}") from None
        return types

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
    ) -> TypingOptions:
        """Options from a topic's own words: hints by column or by field, ``sequence_by`` by field. A sequence of
        type ``text`` has the hint ``string``, unless it has another.
        """
        sources = {fold(column): original_name(name) for name, column in (rename or {}).items()}
        by_field = {sources.get(fold(key)) or original_name(key): text for key, text in (hints or {}).items()}
        sequence = tuple(map(fold, sequence_by))
        if sequence_type == "text":
            return cls(quoted, decimal_separator, {**dict.fromkeys(sequence, "string"), **by_field}, sequence)
        return cls(quoted, decimal_separator, by_field, sequence, sequence_type)
