"""Lineage of columns: gold as the run recorded it from the plans of the models, silver by the schema registry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local.ask.lineage import Edge
from local.delta_files import UnreadableTableError, read_rows
from local.errors import LocalError
from pipelines.gold.lineage import reached
from pipelines.inference import column_among
from pipelines.registry import histories

Column = tuple[str, str]
"""Table (`layer.table`) and column."""


@dataclass(frozen=True)
class ColumnLineage:
    """The columns of the tables in a folder, and what each comes from."""

    paths: Mapping[str, Path]
    document: Mapping[str, Any]

    @cached_property
    def fields(self) -> dict[str, dict[str, str]]:
        """Topic -> silver column -> the field of the source from which it is made, by the newest schema."""
        return source_fields(self._rows("ops.schema_registry"))

    @cached_property
    def sources(self) -> dict[Column, list[Column]]:
        """Column -> the columns that it comes from, those of the newest tables first. Models whose plan did not tell are not
        in it.
        """
        found: dict[Column, list[Column]] = {}
        for topic, fields in self.fields.items():
            for column, field in fields.items():
                found[f"silver.{topic}", column] = [(f"bronze.{topic}", field)]
        recorded = self._recorded()
        for model in self.document["gold"]:
            inputs = {need["input"] for need in model["needs"]}
            for column, sources in (recorded.get(model["name"]) or {}).items():
                of_model = (self._source(name, of) for name, of in sources if name in inputs)
                found[f"gold.{model['name']}", column] = list(dict.fromkeys(of_model))
        return found

    def edges_around(self, table: str, column: str) -> list[Edge]:
        """The edges that lead to a column, and those that lead on from it, near and far, in the order in which data moves.

        Raises :class:`LocalError` where the column is not known.
        """
        known = {one for one, sources in self.sources.items() for one in (one, *sources)}
        at = next((one for one in known if one[0] == table and one[1].lower() == column.lower()), None)
        if at is None:
            raise LocalError(self._unknown(table, column, {name for of, name in known if of == table}))
        wanted = reached(at, self.sources)
        readers: dict[Column, list[Column]] = {}
        for one, sources in self.sources.items():
            for source in sources:
                readers.setdefault(source, []).append(one)
        after = reached(at, readers)
        edges: dict[tuple[str, str], list[str]] = {}
        for one, sources in self.sources.items():
            for source in sources:
                if one in wanted or source in after:
                    edges.setdefault((source[0], ".".join(one)), []).append(source[1])
        return sorted(
            (Edge(source, target, tuple(columns)) for (source, target), columns in edges.items()), key=_order
        )

    def _source(self, input_: str, column: str) -> Column:
        """The column of a table that a model's input has under a name."""
        topic = next((one for one in self.document["topics"] if one["name"] == input_), None)
        if topic is None:
            return f"gold.{input_}", column
        rename = topic["silver"].get("rename", {})
        return f"silver.{input_}", column_among(column, self.fields.get(input_, {}), rename) or column

    def _recorded(self) -> dict[str, Mapping[str, Any] | None]:
        """Model -> what its newest refresh recorded of its columns."""
        rows = [row for row in self._rows("ops.progress") if row["stage"] == "gold" and row["details"]]
        rows.sort(key=lambda row: (row["ts"], row["to_version"]))
        return {row["name"]: json.loads(row["details"]).get("columns") for row in rows}

    def _rows(self, table: str) -> list[dict[str, Any]]:
        try:
            return read_rows(self.paths[table]) if table in self.paths else []
        except UnreadableTableError:
            return []

    def _unknown(self, table: str, column: str, known: Iterable[str]) -> str:
        names = ", ".join(sorted(known))
        if names:
            return f"The lineage of {table} has no column {column}; it has {names}."
        return (
            f"The lineage of the columns of {table} is not known: either no run has refreshed it since, or its plan "
            f"cannot be read (more than 25 columns, names or texts with special characters). "
            f"For its tables: medallion lineage {table}"
        )


def source_fields(registry: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Topic -> silver column -> the field of the source from which it is made, by the newest schema in the registry's rows."""
    return {
        topic: {field.column: (field.spellings or (field.name,))[0] for field in history.sound[-1].schema}
        for topic, history in histories(registry).items()
        if history.sound
    }


def _order(edge: Edge) -> tuple[int, str, str]:
    layers = ("bronze", "silver", "gold")
    return layers.index(edge.source.partition(".")[0]), edge.target, edge.source
