"""A small pipeline whose batches pass every failpoint: rejects, deletions, new fields, and fields that turn to text."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines.delta.sql import quote
from pipelines.vocabulary import RESERVED_COLUMNS
from test.pipelines.support import Lab, topic

TOPICS = [
    topic(
        "t",
        silver={"deleteWhen": "op = 'D'"},
        quality=[{"name": "small", "expect": "n < 8", "onViolation": "quarantine"}],
    ),
    topic("a", mode="append"),
    topic("h", mode="history", silver={"deleteWhen": "op = 'D'"}),
    topic("k", mode="history", silver={"deleteWhen": "op = 'D'", "track": ["who"]}),
]
GOLD = [
    {
        "name": "sums",
        "grain": ["who"],
        "needs": [
            {"input": "t", "columns": [{"name": "who", "type": "string"}, {"name": "n", "type": "bigint"}]}
        ],
        "sql": "SELECT who, sum(n) AS n, count(*) AS rows FROM t GROUP BY who",
    },
    {
        "name": "sizes",
        "grain": ["rows"],
        "needs": [
            {
                "input": "sums",
                "columns": [{"name": "rows", "type": "bigint"}, {"name": "n", "type": "bigint"}],
            }
        ],
        "sql": "SELECT rows, count(*) AS groups, sum(n) AS n FROM sums GROUP BY rows",
    },
]

#: Table: what of it must be the same, however often the process was killed.
COMPARED = {
    "bronze.t": ("source", "position", "raw"),
    "bronze.a": ("source", "position", "raw"),
    "bronze.h": ("source", "position", "raw"),
    "bronze.t_quarantine": ("source", "position", "raw", "code"),
    "bronze.h_quarantine": ("source", "position", "raw", "code"),
    "bronze.a_quarantine": ("source", "position", "raw", "code"),
    "silver.t": (),
    "silver.a": (),
    "silver.h": (),
    "silver.k": (),
    "bronze.k_rows": ("_source", "_position", "id", "at", "who"),
    "gold.sums": (),
    "gold.sizes": (),
    "ops.schema_registry": ("topic", "version", "fingerprint", "changes"),
    "ops.schema_drift": ("topic", "field", "change", "from_type", "to_type", "schema_version"),
}


def make_lab(spark: SparkSession, folder: Path) -> Lab:
    """The pipeline in a folder of its own. Labs of a process are told apart by the order in which they are made."""
    folder.mkdir(parents=True, exist_ok=True)
    return Lab(spark, folder, TOPICS, GOLD)


def land_batch(lab: Lab, seed: int, number: int) -> None:
    """Land the files of batch ``number`` (from 0): the same for a seed, whoever lands them."""
    chance = random.Random(f"{seed}/{number}")
    events = [_event(chance) for _ in range(12)]
    events[0]["op"] = "D"
    # A field that is new in every even batch, and turns to text in the odd one behind it: silver is derived again.
    events[1][f"f{number // 2}"] = 7
    if number % 2:
        events[2][f"f{number // 2}"] = "x-7"
    lines = [json.dumps(event) for event in events] + ['{"id": ', '{"at": 5}']
    chance.shuffle(lines)
    for name in ("t", "h", "k"):
        lab.land(name, "\n".join(lines) + "\n", f"{number:04}.json")
    numbers = [json.dumps({"n": chance.randrange(100)}) for _ in range(4)]
    lab.land("a", "\n".join([*numbers, "[]"]) + "\n", f"{number:04}.json")


def _event(chance: random.Random) -> dict[str, Any]:
    return {
        "id": chance.randrange(8),
        "at": chance.randrange(50),
        "who": chance.choice("abc"),
        "n": chance.randrange(9),
        "op": chance.choice("UUUUD"),
        # What a time zone or a language could spoil: a clock time that some zones skip, and the letter I.
        "When": f"2024-03-31T0{chance.randrange(4)}:30:00",
        "TITLE_I": chance.choice(("\u0130", "I", "\u0131")),
    }


#: Name in the state of what the run log tells of ingestion.
INGESTED = "events of ingestion"


def state_of(lab: Lab) -> dict[str, list[str]]:
    """Everything that must be the same, as comparable text."""
    state = {name: _rows(lab, name, columns) for name, columns in COMPARED.items()}
    return {**state, INGESTED: _ingested(lab)}


def _ingested(lab: Lab) -> list[str]:
    """Each file as often as the run log says that it was taken, and whether under the run that bronze names for it."""
    found = []
    for name, run_id, details in lab.rows(
        "ops.run_log", "topic", "run_id", "details", where="event = 'ingested'"
    ):
        for file in json.loads(details)["taken"]:
            source = f"{name}/{file['path']}"
            runs = lab.rows(f"bronze.{name}", "run_id", where=f"source = '{source}'")
            found.append(repr((source, file["sha256"], {run for (run,) in runs} == {run_id})))
    return sorted(found)


def _rows(lab: Lab, name: str, columns: tuple[str, ...]) -> list[str]:
    df = lab.spark.table(lab.table(name))
    names = columns or sorted(c for c in df.columns if c not in RESERVED_COLUMNS)
    texts = df.select(*[F.col(quote(name)).cast("string").alias(name) for name in names])
    return sorted(repr(sorted(row.asDict().items())) for row in texts.collect())
