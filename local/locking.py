"""Locks on files. The system lets go of the lock of a dead process by itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def lock(file: IO[str]) -> None:
        """Take the lock of an open file; `OSError` when another process has it."""
        # Beyond the text, so that others can still read whose it is.
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def lock(file: IO[str]) -> None:
        """Take the lock of an open file; `OSError` when another process has it."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_locked(path: Path) -> bool:
    """Tell whether a process has the lock of a file."""
    try:
        with path.open("a+", encoding="utf-8") as file:
            lock(file)
    except OSError:
        return path.exists()
    return False
