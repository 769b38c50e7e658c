"""Running the `medallion` command as a user would, and reading what it left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from local.delta_files import read_rows
from pipelines.vocabulary import RESERVED_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
ONLINE_RETAIL = ROOT.parent / "shared" / "data" / "online-retail"

needs_online_retail = pytest.mark.skipif(
    not ONLINE_RETAIL.is_dir(), reason="the online-retail events are not beside the checkout (../shared/data)"
)


def start(arguments: Sequence[str], root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """``npm start -- …`` without npm: the same command, its output captured."""
    return subprocess.run(
        command(arguments, root), cwd=root, capture_output=True, text=True, check=False, timeout=1500
    )


def command(arguments: Sequence[str], root: Path = ROOT) -> list[str]:
    """The command that ``npm start -- …`` comes to."""
    return ["node", str(root / "node_modules/tsx/dist/cli.mjs"), str(root / "cli/main.ts"), "run", *arguments]


def run(arguments: Sequence[str], root: Path = ROOT) -> dict[str, Any]:
    """A run that must succeed: its machine-readable result."""
    done = start([*arguments, "--json"], root)
    assert done.returncode == 0, done.stderr[-4000:]
    lines = done.stdout.splitlines()
    assert len(lines) == 1, done.stdout[:2000]
    result: dict[str, Any] = json.loads(lines[0])
    return result


def project_copy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project to change at will, which shares what the set-up has installed."""
    skipped = ("node_modules", ".tools", ".git", ".medallion", "cdktf.out", "test", "dist")
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*skipped))
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    shutil.copytree(ROOT / "dist", folder / "dist")
    monkeypatch.setenv("MEDALLION_TOOLS", os.environ.get("MEDALLION_TOOLS", str(ROOT / ".tools")))
    return folder


def rows(result: dict[str, Any], table: str) -> list[dict[str, Any]]:
    """All rows of a table of a result."""
    return read_rows(Path(result["tables"][table]))


def data(records: list[dict[str, Any]]) -> set[str]:
    """Rows without audit columns, as comparable text."""
    return {
        repr(sorted((name, _plain(value)) for name, value in record.items() if _is_data(name)))
        for record in records
    }


def _is_data(name: str) -> bool:
    return name not in RESERVED_COLUMNS


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
