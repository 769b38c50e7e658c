"""What a change of each input costs a model, told before any run, is what the refresh then does."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.gold.explain import explain
from test.pipelines.gold_lab import GoldLab, model

JOIN = "SELECT t.who AS who, count(u.n) AS n FROM t LEFT JOIN u ON t.id = u.id GROUP BY t.who"
LAST = "SELECT who, max_by(id, id) AS n FROM t GROUP BY who"


@pytest.mark.spark
def test_what_is_said_is_what_happens(spark: SparkSession, tmp_path: Path) -> None:
    inputs = {"t": "id string; who string", "u": "id string; n bigint"}
    models = [
        model("joined", "who", JOIN, **inputs),
        {**model("strict", "who", JOIN, **inputs), "refresh": "strict"},
        {**model("whole", "who", JOIN, **inputs), "refresh": "full"},
        model("opaque", "who", LAST, t=inputs["t"]),
    ]
    lab = GoldLab(spark, tmp_path, {"t": "who string", "u": "n bigint"}, models)
    said = {one.name: explain(spark, one) for one in lab.ctx.document.gold}
    reason = "a row of u may be missing in a join of kind LeftOuter"
    assert said["joined"].lines() == [
        "joined (refresh: auto)",
        "  t  changed groups, beside all rows of u",
        f"  u  full: {reason}",
    ]
    assert said["strict"].lines()[2] == f"  u  fails: {reason}"
    assert said["whole"].full == {"t": "refresh is full", "u": "refresh is full"}
    assert [name for name, one in said.items() if one.fails] == ["strict"]

    names = ("joined", "whole", "opaque")
    lab.apply("t", [(str(i), f"w{i}") for i in range(5)])
    lab.apply("u", [(str(i), i) for i in range(5)])
    lab.run(*names)
    for changed, row in (("t", ("1", "w2")), ("u", ("1", 9))):
        lab.apply(changed, [row])
        done = lab.run(*names)
        for name in names:
            if name == "opaque" and changed == "u":
                assert done[name].refresh == "skipped"
            elif changed in said[name].full:
                assert (done[name].refresh, done[name].reason) == ("full", said[name].full[changed])
            else:
                assert done[name].refresh == "incremental"
