"""What was taken stands in the run log once, under the run that took it, though that was killed before it wrote its log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines.bronze import files as file_source
from pipelines.bronze import stream as streaming
from pipelines.bronze.ledger import Ledger
from pipelines.context import Context
from pipelines.job.lifecycle import prepare_tables, save
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark


def ingest_files(ctx: Context, folder: Path) -> bool:
    """By the ledger."""
    return file_source.ingest_files(ctx, ctx.document.topic("t")) is not None


def ingest_stream(ctx: Context, folder: Path) -> bool:
    """By a stream with a checkpoint, as Kafka and Auto Loader are read."""
    nothing = {"_raw_bytes": "binary", "key": "string", "headers": "map<string,string>"}
    rows = ctx.spark.readStream.text(str(folder)).select(
        F.col("value").alias("raw"),
        F.lit("s").alias("source"),
        F.lit(0).cast("bigint").alias("position"),
        F.col("value").alias("_row_id"),
        F.current_timestamp().alias("event_ts"),
        *(F.lit(None).cast(type_).alias(name) for name, type_ in nothing.items()),
    )
    return streaming.append_stream(ctx, ctx.document.topic("t"), rows) is not None


@pytest.mark.parametrize("take", [ingest_files, ingest_stream])
def test_events_of_a_killed_run_are_written_once_by_the_next(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take: Any
) -> None:
    lab = Lab(spark, tmp_path, [topic("t")])
    took: list[str] = []

    def run(*files: str, wrote_log: bool = True) -> list[str]:
        for name in files:
            lab.land("t", f'{{"n": "{name[0]}"}}\n', name)
        ctx = lab.context()  # a fresh process, as far as the library can tell
        prepare_tables(ctx)
        assert take(ctx, tmp_path / "landing" / "t") == bool(files)
        if files:
            took.append(ctx.parameters.run_id)
        if wrote_log:
            save(ctx)
        return [event["event"] for event in ctx.log.events]

    run("a.json", "a copy.json", wrote_log=False)  # killed
    run("b.json", wrote_log=False)  # killed, too, before it wrote what it had found
    assert run().count("ingested") == 2
    monkeypatch.setattr(Ledger, "mark_logged", lambda *_: None)
    monkeypatch.setattr(streaming._Logged, "write", lambda *_: None)
    run("c.json")  # killed after the log was written, before that was kept
    monkeypatch.undo()
    run("d.json")
    assert run() == []
    events = lab.rows("ops.run_log", "run_id", "event", "details", where="topic = 't' AND level = 'info'")
    assert sorted(run_id for run_id, event, _ in events if event == "ingested") == sorted(took)
    taken = {run_id: json.loads(details) for run_id, event, details in events if event == "ingested"}
    assert [taken[run_id]["table_version"] for run_id in took] == [1, 2, 3, 4]
    assert ["recovered_by" in taken[run_id] for run_id in took] == [True, True, False, False]
    if take is ingest_files:
        paths = [[file["path"] for file in taken[run_id]["taken"]] for run_id in took]
        assert paths == [["a copy.json"], ["b.json"], ["c.json"], ["d.json"]]
        assert all(file["sha256"] for run_id in took for file in taken[run_id]["taken"])
        skipped = lab.rows("ops.run_log", "run_id", "details", where="event = 'file_skipped'")
        assert [(run_id, json.loads(details)["path"]) for run_id, details in skipped] == [(took[0], "a.json")]
    else:
        assert [taken[run_id]["rows"] for run_id in took] == [2, 1, 1, 1]
