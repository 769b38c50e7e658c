"""The driver is killed at every point, run after run, on the same tables; after each restart they are as if it never was.

`MEDALLION_SEEDS` says how many histories are played (default 1), `MEDALLION_POINTS` which points (default: all of them).
A second kill may meet the repair of the first: of all pairs of points a round plays six (`MEDALLION_PAIRS` says another
number), another round every day; `MEDALLION_ROUND` plays one again by its number, which is printed.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
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
ROUND = int(os.environ.get("MEDALLION_ROUND") or time.time() // 86_400)
PAIRS = int(os.environ.get("MEDALLION_PAIRS", "6"))


def pairs_of(number: int, count: int) -> list[tuple[str, str]]:
    """The pairs of a round: all pairs in one fixed order, ``count`` of them after those of the round before."""
    every = list(itertools.product(ALL_POINTS, ALL_POINTS))
    random.Random(0).shuffle(every)
    return [every[at % len(every)] for at in range(number * count, (number + 1) * count)]


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
    closing_line(f"kills survived: {survived} of {len(POINTS)} (seed {seed})")
    assert killed == list(POINTS)
    assert differing == 0


def test_a_second_kill_may_meet_the_repair_of_the_first(tmp_path: Path) -> None:
    pairs = pairs_of(ROUND, PAIRS)
    again = f"MEDALLION_ROUND={ROUND} MEDALLION_PAIRS={PAIRS}"
    print(f"{again}: {', '.join(' > '.join(pair) for pair in pairs)}")
    killed: list[str] = []
    for step, (first, second) in enumerate(pairs):
        status = _drive(tmp_path, ROUND, str(step), first)
        assert status in (-signal.SIGKILL, NOT_REACHED), f"the process at {first} ended with status {status}"
        # The repair passes some points only, and not every batch passes all: what is not reached kills nobody.
        killed += [first] * (status == -signal.SIGKILL)
        status = _drive(tmp_path, ROUND, "again", second)
        assert status in (-signal.SIGKILL, NOT_REACHED), f"the repair at {second} ended with status {status}"
        killed += [second] * (status == -signal.SIGKILL)
    assert _drive(tmp_path, ROUND, str(len(pairs)), "-") == 0
    differing = _drive(tmp_path, ROUND, "check", str(len(pairs)))
    closing_line(
        f"kills in pairs: {len(killed)}, pairs survived: {len(pairs) - differing} of {len(pairs)} ({again})"
    )
    assert killed != []
    assert differing == 0


def test_every_pair_has_its_round() -> None:
    rounds = -(-(len(ALL_POINTS) ** 2) // 6)
    assert {pair for number in range(rounds) for pair in pairs_of(number, 6)} == set(
        itertools.product(ALL_POINTS, ALL_POINTS)
    )


def _drive(folder: Path, seed: int, step: str, last: str) -> int:
    command = [sys.executable, "-m", "test.crash.driver", str(folder), str(seed), step, last]
    with (folder / f"{step}.log").open("wb") as log:
        done = subprocess.run(
            command, stdout=log, stderr=log, check=False, start_new_session=True, timeout=1800
        )
    if done.returncode not in (0, -signal.SIGKILL):
        print((folder / f"{step}.log").read_text(errors="replace")[-3000:])
    return done.returncode
