"""The ledger of a topic's files: which content of which file bronze has, so that each is taken once.

It lives in the checkpoint volume, as segments of JSON Lines: ``<topic>/000000042.jsonl``. A segment is written (temporary
name, then renamed: a volume cannot append) **before** its files are read. The file ``closed`` holds the number of the
last segment that is done, so a segment above it is an intent whose outcome the bronze table knows: each segment is one
commit there, and the commit carries the segment's token. The file ``logged`` holds the number of the last segment whose events
are in the run log, which is written after everything else. Now and then all segments up to there become one
(``000000064.full.jsonl``).

Only one process works on a ledger (``pipelines.bronze.lock``).
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.bronze.durable import write_whole
from pipelines.bronze.listing import LandedFile
from pipelines.errors import SourceError

#: Segments that a ledger holds before they are written as one.
COMPACT_AFTER = 64

_CLOSED, _LOGGED = "closed", "logged"


@dataclass(frozen=True)
class Entry:
    """Record of one file: its state when it was last seen, and the contents that were taken of it.

    ``taken`` are the hashes of the contents that bronze has from this path, oldest first; more than one where the file
    changed and was taken again. ``of`` names the file that the present content was taken from, where that is another one.
    A ledger that was rebuilt from bronze knows neither size nor hashes until it sees the file again.
    """

    path: str
    size: int | None
    mtime_ns: int
    sha256: str | None
    taken: tuple[str | None, ...] = ()
    of: str | None = None

    @property
    def revision(self) -> int:
        """Number of contents of this path that bronze has; the first has the plain path as its source."""
        return len(self.taken)


@dataclass(frozen=True)
class Segment:
    """Entries that became known together; ``token`` is what the bronze commit of their records carries.

    ``run_id`` is the run whose log tells of them; empty where there is nothing to tell, as of files that were only touched.
    """

    number: int
    token: str
    entries: tuple[Entry, ...]
    run_id: str = ""

    @property
    def copies(self) -> list[Entry]:
        """Files that were passed over, since their content was taken under another name."""
        return [entry for entry in self.entries if entry.of is not None]

    @property
    def taken(self) -> tuple[Entry, ...]:
        """Files whose records the commit holds. None beside copies, which are kept by segments of their own."""
        return () if self.copies else self.entries


class Ledger:
    """All entries of a topic, by path, and the segments that hold them. See the module's description."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.id = uuid.uuid4().hex
        self.entries: dict[str, Entry] = {}
        #: content -> path of the file that it was taken from
        self.contents: dict[str, str] = {}
        #: an intent of which this process does not know whether it was carried out
        self.pending: Segment | None = None
        #: done segments that the run log may not tell of: those of this run, and of runs that were killed
        self.unlogged: list[Segment] = []
        #: files that could not be read, and why: they are not looked into again while this process lives
        self.unread: dict[LandedFile, str] = {}
        self._last = 0
        #: number of the last segment that is part of the whole
        self._whole = 0

    @property
    def is_new(self) -> bool:
        """Tell whether nothing was ever written: a new topic, or a ledger that is lost."""
        return self._last == 0

    @classmethod
    def open(cls, folder: str) -> Ledger:
        """Read the ledger in ``folder``; an empty one where there is none. Raises :class:`SourceError` for a damaged one."""
        ledger = cls(Path(folder))
        full = max(ledger._folder.glob("*.full.jsonl"), default=None)
        ledger._whole = _number(full) if full else 0
        segments = sorted(
            path for path in ledger._folder.glob("?????????.jsonl") if _number(path) > ledger._whole
        )
        closed, logged = ledger._read_number(_CLOSED), ledger._read_number(_LOGGED)
        for path in [*([full] if full else []), *segments]:
            segment = ledger._read(path)
            ledger._last = segment.number
            if segment.number > closed:
                ledger.pending = segment
            else:
                ledger._apply(segment)
        ledger.unlogged = [segment for segment in ledger.unlogged if segment.number > logged]
        return ledger

    def intend(self, entries: Iterable[Entry], run_id: str = "") -> Segment:
        """Write the intent to take these files. Follow it by :meth:`close` when bronze has them."""
        segment = Segment(self._last + 1, uuid.uuid4().hex, tuple(entries), run_id)
        self._write(self._folder / f"{segment.number:09}.jsonl", segment)
        self._last = segment.number
        self.pending = segment
        return segment

    def close(self) -> None:
        """The pending intent was carried out."""
        if self.pending is None:
            return
        write_whole(self._folder / _CLOSED, str(self.pending.number))
        self._apply(self.pending)
        self.pending = None
        until = self.unlogged[0].number - 1 if self.unlogged else self._last
        if until - self._whole >= COMPACT_AFTER:
            self._compact(until)

    def mark_logged(self, number: int) -> None:
        """The run log tells of all segments up to ``number``."""
        if number > self._last:
            return  # the ledger was discarded since
        self.unlogged = [segment for segment in self.unlogged if segment.number > number]
        with suppress(OSError):  # then the next run finds the events in the log
            write_whole(self._folder / _LOGGED, str(number))

    def withdraw(self) -> None:
        """The pending intent was not carried out: forget it."""
        if self.pending is None:
            return
        (self._folder / f"{self.pending.number:09}.jsonl").unlink(missing_ok=True)
        self._last -= 1
        self.pending = None

    def note(self, entries: Iterable[Entry], run_id: str = "") -> Segment:
        """Keep what is known of files from which nothing has to be taken."""
        segment = self.intend(entries, run_id)
        self.close()
        return segment

    def discard(self) -> None:
        """Remove the ledger's files: it does not belong to the table that it stands beside."""
        for path in self._folder.glob("*"):
            if path.name != "lock":
                path.unlink(missing_ok=True)
        self._last = 0

    def _apply(self, segment: Segment) -> None:
        for entry in segment.entries:
            self.entries[entry.path] = entry
            for sha256 in entry.taken:
                if sha256 is not None:
                    self.contents.setdefault(sha256, entry.path)
        if segment.run_id:
            self.unlogged.append(segment)

    def _compact(self, until: int) -> None:
        """Write the segments up to ``until`` as one. What it holds of later ones is said by them again."""
        whole = Segment(until, uuid.uuid4().hex, tuple(self.entries.values()))
        self._write(self._folder / f"{whole.number:09}.full.jsonl", whole)
        self._whole = until
        for path in self._folder.glob("*.jsonl"):
            if _number(path) < whole.number or path.name == f"{whole.number:09}.jsonl":
                path.unlink(missing_ok=True)

    def _read_number(self, name: str) -> int:
        try:
            return int((self._folder / name).read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0
        except ValueError as error:
            raise _damaged(self._folder / name) from error

    def _read(self, path: Path) -> Segment:
        try:
            head, *rows = map(json.loads, path.read_text(encoding="utf-8").rstrip("\n").split("\n"))
            self.id = head["ledger"]
            if head["files"] != len(rows):
                raise ValueError("cut short")
            return Segment(head["segment"], head["token"], tuple(map(_entry, rows)), head.get("run_id", ""))
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path) from error

    def _write(self, path: Path, segment: Segment) -> None:
        head = {
            "ledger": self.id,
            "segment": segment.number,
            "token": segment.token,
            "files": len(segment.entries),
            "run_id": segment.run_id,
        }
        rows = [_brief(entry) for entry in segment.entries]
        write_whole(path, "".join(f"{json.dumps(line)}\n" for line in [head, *rows]))


def _brief(entry: Entry) -> dict[str, Any]:
    """An entry without what says nothing, since every file ever taken is kept."""
    return {key: value for key, value in asdict(entry).items() if value or key in ("size", "sha256")}


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(**{"mtime_ns": 0, **row, "taken": tuple(row.get("taken", ()))})


def _number(path: Path) -> int:
    return int(path.name[:9])


def _damaged(path: Path) -> SourceError:
    return SourceError(
        f"The file ledger is damaged: {path} is not what this library writes. Nothing was taken. Remove the folder "
        f"{os.path.dirname(path)}: the ledger is rebuilt from the bronze table."
    )


_MOST_LOGGED = 50
_REVISION = re.compile(r"(?P<path>.*?)(@(?P<revision>\d{4}))?", re.DOTALL)


def entries_from_sources(sources: Mapping[str, int], folder: str) -> list[Entry]:
    """Ledger entries from the sources in bronze (``folder/path`` or ``folder/path@0002``) and their times in microseconds."""
    newest: dict[str, tuple[int, int]] = {}
    for source, micros in sources.items():
        if not source.startswith(f"{folder}/"):
            continue  # the topic had another source once
        path, revision = _REVISION.fullmatch(source.removeprefix(f"{folder}/")).group("path", "revision")  # type: ignore[union-attr]
        newest[path] = max(newest.get(path, (0, 0)), (int(revision or 1), micros))
    return [
        Entry(path, None, micros * 1000, None, (None,) * revision)
        for path, (revision, micros) in sorted(newest.items())
    ]


def skipped_details(copy: Entry, segment: Segment) -> dict[str, Any]:
    """Return the details of the event of a file that has the content of another one."""
    return {"path": copy.path, "same_content_as": copy.of, "segment": segment.number}


def ingested_details(entries: Sequence[Entry], version: int | None, segment: Segment) -> dict[str, object]:
    """Return the details of the event of files that were ingested; ``segment`` is the last one that holds them."""
    shown = [
        {"path": e.path, "size": e.size, "sha256": e.sha256, "revision": e.revision}
        for e in entries[:_MOST_LOGGED]
    ]
    return {
        "files": len(entries),
        "bytes": sum(entry.size or 0 for entry in entries),
        "table_version": version,
        "segment": segment.number,
        "taken": shown,
    }
