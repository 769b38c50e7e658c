"""Tests of one process share one Spark session: a test that starts or ends one of its own ends that of all tests after it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Its tier has a session with the jars of Kafka, in a process of its own.
OWN_PROCESS = ROOT / "test" / "kafka"


def sessions(source: str) -> list[int]:
    """Lines that start or end a session."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    names = ((call.lineno, call.func) for call in calls)
    return [
        line
        for line, name in names
        if getattr(name, "id", getattr(name, "attr", "")) in ("build_session", "shut_down")
    ]


def test_no_test_starts_or_ends_a_session_of_its_own() -> None:
    assert sessions("spark = build_session(out)\nsession.shut_down(spark)\n") == [1, 2]
    files = [file for file in ROOT.glob("test/**/test_*.py") if not file.is_relative_to(OWN_PROCESS)]
    assert files
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in files
        for line in sessions(file.read_text(encoding="utf-8"))
    ]
    assert not found, f"take the fixture `spark` instead: {found}"
