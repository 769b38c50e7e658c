"""Silver tables that a test writes itself, with gold over them: what silver would have recorded is recorded by hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pyspark.sql import SparkSession

from pipelines.config.load import DEFAULT_DOCUMENT
from pipelines.gold.costs import Costs
from pipelines.gold.refresh import run_gold
from pipelines.gold.result import GoldResult
from pipelines.gold.sql import bind
from pipelines.ops.progress import ConsumedRange, MemoryProgress
from test.pipelines.support import Lab, topic

#: Never too many changes to follow them.
ALWAYS = Costs(most_share=float("inf"), back_off=0, rewrite_rows=0)


def shipped() -> list[dict[str, Any]]:
    """The gold models of the repository, as the document has them."""
    path = DEFAULT_DOCUMENT
    return list(json.loads(path.read_text(encoding="utf-8"))["gold"])


def model(name: str, grain: str, sql: str, **needs: str) -> dict[str, Any]:
    """A gold model; ``needs`` are columns in SQL's words per input."""
    inputs = []
    for source, columns in needs.items():
        pairs = [column.strip().split(" ", 1) for column in columns.split(";")]
        inputs.append({"input": source, "columns": [{"name": n, "type": t} for n, t in pairs]})
    return {"name": name, "grain": [g.strip() for g in grain.split(",")], "needs": inputs, "sql": sql}


class GoldLab:
    """Tables of silver with a column ``id`` as their key, and the models over them."""

    def __init__(
        self,
        spark: SparkSession,
        folder: Path,
        tables: Mapping[str, str],
        models: Sequence[Mapping[str, Any]],
    ) -> None:
        self.spark = spark
        self.lab = Lab(spark, folder, [topic(name) for name in tables], models)
        for layer in ("silver", "gold"):
            spark.sql(f"CREATE SCHEMA {self.lab.prefix}{layer}")
        self.history: dict[str, list[Any]] = {name: [] for name in tables}
        registry: Any = SimpleNamespace(history=lambda name: self.history[name])
        self.ctx = replace(self.lab.context(), progress=MemoryProgress(), registry=registry)
        self.versions = dict.fromkeys(tables, 0)
        self.created = dict(tables)
        self.columns = dict(tables)
        for name, columns in tables.items():
            spark.sql(
                f"CREATE TABLE {self.silver(name)} (id string, {columns}) USING DELTA "
                "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
            )
            self._record(name)

    def silver(self, name: str) -> str:
        """Full name of a silver table."""
        return self.lab.table(f"silver.{name}")

    def apply(self, name: str, rows: Sequence[tuple[Any, ...]] = (), gone: Sequence[str] = ()) -> None:
        """Insert or replace ``rows`` by their id, and delete the ids in ``gone``, in one commit."""
        types = [column.strip().split(" ", 1) for column in ("id string, " + self.columns[name]).split(", ")]
        data = [(*row, False) for row in rows] + [(key, *[None] * (len(types) - 1), True) for key in gone]
        source = self.spark.createDataFrame(data, f"id string, {self.created[name]}, gone boolean")
        updates = ", ".join(f"t.{c} = CAST(s.{c} AS {t})" for c, t in types)
        names, values = ", ".join(c for c, _ in types), ", ".join(f"CAST(s.{c} AS {t})" for c, t in types)
        self.spark.sql(
            f"MERGE INTO {self.silver(name)} t USING {{s}} s ON t.id = s.id WHEN MATCHED AND s.gone THEN DELETE "
            f"WHEN MATCHED THEN UPDATE SET {updates} "
            f"WHEN NOT MATCHED AND NOT s.gone THEN INSERT ({names}) VALUES ({values})",
            s=source,
        ).collect()
        self.versions[name] += 1
        self._record(name)

    def retype(self, name: str, columns: str, told: bool = True) -> None:
        """Give a table other columns in one overwriting commit, as a rebuild does; ``told``: the registry knows."""
        types = [column.strip().split(" ", 1) for column in columns.split(", ")]
        casts = ", ".join(f"CAST({c} AS {t}) AS {c}" for c, t in types)
        df = self.spark.sql(f"SELECT id, {casts} FROM {self.silver(name)}")
        df.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(
            self.silver(name)
        )
        self.versions[name] += 1
        self.columns[name] = columns
        if told:
            version = SimpleNamespace(
                version=len(self.history[name]) + 1, changes=[SimpleNamespace(rebuilds=True)]
            )
            self.history[name].append(version)
        self._record(name)

    def _record(self, name: str) -> None:
        version = self.versions[name]
        step = ConsumedRange(
            "silver", name, version, version, version, {"schema_version": len(self.history[name])}
        )
        self.ctx.progress.record(step, "test")

    def run(self, *names: str, costs: Costs = ALWAYS) -> dict[str, GoldResult]:
        """Refresh models (all of them without names) in the order of the document."""
        chosen = [m for m in self.ctx.document.gold if not names or m.name in names]
        return {m.name: run_gold(self.ctx, m, costs) for m in chosen}

    def difference(self, name: str) -> Counter[str]:
        """What the gold table has, minus what a full recompute has: empty where they are equal."""
        wanted = self.ctx.document.model(name)
        topics = {t.name for t in self.ctx.document.topics}
        layers = {n.name: "silver" if n.name in topics else "gold" for n in wanted.inputs}
        sources: dict[str, str | None] = {n: self.lab.table(f"{layer}.{n}") for n, layer in layers.items()}
        full = Counter(map(repr, self.spark.sql(bind(self.spark, wanted, sources)).collect()))
        kept = Counter(map(repr, self.spark.table(self.lab.table(f"gold.{name}")).collect()))
        kept.subtract(full)
        return Counter({row: count for row, count in kept.items() if count})
