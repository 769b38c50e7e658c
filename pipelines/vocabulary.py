"""The closed lists that this library shares with config, constructs, alerts and docs: generated from ``spec/vocabulary.ts``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias

_LISTS = json.loads(Path(__file__).with_name("vocabulary.json").read_text(encoding="utf-8"))

ACTIONS: Final = tuple[str, ...](_LISTS["actions"])
"""Actions of the job."""
FILE_SOURCES: Final = tuple[str, ...](_LISTS["fileSources"])
"""Finders of new files."""
PARAMETERS: Final[Mapping[str, str]] = _LISTS["parameters"]
"""Parameters of the job with their defaults."""
HINTS: Final = tuple[str, ...](_LISTS["hints"])
"""Words that a hint may be, beside ``decimal(p,s)``."""
TIME_LETTERS: Final[Mapping[str, Mapping[str, str]]] = _LISTS["timeLetters"]
"""Runs of letters in a format of times: the ``part`` of a time that each is, and what it ``reads``."""
TIME_FORMATS: Final[Mapping[str, str]] = _LISTS["timeFormats"]
"""Formats with a name, and their letters."""
AUDIT_COLUMNS: Final[Mapping[str, str]] = _LISTS["auditColumns"]
"""Columns behind the typed ones of a silver table, with their Spark types."""
RESERVED_COLUMNS: Final = frozenset[str](_LISTS["reservedColumns"])
"""Columns of the pipeline itself in silver, and those that Spark and Delta add to what is read of a table."""
FAULTS: Final[Mapping[str, str]] = _LISTS["faults"]
"""Codes of what can be wrong with a record or a field, with their meanings."""
RULE_FAULTS: Final[Mapping[str, str]] = _LISTS["ruleFaults"]
"""Reasons in quarantine that come of rules, with their meanings."""
WAYS_OUT: Final[Mapping[str, str]] = _LISTS["waysOut"]
"""Ways out of quarantine by its reasons: what to do before `replay`."""
EVENT_LEVELS: Final[Mapping[str, str]] = {name: event["level"] for name, event in _LISTS["events"].items()}
"""Events of the run log with their levels."""
IDLE_EVENTS: Final = frozenset(name for name, event in _LISTS["events"].items() if event.get("idle"))
"""Events that say that there was nothing to do."""

# Choices of a topic's contract, as types: held equal to the schema of the document by a test.
Mode: TypeAlias = Literal[
    "none", "backward", "forward", "full", "backward_transitive", "forward_transitive", "full_transitive"
]
OnNewField: TypeAlias = Literal["add", "rescue", "ignore", "fail"]
OnTypeConflict: TypeAlias = Literal["promote", "rescue", "quarantine", "fail"]
