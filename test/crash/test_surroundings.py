"""Time zone and language of the machine change nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.crash

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
        command = [sys.executable, "-m", "test.crash.driver", str(folder), "1", "plain", "2"]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env={**os.environ, **surroundings}
        )
        assert done.returncode == 0, done.stderr[-3000:]
        states.append(json.loads((folder / "state-0.json").read_text(encoding="utf-8")))
    assert states[0]["silver.t"]
    assert states[1] == states[0]
