"""Decides for each file in a landing folder: taken, taken again, skipped, or left for later. Plain Python."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pipelines.bronze.content import reason_unread
from pipelines.bronze.ledger import Entry, Ledger
from pipelines.bronze.listing import LandedFile, Listing, is_closed, open_file
from pipelines.errors import SourceError

#: A young file whose end is missing waits until it is this old, in seconds. Then it is taken as it stands.
LONGEST_WAIT_S = 3600.0
#: Largest difference between bronze's modification time, which is rounded, and the file's, in nanoseconds.
_ROUNDED_NS = 1_000_000_000


@dataclass(frozen=True)
class Content:
    """Content of a file: its SHA-256 (nothing where it does not open), and why no record could be read from it."""

    sha256: str | None
    unread: str | None = None


#: Looks into files, and answers by path; files that are gone by then are missing.
Inspector = Callable[[Sequence[LandedFile]], Mapping[str, Content]]


@dataclass(frozen=True)
class Rules:
    """A topic's rules for its files, as ``config/topics`` gives them."""

    format: str = "auto"
    encoding: str = "utf-8"
    duplicates: Literal["skip", "take"] = "skip"
    on_changed: Literal["error", "reingest"] = "error"
    settle_seconds: float = 0


@dataclass
class Discovery:
    """The files of one run, each in one list; those that the ledger knows as they are stand in none."""

    #: to be read: the whole file (revision 1), or what is new in it (a later revision)
    take: list[Entry] = field(default_factory=list)
    #: nothing to read, but something to remember: copies, and files that were only touched
    note: list[Entry] = field(default_factory=list)
    #: path and reason: ``settling`` or ``unfinished``
    waiting: list[tuple[str, str]] = field(default_factory=list)
    #: path -> why it could not be read, for what is in none of the other lists; nothing is remembered of it on disk
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def copies(self) -> list[Entry]:
        """Files whose content was taken under another name."""
        return [entry for entry in self.note if entry.of is not None]


def classify(
    listing: Listing, ledger: Ledger, folder: str, rules: Rules, now: float, inspect: Inspector
) -> Discovery:
    """Decide for every file. Reads only files that are new or look changed; ``now`` is seconds since 1970.

    A file from which no record can be read is left alone, and said; the others are taken.
    Raises :class:`SourceError` for files that changed after they were taken, unless the rules say ``reingest``: then nothing
    is taken in this run.
    """
    result = Discovery(unread=dict(listing.skipped))
    candidates = []
    for file in listing.files:
        known = ledger.entries.get(file.path)
        if known is not None and (known.size, known.mtime_ns) == (file.size, file.mtime_ns):
            continue
        if file in ledger.unread:
            result.unread[file.path] = ledger.unread[file]
            continue
        try:
            reason = _reason_to_wait(file, folder, rules, now)
        except FileNotFoundError:
            continue
        except OSError as error:
            result.unread[file.path] = why(error)
            continue
        if reason is None:
            candidates.append(file)
        else:
            result.waiting.append((file.path, reason))
    found = inspect(candidates) if candidates else {}
    for file in candidates:
        content = found.get(file.path)
        if content is None or content.unread is None:
            continue
        result.unread[file.path] = content.unread
        if content.sha256 is not None:  # what does not open may do so later, and looks the same then
            ledger.unread[file] = content.unread
    candidates = [file for file in candidates if file.path in found and file.path not in result.unread]
    hashes = {path: content.sha256 for path, content in found.items() if content.sha256 is not None}
    contents = dict(ledger.contents) if candidates else {}
    for file in candidates:  # before any copy of them is evaluated
        if _is_seen_again(file, ledger.entries.get(file.path)):
            contents.setdefault(hashes[file.path], file.path)
    for file in candidates:
        copied = contents if rules.duplicates == "skip" else {}
        entry, read = _entry_of(file, hashes[file.path], ledger.entries.get(file.path), copied)
        (result.take if read else result.note).append(entry)
        if read:
            contents.setdefault(hashes[file.path], file.path)
    changed = [entry.path for entry in result.take if entry.revision > 1]
    if changed and rules.on_changed == "error":
        raise _changed(folder, changed)
    return result


def _entry_of(
    file: LandedFile, sha256: str, known: Entry | None, contents: Mapping[str, str]
) -> tuple[Entry, bool]:
    """Return the entry of the ledger for a file, and whether the file has to be read for that."""
    taken = known.taken if known else ()
    seen = Entry(file.path, file.size, file.mtime_ns, sha256, taken)
    if taken and taken[-1] == sha256:
        return seen, False  # touched, or back to what it was
    if _is_seen_again(file, known):
        return replace(seen, taken=(*taken[:-1], sha256)), False
    first = contents.get(sha256)
    if first is not None and first != file.path:
        return replace(seen, of=first), False
    return replace(seen, taken=(*taken, sha256)), True


def _is_seen_again(file: LandedFile, known: Entry | None) -> bool:
    """Tell whether a ledger rebuilt from bronze, which knows no content, sees a file of which bronze has the present one."""
    if known is None or not known.taken or known.taken[-1] is not None:
        return False
    return abs(known.mtime_ns - file.mtime_ns) < _ROUNDED_NS


def _reason_to_wait(file: LandedFile, folder: str, rules: Rules, now: float) -> str | None:
    age = now - file.mtime_ns / 1e9
    if 0 <= age < rules.settle_seconds:
        return "settling"
    if not -LONGEST_WAIT_S < age < LONGEST_WAIT_S:  # a time far ahead says nothing
        return None
    return None if is_closed(os.path.join(folder, file.path), rules.format, rules.encoding) else "unfinished"


def inspect_files(folder: str, files: Iterable[LandedFile]) -> dict[str, Content]:
    """Look into each file that is still there, in constant memory."""
    found = {}
    for file in files:
        digest = hashlib.sha256()
        try:
            with open_file(os.path.join(folder, file.path)) as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
                stream.seek(0)
                found[file.path] = Content(digest.hexdigest(), reason_unread(stream))
        except FileNotFoundError:
            continue
        except OSError as error:
            found[file.path] = Content(None, why(error))
    return found


def why(error: OSError) -> str:
    """Return the system's words for an error of reading a file."""
    return error.strerror or str(error)


def _changed(folder: str, paths: Sequence[str]) -> SourceError:
    some = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    return SourceError(
        f"Changed after it was taken: {some} in {folder}. A landed file never changes; nothing was taken in this run, and "
        "what bronze has of it stays. Put the old content back and land the new one under a new name, or set "
        "source.onChanged: reingest for the topic, which takes the records that are new in the file."
    )
