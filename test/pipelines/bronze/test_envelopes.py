"""Records inside of documents, from folders and from messages, through silver: every layout, in any batches."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.bronze.content import MOST_IN_MESSAGE
from pipelines.bronze.kafka import to_records
from pipelines.inference.envelope import Envelope
from pipelines.silver.step import replay_rows
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

DIGITS = "12345678901234567890123456789012345678.10"


def _document(account: str, ids: list[int], at: int, indent: int | None = None) -> str:
    records = [{"id": id_, "at": at, "v": f"{account}{id_} ]}}"} for id_ in ids]
    return json.dumps({"account": account, "Records": records}, indent=indent)


#: name -> content
FILES: dict[str, bytes] = {
    "a-lines.json": f"{_document('a', [1, 2], 1)}\n{_document('b', [3], 1)}\n".encode(),
    "b-pretty.json": _document("c", [4, 5], 1, 2).encode(),
    "c-together.json": f"{_document('d', [1], 2)}{_document('e', [6, 6], 1)}".encode(),
    "d-array.json": f"[{_document('f', [7], 1)},\n{_document('g', [3], 3, 1)}]".encode(),
    "e-packed.json.gz": gzip.compress(_document("h", [8], 1).encode() + b"\n"),
    "f-utf16.json": _document("é", [9], 1).encode("utf-16"),
    "g-exact.json": f'{{"account":"i","Records":[{{"id":10,"at":1,"v":{DIGITS}}}]}}'.encode(),
    "h-none.json": b'{"account":"j","Records":[]}\n',
}
#: name -> content, and what must be in quarantine: position, code, field and text
BROKEN: dict[str, tuple[bytes, list[tuple[int, str, str | None, str]]]] = {
    "v-elements.json": (
        b'{"account":"k","Records":[5,{"id":11,"at":1},{"id":12,"account":"l"}]}\n',
        [
            (0, "not_an_object", "", "5"),
            (2, "duplicate_key", "account", '{"account":"k","id":12,"account":"l"}'),
        ],
    ),
    "w-other.json": (
        b'{"account":"m","Items":[{"id":13,"at":1}]}\n{"account":"n","Records":{"id":14}}\n',
        [
            (-1, "broken_envelope", "$.Records[*]", '{"account":"m","Items":[{"id":13,"at":1}]}'),
            (-2, "broken_envelope", "$.Records[*]", '{"account":"n","Records":{"id":14}}'),
        ],
    ),
    "x-no-account.json": (
        b'{"Records":[{"id":15,"at":1}]}\n',
        [(-1, "broken_envelope", "$.account", '{"Records":[{"id":15,"at":1}]}')],
    ),
    "y-broken.json": (b'{"account":"o","Records":[{"id":16\n', [(-1, "invalid_json", "", '{"account":"o","Records":[{"id":16')]),
}  # fmt: skip
RIGHT = {
    (1, "d"), (2, "a"), (3, "g"), (4, "c"), (5, "c"), (6, "e"), (7, "f"), (8, "h"), (9, "é"), (10, "i"), (11, "k"),
}  # fmt: skip


def _put(lab: Lab, names: list[str]) -> None:
    folder = lab.folder / "landing" / "t"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        content = FILES[name] if name in FILES else BROKEN[name][0]
        (folder / name).write_bytes(content)


def _lab(spark: SparkSession, folder: Path) -> Lab:
    folder.mkdir()
    settings = {"records": "$.Records[*]", "carry": {"account": "$.account"}}
    return Lab(spark, folder, [topic("t", **settings, schema={"hints": {"v": "string"}})])


def test_every_layout_in_any_batches(spark: SparkSession, tmp_path: Path) -> None:
    names = [*FILES, *BROKEN]
    whole, split = _lab(spark, tmp_path / "whole"), _lab(spark, tmp_path / "split")
    _put(whole, names)
    result = whole.run()
    assert result["status"] == "succeeded", result["errors"]
    assert set(whole.rows("silver.t", "id", "account")) == RIGHT
    assert whole.rows("silver.t", "v", where="id = 10") == [(DIGITS,)]
    found = sorted((f"t/{name}", *each) for name, (_, each_) in BROKEN.items() for each in each_)
    assert sorted(whole.rows("bronze.t_quarantine", "source", "position", "code", "field", "raw")) == found
    counts = result["topics"]["t"]
    assert counts == {**counts, "read": 20, "silver": 11, "quarantined": 6, "deduplicated": 3, "dropped": 0}
    rows = whole.rows("bronze.t", "source", "position", "raw")
    assert len({row[:2] for row in rows}) == len(rows) == 20
    assert ("t/g-exact.json", 0, f'{{"account":"i","id":10,"at":1,"v":{DIGITS}}}') in rows

    for part in (names[9::2], names[1:9], names[:1] + names[10::2]):
        _put(split, part)
        assert split.run()["status"] == "succeeded"
    assert split.data("silver.t") == whole.data("silver.t")

    # A document of one record goes through once the path is right; the other stays where it is.
    document = json.loads(whole.document.read_text())
    document["topics"][0]["records"] = "$.Items[*]"
    whole.document.write_text(json.dumps(document))
    ctx = whole.context()
    replayed = replay_rows(ctx, ctx.document.topic("t"), ["broken_envelope"])
    assert replayed is not None
    assert (replayed.read, replayed.silver, replayed.quarantined) == (3, 1, 2)
    assert whole.rows("silver.t", "account", where="id = 13") == [("m",)]


def test_records_inside_of_messages(spark: SparkSession) -> None:
    now = datetime(2026, 1, 2, tzinfo=timezone.utc)
    values = [
        b'{"a":7,"r":[{"n":1.10},{"n":"\xc3\xa9"}]}',
        None,
        b'{"a":7}',
        b'{"a":7,"r":[]}',
        b'[{"a":8,"r":[{"n":"\xe9"}]}]',
    ]
    schema = "key binary, value binary, topic string, partition int, offset bigint, timestamp timestamp, headers array<struct<key string, value binary>>"
    messages = spark.createDataFrame([(b"k", value, "o", 2, 40 + at, now, []) for at, value in enumerate(values)], schema)  # fmt: skip
    rows = to_records(messages, "utf-8", Envelope("$.r[*]", {"a": "$.a"})).collect()
    assert {row["source"] for row in rows} == {"kafka:o-2/records"}
    assert len({row["_row_id"] for row in rows}) == len(rows)
    assert sorted((row["position"], row["raw"], row["_raw_bytes"] and bytes(row["_raw_bytes"])) for row in rows) == [
        (-43, '{"a":7}', None),
        (40 * MOST_IN_MESSAGE, '{"a":7,"n":1.10}', None),
        (40 * MOST_IN_MESSAGE + 1, '{"a":7,"n":"é"}', None),
        (41 * MOST_IN_MESSAGE, None, None),
        (44 * MOST_IN_MESSAGE, '{"a":8,"n":"\ufffd"}', b'{"a":8,"n":"\xe9"}'),
    ]  # fmt: skip
