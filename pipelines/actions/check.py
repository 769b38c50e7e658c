"""The action ``check``: what the files of a folder would do to a topic, quality rules included. Nothing is written.

Arguments: ``topic``; ``data``, a folder or file (in the cloud in a volume); ``allow`` (``types``, ``rejects``, ``nulls``,
``settings``, with commas between). The answer has ``problems``: what a gate would stop at. ``medallion check`` answers all but the rules without Spark.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.actions.check_report import (
    CheckReport,
    Nulled,
    Rejects,
    RuleOutcome,
    files_of,
    plan_for,
    report_of,
)
from pipelines.bronze.records import escaped, explode_records, read_files
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.gold.casts import Counts, count_casts_in
from pipelines.inference import own
from pipelines.inference.faults import EMPTY_TEXT
from pipelines.quality.rules import RuleResult, evaluate_batch_rules
from pipelines.silver.arrow_pass import observe
from pipelines.silver.evaluate import evaluate_rows, told_of_settings
from pipelines.silver.outcomes import RowOutcomes, count_outcomes, good_rows
from pipelines.silver.plan import typing_options

from .arguments import read_arguments, required, topic_of


def check(ctx: Context) -> dict[str, Any]:
    """Observe, plan and evaluate the records of the folder against what is registered."""
    arguments = read_arguments(ctx, ("topic", "data", "allow"))
    topic = topic_of(ctx, arguments)
    data = Path(required(ctx, arguments, "data", "the path of a folder of JSON files"))
    own = data / (topic.files or topic.name)
    report = check_folder(ctx, topic, own if own.is_dir() else data)
    problems = report.problems(arguments.get("allow", "").split(","))
    lines = [*report.lines(), *(f"Stopped: {problem}." for problem in problems)]
    return {"report": report.to_json(), "problems": problems, "lines": lines}


def check_folder(ctx: Context, topic: Topic, data: Path) -> CheckReport:
    """The same passes as a run makes over new bronze rows, over the files of a folder."""
    files = files_of(data)
    folder = str(data if data.is_dir() else data.parent)
    contents = read_files(ctx.spark, [escaped(os.path.abspath(path)) for path in files])
    records = explode_records(contents, topic, folder)
    rows = records.withColumns(
        {"ingest_ts": F.current_timestamp(), delta.COMMIT_VERSION: F.lit(0).cast("bigint")}
    )
    history = ctx.registry.history(topic.name)
    observed = observe(rows, typing_options(topic), topic.reading)
    plan = plan_for(topic, observed, history)
    rejects, rules, settings = Rejects(), [], []
    casts: dict[str, Counts] = {}
    if plan.error is None:
        evaluated = evaluate_rows(rows, topic, plan, {delta.COMMIT_VERSION: "bigint"})
        outcomes = count_outcomes(evaluated, topic.rules("row"))
        rejects = Rejects(outcomes.codes, outcomes.dropped, outcomes.field_faults, _nulled(evaluated))
        rules = _outcomes(ctx, topic, outcomes)
        settings = told_of_settings(rows, topic, plan)
        good = good_rows(evaluated)
        for model in ctx.document.gold:
            inputs = [input_ for input_ in model.inputs if input_.name == topic.name]
            casts[model.name] = count_casts_in(ctx.spark, inputs, good)
    models = ctx.document.gold
    return report_of(topic, len(files), observed, history, plan, rejects, rules, settings, casts, models)


def _nulled(evaluated: DataFrame) -> dict[str, Nulled]:
    """The values that would be null in silver, by field."""
    faults = F.explode(
        F.from_json(own("field_faults"), "array<struct<field:string,code:string,shape:string>>")
    )
    found = good_rows(evaluated).select(faults.alias("fault")).where(F.col("fault.code") != EMPTY_TEXT)
    counts = found.groupBy("fault.field").agg(F.count("*").alias("n"), F.min("fault.shape").alias("shape"))
    return {row["field"]: Nulled(row["n"], row["shape"]) for row in counts.collect()}


def _outcomes(ctx: Context, topic: Topic, outcomes: RowOutcomes) -> list[RuleOutcome]:
    results: list[RuleResult] = [
        *outcomes.rules,
        *evaluate_batch_rules(ctx.spark, topic, outcomes.aggregates()),
    ]
    return [RuleOutcome(r.rule.name, r.rule.on_violation, r.checked, r.failed) for r in results]
