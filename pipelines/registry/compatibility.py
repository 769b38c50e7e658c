"""Compatibility of a candidate version with those before it. Reports violations; never changes anything.

Every field is nullable, so adding (and leaving out) is compatible both ways. A widened type reads old data (backward) but
old readers cannot read it (forward). Promotion to string is neither: text is another thing than the number it shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from pipelines.inference import Path, Type, path_text, storable, without_flags, without_format
from pipelines.inference.types import (
    WIDEST_INTEGER,
    Array,
    Bigint,
    Date,
    Decimal,
    Double,
    Int,
    Struct,
    Timestamp,
    Unknown,
)
from pipelines.vocabulary import Mode

from .schema import Schema

Direction: TypeAlias = Literal["backward", "forward"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)


@dataclass(frozen=True)
class Violation:
    """A field whose type one side could not read."""

    field: str
    direction: Direction
    """backward: the candidate cannot read what was written before. forward: readers of before cannot read the candidate."""
    against: int
    """Number of the version in the history, from 0, oldest first."""
    from_type: Type
    to_type: Type


def directions(mode: Mode) -> tuple[Direction, ...]:
    """Return what a mode asks for."""
    base = mode.removesuffix("_transitive")
    if base == "none":
        return ()
    if base == "full":
        return ("backward", "forward")
    return ("backward",) if base == "backward" else ("forward",)


def check(mode: Mode, history: Sequence[Schema], candidate: Schema) -> list[Violation]:
    """Violations of a candidate against the last version, or against all of them (`_transitive`)."""
    first = 0 if mode.endswith("_transitive") else max(0, len(history) - 1)
    found: list[Violation] = []
    for index in range(first, len(history)) if directions(mode) else ():
        for field in candidate:
            before = history[index].get(field.name)
            if before is not None:
                found += _check_type(mode, index, field.column, (), before.type, field.type)
    return found


def check_type(mode: Mode, history: Sequence[Type | None], candidate: Type) -> list[Violation]:
    """The same for one field: its types in the versions before (None where it was not there)."""
    first = 0 if mode.endswith("_transitive") else max(0, len(history) - 1)
    found: list[Violation] = []
    for index in range(first, len(history)):
        before = history[index]
        if before is not None:
            found += _check_type(mode, index, "", (), before, candidate)
    return found


def _check_type(
    mode: Mode, index: int, column: str, path: Path, before: Type, after: Type
) -> Iterator[Violation]:
    if storable(before) is None or storable(after) is None:
        return  # no column on one side: nothing to read, or nothing that reads
    if isinstance(before, Struct) and isinstance(after, Struct):
        known = dict(before.fields)
        for name, type_ in after.fields:
            if name in known:
                yield from _check_type(mode, index, column, (*path, name), known[name], type_)
        return
    if isinstance(before, Array) and isinstance(after, Array):
        yield from _check_type(mode, index, column, (*path, None), before.element, after.element)
        return
    for direction in directions(mode):
        reader, written = (after, before) if direction == "backward" else (before, after)
        if not reads(reader, written):
            yield Violation(path_text(column, path), direction, index, before, after)


def reads(reader: Type, written: Type) -> bool:
    """Tell whether a reader that expects one scalar type can read values written as another."""
    if isinstance(written, Unknown) or isinstance(reader, Unknown):
        return True  # nothing was written, or nothing is read
    reader, written = without_format(reader), without_format(written)
    if without_flags(reader) == without_flags(written):
        return True
    if isinstance(written, Date):
        return isinstance(reader, Timestamp)
    if isinstance(written, Int):
        return isinstance(reader, (Bigint, Double)) or _holds_digits(reader, 10)
    if isinstance(written, Bigint):
        return _holds_digits(reader, 19) or (isinstance(reader, Double) and written.safe)
    if isinstance(written, Decimal) and isinstance(reader, Decimal):
        more_scale = reader.scale - written.scale
        return more_scale >= 0 and reader.precision - written.precision >= more_scale
    return False


def _holds_digits(reader: Type, digits: int) -> bool:
    return reader == WIDEST_INTEGER or (
        isinstance(reader, Decimal) and reader.precision - reader.scale >= digits
    )
