"""The output folder: ours or not, and one run in it at a time."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from local.errors import InUseError, LocalError
from local.locking import lock

MARKER = ".medallion.json"
LOCK = ".medallion.lock"
UNFINISHED = ".medallion.unfinished"
_JOB = ".medallion.job.json"
_KIND = "medallion-output"
_KEPT = (MARKER, LOCK)


class OutputFolder:
    """An output folder that this process holds for the length of a run: `with OutputFolder(path, stack="local") as out:`."""

    def __init__(self, path: Path | str, *, stack: str, reset: bool = False) -> None:
        self.path = Path(path).resolve()
        self._stack = stack
        self._reset = reset
        self._lock: IO[str] | None = None

    def __enter__(self) -> OutputFolder:
        self._claim()
        self._lock = _acquire(self.path / LOCK)
        try:
            if self._reset:
                self._wipe()
                self._write_marker()
            self._check_stack()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    @property
    def is_unfinished(self) -> bool:
        """Tell whether the last run that began here was killed, was stopped or failed, so that there is work left of it."""
        return (self.path / UNFINISHED).exists()

    def begin_run(self) -> None:
        """A run begins; called before anything lands for it."""
        (self.path / UNFINISHED).touch()

    def end_run(self) -> None:
        """The run succeeded."""
        (self.path / UNFINISHED).unlink(missing_ok=True)

    def record_job(self, *, catalog: str, schemas: Mapping[str, str], document: Path) -> None:
        """Keep the names that the tables here have in the workspace, and the pipeline document: whoever asks about the tables
        later has no stack.

        Args:
            catalog: the catalog that the stack deploys to.
            schemas: layer -> schema.
            document: the pipeline document, a file in this folder.
        """
        names = {"catalog": catalog, "schemas": dict(schemas)}
        _write_json(self.path / _JOB, {**names, "document": document.relative_to(self.path).as_posix()})

    def _claim(self) -> None:
        """Make the folder, or see that it is ours. The marker is the first thing written."""
        if self.path.exists() and not self.path.is_dir():
            raise LocalError(f"{self.path} is a file, not a folder: give another folder with --out.")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            entries = [
                entry.name for entry in self.path.iterdir() if not entry.name.startswith(".medallion.")
            ]
            if (self.path / MARKER).exists():
                self._read_marker()
                return
            if entries:
                raise LocalError(
                    f"{self.path} is not empty and not an output folder of medallion (it has no {MARKER}): "
                    "give another folder with --out. Nothing was changed."
                )
            self._write_marker()
        except OSError as error:
            raise LocalError(
                f"{self.path} cannot be written ({error.strerror}): give another folder with --out."
            ) from error

    def _write_marker(self) -> None:
        body = {
            "kind": _KIND,
            "version": 1,
            "stack": self._stack,
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        _write_json(self.path / MARKER, body)

    def _read_marker(self) -> dict[str, object]:
        try:
            body = json.loads((self.path / MARKER).read_text(encoding="utf-8"))
        except ValueError:
            body = None
        if not isinstance(body, dict) or body.get("kind") != _KIND:
            raise LocalError(
                f"{self.path / MARKER} is not ours: give another folder with --out. Nothing was changed."
            )
        return body

    def _check_stack(self) -> None:
        stack = self._read_marker().get("stack")
        if stack != self._stack:
            raise LocalError(
                f"{self.path} holds the tables of stack {stack}, not {self._stack}: "
                "give another folder with --out, or start afresh with --reset."
            )

    def _wipe(self) -> None:
        for entry in self.path.iterdir():
            if entry.name in _KEPT:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.seek(0)
            self._lock.truncate()
            self._lock.close()
            self._lock = None


def require_run(out: Path) -> None:
    """Raise :class:`LocalError` unless the pipeline has run in this output folder."""
    if not (out / MARKER).exists():
        raise LocalError(
            f"Nothing has run in {out} yet: run the pipeline first (npm start, or medallion run), "
            "or give its folder with --out."
        )


def read_job(out: Path) -> dict[str, Any]:
    """Return what :meth:`OutputFolder.record_job` has kept: `catalog`, `schemas`, `document`."""
    try:
        job: dict[str, Any] = json.loads((out / _JOB).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise LocalError(
            f"{out} does not say what its tables are called: run the pipeline in it once more (npm start, or medallion run)."
        ) from None
    return job


def _write_json(path: Path, body: Mapping[str, object]) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def _acquire(path: Path) -> IO[str]:
    """Lock a file and write our process id into it."""
    file = path.open("a+", encoding="utf-8")
    try:
        lock(file)
    except OSError:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise InUseError(
            f"A run is going on in {path.parent} (process {owner}): wait for it, stop it, or give another folder with --out."
        ) from None
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file
