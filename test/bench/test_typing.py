"""The benchmark of typing runs in small, as a command, and ends with a line of JSON like the results that are kept."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.pipeline.__main__ import RESULTS


def test_typing_in_small() -> None:
    command = [
        sys.executable,
        "-m",
        "bench.pipeline",
        "--only",
        "typing",
        "--json",
        "--records",
        "2000",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=RESULTS.parents[2])
    found = json.loads(done.stdout.splitlines()[-1])
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))["typing"]
    assert found.keys() == (kept.keys() - {"command", "cores"}) | {"took_s"}
    assert all(value > 0 for name, value in found.items() if name != "took_s")
