"""Points where a test can kill the process, to prove that nothing is lost or doubled.

Off unless the environment variable ``MEDALLION_FAILPOINT`` names one, as ``name`` or ``name:n`` for its n-th passing (from 1).
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter

VARIABLE = "MEDALLION_FAILPOINT"

#: Every point there is, and what has happened when it is passed.
FAILPOINTS = {
    "bronze.intended": "the ledger says which files are taken; nothing of them is read",
    "bronze.committed": "records are in bronze; the ledger does not know yet",
    "bronze.closed": "the ledger knows; nothing is recorded of the run",
    "silver.registered": "a schema version is registered; silver is as it was",
    "silver.quarantined": "rejects are kept; silver is as it was",
    "silver.rebuilding": "silver is about to be derived again after a change of type",
    "silver.deletes": "deletions (and rows, where columns are tracked) are kept; silver is as it was",
    "silver.rebuilt": "silver was derived again; quarantine is not in line with it yet",
    "silver.committed": "silver has the batch; its range is not recorded",
    "gold.committed": "one model is refreshed; its range is not recorded, other models wait",
    "save.started": "everything is done; no range, result or event is written",
    "save.progress": "the ranges are written; quality results and the log are not",
    "save.logged": "the log is written; the accounts of the sources do not know that it is",
    "save.done": "everything is written",
}

_passed: Counter[str] = Counter()
_lock = threading.Lock()


def failpoint(name: str) -> None:
    """End this process and all of its process group with SIGKILL, if this is the point that the variable names."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    point, _, nth = wanted.partition(":")
    if point not in FAILPOINTS:
        raise ValueError(f"{VARIABLE} is {wanted!r}; there are: {', '.join(FAILPOINTS)}")
    if point != name:
        return
    with _lock:
        _passed[name] += 1
        if _passed[name] == int(nth or 1):
            kill_group()


def kill_group() -> None:
    """SIGKILL for this process and the JVM that it started. A test starts it in a process group of its own."""
    os.killpg(os.getpgid(0), signal.SIGKILL)
