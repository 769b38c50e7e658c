"""Faults that a workspace is asked to have: calls that are rejected, that fail after their effect, or whose line is cut."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workspace.errors import WorkspaceError

_KEYS = ("calls", "status", "code", "message", "times", "after", "retryAfter", "cut")


@dataclass
class Fault:
    """Fault of the calls that a pattern finds in `<method> <path> <name>`."""

    calls: re.Pattern[str]
    status: int = 500
    code: str = "INTERNAL_ERROR"
    message: str = "a fault that was asked for"
    times: int | None = None
    """Number of calls that it happens to; `None`: every one."""
    after: bool = False
    """The call has its effect, and fails all the same."""
    retry_after_s: int | None = None
    cut: bool = False
    """The connection ends without an answer."""


class Faults:
    """The faults of one workspace."""

    def __init__(self, faults: list[Fault]) -> None:
        self._faults = faults

    def take(self, call: str) -> Fault | None:
        """The fault that this call has, if any; one with a number of times is used up by it."""
        for fault in self._faults:
            if fault.times != 0 and fault.calls.search(call):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


def read_faults(file: Path) -> Faults:
    """Faults out of a JSON file: a list of `{"calls": "POST jobs/reset", "status": 429, "retryAfter": 1, "times": 2}`."""
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(listed, list):
            raise ValueError("it must be a list")
        return Faults([_fault(one) for one in listed])
    except (OSError, ValueError, re.error) as error:
        raise WorkspaceError(f"{file} cannot be read as faults: {error}.") from error


def _fault(one: Any) -> Fault:
    unknown = set(one) - set(_KEYS)
    if unknown or "calls" not in one:
        raise ValueError(f"{one} needs 'calls' and may have {', '.join(_KEYS[1:])}")
    default = {429: "REQUEST_LIMIT_EXCEEDED", 503: "TEMPORARILY_UNAVAILABLE", 400: "INVALID_STATE"}
    status = int(one.get("status", 500))
    return Fault(
        calls=re.compile(one["calls"]),
        status=status,
        code=one.get("code", default.get(status, "INTERNAL_ERROR")),
        message=one.get("message", Fault.message),
        times=one.get("times"),
        after=bool(one.get("after", False)),
        retry_after_s=one.get("retryAfter"),
        cut=bool(one.get("cut", False)),
    )
