"""The type lattice: what a column may be, and the smallest type that holds the values of two.

`int < bigint safe < bigint < decimal(38,0)`, `bigint safe < double`, `bigint safe < decimal(p,s)` where its digits fit,
`decimal(p,s) < decimal(q,s)` of one scale s > 0, `date < timestamp`; `unknown` is the bottom and `string` the top. The
join has no hidden state, so it is commutative, associative and idempotent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias


@dataclass(frozen=True)
class Unknown:
    """Nothing but null was seen, or (`empty`) nothing but null and the empty text. Makes no column."""

    empty: bool = False


@dataclass(frozen=True)
class Boolean:
    """`true` and `false`."""


@dataclass(frozen=True)
class Int:
    """32 bit integers; by hint only."""


@dataclass(frozen=True)
class Bigint:
    """64 bit integers; `safe` while a double could still hold all of them: bare ones within ±2^53 (a double would give the
    quoted text `"5"` back as 5.0).
    """

    safe: bool = True


@dataclass(frozen=True)
class Decimal:
    """Exact decimals. `decimal(38,0)` takes integers beyond 64 bit; `decimal(p,s)` quoted texts that all have s fraction
    digits, so that it gives each text back; others come by hint only.
    """

    precision: int = 38
    scale: int = 0


@dataclass(frozen=True)
class Double:
    """Numbers that a double preserves."""


@dataclass(frozen=True)
class Date:
    """Calendar days."""


@dataclass(frozen=True)
class Timestamp:
    """Instants. The flags say which notations were seen; both at once is a drift, but never another type."""

    zoned: bool = False
    naive: bool = False


@dataclass(frozen=True)
class EpochTimestamp:
    """Instants written as a number of units since 1970; by hint only."""

    unit: Literal["seconds", "millis", "micros"]


@dataclass(frozen=True)
class FormattedTime:
    """Days or instants in a format of their own (:mod:`.time_format`); by hint only."""

    of: Literal["date", "timestamp"]
    format: str


@dataclass(frozen=True)
class Json:
    """The JSON text of anything, in a column of text; by hint only."""


@dataclass(frozen=True)
class String:
    """Text, or the JSON text of anything: the top."""


@dataclass(frozen=True)
class Struct:
    """Objects: folded field names with their types, sorted by name."""

    fields: tuple[tuple[str, Type], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "fields", tuple(sorted(self.fields)) if _unsorted(self.fields) else self.fields
        )


@dataclass(frozen=True)
class Array:
    """Arrays of one element type."""

    element: Type


@dataclass(frozen=True)
class Map:
    """Objects whose keys are data, such as ids, with values of one type; by hint only."""

    value: Type


Type: TypeAlias = (
    Unknown
    | Boolean
    | Int
    | Bigint
    | Decimal
    | Double
    | Date
    | Timestamp
    | EpochTimestamp
    | FormattedTime
    | Json
    | String
    | Struct
    | Array
    | Map
)

UNKNOWN: Final = Unknown()
STRING: Final = String()
WIDEST_INTEGER: Final = Decimal(38, 0)
SAFE_DIGITS: Final = 16
"""Digits of the longest safe bigint."""
_PRECISIONS: Final = (18, 38)


def decimal_of(digits: int, scale: int) -> Decimal | None:
    """Return the inferred decimal for a total number of digits: of 18 or 38, so that a longer value rarely retypes a column."""
    return next((Decimal(size, scale) for size in _PRECISIONS if max(digits, scale) <= size), None)


def _unsorted(fields: tuple[tuple[str, Type], ...]) -> bool:
    return any(fields[index][0] > fields[index + 1][0] for index in range(len(fields) - 1))


def common_type(left: Type, right: Type) -> Type:
    """The smallest type that holds the values of both."""
    if left == right:
        return left
    if isinstance(left, Unknown):
        return _with_empty(left, right)
    if isinstance(right, Unknown):
        return left
    if isinstance(left, Struct) and isinstance(right, Struct):
        return _common_struct(left, right)
    if isinstance(left, Array) and isinstance(right, Array):
        return Array(common_type(left.element, right.element))
    if isinstance(left, Timestamp) and isinstance(right, Timestamp):
        return Timestamp(left.zoned or right.zoned, left.naive or right.naive)
    if isinstance(left, Decimal) and isinstance(right, Decimal) and left.scale == right.scale > 0:
        return left if left.precision > right.precision else right
    for one, other in ((left, right), (right, left)):
        if isinstance(other, Decimal) and other.scale > 0 and _is_safe(one):
            wider = decimal_of(SAFE_DIGITS + other.scale, other.scale)
            return STRING if wider is None else common_type(wider, other)
    if _below(left, right):
        return right
    if _below(right, left):
        return left
    return STRING


def common_type_of(types: Iterable[Type]) -> Type:
    """The smallest type that holds the values of all."""
    result: Type = UNKNOWN
    for type_ in types:
        result = common_type(result, type_)
    return result


def _with_empty(left: Unknown, right: Type) -> Type:
    return Unknown(left.empty or right.empty) if isinstance(right, Unknown) else right


def _common_struct(left: Struct, right: Struct) -> Struct:
    fields = dict(left.fields)
    for name, type_ in right.fields:
        fields[name] = common_type(fields[name], type_) if name in fields else type_
    return Struct(tuple(sorted(fields.items(), key=lambda field: field[0])))


def _is_safe(type_: Type) -> bool:
    return isinstance(type_, Int) or (isinstance(type_, Bigint) and type_.safe)


def _below(left: Type, right: Type) -> bool:
    """Tell whether every value of the scalar `left` is one of the scalar `right` (`string` apart)."""
    if isinstance(left, Date):
        return isinstance(right, Timestamp)
    if isinstance(left, Int):
        return isinstance(right, (Bigint, Double)) or right == WIDEST_INTEGER
    if isinstance(left, Bigint):
        return (
            right == WIDEST_INTEGER
            or (isinstance(right, Bigint) and left.safe)
            or (isinstance(right, Double) and left.safe)
        )
    return False


def storable(type_: Type) -> Type | None:
    """The part of a type that a table can hold: without unknown fields and elements; None when nothing is left."""
    if isinstance(type_, Unknown):
        return None
    if isinstance(type_, Array):
        element = storable(type_.element)
        return None if element is None else Array(element)
    if isinstance(type_, Struct):
        pairs = [(name, storable(inner)) for name, inner in type_.fields]
        fields = tuple((name, inner) for name, inner in pairs if inner is not None)
        return Struct(fields) if fields else None
    return type_


def without_format(type_: Type) -> Type:
    """The type of the column that a scalar type has: a time is one, however the source writes it, and JSON is text."""
    if isinstance(type_, Json):
        return STRING
    if isinstance(type_, EpochTimestamp):
        return Timestamp()
    if isinstance(type_, FormattedTime):
        return Date() if type_.of == "date" else Timestamp()
    return type_


def without_flags(type_: Type) -> Type:
    """The type without what the registry remembers beside it; equal results mean equal columns."""
    if isinstance(type_, Bigint):
        return Bigint(safe=False)
    if isinstance(type_, Timestamp):
        return Timestamp()
    if isinstance(type_, Unknown):
        return UNKNOWN
    if isinstance(type_, Array):
        return Array(without_flags(type_.element))
    if isinstance(type_, Map):
        return Map(without_flags(type_.value))
    if isinstance(type_, Struct):
        return Struct(tuple((name, without_flags(inner)) for name, inner in type_.fields))
    return type_
