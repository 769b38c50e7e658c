"""Every code that a record or a field can get is explained wherever people read it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.inference import CODES, faults
from pipelines.inference.faults import meaning, rule_code
from pipelines.vocabulary import FAULTS, RULE_FAULTS

ROOT = Path(__file__).resolve().parents[3]
#: Constants of the module that are no codes.
_OTHERS = {"RULE_PREFIX"}


def _codes() -> set[str]:
    texts = {name: value for name, value in vars(faults).items() if name.isupper() and isinstance(value, str)}
    return {value for name, value in texts.items() if name not in _OTHERS}


def test_every_code_has_a_meaning() -> None:
    assert {*FAULTS, *RULE_FAULTS} == _codes() >= CODES
    assert meaning(rule_code("has_customer")) == RULE_FAULTS[faults.QUALITY_RULE]
    assert meaning("nothing") == ""


@pytest.mark.parametrize("code", sorted(_codes()))
def test_every_code_is_in_the_reference(code: str) -> None:
    page = (ROOT / "docs/reference/vocabulary.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| .*`{code}`.* \|", page, re.MULTILINE), f"no row of the table explains {code}"


def test_no_code_is_written_out_elsewhere() -> None:
    """A code that is written beside this list would have no meaning."""
    for path in sorted((ROOT / "pipelines").rglob("*.py")):
        if path.name != "faults.py":
            lits = re.findall(r'F\.lit\("(\w+)"\)|code = "(\w+)"', path.read_text(encoding="utf-8"))
            assert not {a or b for a, b in lits} & _codes(), path
