"""What a user sees and can do on a real terminal: the runner in a pseudo-terminal, with notebooks that need no Spark."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from test.local.support import write_stack
from test.local.terminal import CTRL_C, Terminal

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
# Everything is real but Spark: a session takes half a second to start, and work that is cancelled ends.
RUNNER = """
import sys, time
import local.app, local.session
from test.local.support import FakeSpark

def build_session(out, **settings):
    time.sleep(0.5)
    return FakeSpark()

local.session.build_session = build_session
local.session.shut_down = lambda spark: None
local.app.prepare_catalog = lambda spark, stack: None
FakeSpark.cancelled = False
def cancel_work(spark):
    FakeSpark.cancelled = True
local.session.cancel_work = cancel_work
sys.exit(local.app.main(sys.argv[1:]))
"""
WORK = """
import json, time
until = time.monotonic() + {seconds}
while time.monotonic() < until and not type(spark).cancelled:
    time.sleep(0.02)
if type(spark).cancelled:
    raise RuntimeError("cancelled")
counts = {{"read": 3, "silver": 2, "quarantined": 1, "deduplicated": 0, "dropped": 0, "schema_version": 1}}
dbutils.notebook.exit(json.dumps({{"topics": {{"orders": counts}}}}))
"""
SLOW, QUICK = WORK.format(seconds=20), WORK.format(seconds=1)
COLOR = re.compile(rb"\x1b\[[\d;]*[349]\d[\d;]*m")
FAILING = "raise ValueError('quantity is not a number')"
# A model with a column that there is not, said by the library before its other work, and again as the end of the task.
BAD_MODEL = """
import time
from pipelines.errors import Retry, SqlNotCompiledError, TasksFailedError
from pipelines.ops.run_log import RunLog
text = "  sum(amuont) AS total_amount, count(*) AS row_count, max(updated_at) AS last_update, min(updated_at) AS first_update"
error = SqlNotCompiledError(
    "notebooks/gold/order_metrics.sql", 6, 7, "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function "
    "parameter with name `amuont` cannot be resolved. Did you mean one of the following? [`amount`].", text
)
log = RunLog("r", "run_pipeline")
for _ in range(2):
    log.event("gold", "failed", level="error", model="order_metrics", error=str(error), details=error.retry.told())
time.sleep(1)
raise TasksFailedError([("gold_order_metrics", str(error))], retry=error.retry)
"""


def start(folder: Path, code: str, columns: int = 100, lines: int = 60, **environment: str) -> Terminal:
    write_stack(folder / "stack", {"run_pipeline": code})
    (folder / "data" / "orders").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "orders" / "a.json").write_text("{}\n")
    paths = ["--stack-dir", "stack", "--out", "out", "--data", "data"]
    return Terminal(
        [sys.executable, "-c", RUNNER, *paths],
        columns=columns,
        lines=lines,
        cwd=folder,
        environment={"PYTHONPATH": str(ROOT), **environment},
    )


def golden(name: str, text: str) -> None:
    """Compare with the recorded session; `MEDALLION_UPDATE_GOLDENS=1` records it anew."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("MEDALLION_UPDATE_GOLDENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_a_run_is_shown_while_it_goes_on(tmp_path: Path, columns: int) -> None:
    terminal = start(tmp_path, QUICK, columns)
    terminal.wait_for("Starting Spark and Delta")
    running = terminal.wait_for("\u25b8")
    assert "run_pipeline" in running
    terminal.wait_for(lambda text: "0.5 s" in text)  # the time runs on: drawn by another thread
    assert terminal.end() == 0
    assert (tmp_path / "out/logs/python.log").read_text() == ""
    golden(f"run_{columns}", terminal.recorded(tmp_path))


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_a_failing_task_is_told_last(tmp_path: Path, columns: int) -> None:
    terminal = start(tmp_path, FAILING, columns)
    assert terminal.end() == 1
    golden(f"failure_{columns}", terminal.recorded(tmp_path))


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_a_model_that_does_not_compile_is_told_at_once_at_its_line(tmp_path: Path, columns: int) -> None:
    terminal = start(tmp_path, BAD_MODEL, columns)
    terminal.wait_for("order_metrics.sql:6:7")
    terminal.wait_for("\u25b8")  # while the task is running
    assert terminal.end() == 1
    golden(f"bad_model_{columns}", terminal.recorded(tmp_path))
    [log] = (tmp_path / "out/logs").glob("*/run_pipeline.log")
    assert "order_metrics.sql:6:7" in log.read_text()


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_ctrl_c_says_that_it_stops_and_the_next_run_goes_on(tmp_path: Path, columns: int) -> None:
    terminal = start(tmp_path, SLOW, columns)
    terminal.wait_for("\u25b8")
    terminal.press(CTRL_C)
    terminal.wait_for("Stopping \u2026 (Ctrl-C again stops at once)", timeout_s=3)
    assert terminal.end() == 130
    assert "Traceback" not in terminal.text
    golden(f"interrupt_{columns}", terminal.recorded(tmp_path))
    if columns == 100:
        assert start(tmp_path, QUICK).end() == 0


def test_ctrl_c_while_spark_starts(tmp_path: Path) -> None:
    terminal = start(tmp_path, SLOW)
    terminal.wait_for("Starting Spark and Delta")
    terminal.press(CTRL_C)
    assert terminal.end() == 130
    assert "Stopped." in terminal.text
    assert "Traceback" not in terminal.text


def test_a_second_ctrl_c_stops_at_once(tmp_path: Path) -> None:
    terminal = start(tmp_path, "import time\ntime.sleep(30)")
    terminal.wait_for("\u25b8")
    # One key press may arrive twice, from the terminal and from the command that started the runner.
    terminal.press(CTRL_C + CTRL_C)
    terminal.wait_for("Stopping")
    with pytest.raises(AssertionError, match="is not on the screen"):
        terminal.wait_for("never", timeout_s=1)
    terminal.press(CTRL_C)
    assert terminal.end(timeout_s=5) == 130


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_plainer_terminals(tmp_path: Path, name: str, value: str) -> None:
    terminal = start(tmp_path, QUICK, **{name: value})
    assert terminal.end() == 0
    assert "run_pipeline" in terminal.text
    assert "Starting Spark and Delta" in terminal.raw.decode()
    assert not COLOR.search(terminal.raw)
    if name == "TERM":
        assert b"\x1b" not in terminal.raw


def test_a_low_window_shows_what_is_running(tmp_path: Path) -> None:
    names = [f"task_{number:02}" for number in range(30)]
    last = {"task_29": SLOW}
    write_stack(tmp_path / "stack", {name: last.get(name, "pass") for name in names})
    (tmp_path / "data" / "orders").mkdir(parents=True)
    (tmp_path / "data" / "orders" / "a.json").write_text("{}\n")
    paths = ["--stack-dir", "stack", "--out", "out", "--data", "data"]
    terminal = Terminal(
        [sys.executable, "-c", RUNNER, *paths],
        columns=60,
        lines=12,
        cwd=tmp_path,
        environment={"PYTHONPATH": str(ROOT)},
    )
    terminal.wait_for("29 of 30 tasks done")
    terminal.wait_for("task_29")
    terminal.press(CTRL_C)
    assert terminal.end() == 130
