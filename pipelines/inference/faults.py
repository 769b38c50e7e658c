"""Faults of a record or a field, in a closed vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipelines.vocabulary import FAULTS, RULE_FAULTS

# The record as a whole.
INVALID_JSON: Final = "invalid_json"
INVALID_UTF8: Final = "invalid_utf8"
DUPLICATE_KEY: Final = "duplicate_key"
NOT_AN_OBJECT: Final = "not_an_object"
BROKEN_ENVELOPE: Final = "broken_envelope"
BROKEN_CHANGE_EVENT: Final = "broken_change_event"
UNDECODABLE_VALUE: Final = "undecodable_value"
NON_FINITE: Final = "non_finite"
NAME_COLLISION: Final = "name_collision"
TOO_DEEP: Final = "too_deep"
TOO_LARGE: Final = "too_large"
TOO_WIDE: Final = "too_wide"
TOMBSTONE: Final = "tombstone"
# A field, compared with the registered schema.
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
BATCH_REJECTED: Final = "batch_rejected"

#: Codes of faults; reasons in quarantine that come of rules are not among them.
CODES: Final = frozenset(FAULTS)


def meaning(code: str) -> str:
    """Return what a code means, also that of a rule by its name. Nothing for what is no code."""
    name = QUALITY_RULE if code.startswith(RULE_PREFIX) else code
    return FAULTS.get(name) or RULE_FAULTS.get(name, "")


def rule_code(name: str) -> str:
    """The code of a violated quality rule."""
    return RULE_PREFIX + name


def is_code(code: str) -> bool:
    """Tell whether `code` belongs to the vocabulary."""
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
    """Further hints: where parsing stopped, which limit was exceeded."""

    def __post_init__(self) -> None:
        if not is_code(self.code):
            raise ValueError(
                f"unknown fault code {self.code!r}; known: {', '.join(sorted(CODES))}, rule:<name>"
            )

    def to_json(self) -> dict[str, str]:
        """Only what is set, for the quarantine table and the logs."""
        parts = {"code": self.code, "field": self.field, "shape": self.shape, "detail": self.detail}
        return {key: text for key, text in parts.items() if text}
