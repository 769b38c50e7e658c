"""Small checks over parsed JSON that gather every fault with its path, instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Checker:
    """Collects faults as ``path: what was found; what is allowed``. Each check returns a usable value all the same."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, path: str, message: str) -> None:
        """Record a fault."""
        self.faults.append(f"{path}: {message}")

    def mapping(self, value: object, path: str, keys: Collection[str]) -> Mapping[str, Any] | None:
        """A JSON object with no key outside ``keys``."""
        if not isinstance(value, dict):
            self.fault(path, f"must be an object, is {_kind(value)}")
            return None
        for key in sorted(set(value) - set(keys)):
            self.fault(path, f"unknown key {key!r}; allowed: {', '.join(sorted(keys))}")
        return value

    def items(self, value: object, path: str) -> list[Any]:
        """A JSON array."""
        if isinstance(value, list):
            return value
        self.fault(path, f"must be an array, is {_kind(value)}")
        return []

    def text(self, value: object, path: str, empty: bool = False) -> str:
        """A string; blank only where ``empty`` says so."""
        if isinstance(value, str) and (empty or value.strip()):
            return value
        self.fault(path, f"must be a string{'' if empty else ' that is not blank'}, is {_kind(value)}")
        return ""

    def optional_text(self, value: object, path: str) -> str | None:
        """A string that is not blank, or nothing."""
        return None if value is None else self.text(value, path)

    def name(self, value: object, path: str) -> str:
        """A topic, model or rule name."""
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        self.fault(path, f"must match ^{NAME.pattern}$, is {value!r}")
        return ""

    def one_of(self, value: object, path: str, allowed: Sequence[Any]) -> Any:
        """One value of a closed vocabulary."""
        if value in allowed and not isinstance(value, bool):
            return value
        self.fault(path, f"must be one of {', '.join(map(str, allowed))}, is {value!r}")
        return allowed[0]

    def positive(self, value: object, path: str) -> int:
        """A whole number above zero."""
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self.fault(path, f"must be a whole number above 0, is {value!r}")
        return 1

    def optional_positive(self, value: object, path: str) -> int | None:
        """A whole number above zero, or nothing."""
        return None if value is None else self.positive(value, path)

    def natural(self, value: object, path: str) -> int:
        """A whole number, zero or above."""
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.fault(path, f"must be a whole number, 0 or above, is {value!r}")
        return 0

    def boolean(self, value: object, path: str) -> bool:
        """True or false."""
        if isinstance(value, bool):
            return value
        self.fault(path, f"must be true or false, is {_kind(value)}")
        return False

    def text_map(self, value: object, path: str) -> dict[str, str]:
        """An object of strings."""
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return value
        self.fault(path, f"must be an object of strings, is {_kind(value)}")
        return {}

    def unique(self, names: Sequence[str], path: str) -> None:
        """No name twice."""
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.fault(
                path,
                f"the name {name!r} is used {names.count(name)} times; names of topics and models are unique",
            )


def _kind(value: object) -> str:
    if value is None:
        return "missing"
    return f"{type(value).__name__} {value!r}"[:80]
