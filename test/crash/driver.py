"""One process of the crash suite, in a process group of its own.

python -m test.crash.driver FOLDER SEED STEP POINT   recover from the kill of step STEP - 1, save what the tables hold,
                                                     land batch STEP and run into POINT (``-``: stop before)
python -m test.crash.driver FOLDER SEED again POINT  run after a kill, and into POINT while that is repaired
python -m test.crash.driver FOLDER SEED check STEPS  the undisturbed run, batch by batch, compared with what was saved
python -m test.crash.driver FOLDER SEED plain STEPS  so many batches, and what the tables hold then
python -m test.crash.driver FOLDER SEED WAY STEPS    so many batches, each disturbed in a WAY (see WAYS), run again and
                                                     compared as for ``check``
"""

from __future__ import annotations

import itertools
import json
import os
import re
import resource
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

from pyspark import SparkContext
from pyspark.sql import DataFrameWriter, SparkSession

from local.session import WAREHOUSE, build_session, shut_down
from pipelines.failpoints import FAILPOINTS, VARIABLE, kill_group
from test.crash.workload import INGESTED, land_batch, make_lab, state_of
from test.pipelines.support import Lab

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
        if step in WAYS:
            for number in range(int(last)):
                land_batch(disturbed, seed, number)
                WAYS[step](disturbed, number)
                disturbed.run()
                saved(folder, number).write_text(json.dumps(state_of(disturbed)), encoding="utf-8")
            # Each of two runs at once may tell of what the other took: only one at a time keeps an account.
            apart = (INGESTED,) if step == "twice" else ()
            return check(disturbed, make_lab(spark, folder / "undisturbed"), folder, seed, int(last), apart)
        if step != "again":
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


def check(
    disturbed: Lab, undisturbed: Lab, folder: Path, seed: int, steps: int, apart: Collection[str] = ()
) -> int:
    """Run the same batches without a kill; print each step whose tables differ, ``apart`` from some. The number of those is
    the answer.
    """
    differing = 0
    for step in range(steps):
        land_batch(undisturbed, seed, step)
        undisturbed.run()
        wanted, found = state_of(undisturbed), json.loads(saved(folder, step).read_text(encoding="utf-8"))
        wrong = {name: (rows, found[name]) for name, rows in wanted.items() if rows != found[name]}
        for name in apart:
            wrong.pop(name, None)
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


def lose_an_answer(lab: Lab, number: int) -> None:
    """A run whose write ``number`` (from 0) is done, but looks like a failure: its answer got lost on the way."""
    writes, lock = itertools.count(), threading.Lock()

    def losing(write: Callable[..., Any], counts: Callable[..., bool]) -> Callable[..., Any]:
        def answer(*args: Any, **kwargs: Any) -> Any:
            result = write(*args, **kwargs)
            with lock:
                lost = counts(*args) and next(writes) == number
            if lost:
                raise ConnectionError("the answer got lost")
            return result

        return answer

    save, sql = DataFrameWriter.saveAsTable, SparkSession.sql
    changing = re.compile(r"\s*(MERGE|DELETE|UPDATE|ALTER|CREATE|OPTIMIZE)\b")
    with (
        mock.patch.object(DataFrameWriter, "saveAsTable", losing(save, lambda *_: True)),
        mock.patch.object(SparkSession, "sql", losing(sql, lambda _, text, *__: bool(changing.match(text)))),
    ):
        said = _outcome(lab)
    sys.stdout.write(f"write {number} of {next(writes)}: {said}\n")


def run_twice_at_once(lab: Lab, _number: int) -> None:
    """Two runs at the same time, where nothing locks (as on a cloud's volumes)."""
    with mock.patch("pipelines.bronze.lock.fcntl", None), ThreadPoolExecutor(max_workers=2) as pool:
        said = list(pool.map(lambda _: _outcome(lab), range(2)))
    sys.stdout.write(f"{said}\n")


def write_protect(lab: Lab, number: int) -> None:
    """A run that may not write in one of its folders, or in its landing folder (which it never does)."""
    tables = lab.folder.parent / WAREHOUSE
    places = [lab.folder / "checkpoints"]
    places += [
        tables / f"{lab.prefix}{layer}.db" / name
        for layer, name in (("bronze", "t"), ("silver", "t"), ("gold", "sums"), ("ops", "progress"))
    ]
    folders = [path for path in (places[number % len(places)], lab.folder / "landing") if path.exists()]
    folders += [path for top in folders for path in top.rglob("*") if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    try:
        said = _outcome(lab)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    sys.stdout.write(f"protected {places[number % len(places)].name}: {said}\n")


def _outcome(lab: Lab) -> str:
    """How a run ended that may fail."""
    try:
        return str(lab.run()["status"])
    except Exception as error:
        return " ".join(str(error).split())[:200]


WAYS: dict[str, Callable[[Lab, int], None]] = {
    "lost": lose_an_answer,
    "twice": run_twice_at_once,
    "protected": write_protect,
}


def _watch(due: Callable[[], bool]) -> None:
    while not due():
        pass
    kill_group()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]))
