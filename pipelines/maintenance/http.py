"""Posting a JSON text to an address, again and again for a while.

The address is a secret or may hold one: no answer, error or log of this module says any part of it.

By the standard library alone: the wheel has no third-party dependencies, so that it installs everywhere, offline too.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

ATTEMPTS: Final = 4
#: Seconds before the second attempt; doubled before each later one.
FIRST_PAUSE_S: Final = 1.0
TIMEOUT_S: Final = 10.0

_MAY_PASS: Final = frozenset({408, 425, 429})
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Addresses at which clouds tell machines who they are, beside the link-local 169.254.169.254.
_METADATA: Final = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "168.63.129.16")))


def post(
    url: str,
    body: Mapping[str, Any],
    attempts: int = ATTEMPTS,
    pause: Callable[[float], None] = time.sleep,
    *,
    local: bool = False,
) -> str | None:
    """Post ``body`` over https. Nothing when it was taken (status 2xx); else why not, without the address.

    What cannot get better is not tried again: an address that is none or that may not be called, a redirect, a status
    of 4xx other than "too many" and "too slow". ``local`` says that this is a trial on one's own machine: its own
    addresses may be called, also by http.
    """
    reason = _address_fault(url, local)
    if reason is not None:
        return reason
    request = urllib.request.Request(
        url,
        data=json.dumps(dict(body), ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "medallion"},
        method="POST",
    )
    opener = urllib.request.build_opener(_NoRedirect, _Https(local))
    for attempt in range(attempts):
        if attempt:
            pause(FIRST_PAUSE_S * 2 ** (attempt - 1))
        reason, final = _try(opener, request)
        if final:
            break
    return reason


def _address_fault(url: str, local: bool) -> str | None:
    """Return what is wrong with an address, without showing it."""
    wanted = "put one that begins with https:// and holds no blank into its secret"
    if re.search(r"[\s\x00-\x20\x7f]", url):
        return f"the address of the webhook holds a blank or a line end: {wanted}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"the address of the webhook cannot be read: {wanted}"
    if parts.scheme not in ("https", "http") or not host or not url.isascii():
        return f"the address of the webhook is none: {wanted}"
    if parts.username is not None or parts.password is not None:
        return "the address of the webhook holds a user or a password, which is not sent: leave it out"
    literal = _literal(host)
    loopback = host == "localhost" or (literal is not None and literal.is_loopback)
    if parts.scheme == "http" and not (local and loopback):
        return (
            f"the address of the webhook begins with http://, which everybody on the way can read: {wanted}"
        )
    if (loopback and not local) or (literal is not None and not _may_call(literal, local)):
        return _NOT_CALLED
    return None


_NOT_CALLED: Final = (
    "the webhook lies on this machine or in the cloud's own network, which is not called: name another"
)


def _literal(host: str) -> _Address | None:
    """The address that a host is, in any way of writing one; nothing where it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        try:
            return ipaddress.ip_address(socket.inet_aton(host))
        except OSError:
            return None


def _may_call(address: _Address, local: bool) -> bool:
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain.is_loopback:
        return local
    return not (plain.is_link_local or plain.is_unspecified or plain.is_multicast or plain in _METADATA)


class _NotCalledError(Exception):
    """The name of the host leads to an address that may not be called."""


class _Connection(http.client.HTTPSConnection):
    """Looks where it has come to before anything is sent: a name may lead anywhere."""

    local = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._create_connection = self._connect_checked

    def _connect_checked(self, *args: Any, **kwargs: Any) -> socket.socket:
        connected = socket.create_connection(*args, **kwargs)
        peer = ipaddress.ip_address(connected.getpeername()[0].partition("%")[0])
        # Behind a proxy it is the proxy that decides.
        if self._tunnel_host is None and not _may_call(peer, self.local):  # type: ignore[attr-defined]
            connected.close()
            raise _NotCalledError
        return connected


class _LocalConnection(_Connection):
    local = True


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, local: bool) -> None:
        super().__init__()
        self._connection = _LocalConnection if local else _Connection

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer, not a way: what was posted would arrive nowhere, or elsewhere."""

    def redirect_request(self, *args: Any) -> None:
        return None


def _try(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> tuple[str | None, bool]:
    """Tell why it was not taken (nothing: it was), and whether another attempt is in vain."""
    try:
        with opener.open(request, timeout=TIMEOUT_S) as response:
            response.read(1024)
            return None, True
    except urllib.error.HTTPError as error:
        error.close()
        if 300 <= error.code < 400:
            return (
                f"the webhook answered {error.code}, a redirect, and took nothing: name the final address",
                True,
            )
        final = 400 <= error.code < 500 and error.code not in _MAY_PASS
        return f"the webhook answered {error.code}", final
    except _NotCalledError:
        return _NOT_CALLED, True
    except Exception as error:  # its text may say the address
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        return f"the webhook was not reached: {type(cause).__name__}", False
