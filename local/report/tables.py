"""The tables of a pipeline on disk, as the report reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from local.dashboards import Rows
from local.delta_files import UnreadableTableError, count_rows, newest_version, read_rows

# Largest number of rows from which a chart or a sample is made; a larger gold table is shown by its numbers alone.
_LARGEST_READ = 500_000


class Tables:
    """The tables of a pipeline on disk; one that is missing or unreadable has no rows."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self.paths = paths
        self._counts: dict[str, int] = {}

    def rows(self, name: str, columns: list[str] | None = None) -> list[dict[str, Any]]:
        """All rows of `layer.table`; of ``columns``, those that it has."""
        path = self.paths.get(name)
        if path is None:
            return []
        try:
            return read_rows(path, columns)
        except UnreadableTableError:
            return []

    def gold(self) -> dict[str, Rows]:
        """Rows of every gold table that is small enough."""
        names = [name for name in self.paths if name.startswith("gold.")]
        return {name[len("gold.") :]: self.rows(name) for name in names if self.count(name) <= _LARGEST_READ}

    def count(self, name: str) -> int:
        """Rows of a table, from the footers of its files."""
        if name not in self._counts:
            try:
                self._counts[name] = count_rows(self.paths[name]) if name in self.paths else 0
            except UnreadableTableError:
                self._counts[name] = 0
        return self._counts[name]

    def version(self, name: str) -> tuple[int | None, datetime | None]:
        """Newest version of a table and its time; nothing where it cannot be read."""
        try:
            newest = newest_version(self.paths[name])
        except UnreadableTableError:
            return None, None
        return newest.version, newest.at


def anchor(table: str) -> str:
    """The id of a table's entry in the page."""
    return "table-" + re.sub(r"[^a-z0-9]+", "-", table.lower())
