"""Nothing that the vocabulary lists is listed in Python again, and nothing is named that it does not list."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from pipelines.actions import _WORK
from pipelines.inference.type_text import _HINTS
from pipelines.vocabulary import ACTIONS, EVENT_LEVELS, HINTS, PARAMETERS

ROOT = Path(__file__).resolve().parents[2]
PIPELINES = ROOT / "pipelines"


def trees(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def texts(*folders: str) -> set[str]:
    """Every text in the code."""
    return {
        node.value
        for _, tree in trees(*folders)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def logged() -> Iterator[tuple[str, str]]:
    """Every event that is logged by its name, with where; those that stand in a variable are texts of the same module."""
    for path, tree in trees("pipelines"):
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            place = {"event": 1, "warn": 1, "_log": 0, "_warn": 2}.get(call.func.attr)
            if place is None or len(call.args) <= place:
                continue
            for node in ast.walk(call.args[place]):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{path.relative_to(ROOT)}:{call.lineno}", node.value


def test_every_event_that_is_written_is_in_the_vocabulary() -> None:
    found = list(logged())
    assert len({event for _, event in found}) > 20
    assert [each for each in found if each[1] not in EVENT_LEVELS] == []


def test_every_event_of_the_vocabulary_is_written() -> None:
    assert sorted(EVENT_LEVELS.keys() - texts("pipelines")) == []


def test_events_that_are_read_are_in_the_vocabulary() -> None:
    """By the report and by summaries: what is compared with the event of a row."""
    pattern = re.compile(r"""\["event"\] (?:==|!=|in|not in) (\([^)]*\)|"\w+")""")
    read = {
        name
        for folder in ("pipelines", "local")
        for path in (ROOT / folder).rglob("*.py")
        for match in pattern.findall(path.read_text(encoding="utf-8"))
        for name in re.findall(r'"(\w+)"', match)
    }
    assert "processed" in read
    assert sorted(read - EVENT_LEVELS.keys()) == []


def test_hints_and_actions_are_those_of_the_vocabulary() -> None:
    assert sorted(_HINTS) == sorted(HINTS)
    assert sorted(("run", *_WORK)) == sorted(ACTIONS)


def test_widgets_of_the_notebooks_are_parameters() -> None:
    read = re.compile(r'read\("(\w+)"\)')
    source = (PIPELINES / "config" / "parameters.py").read_text(encoding="utf-8")
    assert set(read.findall(source)) <= PARAMETERS.keys()
