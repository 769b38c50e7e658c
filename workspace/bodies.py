"""Checks of bodies against the types of `databricks-sdk`: an unknown field or a wrong type is an error, never dropped."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any

from workspace.errors import ApiError, invalid

Shape = type | Callable[..., Any]
"""A dataclass of the SDK, or a method of one of its APIs, whose parameters are the fields."""


def check_request(shape: Shape, body: Mapping[str, Any]) -> None:
    """Raise `ApiError` 400 with the path of the first field that the API does not have, or has with another type."""
    _check_fields(_fields(shape), body, "", _name(shape))


def check_answer(shape: Shape, body: Mapping[str, Any]) -> None:
    """Raise `ApiError` 500 where this workspace answers with what the API does not have: a fault of its own."""
    try:
        check_request(shape, body)
    except ApiError as error:
        raise ApiError(
            500, "INTERNAL_ERROR", f"the local workspace answers with a wrong body: {error.message}"
        ) from error


@cache
def _fields(shape: Shape) -> Mapping[str, Any]:
    if isinstance(shape, type):
        hints = typing.get_type_hints(shape)
        return {wire: hints[name] for wire, name in _wire_names(shape).items()}
    hints = typing.get_type_hints(shape)
    return {name: hints[name] for name in inspect.signature(shape).parameters if name in hints}


class _Recorder(dict[str, Any]):
    """An empty object that notes which fields it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def _note(self, key: object) -> None:
        if str(key) not in self.asked:
            self.asked.append(str(key))

    def get(self, key: str, default: Any = None) -> Any:
        self._note(key)
        return default

    def __contains__(self, key: object) -> bool:
        self._note(key)
        return False


def _wire_names(shape: Any) -> Mapping[str, str]:
    """Names on the wire -> attributes of a dataclass of the SDK (`userName` is `user_name`), as its `from_dict` reads them."""
    recorder = _Recorder()
    attributes: dict[str, Any] = shape.from_dict.__func__(dict, recorder)
    return dict(zip(recorder.asked, attributes, strict=True))


def _name(shape: Shape) -> str:
    return getattr(shape, "__qualname__", str(shape))


def _check_fields(fields: Mapping[str, Any], body: Mapping[str, Any], path: str, name: str) -> None:
    for key, value in body.items():
        if key not in fields:
            raise invalid(f"{name} has no field '{path}{key}'; it has {', '.join(sorted(fields))}.")
        _check(fields[key], value, f"{path}{key}")


def _check(hint: Any, value: Any, path: str) -> None:
    if value is None or hint is Any:
        return
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        (hint,) = (one for one in arguments if one is not type(None))
        _check(hint, value, path)
    elif origin is list:
        _expect(isinstance(value, list), path, "a list", value)
        for index, item in enumerate(value):
            _check(arguments[0], item, f"{path}[{index}]")
    elif origin is dict:
        _expect(isinstance(value, dict), path, "an object", value)
        for key, item in value.items():
            _check(arguments[1], item, f"{path}.{key}")
    elif isinstance(hint, type) and dataclasses.is_dataclass(hint):
        _expect(isinstance(value, dict), path, "an object", value)
        _check_fields(_fields(hint), value, f"{path}.", hint.__name__)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        allowed = [one.value for one in hint]
        _expect(value in allowed, path, f"one of {', '.join(map(str, allowed))}", value)
    elif hint is bool:
        _expect(isinstance(value, bool), path, "true or false", value)
    elif hint is int:
        _expect(isinstance(value, int) and not isinstance(value, bool), path, "a whole number", value)
    elif hint is float:
        _expect(isinstance(value, (int, float)) and not isinstance(value, bool), path, "a number", value)
    else:  # text; also times, durations and field masks, which JSON has as text
        _expect(isinstance(value, str), path, "text", value)


def _expect(right: bool, path: str, wanted: str, value: Any) -> None:
    if not right:
        raise invalid(f"'{path}' is {value!r}; {wanted} is allowed.")
