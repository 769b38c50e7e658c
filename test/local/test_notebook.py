"""Notebooks in source format run cell by cell, and errors say where."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.dbutils import DBUtils
from local.notebook import NotebookError, cells, describe, run_notebook

SOURCE = """# Databricks notebook source
# MAGIC %md
# MAGIC # A title

# COMMAND ----------

# MAGIC %pip install /Workspace/x.whl

# COMMAND ----------

import json
value = dbutils.widgets.get("topics")

# COMMAND ----------

dbutils.notebook.exit(json.dumps({"topics": value, "name": __name__, "spark": spark}))

# COMMAND ----------

raise RuntimeError("never reached")
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "bronze.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_cells_keep_their_numbers_and_lines() -> None:
    found = list(cells(SOURCE))
    assert [cell.number for cell in found] == [3, 4, 5]
    assert found[0].code.splitlines()[10] == "import json"


def test_only_a_line_feed_ends_a_line() -> None:
    """Python, like Databricks, goes on with a comment or a text after the signs at which `str.splitlines` cuts."""
    code = "".join(
        f"# a comment{sign}stays one\ntext = 'one{sign}text'\n" for sign in "\u2028\u2029\x85\x0c\x1c"
    )
    [cell] = cells(code)
    assert cell.code.rstrip("\n") == code.rstrip("\n")


def test_it_runs_and_exits_with_a_value(tmp_path: Path) -> None:
    out = run_notebook(write(tmp_path, SOURCE), spark=None, dbutils=DBUtils(parameters={"topics": "orders"}))
    assert out == '{"topics": "orders", "name": "__main__", "spark": null}'


def test_each_run_has_a_namespace_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, "assert 'x' not in globals()\nx = 1\n")
    assert run_notebook(path, spark=None, dbutils=None) is None
    assert run_notebook(path, spark=None, dbutils=None) is None


def test_an_error_says_notebook_cell_and_line(tmp_path: Path) -> None:
    path = write(tmp_path, SOURCE.replace("import json\n", "import json\njson.loads('{')\n"))
    with pytest.raises(NotebookError) as caught:
        run_notebook(path, spark=None, dbutils=DBUtils(parameters={"topics": ""}))
    error = caught.value
    assert (error.notebook, error.cell, error.line) == ("bronze", 3, 12)
    assert str(error).startswith("bronze, cell 3, line 12: JSONDecodeError: Expecting")


def test_a_syntax_error_has_its_line_too(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="bronze, cell 1, line 3: SyntaxError"):
        run_notebook(write(tmp_path, "# Databricks notebook source\n\nif x\n"), spark=None, dbutils=None)


def test_display_shows_values_and_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_notebook(write(tmp_path, "display([1, 2])"), spark=None, dbutils=None)
    assert capsys.readouterr().out == "[1, 2]\n"


def test_messages_leave_the_java_stack_out() -> None:
    error = RuntimeError("It broke.\n\nJVM stacktrace:\norg.apache.spark...\n\tat x")
    assert describe(error) == "RuntimeError: It broke."
    assert describe(KeyError()) == "KeyError"
