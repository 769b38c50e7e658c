"""Lists a topic's landing folder without Spark, and tells whether a file looks finished.

A landing folder is open to many writers. Only regular files inside it are files of the topic: nothing else is opened, since
a pipe or a device would never end, and a link may lead anywhere.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import BinaryIO

from pipelines.bronze.content import PackingError, is_packed, unpacked
from pipelines.errors import SourceError
from pipelines.inference.encoding import as_utf8
from pipelines.inference.json_array import BLANKS, is_cut_off

#: Names of files that people hand over as JSON, to `check` and to a run on their machine. (A landing folder takes any.)
SUFFIXES = (".json", ".jsonl", ".ndjson")
#: The same, packed.
PACKED = tuple(f"{suffix}{packing}" for suffix in SUFFIXES for packing in (".gz", ".zst", ".bz2"))
#: Number of bytes at the end of a longer file that decide whether it is closed. A last line longer than this counts as closed.
TAIL = 1 << 20


@dataclass(frozen=True)
class LandedFile:
    """One file: path relative to the folder, size in bytes, modification time in nanoseconds."""

    path: str
    size: int
    mtime_ns: int


@dataclass
class Listing:
    """Contents of a folder: the files that count, by path, and the entries that were left alone, with the reason."""

    files: list[LandedFile] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def list_files(folder: str) -> Listing:
    """All regular files below ``folder``; names that begin with ``_`` or ``.`` do not count.

    Everything else there is skipped, with the reason: links to what is outside of the folder or has a name of its own in it,
    pipes, devices, names that are not UTF-8, folders that cannot be read.
    Raises ``FileNotFoundError`` where the folder is not there, and :class:`SourceError` where it cannot be read.
    """
    listing = Listing()
    try:
        _walk(os.path.realpath(folder), "", listing)
    except PermissionError as error:
        raise SourceError(
            f"The landing folder {folder} cannot be read: {error.strerror}. Nothing was taken from it; give the "
            "pipeline's user the right to read it and run again."
        ) from error
    listing.files.sort(key=lambda file: file.path)
    return listing


def open_file(path: str) -> BinaryIO:
    """Open a regular file to read. Raises ``OSError`` for anything else that has come under its name; never waits for it."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(None, "it is no regular file")
    return os.fdopen(descriptor, "rb")


def shown(path: str) -> str:
    """A path as text that can be written anywhere: bytes that are not UTF-8 as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _walk(root: str, below: str, listing: Listing) -> None:
    with os.scandir(os.path.join(root, below)) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        if name.startswith(("_", ".")):
            continue
        path = os.path.join(below, name)
        full = os.path.join(root, path)
        try:
            status = os.lstat(full)
            if shown(name) != name:
                raise OSError(None, "its name is not UTF-8")
            if stat.S_ISLNK(status.st_mode):
                status = _followed(root, full)
            if stat.S_ISDIR(status.st_mode):
                _walk(root, path, listing)
            elif stat.S_ISREG(status.st_mode):
                listing.files.append(LandedFile(path, status.st_size, status.st_mtime_ns))
            else:
                raise OSError(None, "it is no regular file")
        except FileNotFoundError:
            continue  # gone since the folder was read
        except OSError as error:
            listing.skipped[shown(path)] = error.strerror or str(error)


def _followed(root: str, link: str) -> os.stat_result:
    """The status of the file that a link leads to, where it is one that is not listed by itself."""
    try:
        target = os.path.realpath(link, strict=True)
    except FileNotFoundError as error:
        raise OSError(None, "it is a link that leads nowhere") from error
    inside = os.path.relpath(target, root)
    if os.path.commonpath((root, target)) != root:
        raise OSError(None, "it is a link that leads out of the folder")
    status = os.stat(target)
    if stat.S_ISDIR(status.st_mode):
        raise OSError(None, "it is a link to a folder")
    if not any(part.startswith(("_", ".")) for part in inside.split(os.sep)):
        raise OSError(None, f"it is a link to {shown(inside)}, which is read by its own name")
    return status


def is_closed(path: str, format_: str, encoding: str = "utf-8") -> bool:
    """Tell whether the end of a file looks like an end: not where a JSON text ends in the middle of a value.

    A file without any text is not closed: its writer has not begun. A packed one, or one that is not text, is never waited
    for: whether it is whole is known when it is unpacked.
    """
    with open_file(path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        try:
            if size > TAIL:
                return _tail_is_closed(file, size, format_)
            text = as_utf8(unpacked(file.read()), encoding)[0]
        except (PackingError, UnicodeDecodeError):
            return True
    return bool(text.strip(BLANKS)) and not is_cut_off(text, format_)


def _tail_is_closed(file: BinaryIO, size: int, format_: str) -> bool:
    """The same by a large file's first byte and its last line."""
    head = file.read(4096)
    if is_packed(head):
        return True
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip(BLANKS)
    file.seek(size - TAIL)
    tail = file.read()
    text = tail.rstrip(BLANKS)
    if format_ != "json-lines" and begin.startswith(b"["):
        return not text or text.endswith(b"]")
    last = text.rpartition(b"\n")[2]
    if b"\n" in tail[len(text) :] or len(last) == len(tail):
        return True
    return not is_cut_off(last, "json-lines")
