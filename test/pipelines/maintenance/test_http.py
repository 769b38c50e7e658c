"""Posting to an address that fails, rejects, or is not there."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from pipelines.maintenance.http import FIRST_PAUSE_S, post


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


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested is on this machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("statuses", "reason", "pauses"),
    [
        ((200,), None, 0),
        ((500, 503, 204), None, 2),
        ((429, 200), None, 1),
        ((404, 200), "the webhook answered 404", 0),
        ((502,), "the webhook answered 502", 3),
        *(
            (
                (status, 200),
                f"the webhook answered {status}, a redirect, and took nothing: name the final address",
                0,
            )
            for status in (300, 301, 302, 303, 304, 307, 308)
        ),
    ],
)
def test_what_may_pass_is_tried_again(statuses: tuple[int, ...], reason: str | None, pauses: int) -> None:
    waited: list[float] = []
    with Receiver(*statuses).up() as receiver:
        assert post(receiver.url, {"field": "größe"}, pause=waited.append, local=True) == reason
    assert waited == [FIRST_PAUSE_S * 2**i for i in range(pauses)]
    assert receiver.bodies == [{"field": "größe"}] * (pauses + 1)


def test_nobody_there_is_a_reason_without_the_address() -> None:
    with Receiver(200).up() as receiver:
        url = receiver.url
    reason = post(url, {}, attempts=2, pause=lambda seconds: None, local=True)
    assert reason == "the webhook was not reached: ConnectionRefusedError"


TOKEN = "T0123/B4567/s3cr3tT0k3n"
BAD = [
    f"hooks.slack.com/services/{TOKEN}",
    f" https://hooks.slack.com/services/{TOKEN}",
    f"https://hooks.slack.com/services/{TOKEN}\n",
    f"https://hooks.slack.com/ser vices/{TOKEN}",
    f"https://hooks.slack.com/services/{TOKEN}\x00",
    f"http://hooks.slack.com/services/{TOKEN}",
    f"HTTP://hooks.slack.com/services/{TOKEN}",
    f"https:/{TOKEN}",
    f"https:///{TOKEN}",
    f"https://:443/{TOKEN}",
    f"https://hooks.slack.com:70000/{TOKEN}",
    f"https://hooks.slack.com:x/{TOKEN}",
    f"https://[::1/{TOKEN}",
    f"https://user:{TOKEN}@hooks.slack.com/",
    "https://user:s3cr3t@hooks.slack.com/x",
    f"https://hööks.example/{TOKEN}",
    f"file:///etc/passwd?{TOKEN}",
    f"ftp://hooks.example/{TOKEN}",
    f"data:text/plain,{TOKEN}",
    "",
    f"xoxb-{TOKEN}",
]
# In every way of writing it.
THIS_MACHINE = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "[::1]",
    "[::ffff:127.0.0.1]",
]
CLOUD = [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "168.63.129.16",
    "0.0.0.0",
    "[::]",
    "224.0.0.1",
]


@pytest.mark.parametrize("url", [*BAD, *(f"https://{host}/{TOKEN}" for host in [*THIS_MACHINE, *CLOUD])])
def test_a_bad_address_is_told_at_once_without_any_part_of_it(url: str) -> None:
    reason = post(url, {}, pause=lambda seconds: pytest.fail("tried again"))
    assert reason is not None
    for part in ("hooks", "slack", "s3cr3t", "T0123", "passwd", "user:", "127.", "169.", "fe80"):
        assert part not in reason


@pytest.mark.parametrize("host", CLOUD)
def test_what_a_cloud_tells_its_machines_is_not_asked_locally_either(host: str) -> None:
    assert "not called" in (post(f"https://{host}/x", {}, local=True) or "")


def test_a_name_that_leads_to_this_machine_is_not_called_and_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: inside)
        reason = post(
            f"https://hooks.example:{port}/{TOKEN}", {}, pause=lambda seconds: pytest.fail("tried again")
        )
        assert "not called" in (reason or "")
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1024) == b""


def test_plain_http_is_for_this_machine_alone() -> None:
    with Receiver(200).up() as receiver:
        assert "begins with http://" in (post(receiver.url, {}) or "")
        assert "begins with http://" in (post("http://hooks.example/x", {}, local=True) or "")
        assert post(receiver.url, {"a": 1}, local=True) is None
    assert receiver.bodies == [{"a": 1}]
