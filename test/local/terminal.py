"""A process in a real pseudo-terminal, with an emulator that says what a user sees."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

CTRL_C = b"\x03"


class Terminal:
    """Runs a command as the foreground process of a terminal of its own."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 100,
        lines: int = 60,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self._size = columns, lines
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        # Of this test run's own settings, none that say how to draw.
        drawing = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "CI")
        inherited = {name: value for name, value in os.environ.items() if name not in drawing}
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env={**inherited, "TERM": "xterm-256color", **(environment or {})},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.raw = b""
        """All bytes that were written."""

    @property
    def text(self) -> str:
        """What the screen shows now."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def recorded(self, folder: Path) -> str:
        """The last screen without what differs from run to run: the folder, ids, times."""
        raw = self.raw.replace(str(folder).encode(), b"/project")
        raw = re.sub(rb"\b\d{13}\b", b"1700000000000", raw)
        screen = pyte.Screen(*self._size)
        pyte.ByteStream(screen).feed(raw)
        text = "\n".join(line.rstrip() for line in screen.display).rstrip()
        return re.sub(r"\d+(\.\d+)? s\b", "N s", text)

    def wait_for(self, seen: str | Callable[[str], bool], timeout_s: float = 30) -> str:
        """Read until the screen shows a text, or what `seen` accepts; returns the screen."""
        accepts = seen if callable(seen) else lambda text: seen in text
        until = time.monotonic() + timeout_s
        while not accepts(self.text):
            if time.monotonic() > until or not self._read():
                raise AssertionError(f"{seen} is not on the screen:\n{self.text}")
        return self.text

    def press(self, keys: bytes) -> None:
        """Type keys."""
        os.write(self._master, keys)

    def end(self, timeout_s: float = 60) -> int:
        """Read to the end of the process; returns its exit status."""
        until = time.monotonic() + timeout_s
        while self._read():
            if time.monotonic() > until:
                os.killpg(self._process.pid, signal.SIGKILL)
                raise AssertionError(f"still running:\n{self.text}")
        return self._process.wait(timeout_s)

    def _read(self) -> bool:
        """Take what is there, waiting a little for it; false where the process has closed the terminal."""
        ready, _, _ = select.select([self._master], [], [], 0.1)
        if not ready:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)
