"""Routes of the API: which function answers which call, and the SDK's types of what goes in and out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from workspace.access import Caller
from workspace.bodies import Shape
from workspace.store import Body
from workspace.workspace import ADMIN, Workspace


@dataclass(frozen=True)
class Call:
    """One call, as far as its answer depends on it."""

    method: str
    path: str
    """Without `/api` and the version: `unity-catalog/schemas/main.bronze`."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Values of the names in braces of the route."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Body = field(default_factory=dict)
    content: bytes = b""
    """Of an uploaded file."""
    caller: Caller = ADMIN

    def flag(self, name: str) -> bool:
        """Tell whether a query parameter is true."""
        return self.query.get(name, "false").lower() == "true"


@dataclass(frozen=True)
class Content:
    """An answer that is not JSON."""

    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Later:
    """An answer that takes a while: other calls are answered meanwhile."""

    ask: Callable[[], Body]
    """Gives the answer as it is now."""
    is_last: Callable[[Body], bool]
    """Tells whether an answer will not change any more."""
    wait_s: float
    """After this many seconds the answer is given as it is."""


Handler = Callable[[Workspace, Call], Any]
H = TypeVar("H", bound=Handler)


@dataclass(frozen=True)
class RouteSpec:
    """A route: `handler` answers `method` on `/api/<version>/<path>`."""

    method: str
    version: str
    path: str
    handler: Handler
    takes: Shape | None
    gives: Shape | None
    checks: bool = False
    """True when it looks itself at what its caller may do; others change something for administrators only."""


ROUTES: list[RouteSpec] = []


def route(
    method: str,
    version: str,
    path: str,
    *,
    takes: Shape | None = None,
    gives: Shape | None = None,
    checks: bool = False,
) -> Callable[[H], H]:
    """Declare which calls a function answers.

    Args:
        method: HTTP method.
        version: API version, `2.0`; several are separated by `|`.
        path: after `/api/<version>/`, with names in braces as Starlette has them.
        takes: type of the request's body in the SDK, or the SDK's method that sends it.
        gives: type of the answer in the SDK.
        checks: it looks itself at what its caller may do.
    """

    def register(handler: H) -> H:
        for one in version.split("|"):
            ROUTES.append(RouteSpec(method, one, path, handler, takes, gives, checks))
        return handler

    return register
