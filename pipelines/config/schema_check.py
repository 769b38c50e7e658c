"""Checks JSON by the part of JSON Schema that the generated schemas use, and fills in their defaults.

Every fault is told at once, with its path. A library would need a network to be installed where serverless has none.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_TYPES: Final[Mapping[str, tuple[str, Callable[[object], bool]]]] = {
    "object": ("an object", lambda value: isinstance(value, dict)),
    "array": ("an array", lambda value: isinstance(value, list)),
    "string": ("a string", lambda value: isinstance(value, str)),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "integer": (
        "a whole number",
        lambda value: isinstance(value, int | float) and _is_number(value) and value % 1 == 0,
    ),
    "number": ("a number", lambda value: _is_number(value)),
}
#: A string with something in it beside blanks.
_NOT_BLANK: Final = r"\S"


def check_json(value: object, schema: Schema) -> tuple[Any, list[str]]:
    """Return ``value`` with the defaults of ``schema``, and every fault as ``path: what is wrong``.

    The value is complete only where there is no fault.
    """
    check = _Check()
    return check.value(value, schema, "$"), check.faults


class _Check:
    def __init__(self) -> None:
        self.faults: list[str] = []

    def value(self, value: Any, schema: Schema, path: str) -> Any:
        if "anyOf" in schema:
            return self._any_of(value, schema["anyOf"], path)
        what, is_type = _TYPES[schema["type"]]
        if not is_type(value):
            self._fault(path, f"must be {what}, is {_shown(value)}")
            return value
        if "const" in schema and value != schema["const"]:
            self._fault(path, f"must be {schema['const']}, is {_shown(value)}")
        if "enum" in schema and value not in schema["enum"]:
            self._fault(path, f"must be one of {', '.join(map(str, schema['enum']))}, is {_shown(value)}")
        if "pattern" in schema and not re.search(_python(schema["pattern"]), value):
            rule = "not be blank" if schema["pattern"] == _NOT_BLANK else f"match {schema['pattern']}"
            self._fault(path, f"must {rule}, is {_shown(value)}")
        if "minimum" in schema and value < schema["minimum"]:
            self._fault(path, f"must be {schema['minimum']} or above, is {_shown(value)}")
        if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
            self._fault(path, f"must be above {schema['exclusiveMinimum']}, is {_shown(value)}")
        if schema["type"] == "array":
            return self._array(value, schema, path)
        return self._object(value, schema, path) if schema["type"] == "object" else value

    def _array(self, value: list[Any], schema: Schema, path: str) -> list[Any]:
        if len(value) < schema.get("minItems", 0):
            self._fault(path, f"must name at least {schema['minItems']}")
        return [self.value(item, schema["items"], f"{path}[{i}]") for i, item in enumerate(value)]

    def _object(self, value: dict[str, Any], schema: Schema, path: str) -> dict[str, Any]:
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        found = {}
        for key, item in value.items():
            name = schema.get("propertyNames", {})
            if "pattern" in name and not re.search(_python(name["pattern"]), key):
                self._fault(path, f"a key must match {name['pattern']}, is {_shown(key)}")
            if key in known:
                found[key] = self.value(item, known[key], f"{path}.{key}")
            elif others is False:
                self._fault(path, f"unknown key {key!r}; allowed: {', '.join(sorted(known))}")
            else:
                found[key] = item if others is True else self.value(item, others, f"{path}.{key}")
        for key in schema.get("required", ()):
            if key not in value:
                self._fault(f"{path}.{key}", "is missing")
        for key, part in known.items():
            if key not in value and "default" in part:
                found[key] = self.value(copy.deepcopy(part["default"]), part, f"{path}.{key}")
        return found

    def _any_of(self, value: Any, branches: list[Schema], path: str) -> Any:
        """The faults are those of the branch that is meant: by the type of the value, and the keys that it has."""
        fitting = [branch for branch in branches if _TYPES[branch["type"]][1](value)]
        if not fitting:
            kinds = " or ".join(_TYPES[branch["type"]][0] for branch in branches)
            self._fault(path, f"must be {kinds}, is {_shown(value)}")
            return value
        if len(fitting) > 1:
            keys = [key for branch in fitting for key in branch["required"]]
            given = [branch for branch in fitting if set(branch["required"]) <= set(value)]
            if len(given) != 1:
                self._fault(path, f"give exactly one of {', '.join(keys)}")
                return value
            fitting = given
        return self.value(value, fitting[0], path)

    def _fault(self, path: str, message: str) -> None:
        self.faults.append(f"{path}: {message}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # NaN is none


def _python(pattern: str) -> str:
    """A pattern of JSON Schema as Python's: there, ``$`` would match before a line feed at the end, too."""
    return re.sub(r"(?<!\\)\$(?=$|\))", r"\\Z", pattern)


def _shown(value: object) -> str:
    return f"{type(value).__name__} {value!r}"[:80]
