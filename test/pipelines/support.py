"""A small pipeline of its own for each Spark test: schemas, landing folder and document of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from pipelines.context import Context, create_context
from pipelines.run import run_once
from pipelines.vocabulary import RESERVED_COLUMNS

_numbers = itertools.count(1)


class Lab:
    """Lands records, runs the pipeline, reads tables."""

    def __init__(
        self,
        spark: SparkSession,
        folder: Path,
        topics: Sequence[Mapping[str, Any]],
        gold: Sequence[Mapping[str, Any]] = (),
        settings: Mapping[str, Any] | None = None,
        prefix: str | None = None,
    ) -> None:
        self.spark = spark
        self.folder = folder
        self.prefix = prefix or f"t{next(_numbers)}_"
        document = {
            "documentVersion": 1,
            "name": "lab",
            "description": "",
            "settings": dict(settings or {}),
            "topics": list(topics),
            "gold": list(gold),
        }
        self.document = folder / "pipeline.json"
        self.document.write_text(json.dumps(document), encoding="utf-8")
        self._files = itertools.count(1)

    @property
    def options(self) -> dict[str, str]:
        """Job parameters that keep this lab apart from the others in the session."""
        schemas = {f"schema_{layer}": self.prefix + layer for layer in ("bronze", "silver", "gold", "ops")}
        places = {"volume_root": str(self.folder), "landing": "landing", "checkpoints": "checkpoints"}
        return {"catalog": "spark_catalog", "pipeline_document": str(self.document), **schemas, **places}

    def context(self, **options: str) -> Context:
        """A context as a task would have it."""
        return create_context(self.spark, None, "test", {**self.options, **options}, {})

    def land(self, topic: str, records: Iterable[Any] | str, name: str | None = None) -> None:
        """Land one file: records as JSON Lines, or a text as it is."""
        lines = records if isinstance(records, str) else "".join(json.dumps(r) + "\n" for r in records)
        target = self.folder / "landing" / topic / (name or f"{next(self._files):04}.json")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"_{target.name}")
        part.write_text(lines, encoding="utf-8")
        part.rename(target)

    def run(self, **options: Any) -> dict[str, Any]:
        """One run of the whole pipeline."""
        return run_once(self.spark, None, **{**self.options, **options})

    def table(self, name: str) -> str:
        """Full name of ``layer.table``."""
        layer, _, table = name.partition(".")
        return f"spark_catalog.{self.prefix}{layer}.{table}"

    def rows(self, name: str, *columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        """Rows of a table, sorted."""
        df = self.spark.table(self.table(name)).where(where)
        return sorted((tuple(row) for row in (df.select(*columns) if columns else df).collect()), key=repr)

    def data(self, name: str) -> set[str]:
        """All rows of a table without audit columns, as comparable text."""
        df = self.spark.table(self.table(name))
        columns = sorted(c for c in df.columns if c not in RESERVED_COLUMNS)
        return {repr([(c, row[c]) for c in columns]) for row in df.select(*columns).collect()}

    def types(self, name: str) -> dict[str, str]:
        """Typed columns of a table with their Spark types."""
        types = self.spark.table(self.table(name)).dtypes
        return {c: t for c, t in types if c not in RESERVED_COLUMNS}


def topic(name: str, mode: str = "upsert", **parts: Any) -> dict[str, Any]:
    """A topic of the document. ``parts`` are merged into ``silver`` or set beside it."""
    silver: dict[str, Any] = {"mode": mode}
    if mode != "append":
        silver.update(keys=["id"], sequenceBy="at")
    silver.update(parts.pop("silver", {}))
    return {"name": name, "source": {"files": name}, "silver": silver, **parts}
