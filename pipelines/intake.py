"""What becomes of each file in a landing folder: taken, taken again, skipped, or left for later. Plain Python."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pipelines.errors import SourceError
from pipelines.ledger import Entry, Ledger
from pipelines.listing import LandedFile, is_closed

#: A young file whose end is missing waits until it is this old, in seconds. Then it is taken as it stands.
PATIENCE_S = 3600.0
#: How far the modification time that bronze keeps may be from the file's, in nanoseconds (bronze's is rounded).
_ROUNDED_NS = 1_000_000_000

Hasher = Callable[[Sequence[LandedFile]], Mapping[str, str]]


@dataclass(frozen=True)
class Rules:
    """A topic's rules for its files, as ``config/topics`` gives them."""

    format: str = "auto"
    on_changed: Literal["error", "reingest"] = "error"
    settle_seconds: float = 0


@dataclass
class Intake:
    """The files of one run, each in one list; those that the ledger knows as they are stand in none."""

    #: to be read: the whole file (revision 1), or what is new in it (a later revision)
    take: list[Entry] = field(default_factory=list)
    #: nothing to read, but something to remember: copies, and files that were only touched
    note: list[Entry] = field(default_factory=list)
    #: path and reason: ``settling`` or ``unfinished``
    waiting: list[tuple[str, str]] = field(default_factory=list)

    @property
    def copies(self) -> list[Entry]:
        """Files whose content was taken under another name."""
        return [entry for entry in self.note if entry.of is not None]


def sort_out(
    files: Sequence[LandedFile], ledger: Ledger, folder: str, rules: Rules, now: float, hasher: Hasher
) -> Intake:
    """Decide for every file. Reads only files that are new or look changed; ``now`` is seconds since 1970.

    ``hasher`` gives the SHA-256 of files by path; files that are gone by then are missing in its answer.
    Raises :class:`SourceError` for files that changed after they were taken, unless the rules say ``reingest``, and for
    files that cannot be read: then nothing is taken in this run.
    """
    result = Intake()
    candidates = []
    for file in files:
        known = ledger.entries.get(file.path)
        if known is not None and (known.size, known.mtime_ns) == (file.size, file.mtime_ns):
            continue
        reason = _reason_to_wait(file, folder, rules, now)
        if reason is None:
            candidates.append(file)
        elif reason != "gone":
            result.waiting.append((file.path, reason))
    hashes = hasher(candidates) if candidates else {}
    candidates = [file for file in candidates if file.path in hashes]
    contents = dict(ledger.contents) if candidates else {}
    for file in candidates:  # before any copy of them is judged
        if _is_seen_again(file, ledger.entries.get(file.path)):
            contents.setdefault(hashes[file.path], file.path)
    for file in candidates:
        entry, read = _judge(file, hashes[file.path], ledger.entries.get(file.path), contents)
        (result.take if read else result.note).append(entry)
        if read:
            contents.setdefault(hashes[file.path], file.path)
    changed = [entry.path for entry in result.take if entry.revision > 1]
    if changed and rules.on_changed == "error":
        raise _changed(folder, changed)
    return result


def _judge(
    file: LandedFile, sha256: str, known: Entry | None, contents: Mapping[str, str]
) -> tuple[Entry, bool]:
    """What is to be remembered of a file, and whether it has to be read for that."""
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
    """Whether a ledger that was rebuilt from bronze, and knows no content, sees a file of which bronze has the present one."""
    if known is None or not known.taken or known.taken[-1] is not None:
        return False
    return abs(known.mtime_ns - file.mtime_ns) < _ROUNDED_NS


def _reason_to_wait(file: LandedFile, folder: str, rules: Rules, now: float) -> str | None:
    age = now - file.mtime_ns / 1e9
    if 0 <= age < rules.settle_seconds:
        return "settling"
    if not -PATIENCE_S < age < PATIENCE_S:  # a time far ahead says nothing
        return None
    try:
        return None if is_closed(os.path.join(folder, file.path), rules.format) else "unfinished"
    except FileNotFoundError:
        return "gone"
    except OSError as error:
        raise _unreadable(folder, file.path, error) from error


def hash_files(folder: str, files: Iterable[LandedFile]) -> dict[str, str]:
    """SHA-256 of each file that is still there, in constant memory."""
    hashes = {}
    for file in files:
        digest = hashlib.sha256()
        try:
            with open(os.path.join(folder, file.path), "rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _unreadable(folder, file.path, error) from error
        hashes[file.path] = digest.hexdigest()
    return hashes


def _unreadable(folder: str, path: str, error: OSError) -> SourceError:
    return SourceError(
        f"The file {os.path.join(folder, path)} cannot be read: {error.strerror or error}. Nothing was taken from "
        "this folder in this run; make the file readable or move it away, and run again."
    )


def _changed(folder: str, paths: Sequence[str]) -> SourceError:
    some = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    return SourceError(
        f"Changed after it was taken: {some} in {folder}. A landed file never changes; nothing was taken in this run, and "
        "what bronze has of it stays. Put the old content back and land the new one under a new name, or set "
        "source.onChanged: reingest for the topic, which takes the records that are new in the file."
    )
