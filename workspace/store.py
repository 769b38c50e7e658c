"""State of a workspace: resources by kind and id, in one SQLite file that survives the process."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workspace.errors import WorkspaceError

Body = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS resources (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS contents (path TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS counter (next INTEGER NOT NULL);
INSERT INTO counter SELECT 1001 WHERE NOT EXISTS (SELECT * FROM counter);
"""


class Store:
    """Resources of one workspace. One process holds the file at a time, and one call at a time changes it."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, isolation_level=None, timeout=1)
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
        except sqlite3.OperationalError as error:
            raise WorkspaceError(
                f"{file} cannot be used ({error}): if another local workspace runs on it, stop that one first."
            ) from error

    def close(self) -> None:
        """Hand the file back."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes of one call, or none of them."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def get(self, kind: str, id_: str) -> Body | None:
        """The resource, or `None`."""
        row = self._db.execute("SELECT body FROM resources WHERE kind = ? AND id = ?", (kind, id_)).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, kind: str, id_: str, body: Body) -> Body:
        """Write a resource; returns it."""
        self._db.execute(
            "INSERT OR REPLACE INTO resources VALUES (?, ?, ?)", (kind, id_, json.dumps(body, sort_keys=True))
        )
        return body

    def delete(self, kind: str, id_: str) -> bool:
        """Remove a resource; tells whether it was there."""
        return self._db.execute("DELETE FROM resources WHERE kind = ? AND id = ?", (kind, id_)).rowcount > 0

    def every(self, kind: str) -> list[tuple[str, Body]]:
        """All resources of a kind, by id."""
        rows = self._db.execute("SELECT id, body FROM resources WHERE kind = ? ORDER BY id", (kind,))
        return [(id_, json.loads(body)) for id_, body in rows.fetchall()]

    def inventory(self) -> list[tuple[str, str]]:
        """Kind and id of everything that is held."""
        return [
            (kind, id_)
            for kind, id_ in self._db.execute("SELECT kind, id FROM resources ORDER BY kind, id").fetchall()
        ]

    def clear(self) -> None:
        """Remove everything. Numbers go on, so that no id comes back."""
        self._db.execute("DELETE FROM resources")
        self._db.execute("DELETE FROM contents")

    def next_id(self) -> int:
        """A number that nothing else here has or had."""
        self._db.execute("UPDATE counter SET next = next + 1")
        return int(self._db.execute("SELECT next FROM counter").fetchone()[0])

    def content(self, path: str) -> bytes | None:
        """Content of a workspace file or notebook."""
        row = self._db.execute("SELECT content FROM contents WHERE path = ?", (path,)).fetchone()
        return None if row is None else bytes(row[0])

    def put_content(self, path: str, content: bytes) -> None:
        """Write the content of a workspace file or notebook."""
        self._db.execute("INSERT OR REPLACE INTO contents VALUES (?, ?)", (path, content))

    def delete_content(self, path: str) -> None:
        """Remove the content of a workspace file or notebook."""
        self._db.execute("DELETE FROM contents WHERE path = ?", (path,))
