"""SIGTERM and SIGINT: the first asks for a clean stop, the second stops at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from local.errors import Interrupted

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopRequest:
    """Whether somebody asked this process to stop, and with which signal."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal: signal.Signals | None = None
        self._raises = True

    def install(self) -> None:
        """Take the signals over; again after Spark has started, which takes SIGINT for itself."""
        for number in _SIGNALS:
            signal.signal(number, self._handle)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Inside, a signal only sets the event: the work looks at it where it can stop cleanly."""
        self._raises = False
        try:
            yield
        finally:
            self._raises = True

    @property
    def exit_status(self) -> int:
        """What a shell expects of a process ended by a signal."""
        return 128 + (self.signal or signal.SIGTERM)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.event.is_set():
            os._exit(128 + number)
        self.signal = signal.Signals(number)
        self.event.set()
        if self._raises:
            raise Interrupted
