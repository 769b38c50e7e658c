"""The fields that order the rows of a key: numbers or times, never text by accident.

Such a field is typed by its numbers, or by its times, whatever else comes in it; a value that is neither is a conflict of its
record (``sequence_conflict``). What it is stays: what is registered, else times where both came first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from . import kinds
from .convert import MISFIT
from .options import TypingOptions
from .profile import FieldProfile
from .types import (
    STRING,
    Bigint,
    Date,
    Decimal,
    Double,
    EpochTimestamp,
    FormattedTime,
    Int,
    Timestamp,
    Type,
    Unknown,
    common_type,
)
from .values import Number, Value

Family: TypeAlias = Literal["number", "time"]

ANY_NUMBER: Final = Decimal(38, 18)
"""Numbers that no other type holds together, in their order: 20 digits before the point and 18 behind it."""

_TIMES: Final = frozenset({kinds.DATE, kinds.NAIVE_TIMESTAMP, kinds.ZONED_TIMESTAMP})
_SILENT: Final = frozenset({kinds.NULL, kinds.EMPTY, kinds.MISFIT})
_NUMBERS: Final = frozenset(kinds.KIND_TYPES) - _TIMES - _SILENT - {kinds.BOOLEAN, kinds.TEXT}


def family_of(type_: Type) -> Family | None:
    """Tell whether values of a type are numbers or times; None where they are neither."""
    if isinstance(type_, (Int, Bigint, Decimal, Double)):
        return "number"
    return "time" if isinstance(type_, (Date, Timestamp, EpochTimestamp, FormattedTime)) else None


def sequence_profile(profile: FieldProfile, known: Type, wanted: Family | None) -> FieldProfile:
    """The evidence that counts for a sequence of registered type ``known``: its numbers, or its times."""
    family = wanted or family_of(known) or ("time" if _TIMES & profile.kinds.keys() else "number")
    if not isinstance(known, Unknown) and family_of(known) != family and wanted is None:
        kept = _SILENT
    else:
        kept = _SILENT | (_TIMES if family == "time" else _NUMBERS)
    return FieldProfile(
        {kind: text for kind, text in profile.kinds.items() if kind in kept}, profile.spellings
    )


def sequence_type(known: Type, profile: FieldProfile, wanted: Family | None) -> Type:
    """The type of a sequence after evidence that ``sequence_profile`` left; it never becomes text."""
    if not isinstance(known, Unknown) and wanted is not None and family_of(known) != wanted:
        return ANY_NUMBER if wanted == "number" else Timestamp()
    if known == ANY_NUMBER:
        return known
    common = common_type(known, profile.type)
    if common != STRING or known == STRING:
        return common
    return Timestamp() if family_of(known) == "time" else ANY_NUMBER


def is_ordered(profile: FieldProfile | None, any_value: bool = False) -> bool:
    """Tell whether any value of a field was a number or a time; with ``any_value``, whether there was a value at all."""
    if profile is None:
        return False
    return bool(profile.kinds.keys() - _SILENT if any_value else (_TIMES | _NUMBERS) & profile.kinds.keys())


def sequence_reading(type_: Type, options: TypingOptions, hinted: bool) -> tuple[TypingOptions, bool] | None:
    """Arguments of `scalar_converter` by which a sequence is read: quoted values count as bare ones, and nothing is rounded
    but by a hint. None where no value orders anything.
    """
    if hinted:
        return options, True
    if family_of(type_) is None:
        return None
    return replace(options, quoted="infer"), not isinstance(type_, Double)


def conflict(value: Value) -> object:
    """The converter for a sequence of which no value orders anything."""
    return MISFIT


def order_test(options: TypingOptions) -> Callable[[Value], bool]:
    """The function that tells whether a value is a number or a time, as the topic wants."""
    classify = kinds.text_classifier(options, sequence=True)
    wanted = {"number": _NUMBERS, "time": _TIMES, None: _NUMBERS | _TIMES}[options.sequence_type]

    def is_one(value: Value) -> bool:
        if isinstance(value, Number):
            return options.sequence_type != "time"
        return isinstance(value, str) and classify(value) in wanted

    return is_one
