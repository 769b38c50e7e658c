"""The tables of an output folder, by their names in the workspace."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local.errors import LocalError
from local.outdir import read_job, require_run
from local.registration import tables_of_layers
from local.session import WAREHOUSE
from local.workspace import CATALOG, LAYERS


@dataclass(frozen=True)
class TableFolder:
    """The tables that a pipeline has written to an output folder."""

    out: Path
    catalogs: tuple[str, ...]
    """Names that may stand before a schema: the catalog that is deployed to, and that of the embedded Spark."""
    schemas: dict[str, str]
    """Schema of the environment -> layer; the layers are in it too."""
    document_path: Path

    @cached_property
    def paths(self) -> dict[str, Path]:
        """`silver.orders` -> folder, in the order of the layers."""
        found = tables_of_layers(self.out / WAREHOUSE, self.schemas)
        return {name: found[name] for name in sorted(found, key=_order)}

    @cached_property
    def document(self) -> dict[str, Any]:
        """The pipeline document of the last run."""
        try:
            document: dict[str, Any] = json.loads(self.document_path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise LocalError(
                f"The pipeline document of the last run, {self.document_path}, cannot be read: run the pipeline again."
            ) from error
        return document

    def resolve(self, parts: list[str]) -> str:
        """Return `layer.table` for a name of up to three parts.

        Raises :class:`LocalError` that lists the nearest names where there is no such table.
        """
        *catalog, schema, table = ["", *parts] if len(parts) == 1 else [part.lower() for part in parts]
        name = f"{self.schemas.get(schema, schema)}.{table}"
        if len(catalog) < 2 and (not catalog or catalog[0] in self.catalogs) and name in self.paths:
            return name
        raise LocalError(self._unknown(".".join(parts), table.lower()))

    def _unknown(self, written: str, table: str) -> str:
        if not self.paths:
            return f"There is no table {written}: {self.out} has no tables yet. Run the pipeline first."
        same = [name for name in self.paths if name.partition(".")[2] == table]
        near = same or difflib.get_close_matches(written.lower(), self.paths, n=3, cutoff=0.5)
        hint = f"near are {', '.join(near)}" if near else f"there are {', '.join(self.paths)}"
        return f"There is no table {written}; {hint}."


def _order(table: str) -> tuple[int, str]:
    layer, _, name = table.partition(".")
    return LAYERS.index(layer), name


def open_folder(out: Path) -> TableFolder:
    """Open the output folder of a run.

    Raises :class:`LocalError` where nothing has run in it.
    """
    require_run(out)
    job = read_job(out)
    schemas = {layer: layer for layer in LAYERS}
    schemas.update({schema: layer for layer, schema in job["schemas"].items()})
    catalogs = tuple(dict.fromkeys((job["catalog"].lower(), CATALOG)))
    return TableFolder(out, catalogs, schemas, out / job["document"])
