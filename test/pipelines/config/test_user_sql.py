"""Positions that Spark tells in its statement become those of the user's file."""

from __future__ import annotations

import pytest

from pipelines.config.user_sql import UserSql

MODEL = UserSql("notebooks/gold/bad.sql", "SELECT a,\n       b / 0 AS x\nFROM t", line=4, column=3)
STATEMENT = f"WITH `t` AS (SELECT 1) SELECT * FROM (\n{MODEL.sql}\n)"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "[UNRESOLVED_COLUMN.WITH_SUGGESTION] No column `b`. Did you mean `a`? SQLSTATE: 42703; line 3 pos 7;\n'Project [x]",
            "notebooks/gold/bad.sql:5:8: [UNRESOLVED_COLUMN.WITH_SUGGESTION] No column `b`. Did you mean `a`?\n"
            "           b / 0 AS x\n           ^",
        ),
        (
            "\n[PARSE_SYNTAX_ERROR] Syntax error at or near 'a'. SQLSTATE: 42601 (line 2, pos 7)\n\n== SQL ==\nWITH",
            "notebooks/gold/bad.sql:4:10: [PARSE_SYNTAX_ERROR] Syntax error at or near 'a'.\n"
            "      SELECT a,\n             ^",
        ),
        (
            "[TASK_WRITE_FAILED] Task failed. SQLSTATE: 58030 [DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012\n"
            "== SQL (line 3, position 8) ==\nb / 0\n^^^^^\n\tat org.apache",
            "notebooks/gold/bad.sql:5:8: [DIVIDE_BY_ZERO] Division by zero.\n           b / 0 AS x\n           ^",
        ),
    ],
)
def test_file_line_column_cause_and_caret(message: str, told: str) -> None:
    assert str(MODEL.error(Exception(message), STATEMENT)) == told
    advice = ' If necessary set "spark.sql.ansi.enabled" to "false" to bypass this error.'
    assert str(MODEL.error(Exception(message.replace(" SQLSTATE", advice + " SQLSTATE")), STATEMENT)) == told
    outer = Exception("[TASK_WRITE_FAILED] Task failed.")
    outer.__cause__ = Exception(message)
    assert str(MODEL.error(outer, STATEMENT)) == told


@pytest.mark.parametrize(
    "message", ["no position", "[X] in the inputs. SQLSTATE: 1; line 1 pos 6", "; line 9 pos 1"]
)
def test_what_is_not_about_the_text_stays(message: str) -> None:
    assert MODEL.error(Exception(message), STATEMENT) is None
