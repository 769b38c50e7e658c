"""Files into bronze, on Spark: each record once, whatever their names and times are and whenever the process dies."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pipelines import delta
from pipelines.bronze import files as file_source
from pipelines.bronze.ingest import run_bronze
from pipelines.bronze.ledger import Ledger
from pipelines.bronze.lock import locked
from pipelines.context import Context
from pipelines.errors import SourceError
from pipelines.job.lifecycle import prepare_tables
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark


class Files:
    """A lab of one topic ``t``, of which only bronze is run."""

    def __init__(self, spark: SparkSession, folder: Path, **source: Any) -> None:
        self.lab = Lab(spark, folder, [topic("t")])
        self.folder = folder / "landing" / "t"
        self.ledger = folder / "checkpoints" / "ledger" / "t"
        self.set(**source)

    def set(self, **source: Any) -> None:
        """Change the topic's ``source``; a fresh process finds the change."""
        document = json.loads(self.lab.document.read_text())
        document["topics"][0]["source"].update(source)
        self.lab.document.write_text(json.dumps(document))
        self.ctx = self.lab.context()
        prepare_tables(self.ctx)

    def restart(self) -> Context:
        """A fresh process, as far as the library can tell."""
        self.ctx = self.lab.context()
        return self.ctx

    def run(self) -> bool:
        """One run of bronze; whether it took something."""
        return not run_bronze(self.ctx, self.ctx.document.topic("t")).idle

    def sources(self) -> dict[str, list[str]]:
        """Raw records of bronze by source, by position."""
        found: dict[str, list[str]] = {}
        for source, _, raw in self.lab.rows("bronze.t", "source", "position", "raw"):
            found.setdefault(source, []).append(raw)
        return found

    def events(self, name: str) -> list[dict[str, Any]]:
        """Details of the events of that name in this process."""
        return [json.loads(e["details"]) for e in self.ctx.log.events if e["event"] == name]


def test_names_times_copies_and_half_written_files(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(spark, tmp_path)
    names = ["a{b,c}[d]*?.json", "100%+ 1 é.json", "one/x.json", "two/x.json", "back\\slash.json"]
    for number, name in enumerate(names):
        files.lab.land("t", f'{{"n": {number}}}\n', name)
    os.utime(files.folder / "one" / "x.json", (1_000_000_000, 1_000_000_000))  # decades older than the others
    files.lab.land("t", '{"n": 2}\n', "copy of one x.json")
    files.lab.land("t", '{"n": 9}\n{"n": 1', "half.json")
    monkeypatch.setattr(file_source, "HASHED_HERE", 0)  # Spark hashes, as for many new bytes
    assert files.run()
    monkeypatch.undo()
    expected = {f"t/{name}": [f'{{"n": {number}}}'] for number, name in enumerate(names)}
    # Of two files with the same content, the first by name is taken.
    expected["t/copy of one x.json"] = expected.pop("t/one/x.json")
    assert files.sources() == expected
    assert files.events("file_skipped") == [
        {"path": "one/x.json", "same_content_as": "copy of one x.json", "segment": 2}
    ]
    assert files.events("file_waiting") == [{"path": "half.json", "reason": "unfinished"}]
    assert not files.run()
    assert len(files.events("file_waiting")) == 1
    with open(files.folder / "half.json", "a") as file:
        file.write("0}\n")
    assert files.run()
    assert files.sources()["t/half.json"] == ['{"n": 9}', '{"n": 10}']
    # Idle: the ledger in memory and a listing, no Spark.
    tries = []
    for _ in range(3):
        began = time.perf_counter()
        assert not files.run()
        tries.append(time.perf_counter() - began)
    assert min(tries) < 0.05


@pytest.mark.slow
def test_a_changed_file_stops_the_topic_or_brings_its_new_records(
    spark: SparkSession, tmp_path: Path
) -> None:
    files = Files(spark, tmp_path)
    files.lab.land("t", '{"id": 1, "at": 1}\n{"id": 2, "at": 1}\n', "a.json")
    assert files.run()
    files.lab.land("t", '{"id": 1, "at": 1}\n{"id": 2, "at": 1, "v": "new"}\n{"id": 3}\n', "a.json")
    files.lab.land("t", '{"id": 4}\n', "b.json")
    with pytest.raises(SourceError, match=r"a\.json .* reingest"):
        files.run()
    assert set(files.sources()) == {"t/a.json"}
    files.set(onChanged="reingest")
    assert files.run()
    files.lab.land("t", '{"id": 1, "at": 1}\n{"id": 2, "at": 1}\n{"id": 3}\n', "a.json")
    assert files.run()
    assert files.sources() == {
        "t/a.json": ['{"id": 1, "at": 1}', '{"id": 2, "at": 1}'],
        "t/a.json@0002": ['{"id": 2, "at": 1, "v": "new"}', '{"id": 3}'],
        "t/a.json@0003": ['{"id": 2, "at": 1}'],
        "t/b.json": ['{"id": 4}'],
    }
    # The later reading wins, since its source sorts behind.
    assert [row for row in files.lab.run() and files.lab.rows("silver.t", "id", "v") if row[0] == 2] == [
        (2, None)
    ]
    shutil.rmtree(files.folder)
    with pytest.raises(SourceError, match=r"its landing folder .* is gone"):
        files.run()


@pytest.mark.slow
def test_a_killed_run_and_lost_state_lose_and_double_nothing(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(spark, tmp_path)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    for number, point in enumerate(("append", "close")):
        files.lab.land("t", f'{{"n": {number}}}\n', f"{number}.json")
        target: object = delta if point == "append" else Ledger
        monkeypatch.setattr(target, point, die)
        with pytest.raises(KeyboardInterrupt):
            files.run()
        monkeypatch.undo()
        files.restart()
        assert files.run() == (point == "append")
        assert [e["committed"] for e in files.events("ledger_recovered")] == [point == "close"]
    everything = {"t/0.json": ['{"n": 0}'], "t/1.json": ['{"n": 1}']}
    assert files.sources() == everything
    # The checkpoint volume is lost: the ledger comes back from the table.
    shutil.rmtree(files.ledger)
    files.restart()
    files.lab.land("t", '{"n": 1}\n', "copy of 1.json")
    assert not files.run()
    assert files.events("ledger_rebuilt") == [{"files": 2}]
    assert files.sources() == everything
    # The table is lost: the ledger goes with it.
    spark.sql(f"DROP TABLE {files.lab.table('bronze.t')}")
    prepare_tables(files.restart())
    files.ctx.bronze_versions.clear()  # as in a task of its own
    assert files.run()
    assert files.sources() == everything
    # A file that vanishes before Spark reads it: an error, and nothing is taken of the others.
    files.lab.land("t", '{"n": 3}\n', "3.json")
    files.lab.land("t", '{"n": 4}\n', "4.json")
    intend = Ledger.intend

    def vanish(self: Ledger, *entries: Any) -> Any:
        (files.folder / "3.json").unlink()
        return intend(self, *entries)

    monkeypatch.setattr(Ledger, "intend", vanish)
    with pytest.raises(SourceError, match="vanished between listing and reading"):
        files.run()
    monkeypatch.undo()
    assert files.run()
    assert files.sources() == {**everything, "t/4.json": ['{"n": 4}']}
    with locked(str(files.ledger), "t"), pytest.raises(SourceError, match="another run"):
        files.run()
