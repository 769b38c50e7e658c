"""What is wrong in the SQL of a model is told at its line and column in the user's file, over classic Spark and over Connect."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.errors import UserSqlError
from pipelines.gold import run_gold
from test.pipelines.spark.gold_lab import GoldLab, model

# Name: the SELECT, then line and column in a file where it begins at 5:3, and the condition.
BAD = {
    "no_column": ("SELECT id,\n  amuont AS a FROM t", "6:3", "[UNRESOLVED_COLUMN.WITH_SUGGESTION]"),
    "no_syntax": ("SELECT id,\n  b AS FROM t GROUP id", "6:", "[PARSE_SYNTAX_ERROR]"),
    "no_function": ("SELECT id, smu(b) AS a\nFROM t GROUP BY id", "5:14", "[UNRESOLVED_ROUTINE]"),
    "by_zero": ("SELECT id,\n  1 / (b - b) AS a\nFROM t", "6:3", "[DIVIDE_BY_ZERO]"),
    "no_number": ("SELECT id,\n  CAST(id AS int) AS a\nFROM t", "6:3", "[CAST_INVALID_INPUT]"),
}


def test_file_line_column_and_cause(spark: SparkSession, tmp_path: Path) -> None:
    models = [
        {**model(name, "id", sql, t="id string; b bigint"), "line": 5, "column": 3}
        for name, (sql, _, _) in BAD.items()
    ]
    lab = GoldLab(spark, tmp_path, {"t": "b bigint"}, models)
    lab.apply("t", [("one", 1)])
    for name, (sql, where, condition) in BAD.items():
        with pytest.raises(UserSqlError) as caught:
            run_gold(lab.ctx, lab.ctx.document.model(name))
        told = str(caught.value).split("\n")
        assert told[0].startswith(f"notebooks/gold/{name}.sql:{where}"), told
        assert condition in told[0], told
        assert told[1].strip() == sql.split("\n")[caught.value.line - 5].strip()
        assert told[2].index("^") == 4 + caught.value.column - 1
        assert len(told) == 3
