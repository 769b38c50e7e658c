"""Objects, arrays and maps that a model needs: cast field by field, and what does not fit is counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from pipelines.delta.sql import literal, quote
from pipelines.gold.casts import can_fail
from pipelines.gold.nested import cast_sql, ddl, misfit_sql, nested_fits, parse_type
from test.pipelines.gold_lab import GoldLab, model

Case = tuple[str, str, str, str | None, bool]
#: Type in silver, value as JSON, type that is needed, what comes out as JSON, whether something does not fit.
CASES: list[Case] = [
    ("struct<a:string>", '{"a":"5"}', "struct<a:int>", '{"a":5}', False),
    ("struct<a:string>", '{"a":"x"}', "struct<a:int>", '{"a":null}', True),
    ("struct<a:string>", '{"a":null}', "struct<a:int>", '{"a":null}', False),
    ("struct<a:string>", "null", "struct<a:int>", None, False),
    ("struct<a:string>", '{"a":"5"}', "struct<b:int>", '{"b":null}', False),
    ("struct<a:string,b:string>", '{"a":"x","b":"7"}', "struct<b:bigint,a:bigint>", '{"b":7,"a":null}', True),
    ("struct<unit_x20_price:string>", '{"unit_x20_price":"1.5"}', "struct<`Unit Price`:double>", '{"Unit Price":1.5}', False),
    ("struct<a:struct<b:string>>", '{"a":{"b":"2"}}', "struct<a:struct<b:int,c:date>>", '{"a":{"b":2,"c":null}}', False),
    ("struct<a:struct<b:string>>", '{"a":null}', "struct<a:struct<b:int>>", '{"a":null}', False),
    ("struct<a:struct<b:string>>", '{"a":{"b":"x"}}', "struct<a:string>", '{"a":"{\\"b\\":\\"x\\"}"}', False),
    ("struct<a:string>", '{"a":"x"}', "array<string>", None, True),
    ("struct<a:string>", '{"a":"x"}', "bigint", None, True),
    ("struct<a:string>", "null", "bigint", None, False),
    ("struct<a:bigint,b:bigint>", '{"a":1,"b":null}', "map<string,string>", '{"a":"1"}', False),
    ("struct<a:string,x24_b:string>", '{"a":"1","x24_b":"x"}', "map<string,int>", '{"a":1}', True),
    ("struct<a:bigint>", "null", "map<string,string>", None, False),
    ("array<string>", '["1","x",null]', "array<int>", "[1,null,null]", True),
    ("array<string>", "[]", "array<int>", "[]", False),
    ("array<string>", "null", "array<int>", None, False),
    ("array<bigint>", "[1]", "struct<a:int>", None, True),
    ("array<array<string>>", '[["1"],null,["y"]]', "array<array<int>>", "[[1],null,[null]]", True),
    (
        "array<struct<sku:string,qty:string>>",
        '[{"sku":"7","qty":"2"},{"sku":null,"qty":"two"},null]',
        "array<struct<sku:string,qty:bigint,tax:double>>",
        '[{"sku":"7","qty":2,"tax":null},{"sku":null,"qty":null,"tax":null},null]',
        True,
    ),
    ("array<bigint>", "[1]", "string", '"[1]"', False),
    ("map<string,string>", '{"a":"1","b":"x"}', "map<string,int>", '{"a":1,"b":null}', True),
    ("map<string,string>", '{"a":null}', "map<string,int>", '{"a":null}', False),
    ("map<string,array<string>>", '{"a":["1"]}', "map<string,array<int>>", '{"a":[1]}', False),
    ("map<string,string>", '{"a":"1"}', "string", '"{\\"a\\":\\"1\\"}"', False),
    ("string", '{"a":1.10,"b":"7"}', "struct<a:string,b:int>", '{"a":"1.1","b":7}', False),
    ("string", '{"a":12345678901234567890.5}', "struct<a:decimal(38,2)>", '{"a":12345678901234567890.50}', False),
    ("string", '{"a":"x"}', "struct<a:int>", '{"a":null}', True),
    ("string", '{"a":{"b":[1,"y"]}}', "struct<a:struct<b:array<int>>>", '{"a":{"b":[1,null]}}', True),
    ("string", '{"a":1,"b":2.50}', "map<string,string>", '{"a":"1","b":"2.5"}', False),
    ("string", '[{"a":true}]', "array<struct<a:boolean>>", '[{"a":true}]', False),
    ("string", '{"A":1,"b":null}', "struct<a:int,B:array<int>,c:int>", '{"a":1,"B":null,"c":null}', False),
    ("string", "null", "struct<a:int>", None, False),
    ("string", '{"a":1},{"a":2}', "struct<a:int>", None, True),
    ("string", '{"a":1} junk', "struct<a:int>", None, True),
    ("string", "Ann", "struct<a:int>", None, True),
    ("string", "[1]", "struct<a:int>", None, True),
    ("string", '{"a":1}', "array<int>", None, True),
    ("string", "", "array<int>", None, True),
    ("bigint", "5", "struct<a:int>", None, True),
    ("bigint", "5", "map<string,int>", None, True),
]  # fmt: skip


def test_types_are_read_as_spark_and_headers_write_them() -> None:
    for text in {type_ for case in CASES for type_ in (case[0], case[2])}:
        type_ = parse_type(text)
        assert parse_type(ddl(type_)) == type_
        assert parse_type(type_.simpleString().replace("Unit Price", "`Unit Price`")) == type_
    odd = T.StructType([T.StructField("a,>`b", T.ArrayType(T.DecimalType(18, 2)))])
    assert parse_type(ddl(odd)) == odd


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]} {case[2]}")
def test_what_does_not_fit_is_told_without_spark(case: Case) -> None:
    have, value, want, _, misfit = case
    if not want.startswith(("struct", "array", "map")):
        return
    typed: Any = value if have == "string" else json.loads(value)
    assert nested_fits(typed, want) is not misfit


@pytest.mark.spark
def test_every_value_is_cast_by_itself(spark: SparkSession) -> None:
    columns, casts = [], []
    for number, (have, value, want, _, _) in enumerate(CASES):
        name, type_ = f"c{number}", parse_type(have)
        wrapped = literal('{"v":' + value + "}")
        read = literal(value) if have == "string" else f"from_json({wrapped}, 'v {have}').v"
        columns.append(f"{read} AS {name}")
        result = cast_sql(quote(name), type_, parse_type(want))
        casts.append(f"to_json(struct({result} AS v), map('ignoreNullFields', 'false')) AS r{number}")
        casts.append(f"{misfit_sql(quote(name), type_, parse_type(want))} AS m{number}")
    [row] = spark.sql(f"SELECT {', '.join(casts)} FROM (SELECT {', '.join(columns)})").collect()
    for number, (have, value, want, right, misfit) in enumerate(CASES):
        found = json.loads(row[f"r{number}"], parse_float=str)["v"]
        wanted = None if right is None else json.loads(right, parse_float=str)
        assert (found, row[f"m{number}"]) == (wanted, misfit), (have, value, want)
        assert can_fail(parse_type(have), parse_type(want)) or not misfit, (have, want)


@pytest.mark.spark
def test_counts_follow_the_changes_of_nested_inputs(spark: SparkSession, tmp_path: Path) -> None:
    sql = "SELECT who, sum(a.n) AS n, max(size(tags)) AS tags, max(m['k']) AS m FROM t GROUP BY who"
    needs = "who string; a struct<n: int, x: date>; tags array<int>; m map<string, int>"
    lab = GoldLab(
        spark,
        tmp_path,
        {"t": "who string, a struct<n:string>, tags array<string>, m map<string,string>"},
        [model("g", "who", sql, t=needs)],
    )
    rows: list[tuple[Any, ...]] = [
        (str(i), f"w{i % 3}", (str(i),), [str(i)], {"k": str(i)}) for i in range(9)
    ]
    lab.apply("t", [*rows, ("x", "w0", ("many",), ["1", "y"], {"k": "z"}), ("n", "w1", None, None, None)])
    first = lab.run()["g"]
    counts = {name: (said["nulls"], said["values"]) for name, said in (first.not_fitting or {}).items()}
    assert counts == {"t.a": (1, 10), "t.tags": (1, 10), "t.m": (1, 10)}
    assert (first.not_fitting or {})["t.a"]["shape"] == '{"a":"aaaa"}'
    assert lab.difference("g") == {}
    lab.apply("t", [("x", "w0", ("9",), ["1"], {"k": "1"}), ("3", "w0", ("bad",), [], {})], gone=["4"])
    second = lab.run()["g"]
    assert second.refresh == "incremental"
    counts = {name: (said["nulls"], said["values"]) for name, said in (second.not_fitting or {}).items()}
    assert counts == {"t.a": (1, 9)}
    assert lab.difference("g") == {}
