"""Updates a declarative pipeline of a stack on this machine, by open-source Spark Declarative Pipelines.

The sources are the ones that are deployed. Two things differ: tables are Delta tables of the embedded catalog, and
since these take no change flow (AUTO CDC), an upserted silver table is a materialized view of the latest rows.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.errors import LocalError
from local.registration import find_tables
from local.session import WAREHOUSE
from local.workspace import CATALOG, Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from local.stack import Pipeline, Stack

_PREFIX = "medallion."


def pipeline_conf(stack: Stack) -> dict[str, str]:
    """Settings of a session that updates pipelines; none for a stack without."""
    # Pipelines create tables of the session's default format; naming it on the tables breaks their second update.
    return {"spark.sql.sources.default": "delta"} if stack.pipelines else {}


def update_pipeline(
    spark: SparkSession, workspace: Workspace, pipeline: Pipeline, *, full_refresh: bool = False
) -> None:
    """One update; with ``full_refresh`` everything that the pipeline made is made anew. Raises when a flow fails."""
    try:
        from pyspark.pipelines.spark_connect_graph_element_registry import SparkConnectGraphElementRegistry
        from pyspark.pipelines.spark_connect_pipeline import (
            create_dataflow_graph,
            handle_pipeline_events,
            start_run,
        )
    except ImportError as error:
        raise LocalError(
            f"This Spark has no declarative pipelines ({error}); Spark 4.1 or later has."
        ) from error
    storage = workspace.out / "pipelines" / pipeline.name
    if full_refresh:
        _forget(spark, workspace, storage)
    storage.mkdir(parents=True, exist_ok=True)
    settings = local_settings(pipeline.settings, workspace.parameters)
    for name, value in settings.items():
        spark.conf.set(name, value)
    graph = create_dataflow_graph(
        spark, default_catalog=CATALOG, default_database=pipeline.schema, sql_conf=settings
    )
    registry = SparkConnectGraphElementRegistry(spark, graph)
    with _defining(spark, graph, registry):
        for path in pipeline.sources:
            _load(workspace.local_file(path), spark)
    events = start_run(
        spark,
        graph,
        full_refresh=[],
        full_refresh_all=full_refresh,
        refresh=[],
        dry=False,
        storage=storage.as_uri(),
    )
    handle_pipeline_events(events)


def local_settings(settings: Mapping[str, str], parameters: Mapping[str, str]) -> dict[str, str]:
    """The pipeline's settings as they are here: parameters of the job as this machine has them, no change flows."""
    own = {
        name: parameters.get(name[len(_PREFIX) :], value) if name.startswith(_PREFIX) else value
        for name, value in settings.items()
    }
    return {**own, f"{_PREFIX}upserts": "latest"}


@contextmanager
def _defining(spark: SparkSession, graph: str, registry: Any) -> Iterator[None]:
    """Put what sources declare into the graph; what they may not do there is rejected."""
    from pyspark.pipelines.add_pipeline_analysis_context import add_pipeline_analysis_context
    from pyspark.pipelines.block_session_mutations import block_session_mutations
    from pyspark.pipelines.graph_element_registry import graph_element_registration_context

    context = add_pipeline_analysis_context(spark=spark, dataflow_graph_id=graph, flow_name=None)
    with graph_element_registration_context(registry), context, block_session_mutations():
        yield


def _load(source: Path, spark: SparkSession) -> None:
    """Run a source as Spark's own command does: a module that finds the session as ``spark``."""
    spec = importlib.util.spec_from_file_location(f"declared_{source.stem}", source)
    if spec is None or spec.loader is None:
        raise LocalError(f"{source} is no Python source.")
    module = importlib.util.module_from_spec(spec)
    module.__dict__["spark"] = spark
    spec.loader.exec_module(module)


def _forget(spark: SparkSession, workspace: Workspace, storage: Path) -> None:
    """Remove the tables of silver and gold, which are the pipeline's: Delta does not retype their columns in place."""
    from pipelines.delta.sql import quote

    parameters = workspace.parameters
    schemas = {parameters["schema_silver"], parameters["schema_gold"]}
    for table in find_tables(workspace.out / WAREHOUSE):
        if table.schema in schemas:
            spark.sql(f"DROP TABLE IF EXISTS {quote(CATALOG)}.{quote(table.schema)}.{quote(table.name)}")
            shutil.rmtree(table.path, ignore_errors=True)
    shutil.rmtree(storage, ignore_errors=True)
