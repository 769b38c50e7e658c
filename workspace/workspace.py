"""One workspace: its resources, its caller, and what every kind of resource has in common."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workspace.access import Caller
from workspace.errors import exists, missing
from workspace.folder import Folder
from workspace.store import Body, Store

USER = "deployer"
"""User of the workspace's token: an administrator."""
ADMIN = Caller(USER, is_admin=True)
WORKSPACE_ID = 1000
METASTORE_ID = "00000000-0000-4000-8000-000000000001"


@dataclass(frozen=True)
class Workspace:
    """State, address and clock that a call is answered from."""

    store: Store
    folder: Folder
    host: str = "http://127.0.0.1"
    clock: Callable[[], float] = time.time

    @property
    def volumes(self) -> Path:
        """Folder of the files in volumes: `<catalog>/<schema>/<volume>/...`."""
        return self.folder.volumes

    def table(self, name: str) -> Path:
        """Folder of a Delta table, by its full name."""
        catalog, schema, table = name.split(".", 2)
        return self.folder.catalogs / catalog / "warehouse" / f"{schema}.db" / table

    @property
    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return int(self.clock() * 1000)

    @property
    def timestamp(self) -> str:
        """Now, as newer APIs write it."""
        return timestamp(self.now_ms)

    def number(self) -> int:
        """A new numeric id, long as real ones are."""
        return 10**14 + self.store.next_id()

    def uuid(self) -> str:
        """A new id in the form of a UUID."""
        text = hashlib.sha256(f"{self.store.next_id()}".encode()).hexdigest()
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:32]}"

    def hex_id(self) -> str:
        """A new id of 16 hexadecimal digits, as warehouses and policies have."""
        return hashlib.sha256(f"{self.store.next_id()}".encode()).hexdigest()[:16].upper()

    def require(self, kind: str, id_: str, what: str) -> Body:
        """The resource; `ApiError` 404 when it is not there."""
        found = self.store.get(kind, id_)
        if found is None:
            raise missing(f"{what} '{id_}' does not exist.")
        return found

    def reject_duplicate(self, kind: str, field: str, value: object, what: str) -> None:
        """`ApiError` 409 when a resource of the kind has this value already."""
        if any(body.get(field) == value for _, body in self.store.every(kind)):
            raise exists(f"{what} '{value}' already exists.")

    def delete(self, kind: str, id_: str, what: str) -> Body:
        """Remove a resource and what only it has: permissions; answers with the empty body."""
        self.require(kind, id_, what)
        self.store.delete(kind, id_)
        self.store.delete("permissions", f"{kind}/{id_}")
        return {}


def principal(run_as: Mapping[str, Any] | None) -> str:
    """The user or service principal of a `run_as`; without one, whoever made the resource: the administrator."""
    return str(next(iter((run_as or {"user_name": USER}).values())))


def timestamp(milliseconds: int) -> str:
    """A time, as newer APIs write it.

    Args:
        milliseconds: since 1970.
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds // 1000))
