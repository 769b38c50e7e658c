"""Lineage of the tables, drawn: sources, bronze, silver, gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.ask.lineage import Edge, edges_of
from local.report.boxes import LIMIT, Box, draw_boxes
from local.report.tables import Tables, anchor
from pipelines.errors import counted


def drawn_edges(document: Mapping[str, Any]) -> list[Edge]:
    """The edges of a document without those of quarantine, which every topic has."""
    return [edge for edge in edges_of(document) if not edge.target.endswith("_quarantine")]


def draw_lineage(document: Mapping[str, Any], tables: Tables) -> str | None:
    """The drawing; each box of a table leads to its entry. None where there are too many tables, or none."""
    edges = drawn_edges(document)
    names = list(dict.fromkeys(name for edge in edges for name in (edge.source, edge.target)))
    if not 0 < len(names) <= LIMIT:
        return None
    boxes = [_box(name, tables) for name in sorted(names, key=_layer)]
    pairs = list(dict.fromkeys((edge.source, edge.target) for edge in edges))
    return draw_boxes(boxes, pairs, label="Lineage: each table is made from those that lead to it")


def needed_columns(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Per gold model and input: the columns that the model needs, with the types that it reads them by."""
    topics = {topic["name"] for topic in document["topics"]}
    return [
        {
            "model": f"gold.{model['name']}",
            "input": f"{'silver' if need['input'] in topics else 'gold'}.{need['input']}",
            "columns": need["columns"],
        }
        for model in document["gold"]
        for need in model["needs"]
    ]


def neighbours(document: Mapping[str, Any]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """For every table: those that it is made from, and those that are made from it."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for edge in edges_of(document):
        before.setdefault(edge.target, []).append(edge.source)
        after.setdefault(edge.source, []).append(edge.target)
    return before, after


def _layer(name: str) -> int:
    layers: Sequence[str] = ("bronze", "silver", "gold")
    layer = name.partition(".")[0]
    return layers.index(layer) + 1 if layer in layers else 0


def _box(name: str, tables: Tables) -> Box:
    kind, colon, source = name.partition(":")
    if colon:
        return Box(name, source, {"files": "folder", "kafka": "Kafka topic"}.get(kind, kind), "source")
    layer = name.partition(".")[0]
    if name not in tables.paths:
        return Box(name, name, "no data yet", f"{layer} missing")
    return Box(name, name, counted(tables.count(name), "row"), layer, f"#{anchor(name)}")
