"""SIGTERM and SIGINT: the first asks for a clean stop, the second stops at once.

On a terminal, Ctrl-C reaches every process in the foreground, and the command that started this one hands it on as well: one
key press arrives here twice, within milliseconds.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from local.errors import Interrupted

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Signals that arrive within this many seconds of the first one are the same request.
_SAME_REQUEST_S = 0.5


class StopRequest:
    """Request to stop this process, with its signal."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self._requested = threading.Event()
        self.signal: signal.Signals | None = None
        self._raises = True
        self._asked = 0.0

    def install(self) -> None:
        """Take the signals over; again after Spark has started, which takes SIGINT for itself."""
        for number in _SIGNALS:
            signal.signal(number, self._handle)

    @contextmanager
    def deferred(self, announce: Callable[[], None]) -> Iterator[None]:
        """Inside, a signal only sets the event: the work looks at it where it can stop cleanly.

        `announce` is called when that happens, before the work can see it, in a thread of its own: a signal handler may not print.
        """
        self._raises = False
        threading.Thread(target=self._announce, args=(announce,), name="stopping", daemon=True).start()
        try:
            yield
        finally:
            self._raises = True
            if self._requested.is_set():
                self.event.wait()

    @property
    def exit_status(self) -> int:
        """Return what a shell expects of a process ended by a signal."""
        return 128 + (self.signal or signal.SIGTERM)

    def _announce(self, announce: Callable[[], None]) -> None:
        self._requested.wait()
        try:
            if not self.event.is_set():
                announce()
        finally:
            self.event.set()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._requested.is_set():
            if time.monotonic() - self._asked < _SAME_REQUEST_S:
                return
            os._exit(128 + number)
        self._asked = time.monotonic()
        self.signal = signal.Signals(number)
        if not self._raises:
            self._requested.set()
            return
        self.event.set()
        self._requested.set()
        raise Interrupted


def raise_interrupts() -> None:
    """Raise `KeyboardInterrupt` at SIGINT, once for each key press."""
    last = 0.0

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal last
        before, last = last, time.monotonic()
        if last - before > _SAME_REQUEST_S:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, handle)
