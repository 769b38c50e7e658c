"""Kinds of evidence of single values. A field's type is the common type of the kinds seen, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from . import grammar
from .options import TypingOptions
from .types import Bigint, Boolean, Date, Decimal, Double, String, Timestamp, Type, Unknown, decimal_of

NULL: Final = "null"
EMPTY: Final = "empty"
BOOLEAN: Final = "boolean"
SAFE_INTEGER: Final = "safe_integer"
BIGINT: Final = "bigint"
BIG_INTEGER: Final = "big_integer"
DOUBLE: Final = "double"
DATE: Final = "date"
NAIVE_TIMESTAMP: Final = "naive_timestamp"
ZONED_TIMESTAMP: Final = "zoned_timestamp"
TEXT: Final = "text"
EXACT_NUMBER: Final = "exact_number"
"""A number that neither a double nor decimal(38,0) preserves: only its text does."""
STRUCT: Final = "struct"
ARRAY: Final = "array"
MISFIT: Final = "misfit"
"""Not a kind of its own: seen beside one, where the value does not fit the hint of its field."""

KIND_TYPES: Final[dict[str, Type]] = {
    NULL: Unknown(),
    MISFIT: Unknown(),
    EMPTY: Unknown(empty=True),
    BOOLEAN: Boolean(),
    SAFE_INTEGER: Bigint(safe=True),
    BIGINT: Bigint(safe=False),
    BIG_INTEGER: Decimal(38, 0),
    DOUBLE: Double(),
    DATE: Date(),
    NAIVE_TIMESTAMP: Timestamp(naive=True),
    ZONED_TIMESTAMP: Timestamp(zoned=True),
    TEXT: String(),
    EXACT_NUMBER: String(),
    **{f"decimal({size},{scale})": Decimal(size, scale) for size in (18, 38) for scale in range(1, size + 1)},
}
"""The scalar kinds (decimals are quoted texts, a kind for each number of fraction digits) with their types; structs and arrays have theirs from what is inside."""

_SAFE_LENGTH: Final = 15  # digits that are always below 2^53


def integer_kind(token: str) -> str:
    """The kind of an integer token."""
    if len(token) <= _SAFE_LENGTH:
        return SAFE_INTEGER
    value = grammar.integer_value(token)
    if value is None:
        return EXACT_NUMBER
    if -grammar.MAX_SAFE <= value <= grammar.MAX_SAFE:
        return SAFE_INTEGER
    return BIGINT if -grammar.MAX_BIGINT - 1 <= value <= grammar.MAX_BIGINT else BIG_INTEGER


def real_kind(token: str) -> str:
    """The kind of a number token with a fraction or an exponent."""
    return EXACT_NUMBER if grammar.double_value(token) is None else DOUBLE


def quoted_kind(token: str) -> str:
    """The kind of a quoted number: that of an exact type which gives its text back, else text."""
    if not grammar.keeps_text(token):
        return TEXT
    if grammar.is_integer(token):
        kind = integer_kind(token)
        return {SAFE_INTEGER: BIGINT, EXACT_NUMBER: TEXT}.get(kind, kind)
    return _decimal_kind(*grammar.digits(token))


@lru_cache
def _decimal_kind(digits: int, scale: int) -> str:
    type_ = decimal_of(digits, scale)
    return TEXT if type_ is None else f"decimal({type_.precision},{type_.scale})"


def _number_kind(token: str) -> str:
    kind = integer_kind(token) if grammar.is_integer(token) else real_kind(token)
    return TEXT if kind == EXACT_NUMBER else kind


def text_classifier(options: TypingOptions, sequence: bool = False) -> Callable[[str], str]:
    """The function that tells the kind of a text under these options. In a ``sequence``, which orders by value, quoted
    numbers are always numbers, and times have any spelling of ISO 8601.
    """
    infer, separator = sequence or options.quoted == "infer", options.decimal_separator
    # Who sets a decimal comma says that such texts are numbers; no type would give them back.
    kind_of = quoted_kind if separator == "." else _number_kind
    read_timestamp = grammar.any_timestamp_value if sequence else grammar.timestamp_value

    def classify(text: str) -> str:
        first = text[:1]
        if first in "-0123456789" and first:
            if infer:
                token = grammar.number_text(text, separator)
                if token is not None:
                    return kind_of(token)
            if grammar.date_value(text) is not None:
                return DATE
            instant = read_timestamp(text)
            if instant is not None:
                return ZONED_TIMESTAMP if instant[1] else NAIVE_TIMESTAMP
        elif infer and (text == "true" or text == "false"):
            return BOOLEAN
        return TEXT if text else EMPTY

    return classify
