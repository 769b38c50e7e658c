"""The header line ``refresh`` of a model: what is chosen, what is said, and that the tables are those of a full recompute."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.errors import StrictRefreshError
from pipelines.gold.costs import Costs
from pipelines.gold.refresh import Refresh, count_rows, write_gold
from pipelines.ops.progress import GOLD
from test.pipelines.gold_lab import GoldLab, model

SUM = "SELECT who, sum(n) AS n FROM t GROUP BY who"
JOIN = "SELECT t.who AS who, count(u.n) AS n FROM t LEFT JOIN u ON t.id = u.id GROUP BY t.who"
SOME = Costs(most_share=0.4, back_off=2, rewrite_rows=0)


@pytest.mark.spark
def test_a_model_is_refreshed_as_its_header_says(spark: SparkSession, tmp_path: Path) -> None:
    ways = ("auto", "incremental", "full", "strict")
    models = [{**model(way, "who", SUM, t="who string; n bigint"), "refresh": way} for way in ways]
    last = "SELECT who, max_by(n, n) AS n FROM t GROUP BY who"
    models.append({**model("opaque", "who", last, t="who string; n bigint"), "refresh": "strict"})
    joined = model("joined", "who", JOIN, t="id string; who string", u="id string; n bigint")
    models.append({**joined, "refresh": "strict"})
    lab = GoldLab(spark, tmp_path, {"t": "who string, n bigint", "u": "n bigint"}, models)

    def said() -> dict[str, tuple[str, str]]:
        found = {name: (result.refresh, result.reason) for name, result in lab.run(*ways, costs=SOME).items()}
        assert not any(lab.difference(way) for way in ways)
        return found

    lab.apply("t", [(str(i), f"w{i}", i) for i in range(10)])
    assert said() == dict.fromkeys(ways, ("full", "first refresh"))
    with pytest.raises(StrictRefreshError, match=r"Model opaque: refresh is strict, .*max_by"):
        lab.run("opaque")
    assert not spark.catalog.tableExists(lab.lab.table("gold.opaque"))

    followed = ("incremental", "changed groups")
    lab.apply("t", [(str(i), f"w{i}", -i) for i in range(1, 10)])
    many = {"auto": ("full", "too many groups changed"), "full": ("full", "refresh is full")}
    assert said() == {"incremental": followed, "strict": followed, **many}
    lab.apply("t", [("3", "w3", 7)])
    assert said()["auto"] == ("full", "a full refresh was cheaper lately")

    # What is not the model's doing is no error: the table has to be made anew, whatever the header says.
    lab.retype("t", "who string, n double")
    assert said() == {
        **dict.fromkeys(ways, ("full", "a column of t has another type")),
        "full": ("full", "refresh is full"),
    }
    lab.run("joined")
    lab.apply("u", [("1", 1)])
    with pytest.raises(StrictRefreshError, match=r"joined: refresh is strict, .*a row of u may be missing"):
        lab.run("joined")


@pytest.mark.spark
def test_tables_are_counted_in_one_statement_and_a_refresh_that_never_was_is_done_again(
    spark: SparkSession, tmp_path: Path
) -> None:
    needs = "id string; who string; n bigint"
    models = [model("few", "who", SUM, t=needs), model("many", "id", "SELECT id, n FROM t", t=needs)]
    lab = GoldLab(spark, tmp_path, {"t": "who string, n bigint"}, models)

    def written() -> list[Refresh]:
        done = [write_gold(lab.ctx, lab.ctx.document.model(name)) for name in ("few", "many")]
        assert not any(lab.ctx.progress.last(GOLD, name).details for name in ("few", "many"))  # type: ignore[union-attr]
        return [each for each in done if isinstance(each, Refresh)]

    def rows(name: str) -> object:
        return lab.ctx.progress.last(GOLD, name).details["rows"]  # type: ignore[union-attr]

    lab.apply("t", [(str(i), f"w{i % 3}", i) for i in range(10)])
    assert [result.rows for result in count_rows(lab.ctx, written())] == [3, 10]
    assert (rows("few"), rows("many")) == (3, 10)
    assert [e["model"] for e in lab.ctx.log.events if e["event"] == "refreshed"] == ["few", "many"]

    lab.apply("t", [(str(i), f"w{i}", i) for i in range(11)])
    assert len(written()) == 2  # and the process ends here
    again = {
        name: (result.refresh, result.reason, result.rows) for name, result in lab.run(costs=SOME).items()
    }
    assert again == dict.fromkeys(("few", "many"), ("full", "asked for", 11))
    assert not lab.difference("few")
    assert not lab.difference("many")
