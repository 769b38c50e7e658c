"""Files that land in the landing volume before a run: the sample data in two parts, a folder of the user's, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from local.errors import LocalError
from local.landing import land, land_texts, plan_landing
from local.sample_data import sample_batches
from pipelines.errors import counted

_NOTHING_NEW = "nothing new has landed"


class LandingData(Protocol):
    """Lands files; asked before every run."""

    ignored: Sequence[str]
    """Descriptions of entries that were left alone."""

    nothing: str
    """Text about a run for which nothing landed."""

    def land_next(self) -> str | None:
        """Land what comes next and say what it was; None where nothing is new."""

    def exhausted(self) -> bool:
        """Tell whether another run would find nothing more of it."""


def sample_parts() -> list[dict[str, str]]:
    """Files of the sample data that land together: the first week, then the others, which bring a new field and a new type."""
    first, *others = sample_batches()
    return [first, {name: text for week in others for name, text in week.items()}]


class SampleData:
    """The simulated shop, in two runs. What has landed stays as it is."""

    ignored: Sequence[str] = ()
    nothing = _NOTHING_NEW

    def __init__(self, landing: Path, folders: Sequence[str]) -> None:
        self._landing = landing
        parts = [
            {name: text for name, text in part.items() if name.split("/")[0] in folders}
            for part in sample_parts()
        ]
        if not any(parts):
            raise LocalError(
                "There is sample data only for topics that read the folders customers, orders and sales: give your own "
                f"with --data DIR (a subfolder for each of {', '.join(folders)})."
            )
        self._parts = parts

    def land_next(self) -> str | None:
        """Land the next part that has not landed."""
        for number, files in enumerate(self._parts, start=1):
            new = land_texts(files, self._landing)
            if new:
                return f"part {number} of {len(self._parts)} of the sample data: {new} files"
        return None

    def exhausted(self) -> bool:
        """Tell whether all parts have landed."""
        return all((self._landing / name).exists() for files in self._parts for name in files)


class FolderData:
    """A folder with a subfolder per topic. Files that are added to it later land before the next run of a loop."""

    nothing = _NOTHING_NEW

    def __init__(self, data: Path, landing: Path, folders: Sequence[str]) -> None:
        self._data, self._landing, self._folders = data, landing, folders
        self.ignored: Sequence[str] = plan_landing(data, landing, folders).ignored

    def land_next(self) -> str | None:
        """Land what is new in the folder."""
        plan = plan_landing(self._data, self._landing, self._folders)
        land(plan.copies)
        return f"{counted(len(plan.copies), 'file')} from {self._data.name}" if plan.copies else None

    def exhausted(self) -> bool:
        """A folder lands as a whole."""
        return True


class NoLandingData:
    """Nothing is landed by this runner: whatever is there is read."""

    ignored: Sequence[str] = ()
    nothing = "what has arrived"

    def land_next(self) -> str | None:
        """Nothing."""
        return None

    def exhausted(self) -> bool:
        """There is nothing to land."""
        return True


def choose_landing_data(
    data: Path | None, landing: Path, folders: Sequence[str], *, sample: bool
) -> LandingData:
    """The data that were given, or what has landed; where nothing has, the sample data if the project is theirs (`sample`).
    The two are never mixed.
    """
    has_sample = any((landing / name).exists() for name in sample_batches()[0])
    if data is not None:
        if has_sample:
            raise LocalError(
                "The output folder holds the sample data: give another folder with --out, or start afresh with --reset."
            )
        return FolderData(data, landing, folders)
    if not folders:
        return NoLandingData()  # every topic reads from Kafka
    has_files = any(path.is_file() for folder in folders for path in (landing / folder).rglob("*"))
    if has_files and not (has_sample and sample):
        return NoLandingData()
    if not sample:
        raise LocalError(
            f"No data has landed yet: give a folder with --data DIR (a subfolder for each of {', '.join(folders)})."
        )
    return SampleData(landing, folders)
