"""Order and quoted values through whole runs, against an oracle that reads the raw records."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from test.pipelines.support import Lab, topic

pytestmark = [pytest.mark.spark, pytest.mark.slow]

Record = dict[str, Any]


def _ordered(name: str, by: Any, **parts: Any) -> dict[str, Any]:
    silver = {"sequenceBy": by, **parts.pop("silver", {})}
    return topic(name, silver=silver, **parts)


#: topic -> what lands in each run: a file of records for each.
LANDED: dict[str, list[list[Record]]] = {
    "two_columns": [
        [{"id": 1, "ts": "2024-01-01T00:00:00Z", "seq": 2, "v": "new"}],
        [{"id": 1, "ts": "2024-01-01T00:00:00Z", "seq": 1, "v": "old"}, {"id": 2, "ts": None, "seq": 5, "v": "a"}],
        [{"id": 2, "ts": "2024-01-01T00:00:00Z", "v": "b"}, {"id": 2, "ts": None, "seq": 9, "v": "c"}],
    ],
    "kept": [[{"id": 1, "lsn": "10", "v": "new"}, {"id": 1, "lsn": "9", "v": "old"}], [], []],
    "text_later": [
        [{"id": 1, "ver": 10, "v": "new"}, {"id": 1, "ver": 9, "v": "old"}, {"id": 2, "ver": 1, "v": "x"}],
        [{"id": 2, "ver": "2-beta", "v": "y"}],
        [{"id": 1, "ver": 8, "v": "older still"}],
    ],
    "text_first": [
        [{"id": 2, "ver": "2-beta", "v": "y"}],
        [{"id": 1, "ver": 8, "v": "older still"}, {"id": 2, "ver": 1, "v": "x"}],
        [{"id": 1, "ver": 10, "v": "new"}, {"id": 1, "ver": 9, "v": "old"}],
    ],
    "letters": [[{"id": 1, "ver": "10", "v": "b"}, {"id": 1, "ver": "9", "v": "new"}], [{"id": 1, "ver": 100, "v": "a"}], []],
    "offsets": [
        [
            {"id": 1, "at": "2024-04-10T13:45:00.000+0200", "v": "older"},
            {"id": 1, "at": "2024-04-10T12:30:00.000+0000", "v": "newer"},
        ],
        [{"id": 1, "at": "12/31/2025 10:00:00 AM", "v": "not a time"}],
        [],
    ],
    "digits": [
        [{"id": 1, "at": "3.10", "v": "old"}, {"id": 1, "at": "3.9", "v": "new"}],
        [{"id": 1, "at": "3.85", "v": "between"}, {"id": 2, "at": 9007199254740993, "v": "new"}],
        [{"id": 2, "at": 9007199254740992.5, "v": "old"}, {"id": 2, "at": "9007199254740992", "v": "older"}],
    ],
}  # fmt: skip

#: The fields that order a topic, with what a value is worth; None: the record is none of silver.
WORTH: dict[str, dict[str, Callable[[Any], Any]]] = {
    "two_columns": {"ts": str, "seq": int},
    "kept": {"lsn": int},
    "text_later": {"ver": lambda v: v if isinstance(v, int) else None},
    "text_first": {"ver": lambda v: v if isinstance(v, int) else None},
    "letters": {"ver": str},
    "offsets": {"at": lambda v: None if "/" in v else int(v[11:13]) * 60 + int(v[14:16]) - int(v[24:26]) * 60},
    "digits": {"at": lambda v: int(float(v) * 100) if float(v) < 10 else int(float(v) * 2) + (v == 9007199254740993) * 3},
}  # fmt: skip


def _latest(name: str) -> list[tuple[int, str]]:
    best: dict[int, tuple[Any, str]] = {}
    place = 0
    for record in (record for file in LANDED[name] for record in file):
        place += 1
        order: list[Any] = []
        for field, worth in WORTH[name].items():
            value = record.get(field)
            order += [value is not None, 0 if value is None else worth(value)]
        if None in order:
            continue
        row = ((*order, place), record["v"])
        best[record["id"]] = max(best.get(record["id"], row), row)
    return sorted((key, v) for key, (_, v) in best.items())


TOPICS = [
    _ordered("two_columns", ["ts", "seq"]),
    _ordered("kept", "lsn", schema={"quoted": "keep"}),
    _ordered("text_later", "ver"),
    _ordered("text_first", "ver"),
    _ordered("letters", "ver", silver={"sequenceType": "text"}),
    _ordered("offsets", "at"),
    _ordered("digits", "at"),
]
VERSIONED = topic("versioned", "history", silver={"sequenceBy": ["day", "seq"], "deleteWhen": "op = 'D'"})
TEXTS = topic("texts", "append")
RELEASES = topic("releases", silver={"keys": ["version"], "sequenceBy": "at"})


def _run_all(lab: Lab, landed: dict[str, list[list[Record]]]) -> list[list[str]]:
    """Three runs; what each warned of, without the advice."""
    said = []
    for run in range(3):
        for name, files in landed.items():
            if files[run]:
                lab.land(name, files[run])
        result = lab.run()
        assert result["status"] == "succeeded", result["errors"]
        said.append(sorted(text.split(";")[0] for text in result["warnings"]))
    return said


def _unordered(name: str, field: str) -> str:
    return f"Topic {name}: no record has a number or a time in {field}"


def test_the_newest_row_stands(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, TOPICS)
    said = _run_all(lab, LANDED)
    for name in LANDED:
        assert lab.rows(f"silver.{name}", "id", "v") == _latest(name), name
    conflicts = {name: lab.rows(f"bronze.{name}_quarantine", "code", "field") for name in LANDED}
    assert {name: rows for name, rows in conflicts.items() if rows} == {
        "text_later": [("sequence_conflict", "ver")],
        "text_first": [("sequence_conflict", "ver")],
        "offsets": [("sequence_conflict", "at")],
    }
    assert lab.types("silver.text_first")["ver"] == lab.types("silver.text_later")["ver"] == "bigint"
    assert said == [
        [_unordered("text_first", "ver")],
        [_unordered("offsets", "at"), _unordered("text_later", "ver")],
        [],
    ]


def test_histories_and_texts_in_quotes(spark: SparkSession, tmp_path: Path) -> None:
    landed: dict[str, list[list[Record]]] = {
        "versioned": [
            [{"id": 1, "day": "2024-01-01", "seq": 2, "v": "b"}, {"id": 1, "day": "2024-01-01", "seq": 1, "v": "a"}],
            [{"id": 1, "day": "2024-01-02", "seq": 2, "op": "D"}],
            [{"id": 1, "day": "2024-01-02", "seq": 1, "v": "c"}, {"id": 1, "day": "2024-01-02", "seq": 3, "v": "d"}],
        ],
        "texts": [
            [{"code": "250.00", "price": "19.90", "sku": "12E4", "build": "1e5", "acct": "10.10", "n": "5"}],
            [{"code": "250.0", "price": "5.00", "sku": "13E2", "build": "2e3", "acct": "10.1", "n": "6"}],
            [{"code": "1", "price": "12345678901234567.00", "sku": "1", "build": "1", "acct": "7", "n": 0.5}],
        ],
        "releases": [[{"version": v, "at": n}] for n, v in enumerate(("3.1", "3.9", "3.10"))],
        "absent": [[{"id": 1, "v": "a"}], [{"id": 1, "v": "b"}], []],
    }  # fmt: skip
    lab = Lab(spark, tmp_path, [VERSIONED, TEXTS, RELEASES, _ordered("absent", "at")])
    said = _run_all(lab, landed)

    columns = ("v", "_valid_from", "_valid_to", "_is_current")
    assert [(v, str(first), str(end), current) for v, first, end, current in lab.rows("silver.versioned", *columns)] == [
        ("a", "2024-01-01", "2024-01-01", False),
        ("b", "2024-01-01", "2024-01-02", False),
        ("c", "2024-01-02", "2024-01-02", False),
        ("d", "2024-01-02", "None", True),
    ]  # fmt: skip

    records = [record for file in landed["texts"] for record in file]
    for column in ("code", "price", "sku", "build", "acct"):
        texts = sorted(str(row[0]) for row in lab.rows("silver.texts", column))
        assert texts == sorted(record[column] for record in records), column
    assert lab.types("silver.texts")["price"] == "decimal(38,2)"
    assert lab.rows("silver.texts", "n") == [("0.5",), ("5",), ("6",)]
    assert lab.rows("silver.releases", "version") == [("3.1",), ("3.10",), ("3.9",)]

    assert lab.rows("silver.absent", "id", "v") == [(1, "b")]
    unseen = "Topic versioned: silver.deleteWhen names op, which no record has had: it reads as null"
    assert said == [[_unordered("absent", "at"), unseen], [_unordered("absent", "at")], []]
    logged = lab.rows("ops.run_log", "level", "details", where="event = 'sequence_unordered'")
    assert [(level, json.loads(details)) for level, details in logged] == [
        ("warning", {"fields": ["at"]})
    ] * 2
