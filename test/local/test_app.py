"""A whole start with notebooks that need no Spark: what is said, written and returned."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import local.app
import local.session
from local.app import main
from local.options import parse_options
from test.local.support import FakeSpark, write_stack

ROOT = Path(__file__).parents[2]
SUMMARY = {
    "topics": {
        "orders": {
            "read": 3,
            "silver": 2,
            "quarantined": 1,
            "deduplicated": 0,
            "dropped": 0,
            "field_faults": 0,
            "schema_version": 1,
        }
    }
}
FINE = f"dbutils.notebook.exit('''{json.dumps(SUMMARY)}''')"
COUNTING = """
from pathlib import Path
count = Path(dbutils.widgets.get("volume_root")) / "count"
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
"""


@pytest.fixture(autouse=True)
def no_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local.session, "build_session", lambda out, **settings: FakeSpark())
    monkeypatch.setattr(local.session, "shut_down", lambda spark: None)
    monkeypatch.setattr(local.session, "cancel_work", lambda spark: None)
    monkeypatch.setattr(local.app, "prepare_catalog", lambda spark, stack: None)


def start(folder: Path, code: str, *arguments: str) -> int:
    write_stack(folder / "stack", {"run_pipeline": code})
    return main(["--stack-dir", str(folder / "stack"), "--out", str(folder / "out"), "--sample", *arguments])


def data(folder: Path) -> str:
    (folder / "data" / "orders").mkdir(parents=True)
    (folder / "data" / "orders" / "a.json").write_text("{}\n")
    return str(folder / "data")


def test_a_run_over_own_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(tmp_path, FINE, "--data", data(tmp_path), "--json") == 0
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert out.count("\n") == 1
    assert result["status"] == "succeeded"
    assert result["stack"] == "stack"
    assert result["topics"] == SUMMARY["topics"]
    assert result["report"] == str(tmp_path / "out" / "report.html")
    assert Path(result["report"]).exists()
    assert "1 file from data" in err
    assert "run_pipeline" in err
    assert (tmp_path / "out/volumes/main/dev_bronze/landing/orders/a.json").exists()


def test_what_could_not_be_read_is_said_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warning = "Topic orders: a.csv could not be read: it is CSV [bold]."
    code = f"dbutils.notebook.exit({json.dumps({**SUMMARY, 'warnings': [warning]})!r})"
    assert start(tmp_path, code, "--data", data(tmp_path), "--json") == 0
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert (result["status"], result["warnings"]) == ("succeeded", [warning])
    assert "with 1 warning:" in err
    assert warning in err


def test_a_report_that_fails_hides_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--data", data(tmp_path), "--json")
    assert start(tmp_path, FINE, *arguments) == 0
    capsys.readouterr()
    (tmp_path / "out" / "report.html").unlink()
    (tmp_path / "out" / "report.html" / "in the way").mkdir(parents=True)
    assert start(tmp_path, FINE, *arguments) == 0
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert (result["status"], result["report"], result["topics"]) == ("succeeded", None, SUMMARY["topics"])
    assert "The report could not be written" in err
    assert "Traceback" in (tmp_path / "out" / "logs" / "report.log").read_text()


def test_sample_data_runs_part_by_part_and_then_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start(tmp_path, COUNTING + FINE, "--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert first["runs"] == 2
    assert first["topics"]["orders"]["read"] == 6
    assert start(tmp_path, COUNTING + FINE, "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["runs"] == 1
    assert "nothing new has landed" in err


#: A notebook that is killed with all of its process in the first run, after files have landed for it.
KILLED = COUNTING + "import os, signal\nif number == 1:\n    os.kill(os.getpid(), signal.SIGKILL)\n" + FINE
STARTED = """
import sys
from unittest import mock
import local.app, local.session
from test.local.support import FakeSpark
with (
    mock.patch.object(local.session, "build_session", lambda out, **settings: FakeSpark()),
    mock.patch.object(local.session, "shut_down", lambda spark: None),
    mock.patch.object(local.app, "prepare_catalog", lambda spark, stack: None),
):
    sys.exit(local.app.main(sys.argv[1:]))
"""


def test_a_start_after_a_kill_says_that_there_is_work_left(tmp_path: Path) -> None:
    write_stack(tmp_path / "stack", {"run_pipeline": KILLED})
    arguments = [
        "--stack-dir",
        str(tmp_path / "stack"),
        "--out",
        str(tmp_path / "out"),
        "--data",
        data(tmp_path),
    ]
    said = []
    for status in (-signal.SIGKILL, 0, 0):
        command = [sys.executable, "-c", STARTED, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == status, done.stderr
        said.append(re.findall(r"Run 1: (.*)", done.stdout))
    assert said[1:] == [["what the last run left undone"], ["nothing new has landed"]]


def test_a_failed_run_leaves_work_and_an_action_does_not_finish_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--data", data(tmp_path), "--json")
    assert start(tmp_path, "raise KeyError('quantity')", *arguments) == 1
    assert "Run 1: 1 file from data" in capsys.readouterr().err
    assert start(tmp_path, ANSWER, "--action", "replay") == 0
    capsys.readouterr()
    (tmp_path / "data" / "orders" / "b.json").write_text("{}\n")
    assert start(tmp_path, FINE, *arguments) == 0
    assert "Run 1: 1 file from data and what the last run left undone" in capsys.readouterr().err
    assert start(tmp_path, FINE, *arguments) == 0
    assert "Run 1: nothing new has landed" in capsys.readouterr().err


def test_a_failing_run_says_which_task_why_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start(tmp_path, "print('hello')\nraise KeyError('quantity')", "--json") == 1
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert result["status"] == "failed"
    assert result["runs"] == 1
    assert result["errors"] == [{"task": "run_pipeline", "message": "KeyError: 'quantity'"}]
    assert "run_pipeline (run_pipeline, cell 1, line 3): KeyError: 'quantity'" in err
    assert "start again" in err
    log = next((tmp_path / "out" / "logs").glob("*/run_pipeline.log"))
    printed = log.read_text()
    assert printed.startswith("hello\nTraceback")
    assert printed.endswith("KeyError: 'quantity'\n")
    assert "KeyError" in Path(result["report"]).read_text()


ANSWER = """
import json
told = json.loads(dbutils.widgets.get("action_arguments") or "{}")
action = dbutils.widgets.get("action")
dbutils.notebook.exit(json.dumps({"action": action, "lines": [f"told {told}"], "topics": {}}))
"""


def test_an_action_works_on_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    action = ["--action", "replay", "--action-arguments", '{"topic": "orders"}']
    assert start(tmp_path, ANSWER, *action) == 2
    assert "Nothing has run in" in capsys.readouterr().err
    assert start(tmp_path, FINE, "--data", data(tmp_path)) == 0
    report = (tmp_path / "out" / "report.html").read_bytes()
    (tmp_path / "data" / "orders" / "b.json").write_text("{}\n")
    capsys.readouterr()
    assert start(tmp_path, ANSWER, *action, "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["action"]["lines"] == ["told {'topic': 'orders'}"]
    assert "told {'topic': 'orders'}\n" in err
    assert (tmp_path / "out" / "report.html").read_bytes() == report
    assert not (tmp_path / "out/volumes/main/dev_bronze/landing/orders/b.json").exists()
    assert start(tmp_path, ANSWER, "--action", "replay", "--action-arguments", '{"topic": "order"}') == 2
    assert "There is no topic order; there are orders, clicks." in capsys.readouterr().err
    stopped = ANSWER.replace('"topics": {}', '"problems": ["types would change"]')
    assert start(tmp_path, stopped, *action) == 3
    assert start(tmp_path, "raise KeyError('keys')", *action) == 1
    assert "KeyError: 'keys'" in capsys.readouterr().out


def shipped_tasks() -> list[dict[str, Any]]:
    """The tasks of a job as it is deployed, on notebooks of a test."""
    golden = json.loads((ROOT / "test/constructs/golden/dev-aws.json").read_text())
    (job,) = golden["resource"]["databricks_job"].values()
    for one in job["task"]:
        if notebook := one.get("notebook_task"):
            name = re.fullmatch(r"\$\{.*_(\w+)\.path\}", notebook["notebook_path"])[1]  # type: ignore[index]
            notebook["notebook_path"] = f"${{databricks_notebook.{name}.path}}"
    return [{**one, "library": None} for one in job["task"]]


@pytest.mark.parametrize(("prepare", "status"), [(ANSWER, "succeeded"), ("raise KeyError('keys')", "failed")])
def test_another_action_starts_one_task_of_the_deployed_job(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], prepare: str, status: str
) -> None:
    notebooks = {**dict.fromkeys(("bronze", "silver", "gold"), "1"), "finish": FINE}
    started = lambda: {log.stem for log in (tmp_path / "out").glob("logs/*/*.log")}  # noqa: E731
    arguments = ["--stack-dir", str(tmp_path / "stack"), "--out", str(tmp_path / "out"), "--json"]
    write_stack(tmp_path / "stack", {**notebooks, "prepare": "1"}, shipped_tasks())
    assert main([*arguments, "--data", data(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["topics"] == SUMMARY["topics"]
    run = started()
    assert run == {one["task_key"] for one in shipped_tasks()} - {"action"}
    for log in (tmp_path / "out").glob("logs/*/*.log"):
        log.unlink()
    write_stack(tmp_path / "stack", {**notebooks, "prepare": prepare}, shipped_tasks())
    assert main([*arguments, "--action", "replay"]) == (0 if status == "succeeded" else 1)
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert result["status"] == status
    assert "action  " in err
    assert "excluded" not in err, "what is not meant to run is not told"
    assert started() == {"is_run", "action"}
    if status == "succeeded":
        assert result["action"]["action"] == "replay"
    else:
        assert [error["task"] for error in result["errors"]] == ["action"]


@pytest.mark.parametrize("arguments", [["--data", "nowhere"], ["--data", "{out}"]])
def test_bad_input_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    data(tmp_path)
    (tmp_path / "out" / "orders").mkdir(parents=True)
    (tmp_path / "out" / "orders" / "x.json").write_text("{}")
    arguments = [argument.replace("{out}", str(tmp_path / "out")) for argument in arguments]
    assert start(tmp_path, FINE, "--reset", "--json", *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("medallion: ")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["orders"]


def test_a_loop_survives_failing_iterations_and_ends_by_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = COUNTING + "if number == 2:\n    raise OSError('the disk hiccuped')\n" + FINE
    arguments = ["--data", data(tmp_path), "--loop", "--interval", "0.01", "--max-iterations", "3", "--json"]
    assert start(tmp_path, code, *arguments) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["runs"] == 3
    assert "Trying again in" in err
    assert "the disk hiccuped" in err


def test_a_loop_lands_what_is_added(tmp_path: Path) -> None:
    code = COUNTING + (
        "if number == 1:\n"
        f"    Path({str(tmp_path)!r}, 'data', 'orders', 'b.json').write_text('{{}}')\n"
    )  # fmt: skip
    start(
        tmp_path,
        code + FINE,
        "--data",
        data(tmp_path),
        "--loop",
        "--interval",
        "0.01",
        "--max-iterations",
        "2",
    )
    landed = tmp_path / "out/volumes/main/dev_bronze/landing/orders"
    assert sorted(path.name for path in landed.iterdir()) == ["a.json", "b.json"]


def test_sigterm_ends_a_loop_after_the_running_tick(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = (
        COUNTING + "import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(0.3)\n" + FINE
    )
    handler = signal.getsignal(signal.SIGTERM)
    try:
        assert start(tmp_path, code, "--data", data(tmp_path), "--loop", "--interval", "60", "--json") == 0
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert json.loads(capsys.readouterr().out)["runs"] == 1
    assert (tmp_path / "out" / ".medallion.lock").read_text() == ""


def test_sigterm_cuts_a_single_run_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    threading.Timer(1.0, signal.raise_signal, [signal.SIGTERM])
    code = (
        COUNTING + "import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(0.3)\n" + FINE
    )
    assert start(tmp_path, code, "--json") == 128 + signal.SIGTERM
    out, err = capsys.readouterr()
    assert json.loads(out)["status"] == "stopped"
    assert json.loads(out)["runs"] == 1
    assert "the next start continues where this one stopped" in err


@pytest.mark.parametrize(
    "arguments",
    [[], ["--stack-dir", "x", "--interval", "0"], ["--stack-dir", "x", "--interval", "nan"],
     ["--stack-dir", "x", "--action", "replay", "--reset"], ["--stack-dir", "x", "--action-arguments", "[]"],
     ["--stack-dir", "x", "--max-iterations", "2"], ["--stack-dir", "x", "--loop", "--max-iterations", "0"]],
)  # fmt: skip
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_options(arguments)
    assert caught.value.code == 2
    assert "error:" in capsys.readouterr().err


NEVER = """
from pipelines.errors import Retry, TasksFailedError
raise TasksFailedError([("gold_m", "no such column")], retry=Retry.{retry})
"""


@pytest.mark.parametrize(
    ("retry", "runs", "attempts"), [("NEVER", 1, 1), ("OTHER_DATA", 2, 1), ("ANY_TIME", 2, 2)]
)
def test_what_cannot_succeed_is_not_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], retry: str, runs: int, attempts: int
) -> None:
    """Neither by the task's retries over the same data, nor by the loop where it never can."""
    code = "print('tried')\n" + NEVER.format(retry=retry)
    task = {
        "task_key": "run_pipeline",
        "max_retries": 1,
        "notebook_task": {"notebook_path": "${databricks_notebook.run_pipeline.path}"},
    }
    write_stack(tmp_path / "stack", {"run_pipeline": code}, [task])
    arguments = ["--stack-dir", str(tmp_path / "stack"), "--out", str(tmp_path / "out"), "--sample", "--json"]
    assert main([*arguments, "--loop", "--interval", "0.01", "--max-iterations", "2"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["runs"] == runs
    assert ("The loop ends" in err) is (retry == "NEVER")
    tried = [log.read_text().count("tried") for log in (tmp_path / "out" / "logs").glob("*/run_pipeline.log")]
    assert tried == [attempts] * runs
