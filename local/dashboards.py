"""The dashboards of a stack, asked of the embedded tables: what a workspace would show, the report shows too.

Definitions are the ones of `config/dashboards`; they travel beside the pipeline document. Their SQL is run by Spark, as it is in a
workspace. A dashboard that reads ops is left out: the report has chapters of its own for what that says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.stack import Stack, normalize_path
from local.workspace import CATALOG, layer_schemas

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Rows = Sequence[Mapping[str, Any]]

_SCHEMA = re.compile(r"\{\s*(gold|ops)\s*\}")
# Largest number of rows that a chart is drawn from; nobody reads more.
_LARGEST = 5_000
_PARALLEL = 4


@dataclass(frozen=True)
class Dashboard:
    """A dashboard with what its datasets hold; one that could not be asked has an error instead."""

    title: str
    widgets: Sequence[Mapping[str, Any]]
    datasets: Mapping[str, Rows]
    errors: Mapping[str, str]


def read_definitions(stack: Stack) -> list[dict[str, Any]]:
    """The definitions that the stack deploys; none for one without dashboards."""
    folder, _, _ = normalize_path(stack.job.parameters.get("pipeline_document", "")).rpartition("/")
    for file in stack.files:
        if file.path == f"{folder}/dashboards.json":
            found: list[dict[str, Any]] = json.loads(file.read())["dashboards"]
            return found
    return []


def ask_dashboards(
    spark: SparkSession, definitions: Sequence[Mapping[str, Any]], parameters: Mapping[str, str]
) -> list[Dashboard]:
    """Run the datasets of every dashboard over gold, several at a time."""
    wanted = [
        one
        for one in definitions
        if not any("ops" in _SCHEMA.findall(sql) for sql in one["datasets"].values())
    ]
    texts = {
        (one["name"], name): with_schema_names(sql, parameters)
        for one in wanted
        for name, sql in one["datasets"].items()
    }
    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        answers = dict(zip(texts, pool.map(lambda sql: _ask(spark, sql), texts.values()), strict=True))
    return [_dashboard(one, {name: answers[one["name"], name] for name in one["datasets"]}) for one in wanted]


def with_schema_names(sql: str, parameters: Mapping[str, str]) -> str:
    """SQL with the schemas of this machine in place of `{gold}` and `{ops}`."""
    from pipelines.delta.sql import quote

    schemas = layer_schemas(parameters)
    return _SCHEMA.sub(lambda match: f"{quote(CATALOG)}.{quote(schemas[match[1]])}", sql)


def _ask(spark: SparkSession, sql: str) -> Rows | str:
    """The rows, or why there are none."""
    try:
        return [row.asDict() for row in spark.sql(sql).limit(_LARGEST).collect()]
    except Exception as error:  # a report with one chart less is better than none
        return str(error).strip().splitlines()[0][:300]


def _dashboard(definition: Mapping[str, Any], answers: Mapping[str, Rows | str]) -> Dashboard:
    return Dashboard(
        title=definition["title"],
        widgets=definition["widgets"],
        datasets={name: answer for name, answer in answers.items() if not isinstance(answer, str)},
        errors={name: answer for name, answer in answers.items() if isinstance(answer, str)},
    )
