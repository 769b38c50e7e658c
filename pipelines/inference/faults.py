"""What can be wrong with a record or a field, in a closed vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# The record as a whole.
INVALID_JSON: Final = "invalid_json"
INVALID_UTF8: Final = "invalid_utf8"
DUPLICATE_KEY: Final = "duplicate_key"
NOT_AN_OBJECT: Final = "not_an_object"
NON_FINITE: Final = "non_finite"
NAME_COLLISION: Final = "name_collision"
TOO_DEEP: Final = "too_deep"
TOO_LARGE: Final = "too_large"
TOO_WIDE: Final = "too_wide"
TOMBSTONE: Final = "tombstone"
# A field, judged against the registered schema.
MISSING_KEY: Final = "missing_key"
SEQUENCE_CONFLICT: Final = "sequence_conflict"
TYPE_CONFLICT: Final = "type_conflict"
UNEXPECTED_FIELD: Final = "unexpected_field"
INCOMPATIBLE_SCHEMA: Final = "incompatible_schema"
BAD_CAST: Final = "bad_cast"
EMPTY_TEXT: Final = "empty_text"
# A quality rule; in counts its name follows the prefix.
RULE_PREFIX: Final = "rule:"
QUALITY_RULE: Final = "quality_rule"
RULE_NOT_EVALUATED: Final = "rule_not_evaluated"
BATCH_REFUSED: Final = "batch_refused"

CODES: Final = frozenset(
    {
        INVALID_JSON,
        INVALID_UTF8,
        DUPLICATE_KEY,
        NOT_AN_OBJECT,
        NON_FINITE,
        NAME_COLLISION,
        TOO_DEEP,
        TOO_LARGE,
        TOO_WIDE,
        TOMBSTONE,
        MISSING_KEY,
        SEQUENCE_CONFLICT,
        TYPE_CONFLICT,
        UNEXPECTED_FIELD,
        INCOMPATIBLE_SCHEMA,
        BAD_CAST,
        EMPTY_TEXT,
    }
)

#: What a code means, where people read it: those of faults, and those of records that a rule keeps back.
MEANINGS: Final = {
    INVALID_JSON: "the record is not JSON",
    INVALID_UTF8: "bytes that are not of the topic's encoding; bronze keeps them",
    DUPLICATE_KEY: "a key stands twice in one JSON object; not two records of one key",
    NOT_AN_OBJECT: "the record is JSON, but no object",
    NON_FINITE: "NaN or Infinity, which JSON does not have",
    NAME_COLLISION: "two names of one object differ in case alone",
    TOO_DEEP: "nested deeper than the limit",
    TOO_LARGE: "longer than the limit",
    TOO_WIDE: "more fields than the limit",
    TOMBSTONE: "a Kafka message without a value; source.kafka.tombstones says what becomes of it",
    MISSING_KEY: "a field of silver.keys is null",
    SEQUENCE_CONFLICT: "silver.sequenceBy is neither a number nor a time, or not what is registered",
    TYPE_CONFLICT: "a value that its column does not take",
    UNEXPECTED_FIELD: "a field that the contract does not let in",
    INCOMPATIBLE_SCHEMA: "compatibility does not allow the version that the record needs",
    BAD_CAST: "a value that does not fit the hint",
    EMPTY_TEXT: "a text without characters where its column has another type",
    QUALITY_RULE: "a quality rule is violated",
    RULE_NOT_EVALUATED: "a quality rule cannot be evaluated; a warning of the run says why",
    BATCH_REFUSED: "an operator put the record there, because a rule refused its batch",
}


def meaning(code: str) -> str:
    """What a code means, also that of a rule by its name. Nothing for what is no code."""
    return MEANINGS.get(QUALITY_RULE if code.startswith(RULE_PREFIX) else code, "")


def rule_code(name: str) -> str:
    """The code of a violated quality rule."""
    return RULE_PREFIX + name


def is_code(code: str) -> bool:
    """Whether `code` belongs to the vocabulary."""
    return code in CODES or (code.startswith(RULE_PREFIX) and len(code) > len(RULE_PREFIX))


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. Never holds a value of the data, only its shape."""

    code: str
    """One of `CODES`, or `rule:<name>`."""
    field: str = ""
    """Path of the field (`a.b`, `a[].b`), empty where the record as a whole is meant."""
    shape: str = ""
    """Shape of the offending value (`AA-99`)."""
    detail: str = ""
    """What else helps: where parsing stopped, which limit was exceeded."""

    def __post_init__(self) -> None:
        if not is_code(self.code):
            raise ValueError(
                f"unknown fault code {self.code!r}; known: {', '.join(sorted(CODES))}, rule:<name>"
            )

    def to_json(self) -> dict[str, str]:
        """Only what is set, for the quarantine table and the logs."""
        parts = {"code": self.code, "field": self.field, "shape": self.shape, "detail": self.detail}
        return {key: text for key, text in parts.items() if text}
