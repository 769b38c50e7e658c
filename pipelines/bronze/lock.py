"""One process at a time on a topic's source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import SourceError

try:
    import fcntl
except ImportError:  # Windows: the local runner's own lock is all there is
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(folder: str, topic: str) -> Iterator[None]:
    """Hold the lock in ``folder``, which a killed process loses by itself. Raises :class:`SourceError` when it is held.

    Cloud volumes have no locks: there nothing is held, and the job's ``max_concurrent_runs: 1`` keeps runs apart.
    """
    if fcntl is None:
        yield
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    with open(Path(folder) / "lock", "w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SourceError(
                f"Topic {topic}: another run is reading its source (the lock {file.name} is held). Nothing was done here; "
                "let the other run end, or stop it, and run again."
            ) from error
        except OSError:
            pass
        yield
