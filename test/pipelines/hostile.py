"""A landing folder in which somebody, or some tool, has left what is no file of records."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

_Make = Callable[[Path, Path], object]


def _socket(path: Path, _: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # an address may not be long
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(path.name)
    finally:
        os.chdir(here)


def _write_bytes(path: Path) -> None:
    with open(os.fsencode(path.parent) + b"/caf\xe9.json", "wb") as file:
        file.write(b'{"n": 8}\n')


def _loop(path: Path, _: Path) -> None:
    path.symlink_to("loop-2")
    path.with_name("loop-2").symlink_to(path.name)


_OUT, _NO_FILE = "it is a link that leads out of the folder", "it is no regular file"
_LOOP = os.strerror(40 if os.uname().sysname == "Linux" else 62) if os.name != "nt" else ""

#: name -> how it is made (from its path and a folder outside), and why it is skipped; nothing where it is a good file
HOSTILE: dict[str, tuple[_Make, str | None]] = {
    "pipe.json": (lambda path, _: os.mkfifo(path), _NO_FILE),
    "socket": (_socket, _NO_FILE),
    "device.json": (lambda path, _: path.symlink_to("/dev/zero"), _OUT),
    "outside.json": (lambda path, outside: path.symlink_to(outside / "secret.json"), _OUT),
    "outside": (lambda path, outside: path.symlink_to(outside), _OUT),
    "up.json": (lambda path, _: path.symlink_to("../outside/secret.json"), _OUT),
    "loop.json": (_loop, _LOOP),
    "loop-2": (lambda *_: None, _LOOP),
    "here": (lambda path, _: path.symlink_to("."), "it is a link to a folder"),
    "deep/parent": (lambda path, _: path.symlink_to(".."), "it is a link to a folder"),
    "nowhere.json": (lambda path, _: path.symlink_to("gone.json"), "it is a link that leads nowhere"),
    "again.json": (
        lambda path, _: path.symlink_to("a.json"),
        "it is a link to a.json, which is read by its own name",
    ),
    "to-pipe": (
        lambda path, _: path.symlink_to("pipe.json"),
        "it is a link to pipe.json, which is read by its own name",
    ),
    "caf\\xe9.json": (lambda path, _: _write_bytes(path), "its name is not UTF-8"),
    "to-hidden.json": (lambda path, _: path.symlink_to(".data/h.json"), None),
}


def hostile_folder(folder: Path, outside: Path) -> None:
    """Make the folder, with ``a.json``, ``deep/b.json`` and everything of ``HOSTILE``."""
    files = {
        folder / "a.json": 1,
        folder / "deep" / "b.json": 2,
        folder / ".data" / "h.json": 3,
        outside / "secret.json": 9,
    }
    for path, number in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"n": {number}}}\n', encoding="utf-8")
    for name, (make, _) in HOSTILE.items():
        make(folder / name, outside)
