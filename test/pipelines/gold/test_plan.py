"""Which models are refreshed incrementally, and why the others do not: read from Spark's plans, over no table."""

from __future__ import annotations

import re

import pytest
from pyspark.sql import SparkSession

from pipelines.config.document import GoldInput, GoldModel
from pipelines.gold.changes import analyse_model
from test.pipelines.gold_lab import shipped

pytestmark = pytest.mark.spark

T = (("k", "string"), ("d", "timestamp"), ("v", "decimal(18,2)"), ("n", "bigint"))
U = (("k", "string"), ("c", "string"))

#: What it is about, grain, SQL, and why it is always full (None: it follows). {} of the SQL are its own.
MODELS: list[tuple[str, str, str, str | None]] = [
    ("plain", "k", "SELECT k, sum(v) AS s, count(DISTINCT n) AS c, min(d) AS first FROM t GROUP BY k", None),
    ("two names", "day, k", "SELECT CAST(d AS DATE) AS day, k, avg(v) FROM t GROUP BY CAST(d AS DATE), k", None),
    ("computed from figures", "k", "SELECT k, sum(v) AS s, s * 2 AS twice, try_divide(s, count(*)) FROM t GROUP BY k", None),
    ("filter on rows", "k", "SELECT k, count(*) FROM t WHERE v > 1 AND k LIKE 'a,b%' GROUP BY k ORDER BY k", None),
    ("FILTER", "k", "SELECT k, count(*) FILTER (WHERE n > 3) AS c FROM t GROUP BY ALL", None),
    ("stacked", "k", "SELECT k, sum(x) FROM (SELECT k, n AS x FROM t UNION ALL SELECT k, 1 FROM u) GROUP BY k", None),
    ("joined", "c", "SELECT c, sum(v) FROM t JOIN u USING (k) GROUP BY c", None),
    ("twice in two branches", "k", "SELECT k, sum(x) FROM (SELECT k, n AS x FROM t UNION ALL SELECT k, -n FROM t) GROUP BY k", None),
    ("groups of groups", "k", "SELECT k, max(c) FROM (SELECT k, n, count(*) AS c FROM t GROUP BY k, n) GROUP BY k", None),
    ("own CTE", "k", "WITH a AS (SELECT k, n FROM t WHERE n > 0) SELECT k, sum(n) FROM a GROUP BY k", None),
    ("DISTINCT names", "k, c", "SELECT DISTINCT k, c FROM u", None),
    ("null name", "k", "SELECT nullif(k, '') AS k, count(*) FROM t GROUP BY 1", None),
    ("joined with figures of its group", "k", "SELECT t.k, sum(v), max(m) FROM t JOIN (SELECT k, max(c) AS m FROM u GROUP BY k) AS b ON t.k = b.k GROUP BY t.k", None),
    ("window over all groups", "k", "SELECT k, rank() OVER (ORDER BY sum(v)) AS rank FROM t GROUP BY k", "k is an aggregate column.*window"),
    ("window over other groups", "day, k", "SELECT CAST(d AS DATE) AS day, k, sum(sum(v)) OVER (PARTITION BY k ORDER BY CAST(d AS DATE)) FROM t GROUP BY 1, 2", "day is an aggregate column.*window"),
    ("window within a group", "day, k", "SELECT CAST(d AS DATE) AS day, k, sum(v), rank() OVER (PARTITION BY CAST(d AS DATE), k ORDER BY sum(v)) AS r FROM t GROUP BY 1, 2", None),
    ("window of rows", "k", "SELECT k, max(c) FROM (SELECT k, count(*) OVER (PARTITION BY k, n) AS c FROM t) GROUP BY k", None),
    ("window by values", "k", "SELECT k, max(s) FROM (SELECT k, sum(v) OVER (PARTITION BY k ORDER BY d) AS s, rank() OVER (PARTITION BY k ORDER BY n DESC) AS r FROM t) GROUP BY k", None),
    ("running sum of groups", "k", "SELECT k, max(run), min(step) FROM (SELECT k, sum(sum(v)) OVER w AS run, sum(v) - lag(sum(v)) OVER w AS step, avg(sum(v)) OVER (PARTITION BY k ORDER BY CAST(d AS DATE) ROWS 2 PRECEDING) FROM t GROUP BY k, CAST(d AS DATE) WINDOW w AS (PARTITION BY k ORDER BY CAST(d AS DATE))) GROUP BY k", None),
    ("window by position, order open", "k", "SELECT k, sum(p) FROM (SELECT k, lag(n) OVER (PARTITION BY k ORDER BY d) AS p FROM t) GROUP BY k", r"lag\(\) depends on the order"),
    ("window of ROWS, order open", "k", "SELECT k, sum(p) FROM (SELECT k, sum(n) OVER (PARTITION BY k ORDER BY d ROWS 1 PRECEDING) AS p FROM t) GROUP BY k", "ROWS depends on the order"),
    ("window by position, order of half a key", "k", "SELECT k, max(p) FROM (SELECT k, n, CAST(d AS DATE), row_number() OVER (PARTITION BY k ORDER BY n) AS p FROM t GROUP BY 1, 2, 3) GROUP BY k", r"row_number\(\) depends on the order"),
    ("filter above a window", "k", "SELECT k, sum(p) FROM (SELECT k, n, count(*) OVER (PARTITION BY k) AS p FROM t) WHERE n > 3 GROUP BY k", "filter.*window"),
    ("filter below a window", "k", "SELECT k, sum(p) FROM (SELECT k, count(*) OVER (PARTITION BY k) AS p FROM t WHERE n > 3) WHERE k > 'a' GROUP BY k", None),
    ("first of a window", "k", "SELECT k, d, r FROM (SELECT k, d, rank() OVER (PARTITION BY k ORDER BY d) AS r FROM t) WHERE r = 1", "filter.*window"),
    ("join above a window", "k", "SELECT x.k, sum(p) FROM (SELECT k, n, count(*) OVER (PARTITION BY k) AS p FROM t) AS x JOIN u ON x.n = length(u.c) GROUP BY x.k", "joins by.*window"),
    ("join by the partition of a window", "k", "SELECT x.k, sum(p), count(c) FROM (SELECT k, count(*) OVER (PARTITION BY k) AS p FROM t) AS x JOIN u ON x.k = u.k GROUP BY x.k", None),
    ("windows in each other", "k", "SELECT k, max(q) FROM (SELECT k, n, sum(p) OVER (PARTITION BY n) AS q FROM (SELECT k, n, count(*) OVER (PARTITION BY k) AS p FROM t)) GROUP BY k", "groups by.*window"),
    ("partition by what is the grain in one branch only", "b", "SELECT b, max(x) FROM (SELECT b, count(*) OVER (PARTITION BY k) AS x FROM (SELECT k, k AS b FROM t UNION ALL SELECT k, c AS b FROM u)) GROUP BY b", "groups by.*window"),
    ("partition by another name of the grain", "b", "SELECT b, max(x) FROM (SELECT b, count(*) OVER (PARTITION BY k) AS x FROM (SELECT k, k AS b FROM t)) GROUP BY b", None),
    ("window of what is not safe", "k", "SELECT k, max(size(c)) FROM (SELECT k, collect_list(n) OVER (PARTITION BY k) AS c FROM t) GROUP BY k", r"collect_list\(\)"),
    ("limit", "k", "SELECT k, sum(v) AS s FROM t GROUP BY k ORDER BY s DESC LIMIT 3", "LIMIT"),
    ("offset", "k", "SELECT k, sum(v) AS s FROM t GROUP BY k ORDER BY s OFFSET 3", "OFFSET"),
    ("having", "k", "SELECT k, sum(v) AS s FROM t GROUP BY k HAVING sum(v) > 3", "HAVING"),
    ("having without a figure shown", "k", "SELECT k FROM t GROUP BY k HAVING count(*) > 1", "HAVING"),
    ("day of the run", "k", "SELECT k, count_if(d > current_date()) FROM t GROUP BY k", r"current_date\(\)"),
    ("day of the run as a text", "k", "SELECT k, count_if(d > timestamp'now') FROM t GROUP BY k", "'now'"),
    ("chance", "k", "SELECT k, sum(v * rand()) FROM t GROUP BY k", r"rand\(\)"),
    ("any value", "k", "SELECT k, first(v) FROM t GROUP BY k", r"first\(\)"),
    ("order of rows", "k", "SELECT k, collect_list(v) FROM t GROUP BY k", r"collect_list\(\)"),
    ("approximate", "k", "SELECT k, approx_count_distinct(v) FROM t GROUP BY k", r"approx_count_distinct\(\)"),
    ("subquery, scalar", "k", "SELECT k, sum(v) / (SELECT sum(v) FROM t) AS share FROM t GROUP BY k", "subquery"),
    ("subquery, IN", "k", "SELECT k, sum(v) FROM t WHERE k IN (SELECT k FROM u) GROUP BY k", "subquery"),
    ("subquery, EXISTS", "k", "SELECT k, sum(v) FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k) GROUP BY k", "subquery"),
    ("itself", "k", "SELECT a.k, sum(a.v) FROM t AS a JOIN t AS b ON a.n = b.n + 1 GROUP BY a.k", "t is joined with itself"),
    ("itself by a CTE", "k", "WITH w AS (SELECT k, n FROM t) SELECT a.k, sum(b.n) FROM w AS a CROSS JOIN w AS b GROUP BY a.k", "t is joined with itself"),
    ("join by a figure", "k", "SELECT a.k, max(c) FROM (SELECT k, max(n) AS n FROM t GROUP BY k) AS a JOIN u ON a.n = length(u.c) GROUP BY a.k", "joins by an aggregate column"),
    ("group by a figure", "s", "SELECT s, count(*) FROM (SELECT k, sum(n) AS s FROM t GROUP BY k) GROUP BY s", "groups by an aggregate column"),
    ("grain is a figure", "s", "SELECT k, sum(n) AS s FROM t GROUP BY k", "not what the model groups by"),
    ("grain is less than the groups", "k", "SELECT k, n, sum(v) FROM t GROUP BY k, n", "not what the model groups by"),
    ("grain is not shown", "k", "SELECT upper(k) AS k, sum(v) FROM t GROUP BY k", "not what the model groups by"),
    ("no groups", "k", "SELECT k, v FROM t", "not what the model groups by"),
    ("one group", "one", "SELECT 1 AS one, sum(v) FROM t", "one group over everything"),
    ("cube", "k", "SELECT k, sum(v) FROM t GROUP BY CUBE (k)", "grouping sets"),
    ("pivot", "k", "SELECT * FROM (SELECT k, n, v FROM t) PIVOT (sum(v) FOR n IN (1, 2))", "."),
    ("explode", "e", "SELECT e, count(*) FROM t LATERAL VIEW explode(sequence(1, n)) AS e GROUP BY e", "."),
    ("except", "k", "SELECT k FROM t EXCEPT SELECT k FROM u", "EXCEPT"),
    ("DISTINCT of figures", "k", "SELECT DISTINCT k, sum(v) OVER (PARTITION BY k) AS s FROM t", "DISTINCT.*window"),
    ("rows of its own", "k", "SELECT k, sum(n) FROM (SELECT k, n FROM t UNION ALL SELECT 'all', id FROM range(3)) GROUP BY k", "none of its inputs"),
    ("a text like a plan", "k", "SELECT k, count_if(k = 'x) AS k#1') FROM t GROUP BY k", "a text in it"),
    ("a name like a plan", "k", "SELECT k, sum(n) AS `a#1, b` FROM t GROUP BY k", "a text in it"),
    ("wide", "k", f"SELECT k, {', '.join(f'sum(n + {i}) AS s{i}' for i in range(30))} FROM t GROUP BY k", "25 columns"),
    ("wrong", "k", "SELECT nothing_like_that AS k FROM t", "WithCTE|cannot be had"),
]  # fmt: skip


def model(name: str, grain: str, sql: str) -> GoldModel:
    needs = (GoldInput("t", T), GoldInput("u", U))
    return GoldModel(name, "", tuple(g.strip() for g in grain.split(",")), needs, sql, 1, 1)


def test_the_plan_says_which_models_follow_their_changes(spark: SparkSession) -> None:
    wrong = []
    for name, grain, sql, why in MODELS:
        reason = analyse_model(spark, model(name, grain, sql)).reason
        if (reason is None) != (why is None) or (why and reason and not re.search(why, reason)):
            wrong.append(f"{name}: wanted {why!r}, got {reason!r}")
    assert not wrong, "\n".join(wrong)


def test_what_a_join_asks_of_its_inputs(spark: SparkSession) -> None:
    grouped = "SELECT {grain} AS g, sum(v) FROM t {join} JOIN u ON t.k = u.k GROUP BY {grain}"
    fixed = {}
    for join, grain in (
        ("INNER", "c"),
        ("LEFT", "c"),
        ("RIGHT", "c"),
        ("FULL", "c"),
        ("LEFT SEMI", "t.k"),
        ("LEFT ANTI", "t.k"),
    ):
        found = analyse_model(spark, model(join, "g", grouped.format(join=join, grain=grain)))
        assert found.reason is None
        assert found.joined == {"t": {"u"}, "u": {"t"}}
        fixed[join] = set(found.fixed)
    assert fixed == {"INNER": set(), "LEFT": {"u"}, "RIGHT": {"t"}, "FULL": {"t", "u"}, "LEFT SEMI": {"u"}, "LEFT ANTI": {"u"}}  # fmt: skip
    stacked = "SELECT k, sum(x) FROM (SELECT t.k, v AS x FROM t JOIN u ON t.k = u.k UNION ALL SELECT k, 1 FROM u) GROUP BY k"
    assert analyse_model(spark, model("both", "k", stacked)).joined == {"t": {"u"}, "u": {"t"}}


def test_the_shipped_models(spark: SparkSession) -> None:
    found = {}
    for raw in shipped():
        needs = tuple(
            GoldInput(n["input"], tuple((c["name"], c["type"]) for c in n["columns"])) for n in raw["needs"]
        )
        shipped_model = GoldModel(raw["name"], "", tuple(raw["grain"]), needs, raw["sql"], 1, 1)
        found[raw["name"]] = analyse_model(spark, shipped_model).reason
    assert found.pop("weekly_kpis") == "it joins by an aggregate column"
    assert found == dict.fromkeys(("customer_profitability", "daily_kpis", "order_metrics", "revenue_margin"))
