"""Keeps what tasks print apart: each task has a log file, and standard output stays for the result."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import StringIO
from pathlib import Path
from typing import TextIO, cast


class ThreadOutput(StringIO):
    """A stream that hands each thread's text to that thread's file.

    A thread that runs in a copy of a registered one's context, as those of the library do, writes to the same file. Others
    write to the log of the run; only the main thread reaches the real stream.
    """

    def __init__(self, real: TextIO, fallback: TextIO) -> None:
        super().__init__()
        self._real = real
        self._fallback = fallback
        self._own: ContextVar[TextIO | None] = ContextVar("own", default=None)

    def write(self, text: str) -> int:
        """Write to where this thread's text belongs."""
        return self._target().write(text)

    def flush(self) -> None:
        """Flush where this thread's text belongs."""
        self._target().flush()

    def isatty(self) -> bool:
        """Tell whether the real stream is a terminal."""
        return self._real.isatty()

    def fileno(self) -> int:
        """The real stream's."""
        return self._real.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The real stream's."""
        return self._real.encoding

    @contextmanager
    def redirected(self, stream: TextIO) -> Iterator[None]:
        """This thread writes to `stream` for a while."""
        token = self._own.set(stream)
        try:
            yield
        finally:
            self._own.reset(token)

    def _target(self) -> TextIO:
        own = self._own.get()
        if own is not None:
            return own
        return self._real if threading.current_thread() is threading.main_thread() else self._fallback


@contextmanager
def captured_threads(log: Path) -> Iterator[None]:
    """Replace standard output and error by streams that keep threads apart; the library's log goes there, too."""
    log.parent.mkdir(parents=True, exist_ok=True)
    real = sys.stdout, sys.stderr
    with log.open("a", encoding="utf-8", buffering=1) as fallback:
        sys.stdout, sys.stderr = (cast(TextIO, ThreadOutput(stream, fallback)) for stream in real)
        handler = logging.StreamHandler(sys.stderr)
        logger = logging.getLogger("medallion")
        before = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            logger.setLevel(before)
            logger.removeHandler(handler)
            sys.stdout, sys.stderr = real


@contextmanager
def to_file(log: Path) -> Iterator[StringIO]:
    """Send what this thread prints to a log file, and keep it too."""
    kept = StringIO()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8", buffering=1) as file:
        both = _Tee(file, kept)
        streams = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, ThreadOutput)]
        if len(streams) < 2:
            yield kept
            return
        with streams[0].redirected(both), streams[1].redirected(file):
            yield kept


class _Tee(StringIO):
    """Writes to two streams."""

    def __init__(self, first: TextIO, second: TextIO) -> None:
        super().__init__()
        self._targets = (first, second)

    def write(self, text: str) -> int:
        for target in self._targets:
            target.write(text)
        return len(text)

    def flush(self) -> None:
        self._targets[0].flush()
