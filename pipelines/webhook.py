"""Posting a JSON text to an address, again and again for a while.

By the standard library alone: the wheel has no third-party dependencies, so that it installs everywhere, offline too.
"""

from __future__ import annotations

import json
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


def post(
    url: str,
    body: Mapping[str, Any],
    attempts: int = ATTEMPTS,
    pause: Callable[[float], None] = time.sleep,
) -> str | None:
    """Post ``body``. Nothing when it was taken (status 2xx); else why not, without the address, which may hold a token.

    What cannot get better is not tried again: a status of 4xx other than "too many" and "too slow".
    """
    request = urllib.request.Request(
        url,
        data=json.dumps(dict(body), ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "medallion"},
        method="POST",
    )
    reason = ""
    for attempt in range(attempts):
        if attempt:
            pause(FIRST_PAUSE_S * 2 ** (attempt - 1))
        reason, final = _try(request)
        if not reason:
            return None
        if final:
            break
    return reason


def _try(request: urllib.request.Request) -> tuple[str, bool]:
    """Why it was not taken (empty: it was), and whether another attempt is in vain."""
    host = urlsplit(request.full_url).hostname
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            response.read(1024)
            return "", True
    except urllib.error.HTTPError as error:
        return f"{host} answered {error.code}", 400 <= error.code < 500 and error.code not in _MAY_PASS
    except (OSError, ValueError) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        return f"{host} was not reached: {type(cause).__name__}", False
