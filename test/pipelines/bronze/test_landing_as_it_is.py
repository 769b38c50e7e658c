"""Files as the world has them: every shape, packing and encoding, beside what is no file of records. One run each."""

from __future__ import annotations

import bz2
import gzip
import json
import math
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from pipelines.delta.sql import create_table
from pipelines.ops.tables import BRONZE, QUARANTINE
from pipelines.silver.step import replay_rows
from test.pipelines.hostile import HOSTILE, hostile_folder
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark


def _zstd(content: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(content)
    return bytes(out.getvalue().to_pybytes())


#: name -> content, and the values of n that silver must have from it, in order
GOOD: dict[str, tuple[bytes, list[int]]] = {
    "pretty.json": (b'{\n  "n": 10\n}\n', [10]),
    "pretty-two": (b'{\n  "n": 11\n}\n{\n  "n": 12\n}\n', [11, 12]),
    "stream-1-2024": (b'{"n":13}{"n":14}{"n":15}', [13, 14, 15]),
    "batches.json": (b'[{"n":16},{"n":17}]\n[{"n":18}]\n', [16, 17, 18]),
    "packed.json.gz": (gzip.compress(b'{"n":19}\n{"n":20}\n'), [19, 20]),
    "packed-without-suffix": (gzip.compress(b'[{"n":21}]'), [21]),
    "not-packed.json.gz": (b'{"n":22}\n', [22]),
    "two-members.gz": (gzip.compress(b'{"n":23}\n') + gzip.compress(b'{"n":24}\n'), [23, 24]),
    "packed.zst": (_zstd(b'{"n":25}\n' * 2), [25, 25]),
    "packed.bz2": (bz2.compress(b'{"n":26}\n'), [26]),
    "utf16": ('{"n":27,"s":"é"}\r\n{"n":28}'.encode("utf-16"), [27, 28]),
    "utf16-unmarked": ('{"n":29}'.encode("utf-16be"), [29]),
    "mark.json": (b'\xef\xbb\xbf{"n":30}\r\n', [30]),
    "equal-1.json": (b'{"n":31}\n', [31]),
    "equal-2.json": (b'{"n":31}\n', [31]),
    "dt=2024-01-05/a.json": (b'{"n":32}\n', [32]),
    "n=33/region=eu/b.json": (b'{"n":33}\n', [33]),
}
#: name -> content, what silver has of it, and what must be in quarantine: code and text
BROKEN: dict[str, tuple[bytes, list[int], list[tuple[str, str]]]] = {
    "latin1.json": (
        b'{"n":40,"s":"caf\xe9"}\n{"n":41}\n',
        [41],
        [("invalid_utf8", '{"n":40,"s":"caf\ufffd"}')],
    ),
    "cut-off.json": (b'[{"n":42},', [42], [("invalid_json", ",")]),
    "bracket.json": (b"[", [], [("invalid_json", "[")]),
    "hard-space.json": (b'[{"n":43},\xc2\xa0{"n":44}]', [43], [("invalid_json", '\u00a0{"n":44}')]),
}
#: name -> content, and how the reason begins
UNREAD: dict[str, tuple[bytes, str]] = {
    "damaged.json.gz": (gzip.compress(b'{"n":90}\n' * 99)[:-9], "it is packed by gzip, and damaged"),
    "damaged.zst": (_zstd(b'{"n":91}\n' * 99)[:-9], "it is packed by zstd, and damaged"),
    "table.csv": (b'id,name\n1,"a,b"\n2,c\n', "it is CSV, and a topic reads JSON (format: "),
    "table.csv.gz": (gzip.compress(b"id;name\n1;a\n"), "it is CSV with semicolons, "),
    "table": (b"PAR1\x15\x04\x15PAR1", "it is Parquet, "),
    "avro": (b"Obj\x01\x04", "it is Avro, "),
    "orc": (b"ORC\x0a", "it is ORC, "),
    "page": (b'<?xml version="1.0"?>\n<a/>', "it is XML or HTML, "),
    "zip.json": (b"PK\x03\x04\x14", "it is a zip archive, "),
}


def _put(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _old_tables(lab: Lab) -> None:
    """Tables as they were made before bronze kept bytes."""
    lab.spark.sql(f"CREATE SCHEMA spark_catalog.{lab.prefix}bronze")
    for name, columns in (("t", BRONZE), ("t_quarantine", QUARANTINE)):
        before = {column: type_ for column, type_ in columns.items() if column != "_raw_bytes"}
        properties = {"delta.enableChangeDataFeed": "true"}
        lab.spark.sql(create_table(lab.table(f"bronze.{name}"), before, "", properties))


@pytest.mark.slow
def test_every_file_is_read_or_named_and_none_stops_the_topic(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic("t", mode="append")])
    _old_tables(lab)
    folder = tmp_path / "landing" / "t"
    hostile_folder(folder, tmp_path / "outside")
    for name, (content, *_) in {**GOOD, **BROKEN, **UNREAD}.items():
        _put(folder, name, content)
    for name in BROKEN:
        _make_old(folder / name)
    result = lab.run()
    assert result["status"] == "succeeded", result["errors"]

    numbers = [number for _, good, *_ in [*GOOD.values(), *BROKEN.values()] for number in good]
    assert sorted(row[0] for row in lab.rows("silver.t", "n")) == sorted([1, 2, 3, *numbers])
    by_source: dict[str, list[int]] = {}
    for source, _, number in lab.rows("silver.t", "_source", "_position", "n"):
        by_source.setdefault(source.removeprefix("t/"), []).append(number)
    assert {name: by_source.get(name, []) for name in (*GOOD, *BROKEN)} == {
        **{name: good for name, (_, good) in GOOD.items()},
        **{name: good for name, (_, good, _) in BROKEN.items()},
    }
    rejects = sorted((f"t/{name}", *each) for name, (_, _, found) in BROKEN.items() for each in found)
    assert sorted(lab.rows("bronze.t_quarantine", "source", "code", "raw")) == rejects
    kept = lab.rows("bronze.t", "source", "_raw_bytes", where="_raw_bytes IS NOT NULL")
    assert [(source, bytes(letter)) for source, letter in kept] == [
        ("t/latin1.json", b'{"n":40,"s":"caf\xe9"}')
    ]
    counts = result["topics"]["t"]
    assert counts["read"] == counts["silver"] + counts["quarantined"] == 3 + len(numbers) + len(rejects)

    said = " ".join(result["warnings"])
    for name in (*UNREAD, *(name for name, (_, reason) in HOSTILE.items() if reason)):
        assert f"{name}" in said or "more could not be read" in said
    for _, reason in UNREAD.values():
        assert reason in said

    # A run that finds nothing new looks into none of them again, and the topic reads on.
    _put(folder, "next.json", b'{"n":50}\n')
    again = lab.run()
    assert (again["status"], again["topics"]["t"]["read"]) == ("succeeded", 1)

    # The bytes are there still: with the right encoding they are a record.
    document = json.loads(lab.document.read_text())
    document["topics"][0]["encoding"] = "latin-1"
    lab.document.write_text(json.dumps(document))
    _put(folder, "late.json", b'{"n":51,"s":"\xfc"}\n')
    assert lab.run()["topics"]["t"]["silver"] == 1
    ctx = lab.context()
    counts = replay_rows(ctx, ctx.document.topic("t"), ["invalid_utf8"])
    assert counts is not None
    assert (counts.read, counts.silver) == (1, 1)
    assert lab.rows("silver.t", "n", "s", where="n IN (40, 51)") == [(40, "café"), (51, "ü")]


def _make_old(path: Path) -> None:
    """As if it had been there for hours: what looks unfinished is taken as it stands."""
    os.utime(path, (1_700_000_000, 1_700_000_000))


def _valid() -> list[str]:
    values = ["0", "-0", "1.10", "1e5", "1E-2", "123456789012345678901234567890", '""', '"\\u00e9\\n\\/"']
    values += [
        '"\\ud83d\\ude00"',
        '"é€😀"',
        '"\u007f"',
        "true",
        "null",
        "[]",
        "{}",
        '[[],{"a":[1]}]',
        '"[{,"',
    ]
    return [f'{{"v{at}":{value}}}' for at, value in enumerate(values)] + [
        "{}",
        ' {"a" : 1 } ',
        '\t{"a":\t[1 ,2]}',
        '{"":1}',
        '{"\\u0000":0}',
        '{"a b":1}',
        '{"_id":1}',
    ]


def _invalid() -> list[bytes]:
    tokens = [
        "01",
        "1.",
        ".1",
        "+1",
        "-",
        "0x1",
        "1e",
        "1e+",
        "NaN",
        "Infinity",
        "-Infinity",
        "1E999",
        "tru",
        "True",
        "undefined",
        "'a'",
        '"a',
        '"\\x"',
        '"\\u12"',
        '"\\ud800"',
        ",",
    ]
    texts = [f'{{"a":{token}}}' for token in tokens] + [
        '{"a":1,}',
        '{"a" 1}',
        '{"a"}',
        "{a:1}",
        "{'a':1}",
        '{"a":1',
        '{"a":[1}',
        '{"a":1]',
        '{"a":1}}',
        '{"a":1} //',
        '{"a":1},',
        '{"a":1}junk',
        '{"a":1,"a":2}',
        '{"a":"\t"}',
        '{"a":"\x01"}',
        "{",
        "}",
        '"a"',
        "1",
        "null",
        "garbage",
        '\u00a0{"a":1}',
        '{"a":\u20031}',
        '{"a":\ufeff1}',
        "\x00",
        '{"a":' + "[" * 2000 + "]" * 2000 + "}",
    ]
    return [text.encode() for text in texts] + [
        b'{"a":"caf\xe9"}',
        b'{"a":"\xc3"}',
        b'{"a":"\xc0\xaf"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xf4\x90\x80\x80"}',
        b'{"\xff":1}',
        b'{"a":1}\xff',
        b"\xff",
    ]


def _is_record(content: bytes) -> bool:
    """By a strict reader that is not the one under test."""

    def number(text: str) -> float:
        if not math.isfinite(value := float(text)):
            raise ValueError(text)
        return value

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        for name, value in pairs:
            json.dumps([name, value], ensure_ascii=False).encode()
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("a name twice")
        return dict(pairs)

    def constant(name: str) -> Any:
        raise ValueError(name)

    try:
        text = content.decode()
        record = json.loads(text, parse_float=number, parse_constant=constant, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict)


@pytest.mark.slow
def test_texts_of_every_class_are_in_bronze_to_the_letter_and_in_silver_or_quarantine(
    spark: SparkSession, tmp_path: Path
) -> None:
    texts = [text.encode() for text in _valid()] + _invalid()
    assert [_is_record(text) for text in texts] == [True] * len(_valid()) + [False] * len(_invalid())
    lab = Lab(spark, tmp_path, [topic("t", mode="append")])
    folder = tmp_path / "landing" / "t"
    for at, text in enumerate(texts):
        _put(folder, f"{at:03}", text)
        _make_old(folder / f"{at:03}")
    _put(folder, "all-lines", b"".join(text + b"\n" for text in texts if text != b"{"))  # in one file, too
    result = lab.run()
    assert result["status"] == "succeeded", result["errors"]
    bronze = {
        (source, position): raw.encode() if kept is None else bytes(kept)
        for source, position, raw, kept in lab.rows("bronze.t", "source", "position", "raw", "_raw_bytes")
    }
    expected = {(f"t/{at:03}", 0): text for at, text in enumerate(texts)}
    expected |= {("t/all-lines", at): text for at, text in enumerate(t for t in texts if t != b"{")}
    assert bronze == expected
    good = {(source, position) for source, position in lab.rows("silver.t", "_source", "_position")}
    bad = {(source, position) for source, position in lab.rows("bronze.t_quarantine", "source", "position")}
    assert good == {place for place, text in expected.items() if _is_record(text)}
    assert bad == expected.keys() - good
    codes = dict(lab.rows("bronze.t_quarantine", "source", "code", where="source <> 't/all-lines'"))
    not_text = {
        f"t/{at:03}" for at, text in enumerate(texts) if text.decode("utf-8", "ignore").encode() != text
    }
    assert {source for source, code in codes.items() if code == "invalid_utf8"} == not_text
    counts = result["topics"]["t"]
    assert (counts["read"], counts["silver"], counts["quarantined"]) == (len(expected), len(good), len(bad))
