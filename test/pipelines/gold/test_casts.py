"""Values that do not fit the type that a model needs: counted, said, and a failure where none fits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from pipelines.delta.frames import Frames
from pipelines.errors import CastError
from pipelines.gold import casts
from pipelines.gold.casts import can_fail
from pipelines.gold.result import GoldResult
from test.pipelines.gold_lab import GoldLab, model
from test.pipelines.support import Lab, topic

_SQL = "SELECT who, sum(amount) AS amount, count(DISTINCT day) AS days FROM t GROUP BY who"
_NEEDS = "who string; amount decimal(18,2); day timestamp; n int; absent date"


def _counts(result: GoldResult) -> dict[str, tuple[int, int]]:
    return {name: (said["nulls"], said["values"]) for name, said in (result.not_fitting or {}).items()}


@pytest.mark.spark
def test_counts_follow_the_input_and_nothing_that_fits_is_counted(
    spark: SparkSession, tmp_path: Path
) -> None:
    wide = model("wide", "who", _SQL, t=_NEEDS)
    exact = model("exact", "who", "SELECT who, count(*) AS n FROM t GROUP BY who", t="who string; n bigint")
    lab = GoldLab(spark, tmp_path, {"t": "who string, amount string, day string, n bigint"}, [wide, exact])
    rows = [(str(i), f"w{i % 3}", f"{i}.50", f"2001-01-{i + 10} 21:55:00", i) for i in range(8)]
    lab.apply("t", [*rows, ("8", "w0", "1,5", "2001/01/14 21:55", 2**40), ("9", "w1", None, None, None)])

    # The first refresh counts in the whole input: the null of row 9 is none that a cast made.
    first = lab.run()
    assert _counts(first["wide"]) == {"t.amount": (1, 9), "t.day": (1, 9), "t.n": (1, 9)}
    said = (first["wide"].not_fitting or {})["t.day"]
    assert (said["from_type"], said["to_type"], said["shape"]) == ("string", "timestamp", "9999/99/99 99:99")
    assert first["exact"].not_fitting == {}
    event = next(e for e in lab.ctx.log.events if e["event"] == "refreshed" and e["model"] == "wide")
    assert event["level"] == "warning"
    assert json.loads(event["details"])["not_fitting"]["t.day"]["nulls"] == 1

    # Then only changes are read: one row put right, one made wrong, one gone, one new.
    lab.apply("t", [("8", "w0", "1.5", "2001/01/14", 5), ("0", "w0", "x", "2001-01-10", 0)], gone=["1"])
    lab.apply("t", [("10", "w2", "y", "2001-01-10", 1)])
    second = lab.run()
    assert second["wide"].refresh == "incremental"
    assert _counts(second["wide"]) == {"t.amount": (2, 9), "t.day": (1, 9)}
    assert lab.difference("wide") == {}
    again = lab.run()["wide"]
    assert (again.refresh, _counts(again)) == ("skipped", _counts(second["wide"]))


@pytest.mark.spark
def test_a_column_of_which_no_value_fits_fails_its_model_alone_unless_that_is_allowed(
    spark: SparkSession, tmp_path: Path
) -> None:
    needs = "who string; day timestamp"
    sql = "SELECT who, max(day) AS day FROM t GROUP BY who"
    strict, lenient = model("strict", "who", sql, t=needs), model("lenient", "who", sql, t=needs)
    lenient["allowNulls"] = ["t.day"]
    lab = Lab(spark, tmp_path, [topic("t")], [strict, lenient])
    lab.land("t", [{"id": i, "at": i, "who": "a", "day": f"2001/01/{i + 10} 21:55"} for i in range(3)])
    ctx_error = None
    try:
        lab.run()
    except Exception as error:
        ctx_error = error
    summary = ctx_error.summary
    assert [e["task"] for e in summary["errors"]] == ["gold_strict"]
    message = summary["errors"][0]["message"]
    assert "t.day is string, and none of its 3 values fits timestamp" in message
    assert "'9999/99/99 99:99'" in message
    assert "-- allow: nulls(t.day)" in message
    assert summary["gold"]["lenient"]["rows"] == 1
    assert summary["gold"]["lenient"]["not_fitting"]["t.day"]["nulls"] == 3
    assert not spark.catalog.tableExists(lab.table("gold.strict"))


@pytest.mark.spark
def test_models_share_what_they_count_of_an_input(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "SELECT who, count(*) AS n FROM {} GROUP BY who"
    models = [
        model("a", "who", sql.format("t"), t="who string; amount decimal(18,2)"),
        model("b", "who", sql.format("t"), t="who string; amount decimal(18,2); day date"),
        model("c", "who", sql.format("t"), t="who string; amount bigint"),
        model(
            "d", "who", sql.format("t JOIN u USING (who)"), t="who string; day date", u="who string; n int"
        ),
    ]
    columns = {"t": "who string, amount string, day string", "u": "who string, n bigint"}
    lab = GoldLab(spark, tmp_path, columns, models)
    asked: list[int] = []
    run = casts._run

    def counted(frames: Frames, bodies: Sequence[str]) -> Any:
        asked.append(len(bodies))
        return run(frames, bodies)

    monkeypatch.setattr(casts, "_run", counted)
    lab.apply("t", [("1", "w", "1.50", "2001-01-01"), ("2", "w", "x", "never"), ("3", "v", "2", None)])
    lab.apply("u", [("1", "w", 2**40), ("2", "w", 1)])
    first = {name: _counts(result) for name, result in lab.run().items()}
    assert first == {
        "a": {"t.amount": (1, 3)},
        "b": {"t.amount": (1, 3), "t.day": (1, 2)},
        "c": {"t.amount": (2, 3)},
        "d": {"t.day": (1, 2), "u.n": (1, 2)},
    }
    assert asked == [1, 0, 0, 1]  # bodies per model: `t` by the first, `u` by the last
    asked.clear()
    lab.apply("t", [("4", "v", "y", "2001-01-01")], gone=["2"])
    second = {name: _counts(result) for name, result in lab.run().items()}
    assert second == {
        "a": {"t.amount": (1, 3)},
        "b": {"t.amount": (1, 3)},
        "c": {"t.amount": (2, 3)},
        "d": {"u.n": (1, 2)},
    }
    assert asked == [1, 0, 0, 0]


def test_the_error_names_each_column() -> None:
    one = {"from_type": "string", "to_type": "date", "values": 3, "nulls": 3, "shape": "aaa"}
    assert "nulls(t.a, t.b)" in str(CastError("m", {"t.a": one, "t.b": one}))


_LONG, _INT, _STRING, _DATE, _TIME = (
    T.LongType(),
    T.IntegerType(),
    T.StringType(),
    T.DateType(),
    T.TimestampType(),
)


@pytest.mark.parametrize(
    ("have", "want", "fails"),
    [
        (_STRING, _STRING, False),
        (T.StructType([]), _STRING, False),
        (_STRING, _DATE, True),
        (_STRING, T.BooleanType(), True),
        (_INT, _LONG, False),
        (_LONG, _INT, True),
        (_LONG, T.DoubleType(), False),
        (_LONG, T.DecimalType(18, 2), True),
        (_LONG, T.DecimalType(21, 2), False),
        (T.DecimalType(10, 2), T.DecimalType(12, 2), False),
        (T.DecimalType(10, 4), T.DecimalType(8, 2), True),
        (T.DecimalType(10, 4), T.DecimalType(9, 2), False),
        (T.DecimalType(10, 2), T.DoubleType(), False),
        (T.DoubleType(), T.DecimalType(18, 2), True),
        (T.DoubleType(), _LONG, True),
        (_DATE, _TIME, False),
        (_TIME, _DATE, False),
        (T.ArrayType(_STRING), T.ArrayType(_LONG), True),
    ],
)
def test_only_casts_that_can_fail_cost_something(have: T.DataType, want: T.DataType, fails: bool) -> None:
    assert can_fail(have, want) is fails
