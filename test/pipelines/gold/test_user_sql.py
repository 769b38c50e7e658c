"""What is wrong in the SQL of a model is told at its line and column in the user's file, over classic Spark and over Connect."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines import run
from pipelines.errors import Retry, SqlNotCompiledError, TasksFailedError, UserSqlError
from pipelines.gold.compile import compile_model
from pipelines.gold.refresh import run_gold
from test.pipelines.gold_lab import GoldLab, model, shipped
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

# Name: the SELECT, then line and column in a file where it begins at 5:3, and the condition.
COMPILING = {
    "no_column": ("SELECT id,\n  amuont AS a FROM t", "6:3", "[UNRESOLVED_COLUMN.WITH_SUGGESTION]"),
    "no_syntax": ("SELECT id,\n  b AS FROM t GROUP id", "6:", "[PARSE_SYNTAX_ERROR]"),
    "no_function": ("SELECT id, smu(b) AS a\nFROM t GROUP BY id", "5:14", "[UNRESOLVED_ROUTINE]"),
    "open_bracket": ("SELECT id, (1 + 2 AS a\nFROM t", "6:1", "[PARSE_SYNTAX_ERROR]"),
    "open_at_end": ("SELECT id, b\nFROM (SELECT * FROM t", "6:", "[PARSE_SYNTAX_ERROR]"),
    "two_statements": ("SELECT id FROM t;\nSELECT 1 AS id", "", "[PARSE_SYNTAX_ERROR]"),
    "command": ("DROP TABLE t", "5:", "[PARSE_SYNTAX_ERROR]"),
    "no_relation": ("SELECT t.id FROM t\nJOIN u ON true", "6:6", "[TABLE_OR_VIEW_NOT_FOUND]"),
    "twice": ("SELECT id, b, 1 AS B\nFROM t", "5:3", "two columns are called b;"),
    "no_unit": ("SELECT id FROM t", "5:3", "no column is called paid, which units names; there are id"),
    "no_grain": ("SELECT b FROM t", "5:3", "no column is called id, which grain names; there are b"),
    "types": ("SELECT id,\n  b + map(1, 2) AS a FROM t", "6:3", "[DATATYPE_MISMATCH"),
}
RUNNING = {
    "by_zero": ("SELECT id,\n  1 / (b - b) AS a\nFROM t", "6:3", "[DIVIDE_BY_ZERO]"),
    "no_number": ("SELECT id,\n  CAST(id AS int) AS a\nFROM t", "6:3", "[CAST_INVALID_INPUT]"),
}


def check(error: UserSqlError, name: str, sql: str, where: str, condition: str) -> None:
    told = str(error).split("\n")
    assert told[0].startswith(f"notebooks/gold/{name}.sql:{where}"), told
    assert condition in told[0], told
    assert told[1].strip() == sql.split("\n")[error.line - 5].strip()
    assert told[2].index("^") == 4 + error.column - 1
    assert len(told) == 3
    assert "Project" not in told[0]


def test_file_line_column_and_cause(spark: SparkSession, tmp_path: Path) -> None:
    models = [
        {
            **model(name, "id", sql, t="id string; b bigint"),
            "line": 5,
            "column": 3,
            **({"units": {"paid": "EUR"}} if name == "no_unit" else {}),
        }
        for name, (sql, _, _) in {**COMPILING, **RUNNING}.items()
    ]
    lab = GoldLab(spark, tmp_path, {"t": "b bigint"}, models)
    for name, expected in COMPILING.items():
        with pytest.raises(SqlNotCompiledError) as rejected:
            compile_model(spark, lab.ctx.document.model(name))
        check(rejected.value, name, *expected)
        assert rejected.value.retry is Retry.NEVER
    lab.apply("t", [("one", 1)])
    for name, expected in RUNNING.items():
        with pytest.raises(UserSqlError) as caught:
            run_gold(lab.ctx, lab.ctx.document.model(name))
        check(caught.value, name, *expected)
        assert caught.value.retry is Retry.OTHER_DATA


def test_the_shipped_models_compile_before_there_is_a_table(spark: SparkSession, tmp_path: Path) -> None:
    lab = Lab(spark, tmp_path, [topic(name) for name in ("customers", "orders", "sales")], shipped())
    for one in lab.context().document.gold:
        compile_model(spark, one)


def test_models_are_analysed_before_bronze_and_only_they_fail(spark: SparkSession, tmp_path: Path) -> None:
    sql, where, _ = COMPILING["no_column"]
    models = [
        {**model("bad", "id", sql, t="id bigint; b bigint"), "line": 5, "column": 3},
        model("above", "id", "SELECT id, count(*) AS n FROM bad GROUP BY id", bad="id bigint"),
        model("good", "id", "SELECT id, sum(b) AS b FROM t GROUP BY id", t="id bigint; b bigint"),
    ]
    lab = Lab(spark, tmp_path, [topic("t")], models)
    lab.land("t", [{"id": 1, "at": 1, "b": 2}])
    summary = run.run_loop(spark, None, 0, max_iterations=3, **lab.options)
    assert summary is not None
    assert [(e["task"], e["retry"]) for e in summary["errors"]] == [
        ("gold_bad", "never"),
        ("gold_above", "never"),
    ]
    assert f"notebooks/gold/bad.sql:{where}: " in summary["errors"][0]["message"]
    assert lab.rows("gold.good") == [(1, 2)]
    log = spark.table(lab.table("ops.run_log")).orderBy("ts").collect()
    said = [(row["event"], row["topic"] or row["model"]) for row in log if row["event"] != "prepared"]
    assert said[0] == ("failed", "bad")
    assert said.count(("failed", "bad")) == 1, "tried again"
    with pytest.raises(TasksFailedError) as failed:
        lab.run()
    assert failed.value.retry is Retry.NEVER
