"""The folder of a local workspace: its state, its token, its logs, and where its server answers."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Folder:
    """Folder of one local workspace."""

    path: Path

    @property
    def state(self) -> Path:
        """The SQLite file with all that the workspace holds."""
        return self.path / "state.sqlite"

    @property
    def volumes(self) -> Path:
        """Folder of the files in volumes."""
        return self.path / "volumes"

    @property
    def catalogs(self) -> Path:
        """Folders of the tables of each catalog, which are output folders of the local runner."""
        return self.path / "catalogs"

    @property
    def runs(self) -> Path:
        """Folders of the runs of jobs, by run id."""
        return self.path / "runs"

    @property
    def calls(self) -> Path:
        """One line per call: status, method, address, name."""
        return self.path / "calls.log"

    @property
    def notifications(self) -> Path:
        """One line of JSON per notification of an alert that Databricks would send."""
        return self.path / "notifications.jsonl"

    @property
    def log(self) -> Path:
        """Output of the server."""
        return self.path / "server.log"

    @property
    def running(self) -> Path:
        """Address and process of the server; there while it runs."""
        return self.path / "server.json"

    def token(self) -> str:
        """The token of the workspace, made at its first start; only its owner reads the file."""
        file = self.path / "token"
        if not file.is_file():
            self.path.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
                opened.write(f"local-{secrets.token_hex(16)}")
        return file.read_text(encoding="utf-8")

    def server(self) -> dict[str, Any] | None:
        """Return the address and the process id that the running server wrote down."""
        try:
            found: dict[str, Any] = json.loads(self.running.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found
