"""`medallion explain`, through the command that a user calls."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.e2e
@pytest.mark.slow
def test_the_models_of_this_project_are_explained() -> None:
    command = ["node", "cli/bin.cjs", "explain", "weekly_kpis", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    [found] = json.loads(done.stdout)
    assert found == {
        "model": "weekly_kpis",
        "refresh": "auto",
        "full": {"daily_kpis": "it joins by an aggregate column"},
        "followed": {},
    }
    command[3] = "weekly"
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "There is no gold model weekly; there are customer_profitability," in done.stderr
