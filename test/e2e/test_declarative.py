"""The declarative flavour of the retail example on open-source pipelines, against the job engine: the same tables.

Run by `npm run test:declarative`. Two updates: the first over half of the sample feed, the second over all of it, in which
a column becomes text and the pipeline is refreshed in full. The job engine sees all of it at once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.sample_data import sample_batches
from test.e2e.support import ROOT, data, rows, run

pytest.importorskip("pyspark.pipelines", reason="this Spark has no declarative pipelines")
pytestmark = [pytest.mark.e2e, pytest.mark.declarative]

TOPICS = ("customers", "orders", "sales")
MODELS = ("order_metrics", "revenue_margin", "daily_kpis", "weekly_kpis", "customer_profitability")

Result = dict[str, Any]


@dataclass(frozen=True)
class Runs:
    """The machine-readable results of both engines, and the folder of the declarative one."""

    job: Result
    half: Result
    whole: Result
    out: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("declarative")
    half, whole = folder / "half", folder / "whole"
    batches = sample_batches()
    write(half, batches[:2])
    write(whole, batches)
    stack = synthesize(folder / "stacks")
    out = folder / "declared"
    return Runs(
        half=declared(stack, half, out),
        whole=declared(stack, whole, out),
        job=run(["--data", str(whole), "--out", str(folder / "job")]),
        out=out,
    )


def write(folder: Path, batches: list[dict[str, str]]) -> None:
    for batch in batches:
        for name, text in batch.items():
            # Not the names of the sample feed, which the runner would take for its own.
            topic, _, file = name.partition("/")
            target = folder / topic / f"shop-{file}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")


def synthesize(out: Path) -> Path:
    """The local environment as if it said `engine: declarative`."""
    # The stack deploys the library as it is now.
    subprocess.run(["node", "scripts/wheel/build.mjs"], cwd=ROOT, check=True, capture_output=True)
    script = ROOT / "test/e2e/support/declarative-stack.ts"
    command = ["node", str(ROOT / "node_modules/tsx/dist/cli.mjs"), str(script), "local"]
    environment = {**os.environ, "CDKTF_OUTDIR": str(out)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return out / "stacks" / "local"


def declared(stack: Path, folder: Path, out: Path) -> Result:
    command = [sys.executable, "-m", "local", "--stack-dir", str(stack), "--json"]
    command += ["--data", str(folder), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, (done.stderr + done.stdout)[-4000:]
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


def test_both_updates_succeed_and_read_everything_once(runs: Runs) -> None:
    assert (runs.half["status"], runs.whole["status"]) == ("succeeded", "succeeded")
    for topic in TOPICS:
        read = runs.half["topics"][topic]["read"] + runs.whole["topics"][topic]["read"]
        assert read == runs.job["topics"][topic]["read"]


def test_every_gold_table_is_that_of_the_job_engine(runs: Runs) -> None:
    for model in MODELS:
        ours = data(rows(runs.whole, f"gold.{model}"))
        assert ours, model
        assert ours == data(rows(runs.job, f"gold.{model}")), model


def test_every_silver_table_is_that_of_the_job_engine(runs: Runs) -> None:
    for topic in TOPICS:
        assert data(rows(runs.whole, f"silver.{topic}")) == data(rows(runs.job, f"silver.{topic}")), topic


def test_rejects_and_their_counts_are_those_of_the_job_engine(runs: Runs) -> None:
    for topic in TOPICS:
        table = f"bronze.{topic}_quarantine"
        ours = {(row["raw"], row["code"], row["rule"]) for row in rows(runs.whole, table)}
        assert ours == {(row["raw"], row["code"], row["rule"]) for row in rows(runs.job, table)}, topic


def test_a_column_that_became_text_made_the_pipeline_start_afresh(runs: Runs) -> None:
    changes = [row["change"] for row in rows(runs.whole, "ops.schema_drift")]
    assert "promoted" in changes
    (first, second) = sorted(log for log in (runs.out / "logs").iterdir() if log.is_dir())
    assert (first / "update.log").exists()
    assert not (first / "full_refresh.log").exists()
    assert (second / "full_refresh.log").exists()
    assert not (second / "update.log").exists()


def test_finish_tells_how_many_rows_each_model_has(runs: Runs) -> None:
    for model in MODELS:
        assert runs.whole["gold"][model]["rows"] == len(rows(runs.whole, f"gold.{model}"))
