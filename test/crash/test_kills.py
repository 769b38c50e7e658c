"""The driver is killed at every point, run after run, on the same tables; after each restart they are as if it never was.

`MEDALLION_SEEDS` says how many histories are played (default 1), `MEDALLION_POINTS` which points (default: all of them).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.failpoints import FAILPOINTS
from test.closing import closing_line
from test.crash.driver import NOT_REACHED

pytestmark = pytest.mark.crash

#: Behind the failpoints: every odd batch derives silver again, so the order matters for what only happens there or never.
WATCHED = (
    "files:bronze.a",
    "commit:bronze.t",
    "files:silver.t",
    "commit:silver.t",
    "files:gold.sums",
    "disk:6000",
)
ALL_POINTS = (*FAILPOINTS, *WATCHED)
POINTS = tuple(filter(None, os.environ.get("MEDALLION_POINTS", "").split(","))) or ALL_POINTS
SEEDS = int(os.environ.get("MEDALLION_SEEDS", "1"))


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_after_every_kill_the_tables_are_those_of_an_undisturbed_run(seed: int, tmp_path: Path) -> None:
    killed = []
    for step, point in enumerate(POINTS):
        status = _drive(tmp_path, seed, str(step), point)
        assert status in (-signal.SIGKILL, NOT_REACHED), f"the process at {point} ended with status {status}"
        if status == -signal.SIGKILL:
            killed.append(point)
    assert _drive(tmp_path, seed, str(len(POINTS)), "-") == 0
    differing = _drive(tmp_path, seed, "check", str(len(POINTS)))
    survived = len(killed) - differing
    print(f"points: {', '.join(killed)}")
    closing_line(f"kills survived: {survived} of {len(POINTS)}")
    assert killed == list(POINTS)
    assert differing == 0


def _drive(folder: Path, seed: int, step: str, last: str) -> int:
    command = [sys.executable, "-m", "test.crash.driver", str(folder), str(seed), step, last]
    with (folder / f"{step}.log").open("wb") as log:
        done = subprocess.run(
            command, stdout=log, stderr=log, check=False, start_new_session=True, timeout=1800
        )
    if done.returncode not in (0, -signal.SIGKILL):
        print((folder / f"{step}.log").read_text(errors="replace")[-3000:])
    return done.returncode
