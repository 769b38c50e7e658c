"""Lands files in the volume as a careful producer would: under a temporary name first, then renamed."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from pipelines.bronze.content import reason_unread
from pipelines.bronze.listing import PACKED, SUFFIXES, list_files, open_file


@dataclass(frozen=True)
class Copy:
    """One file to land."""

    source: Path
    target: Path


@dataclass(frozen=True)
class LandingPlan:
    """Plan of landing a folder; nothing is written before the whole plan is known to be good."""

    copies: tuple[Copy, ...]
    unchanged: int
    skipped: tuple[str, ...]
    """Descriptions of entries that are left alone."""
    foreign: Mapping[str, Path]
    """Files by their names that do not end as JSON's do."""

    @property
    def ignored(self) -> list[str]:
        """Return what was left alone, in words. Opens the foreign files, to say what they are."""
        return [*self.skipped, *(f"{name}: {_why_ignored(file)}" for name, file in self.foreign.items())]


def check_data(data: Path, folders: Iterable[str]) -> list[str]:
    """The topic folders that a data folder has; raises where there is nothing to run on."""
    folders = sorted(folders)
    expected = ", ".join(f"{folder}/" for folder in folders) or "none: no topic reads files"
    if not data.exists():
        raise LocalError(
            f"The data folder {data} does not exist; it needs a subfolder per topic: {expected}."
        )
    if not data.is_dir():
        raise LocalError(
            f"{data} is not a folder; --data takes a folder with a subfolder per topic: {expected}."
        )
    known = [folder for folder in folders if (data / folder).is_dir()]
    if not known:
        state = "is empty" if not any(data.iterdir()) else "has no folder of a known topic"
        raise LocalError(f"The data folder {data} {state}; it needs a subfolder per topic: {expected}.")
    return known


def plan_landing(data: Path, landing: Path, folders: Iterable[str]) -> LandingPlan:
    """Compare a data folder (one subfolder per topic) with what has landed already."""
    known = check_data(data, folders)
    copies: list[Copy] = []
    conflicts: list[str] = []
    roots = {Path(folder).parts[0] for folder in known}
    foreign: dict[str, Path] = {}
    skipped = [f"{entry.name}: no topic" for entry in sorted(data.iterdir()) if entry.name not in roots]
    unchanged = found = 0
    for folder in known:
        listing = list_files(str(data / folder))
        skipped += [f"{folder}/{name}: {reason}" for name, reason in listing.skipped.items()]
        for file in listing.files:
            source = data / folder / file.path
            name = source.relative_to(data).as_posix()
            if "." in source.name and not source.name.lower().endswith(SUFFIXES + PACKED):
                foreign[name] = source
                continue
            found += 1
            target = landing / name
            if not target.exists():
                copies.append(Copy(source, target))
            elif _same(source, target):
                unchanged += 1
            else:
                conflicts.append(name)
    if conflicts:
        raise LocalError(
            f"{_some(conflicts)} landed before with other content. A landed file never changes: "
            "give the new content a new name, or start afresh with --reset. Nothing was copied."
        )
    if not found:
        raise LocalError(
            f"No {' / '.join(SUFFIXES)} files in {data} under {_some(known)}: nothing to run on."
        )
    return LandingPlan(tuple(copies), unchanged, tuple(skipped), foreign)


def _why_ignored(source: Path) -> str:
    try:
        with open_file(os.fspath(source)) as file:
            reason = reason_unread(file)
    except OSError as error:
        reason = error.strerror
    return reason or f"not one of {', '.join(SUFFIXES)} (as they are or packed: .gz, .zst, .bz2)"


def land(copies: Sequence[Copy]) -> None:
    """Carry a plan out. Readers never see half a file: the hidden temporary name is renamed when it is whole."""
    for copy in copies:
        copy.target.parent.mkdir(parents=True, exist_ok=True)
        part = copy.target.with_name(f".{copy.target.name}.{os.getpid()}.part")
        shutil.copy2(copy.source, part)
        part.replace(copy.target)


def land_texts(files: Mapping[str, str], landing: Path) -> int:
    """Land generated files by relative name; the ones that are there stay. Returns how many were new."""
    new = 0
    for name, text in sorted(files.items()):
        target = landing / name
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        part.write_bytes(text.encode("utf-8"))
        part.replace(target)
        new += 1
    return new


def _same(source: Path, target: Path) -> bool:
    """By size and time, as copied; where the time differs, byte by byte."""
    a, b = source.stat(), target.stat()
    if a.st_size != b.st_size:
        return False
    return a.st_mtime_ns == b.st_mtime_ns or filecmp.cmp(source, target, shallow=False)


def _some(names: Sequence[str], limit: int = 3) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
