"""What is around a run may be odd, or fail: the tables are the same, at the latest after the next run."""

from __future__ import annotations

import ctypes
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.crash

#: Writes of a run whose answers get lost, one per run.
LOST = 12

_ELSEWHERE = {
    "TZ": "Asia/Kolkata",
    "LC_ALL": "tr_TR.UTF-8",
    "MEDALLION_JAVA_OPTIONS": "-Duser.timezone=Asia/Kolkata -Duser.language=tr -Duser.country=TR",
}


def test_a_turkish_machine_in_kolkata_makes_the_same_tables(tmp_path: Path) -> None:
    states = []
    for name, surroundings in (("here", {}), ("elsewhere", _ELSEWHERE)):
        folder = tmp_path / name
        folder.mkdir()
        _drive(str(folder), "1", "plain", "2", env={**os.environ, **surroundings})
        states.append(json.loads((folder / "state-0.json").read_text(encoding="utf-8")))
    assert states[0]["silver.t"]
    assert states[1] == states[0]


@pytest.mark.slow
def test_an_answer_that_got_lost_after_its_write_loses_and_doubles_nothing(tmp_path: Path) -> None:
    said = _drive(str(tmp_path), "1", "lost", str(LOST))
    writes = re.findall(r"^write (\d+) of (\d+): (.*)", said, re.MULTILINE)
    assert [int(number) for number, count, _ in writes if int(number) < int(count)] == list(range(LOST)), said
    assert any("the answer got lost" in outcome for _, _, outcome in writes)


@pytest.mark.slow
def test_two_runs_at_once_without_a_lock_corrupt_nothing(tmp_path: Path) -> None:
    _drive(str(tmp_path), "1", "twice", "4")


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_named_and_loses_nothing(tmp_path: Path) -> None:
    said = _drive(str(tmp_path), "1", "protected", "5", preexec_fn=_respect_permissions)
    outcomes = re.findall(r"^protected (\w+): (.*)", said, re.MULTILINE)
    assert [name for name, _ in outcomes] == ["checkpoints", "t", "t", "sums", "progress"]
    assert [name for name, outcome in outcomes[1:] if outcome == "succeeded"] == []


def _respect_permissions() -> None:
    """Root may write everywhere, unless it gives that up for what it starts."""
    if os.geteuid() == 0:
        drop_from_bounding_set, dac_override = 24, 1  # linux/prctl.h, linux/capability.h
        if ctypes.CDLL(None, use_errno=True).prctl(drop_from_bounding_set, dac_override, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "root cannot give up CAP_DAC_OVERRIDE here")


def _drive(*arguments: str, **options: Any) -> str:
    """What ``test.crash.driver`` printed; its exit status is the number of steps whose tables differ."""
    command = [sys.executable, "-m", "test.crash.driver", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
