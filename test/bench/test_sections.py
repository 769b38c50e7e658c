"""Sections of the benchmark run in small, as a command, and ends with a line of JSON like the results that are kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from bench.pipeline.__main__ import RESULTS, SMALL


def _shape(value: Any) -> Any:
    """The names and types of a result; what stands for the number of a micro-batch has any name."""
    if isinstance(value, dict):
        if all(name.isdigit() for name in value):
            return [_shape(inner) for inner in value.values()]
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return float if type(value) is int else type(value)


#: Sections that start Spark, and the one of them that takes minutes even in small.
_SPARK, _LONG = ("statements", "micro-batches"), "micro-batches"


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[pytest.mark.slow] if each in _SPARK else []) for each in SMALL]
)
def test_a_section_in_small(name: str) -> None:
    if name == _LONG and "MEDALLION_SECTIONS" not in os.environ:
        pytest.skip("takes minutes: npm run test:all has it (MEDALLION_SECTIONS=1)")
    command = [sys.executable, "-m", "bench.pipeline", "--small", "--json", "--only", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=RESULTS.parents[2])
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))[name]
    wanted = {key: value for key, value in kept.items() if key not in ("command", "cores")}
    assert _shape(found) == _shape(wanted | {"took_s": 0})
    assert found.get("silver_equal", True)
