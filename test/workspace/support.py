"""A local workspace in a process of its own, and the SDK that talks to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A running server, its folder and a client."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process
        self.host = str(json.loads((folder / "server.json").read_text())["host"])
        config = Config(host=self.host, token=(folder / "token").read_text(), retry_timeout_seconds=20)
        self.client = WorkspaceClient(config=config)

    def call(self, method: str, path: str, **how: Any) -> Any:
        """Send one call as it is, past the SDK's types."""
        return self.client.api_client.do(method, path, **how)

    @property
    def calls(self) -> list[str]:
        """Calls so far, as the log has them."""
        return (self.folder / "calls.log").read_text().splitlines()


@contextmanager
def running(folder: Path, options: Sequence[str] = ()) -> Iterator[Server]:
    """Serve from a folder; the process is killed, not ended, so that what is checked of its state is the worst case."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "workspace", "serve", "--port", "0", "--out", str(folder), *options]
    with (folder / "test.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while not (folder / "server.json").exists():
            assert process.poll() is None, (folder / "test.log").read_text()
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.05)
        yield Server(folder, process)
    finally:
        process.kill()
        process.wait()
