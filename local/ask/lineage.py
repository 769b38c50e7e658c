"""Lineage of the tables: topics, bronze, silver, and gold by the declared `needs` of the models."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.errors import LocalError


@dataclass(frozen=True)
class Edge:
    """A table that another is made from, and the columns that it needs of it (none: all)."""

    source: str
    target: str
    columns: tuple[str, ...] = ()


def edges_of(document: Mapping[str, Any]) -> list[Edge]:
    """All edges of a pipeline document, in the order in which data moves. A source is `files:<folder>` or `kafka:<topic>`."""
    edges = []
    topics = [topic["name"] for topic in document["topics"]]
    for topic in document["topics"]:
        name, source = topic["name"], topic["source"]
        origin = f"files:{source['files']}" if "files" in source else f"kafka:{source['kafka']['topic']}"
        edges.append(Edge(origin, f"bronze.{name}"))
        edges.append(Edge(f"bronze.{name}", f"bronze.{name}_quarantine"))
        edges.append(Edge(f"bronze.{name}", f"silver.{name}"))
    for model in document["gold"]:
        for need in model["needs"]:
            layer = "silver" if need["input"] in topics else "gold"
            columns = tuple(column["name"] for column in need["columns"])
            edges.append(Edge(f"{layer}.{need['input']}", f"gold.{model['name']}", columns))
    return edges


def edges_around(edges: Sequence[Edge], table: str) -> list[Edge]:
    """The edges that lead to a table, and those that lead on from it, near and far.

    Raises :class:`LocalError` where no edge has the table.
    """
    if not any(table in (edge.source, edge.target) for edge in edges):
        raise LocalError(f"{table} has no lineage: it is neither of a topic nor of a gold model.")
    before, after = {table}, {table}
    for edge in reversed(edges):
        if edge.target in before:
            before.add(edge.source)
    for edge in edges:
        if edge.source in after:
            after.add(edge.target)
    return [edge for edge in edges if edge.target in before or edge.source in after]


def as_text(edges: Sequence[Edge]) -> str:
    """One line for each edge, aligned."""
    size = max((len(edge.source) for edge in edges), default=0)
    lines = (
        f"{edge.source.ljust(size)} -> {edge.target}"
        + (f" ({', '.join(edge.columns)})" if edge.columns else "")
        for edge in edges
    )
    return "".join(f"{line}\n" for line in lines)


def as_json(edges: Sequence[Edge]) -> str:
    """One line of JSON: a list of edges, each with `source`, `target` and `columns`."""
    found = [{"source": edge.source, "target": edge.target, "columns": list(edge.columns)} for edge in edges]
    return json.dumps(found, ensure_ascii=False) + "\n"
