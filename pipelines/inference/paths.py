"""Paths: names of fields inside of objects and arrays, as settings write them. One grammar for all settings.

``after.id``, ``$.after.id``, ``items[].sku`` (or ``items[*].sku``), ``['name with . in it'].id``. A name that is no path by
this grammar, such as ``unit price``, is the name of one field; so is one step in brackets: ``['a.b']``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from . import faults
from .faults import Fault
from .values import Value

_NAME: Final = r"""[^\s.$*\[\]'"]+"""
_BRACKETS: Final = r"""\['[^']+'\]|\["[^"]+"\]"""
_STEP: Final = re.compile(rf"""\.?({_NAME})|\[\*?\]|\['([^']+)'\]|\["([^"]+)"\]""")
_WHOLE: Final = re.compile(rf"(?:\$(?=[.\[])|{_NAME}|{_BRACKETS})(?:\.{_NAME}|\[\*?\]|{_BRACKETS})*")
_PLAIN: Final = re.compile(_NAME)


Path: TypeAlias = tuple[str | None, ...]
"""Position of a field: folded names from the outside in, None for the element of an array."""


@lru_cache
def steps_of(path: str) -> tuple[str | None, ...]:
    """The names of a path, None for every element of an array. Remembered: each document asks for the same few."""
    found = _STEP.findall(path.removeprefix("$"))
    return tuple(name or single or double or None for name, single, double in found)


@lru_cache
def setting_steps(name: str) -> tuple[str | None, ...]:
    """The steps that a name in a setting means, as they are spelled there; one step where it is no path."""
    return steps_of(name) if _WHOLE.fullmatch(name) else (name,)


def path_name(steps: Sequence[str | None]) -> str:
    """The one spelling of a path. One step is the name of a field as it stands."""
    if len(steps) == 1 and steps[0] is not None:
        return steps[0]
    return "".join(map(_spelled, steps)).removeprefix(".")


def document_path(steps: Sequence[str | None]) -> str:
    """The path of a value in a document: it begins with ``$``."""
    return "$" + "".join(map(_spelled, steps))


def _spelled(step: str | None) -> str:
    if step is None:
        return "[]"
    if _PLAIN.fullmatch(step):
        return f".{step}"
    return f'["{step}"]' if "'" in step else f"['{step}']"


def value_at(value: Value, steps: Sequence[str | None]) -> tuple[bool, Value]:
    """Tell whether there is anything at a path, and return it. Names are compared to the letter, then without regard to case."""
    for step in steps:
        if not isinstance(value, dict) or step is None:
            return False, None
        if step not in value:
            folded = step.lower()
            step = next((name for name in value if name.lower() == folded), step)
            if step not in value:
                return False, None
        value = value[step]
    return True, value


class Lift(NamedTuple):
    """A field inside of objects that a setting takes out by its path: the record has it as a field of its own too."""

    field: str
    """Folded name of the field that the record gets: the path in its one spelling."""
    steps: tuple[str, ...]
    """The names from the outside in, folded."""

    def blocked(self, record: dict[str, Value]) -> Value:
        """The value at which the path ends too early, since it is neither an object nor nothing; None where there is none."""
        value: Value = record
        for step in self.steps:
            if not isinstance(value, dict):
                return value if value != "" else None
            value = value_at(value, (step,))[1]
        return None


def lift(record: dict[str, Value], lifts: Sequence[Lift]) -> Fault | None:
    """Give a record the fields that are taken out of its objects; the objects keep them. A record that has a field which is
    itself called so brings that; with both, it is not known which is meant.
    """
    for each in lifts:
        found, value = value_at(record, each.steps)
        if found and each.field in record:
            return Fault(faults.NAME_COLLISION, each.field, "", "a field and a path have this name")
        if found:
            record[each.field] = value
    return None
