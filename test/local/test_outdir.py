"""The output folder: ours or nobody's, and one run at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.errors import LocalError
from local.outdir import LOCK, MARKER, OutputFolder
from local.tools import ROOT


def test_a_new_folder_is_marked_first(tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "deep" / "out", stack="local") as out:
        assert json.loads((out.path / MARKER).read_text())["stack"] == "local"
        assert (out.path / LOCK).read_text() == str(os.getpid())
    assert (out.path / LOCK).read_text() == ""
    with OutputFolder(out.path, stack="local"):
        pass


def test_a_folder_of_somebody_else_is_rejected_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("work of years")
    for reset in (False, True):
        with pytest.raises(
            LocalError, match=r"is not empty and not an output folder of medallion.*--out.*Nothing"
        ):
            OutputFolder(tmp_path, stack="local", reset=reset).__enter__()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_or_a_foreign_marker_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match="is a file, not a folder"):
        OutputFolder(tmp_path / "file", stack="local").__enter__()
    (tmp_path / "out").mkdir()
    for text in ("{", "[]", '{"kind": "other"}'):
        (tmp_path / "out" / MARKER).write_text(text)
        with pytest.raises(LocalError, match="is not ours"):
            OutputFolder(tmp_path / "out", stack="local", reset=True).__enter__()


def test_reset_wipes_ours_and_keeps_what_links_lead_to(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    with OutputFolder(tmp_path / "out", stack="local") as out:
        (out.path / "warehouse" / "x").mkdir(parents=True)
        (out.path / "link").symlink_to(elsewhere)
    with OutputFolder(out.path, stack="free", reset=True):
        assert sorted(path.name for path in out.path.iterdir()) == [MARKER, LOCK]
        assert json.loads((out.path / MARKER).read_text())["stack"] == "free"
    assert (elsewhere / "kept").exists()


def test_another_stack_is_rejected(tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "out", stack="local"):
        pass
    with pytest.raises(LocalError, match=r"holds the tables of stack local, not free.*--reset"):
        OutputFolder(tmp_path / "out", stack="free").__enter__()
    with OutputFolder(tmp_path / "out", stack="local"):
        pass


HOLD = """
import sys, time
from local.outdir import OutputFolder
with OutputFolder(sys.argv[1], stack="local"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_rejected_and_a_dead_one_forgotten(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        for reset in (False, True):
            with pytest.raises(LocalError, match=rf"A run is going on in .* \(process {other.pid}\)"):
                OutputFolder(tmp_path, stack="local", reset=reset).__enter__()
        other.kill()
    assert (tmp_path / LOCK).read_text() == str(other.pid)
    with OutputFolder(tmp_path, stack="local"):
        pass


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match="cannot be written"):
        OutputFolder(tmp_path / "file" / "out", stack="local").__enter__()
