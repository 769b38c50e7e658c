"""One process of the crash suite, in a process group of its own.

python -m test.crash.driver FOLDER SEED STEP POINT   recover from the kill of step STEP - 1, save what the tables hold,
                                                     land batch STEP and run into POINT (``-``: stop before)
python -m test.crash.driver FOLDER SEED check STEPS  the undisturbed run, batch by batch, compared with what was saved
python -m test.crash.driver FOLDER SEED plain STEPS  so many batches, and what the tables hold then
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from pyspark import SparkContext

from local.session import WAREHOUSE, build_session, shut_down
from pipelines.failpoints import FAILPOINTS, VARIABLE, kill_group
from test.crash.workload import land_batch, make_lab, state_of
from test.pipelines.spark.support import Lab

#: Exit status of a process that ran past its point.
NOT_REACHED = 3


def main(folder: Path, seed: int, step: str, last: str) -> int:
    """See the module's description."""
    spark = build_session(folder, master="local[2]")
    try:
        disturbed = make_lab(spark, folder / "disturbed")
        if step == "check":
            return check(disturbed, make_lab(spark, folder / "undisturbed"), folder, seed, int(last))
        if step == "plain":
            for number in range(int(last)):
                land_batch(disturbed, seed, number)
                disturbed.run()
            saved(folder, 0).write_text(json.dumps(state_of(disturbed)), encoding="utf-8")
            return 0
        number = int(step)
        if number:
            disturbed.run()
            saved(folder, number - 1).write_text(json.dumps(state_of(disturbed)), encoding="utf-8")
        if last == "-":
            return 0
        land_batch(disturbed, seed, number)
        arm(last, folder, disturbed)
        try:
            disturbed.run()
        except Exception:
            if not last.startswith("disk:"):
                raise
            kill_group()  # the run said what was wrong; what it left is for the next one
        return NOT_REACHED
    finally:
        shut_down(spark)


def saved(folder: Path, step: int) -> Path:
    """Where the state after the recovery of a step is kept."""
    return folder / f"state-{step}.json"


def check(disturbed: Lab, undisturbed: Lab, folder: Path, seed: int, steps: int) -> int:
    """Run the same batches without a kill; print each step whose tables differ. The number of those is the answer."""
    differing = 0
    for step in range(steps):
        land_batch(undisturbed, seed, step)
        undisturbed.run()
        wanted, found = state_of(undisturbed), json.loads(saved(folder, step).read_text(encoding="utf-8"))
        wrong = {name: (rows, found[name]) for name, rows in wanted.items() if rows != found[name]}
        for name, (rows, others) in wrong.items():
            missing, surplus = _without(rows, others), _without(others, rows)
            sys.stdout.write(f"step {step}, {name}: missing {missing[:3]}, too much {surplus[:3]}\n")
            sys.stdout.flush()
        differing += bool(wrong)
    return differing


def _without(rows: list[str], others: list[str]) -> list[str]:
    return list((Counter(rows) - Counter(others)).elements())


def arm(point: str, folder: Path, lab: Lab) -> None:
    """Prepare the kill: at a failpoint of the library, or when something appears in a table's folder
    (``files:layer.table``: data files before their commit; ``commit:layer.table``: the commit itself). ``disk:n``: no
    file of Spark can grow beyond n bytes, as on a full disk.
    """
    if point.split(":")[0] in FAILPOINTS:
        os.environ[VARIABLE] = point
        return
    what, _, table = point.partition(":")
    if what == "disk":
        jvm = SparkContext._gateway.proc.pid  # type: ignore[union-attr]
        resource.prlimit(jvm, resource.RLIMIT_FSIZE, (int(table), resource.RLIM_INFINITY))
        return
    layer, _, name = table.partition(".")
    place = folder / WAREHOUSE / f"{lab.prefix}{layer}.db" / name
    commits = len(list(place.glob("_delta_log/*.json")))
    files = len(list(place.glob("*.parquet")))

    def due() -> bool:
        if what == "commit":
            return len(list(place.glob("_delta_log/*.json"))) > commits
        return len(list(place.glob("*.parquet"))) > files

    threading.Thread(target=_watch, args=(due,), daemon=True).start()


def _watch(due: Callable[[], bool]) -> None:
    while not due():
        pass
    kill_group()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]))
