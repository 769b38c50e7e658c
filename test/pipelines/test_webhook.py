"""Posting to an address that fails, refuses, or is not there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from pipelines.webhook import FIRST_PAUSE_S, post


class Receiver:
    """An address on this machine that answers with the given statuses, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.bodies: list[dict[str, Any]] = []
        self.url = ""

    @contextmanager
    def up(self) -> Iterator[Receiver]:
        """Answers as long as the block runs."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.bodies.append(json.loads(text))
                statuses = receiver.statuses
                self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}/hook/secret-token"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.mark.parametrize(
    ("statuses", "reason", "pauses"),
    [
        ((200,), None, 0),
        ((500, 503, 204), None, 2),
        ((429, 200), None, 1),
        ((404, 200), "127.0.0.1 answered 404", 0),
        ((502,), "127.0.0.1 answered 502", 3),
    ],
)
def test_what_may_pass_is_tried_again(statuses: tuple[int, ...], reason: str | None, pauses: int) -> None:
    waited: list[float] = []
    with Receiver(*statuses).up() as receiver:
        assert post(receiver.url, {"field": "größe"}, pause=waited.append) == reason
    assert waited == [FIRST_PAUSE_S * 2**i for i in range(pauses)]
    assert receiver.bodies == [{"field": "größe"}] * (pauses + 1)


def test_nobody_there_is_a_reason_without_the_address() -> None:
    with Receiver(200).up() as receiver:
        url = receiver.url
    reason = post(url, {}, attempts=2, pause=lambda seconds: None)
    assert reason == "127.0.0.1 was not reached: ConnectionRefusedError"
