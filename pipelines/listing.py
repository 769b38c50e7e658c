"""What lies in a topic's landing folder: enough to know, without Spark, whether there is anything new."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LandedFile:
    """One file: path relative to the folder, size in bytes, modification time in nanoseconds."""

    path: str
    size: int
    mtime_ns: int


def list_files(folder: str) -> list[LandedFile]:
    """All files below ``folder`` that Spark would read (names that begin with ``_`` or ``.`` are not), sorted."""
    return sorted(_walk(folder, folder), key=lambda file: file.path)


def _walk(root: str, folder: str) -> Iterator[LandedFile]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.name.startswith(("_", ".")):
            continue
        if entry.is_dir():
            yield from _walk(root, entry.path)
        else:
            stat = entry.stat()
            yield LandedFile(os.path.relpath(entry.path, root), stat.st_size, stat.st_mtime_ns)


def signature(files: list[LandedFile]) -> str:
    """A short text that changes when any file appears, vanishes, grows or is written again."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.path}\0{file.size}\0{file.mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def read_signature(path: str) -> str | None:
    """The signature stored by an earlier run, or nothing."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return None


def write_signature(path: str, text: str) -> None:
    """Store a signature. Written last: a lost or torn one only means that a stream starts and finds nothing new."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
