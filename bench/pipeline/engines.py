"""The two engines of the benchmarks, over the same landing folder: the pipeline, and the hand-written job."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from local.session import build_session, shut_down
from pipelines.config.load import DEFAULT_DOCUMENT
from pipelines.context import Context, create_context, next_iteration
from pipelines.run import iterate

#: Environment variables for tens of thousands of events, for both engines: generated code.
MUCH_DATA = {"MEDALLION_CODEGEN": "true"}


@contextmanager
def embedded_spark(folder: Path, driver_memory: str = "4g", much_data: bool = True) -> Iterator[SparkSession]:
    """A session on two cores whose tables lie in ``folder``, prepared for many runs."""
    for name, value in MUCH_DATA.items():
        if much_data:
            os.environ.setdefault(name, value)
        else:
            os.environ.pop(name, None)
    spark = build_session(folder, master="local[2]", driver_memory=driver_memory, loop=True)
    try:
        yield spark
    finally:
        shut_down(spark)


def timed(work: Callable[[], Any]) -> float:
    """Seconds that ``work`` took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class Pipeline:
    """The pipeline of this project as a loop runs it: one process, what is known stays known."""

    def __init__(
        self, spark: SparkSession, folder: Path, document: Mapping[str, Any], prefix: str = "ours"
    ) -> None:
        path = folder / f"{prefix}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        self.options = {
            "catalog": "spark_catalog",
            "pipeline_document": str(path),
            "volume_root": str(folder),
            "landing": "landing",
            "checkpoints": f"{prefix}_checkpoints",
            **{f"schema_{layer}": f"{prefix}_{layer}" for layer in ("bronze", "silver", "gold", "ops")},
        }
        self._spark = spark
        self.prefix = prefix
        self._ctx: Context | None = None

    def run(self) -> dict[str, Any]:
        """One micro-batch; its summary."""
        known = self._ctx
        self._ctx = (
            next_iteration(known) if known else create_context(self._spark, None, "bench", self.options, {})
        )
        return iterate(self._ctx)


def shop_document() -> dict[str, Any]:
    """The example pipeline: customers, orders, sales and the five gold models."""
    document: dict[str, Any] = json.loads(DEFAULT_DOCUMENT.read_text(encoding="utf-8"))
    return document


def copies_document(topics: int) -> dict[str, Any]:
    """``topics`` copies of the orders topic, each with a gold model of its own."""
    shop = shop_document()
    (orders,) = (topic for topic in shop["topics"] if topic["name"] == "orders")
    (metrics,) = (model for model in shop["gold"] if model["name"] == "order_metrics")
    names = [f"orders_{number:02}" for number in range(topics)]
    shop["topics"] = [
        {**orders, "name": name, "source": {**orders["source"], "files": name}} for name in names
    ]
    shop["gold"] = [
        {
            **metrics,
            "name": f"metrics_{name}",
            "needs": [{**need, "input": name} for need in metrics["needs"]],
            "sql": metrics["sql"].replace("FROM orders", f"FROM {name}"),
        }
        for name in names
    ]
    return shop
