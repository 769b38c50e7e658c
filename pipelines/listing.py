"""What lies in a topic's landing folder, and whether a file looks finished: asked without Spark."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.errors import SourceError

#: Names of files that people hand over as JSON, to `check` and to a run on their machine. (A landing folder takes any.)
SUFFIXES = (".json", ".jsonl", ".ndjson")
#: How much of a file's end is looked at, in bytes. A last line longer than this counts as closed.
TAIL = 1 << 20


@dataclass(frozen=True)
class LandedFile:
    """One file: path relative to the folder, size in bytes, modification time in nanoseconds."""

    path: str
    size: int
    mtime_ns: int


def list_files(folder: str) -> list[LandedFile]:
    """All files below ``folder`` that count (names that begin with ``_`` or ``.`` do not), sorted by path.

    Raises ``FileNotFoundError`` where the folder is not there, and :class:`SourceError` where it cannot be read.
    """
    try:
        return sorted(_walk(folder, folder), key=lambda file: file.path)
    except PermissionError as error:
        raise SourceError(
            f"The landing folder {error.filename} cannot be read: {error.strerror}. Nothing was taken from it; give the "
            "pipeline's user the right to read it and run again."
        ) from error


def _walk(root: str, folder: str) -> Iterator[LandedFile]:
    for entry in list(os.scandir(folder)):
        if entry.name.startswith(("_", ".")):
            continue
        try:
            if entry.is_dir():
                yield from _walk(root, entry.path)
            else:
                stat = entry.stat()
                yield LandedFile(os.path.relpath(entry.path, root), stat.st_size, stat.st_mtime_ns)
        except FileNotFoundError:
            continue  # gone since the folder was read


def is_closed(path: str, format_: str) -> bool:
    """Whether the end of a file looks like an end.

    An array (by ``format_``, or by its first character) ends with ``]``; the last line of JSON Lines ends with a line
    break or is a whole JSON value. A file without any text is not closed: its writer has not begun.
    """
    with open(path, "rb") as file:
        head = file.read(4096)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        tail = file.read()
    text = tail.rstrip()
    if not text:
        return False
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if format_ == "json-array" or (format_ == "auto" and begin.startswith(b"[")):
        return text.endswith(b"]")
    last = text.rpartition(b"\n")[2]
    if tail[len(text) :].count(b"\n") or len(last) == TAIL:
        return True
    try:
        json.loads(last)
    except ValueError:  # not UTF-8 is a ValueError too
        return False
    return True
