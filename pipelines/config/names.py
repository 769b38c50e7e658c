"""Full names of the pipeline's tables."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.delta.sql import quote

LAYERS = ("bronze", "silver", "gold", "ops")


@dataclass(frozen=True)
class Tables:
    """Full names (``catalog.schema.table``, quoted) of every table of a pipeline.

    ``schemas`` maps a layer (bronze, silver, gold, ops) to the schema's name, which an environment may prefix.
    """

    catalog: str
    schemas: dict[str, str]

    def schema(self, layer: str) -> str:
        """``catalog.schema``, quoted."""
        return f"{quote(self.catalog)}.{quote(self.schemas[layer])}"

    def _table(self, layer: str, name: str) -> str:
        return f"{self.schema(layer)}.{quote(name)}"

    def bronze(self, topic: str) -> str:
        """Raw records of a topic."""
        return self._table("bronze", topic)

    def quarantine(self, topic: str) -> str:
        """Records of a topic that could not reach silver, with the reason."""
        return self._table("bronze", f"{topic}_quarantine")

    def deletes(self, topic: str) -> str:
        """Deletes of keys of a topic."""
        return self._table("bronze", f"{topic}_deletes")

    def rows(self, topic: str) -> str:
        """Typed rows of a topic of which silver holds the versions."""
        return self._table("bronze", f"{topic}_rows")

    def silver(self, topic: str) -> str:
        """Typed rows of a topic."""
        return self._table("silver", topic)

    def gold(self, model: str) -> str:
        """Rows of a gold model."""
        return self._table("gold", model)

    def ops(self, name: str) -> str:
        """An operations table: schema_registry, schema_drift, run_log, quality, progress."""
        return self._table("ops", name)
