"""Access to the pages: a browser sends no token, so the address that is printed has a key, which becomes a cookie."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from workspace.access import page_key

# Names of this machine. Another name that leads to it is that of a website which wants to be taken for it (DNS rebinding).
_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def is_local(request: Request) -> bool:
    """Tell whether a request is for this machine by one of its own names."""
    name, _, port = request.headers.get("host", "").rpartition(":")
    return (name if port.isdigit() and name else request.headers.get("host", "")).lower() in _HOSTS


def has_key(request: Request, secret: str) -> bool:
    """Tell whether the browser holds the key."""
    return _is_key(request.cookies.get(_cookie(request), ""), secret)


def redeem(request: Request, secret: str) -> Response | None:
    """The answer to an address with the right key: the key as a cookie, and the way to the address without it; else `None`."""
    if not _is_key(request.query_params.get("token", ""), secret):
        return None
    # One slash: two would be another site.
    answer = RedirectResponse("/" + request.url.path.lstrip("/"), 303)
    answer.set_cookie(_cookie(request), page_key(secret), httponly=True, samesite="strict", path="/")
    return answer


def _is_key(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), page_key(secret).encode())


def _cookie(request: Request) -> str:
    """The name of the cookie. Browsers do not tell ports apart, and several workspaces may run."""
    return f"medallion-workspace-{request.url.port or 80}"
