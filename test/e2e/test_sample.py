"""What a newcomer sees first: the sample data, twice."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.ask.engine import run_query
from local.ask.folder import open_folder
from local.landing_data import sample_parts
from test.e2e.support import ROOT, data, rows, run
from test.local.expected import KEYS, expected, expected_gold

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of both runs."""
    return tmp_path_factory.mktemp("sample") / "out"


@pytest.fixture(scope="module")
def first(out: Path) -> dict[str, Any]:
    """The first ``npm start``; a copy of what it wrote is kept in the folder that ``MEDALLION_SAMPLE`` names, for ``test:browser``."""
    result = run(["--out", str(out)])
    if kept := os.environ.get("MEDALLION_SAMPLE"):
        shutil.copytree(out, kept, dirs_exist_ok=True)
    return result


def test_the_tables_are_the_expected_ones(first: dict[str, Any]) -> None:
    silver, accounts = expected(sample_parts())
    for topic, key in KEYS.items():
        table = rows(first, f"silver.{topic}")
        got = {str(row[key]): row for row in table}
        assert len(table) == len(got)
        assert got.keys() == silver[topic].rows.keys()
        for name, wanted in silver[topic].rows.items():
            shown = {field: _utc(got[name].get(field)) for field in wanted}
            assert shown == {field: _utc(value) for field, value in wanted.items()}, (topic, name)
        total = {
            field: sum(getattr(account[topic], field) for account in accounts) for field in ("read", "silver")
        }
        assert {field: first["topics"][topic][field] for field in total} == total
    for model, wanted_rows in expected_gold(silver).items():
        table = rows(first, f"gold.{model}")
        assert len(table) == len(wanted_rows), model
        names = wanted_rows[0].keys()
        assert _comparable(table, names) == _comparable(wanted_rows, names), model


def _utc(value: Any) -> Any:
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value


def _comparable(records: list[dict[str, Any]], names: Any) -> list[str]:
    return sorted(repr([(name, _rounded(_utc(record[name]))) for name in names]) for record in records)


def _rounded(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return f"{float(value):.9g}"


def test_the_sample_shows_what_it_is_for(first: dict[str, Any]) -> None:
    drift = {(row["change"]) for row in rows(first, "ops.schema_drift")}
    assert {"added", "promoted"} <= drift
    assert sum(topic["quarantined"] for topic in first["topics"].values()) > 0
    assert sum(topic["deduplicated"] for topic in first["topics"].values()) > 0
    report = Path(first["report"]).read_text(encoding="utf-8")
    assert "<svg" in report
    assert "http://" not in report.replace("http://www.w3.org", "")
    assert "https://" not in report


def test_the_commands_of_the_guide_about_queries(first: dict[str, Any], out: Path, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "guides" / "query.md").read_text(encoding="utf-8")
    commands = re.findall(r"^npx --no-install medallion (.*)$", guide, re.MULTILINE)
    (tmp_path / "question.sql").write_text("SELECT 1 AS one", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.endswith("DISPLAY")}
    said = {}
    for command in commands:
        words = ["node", str(ROOT / "cli" / "bin.cjs"), *shlex.split(command), "--out", str(out)]
        # No terminal is here for the shell: it reads a statement.
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=environment,
            input="SELECT 1",
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), command
        said[command] = done.stdout
    assert len(said) == len(commands) > 10
    assert said["tables"].count("\n") == len(first["tables"]) + 3
    assert f"in a browser: {out / 'report.html'}" in said["open"] or sys.platform in ("darwin", "win32")
    folder = open_folder(out)
    for name in first["tables"]:
        asked = run_query(folder, f"FROM {name}").to_pylist()
        assert sorted(map(repr, asked)) == sorted(map(repr, rows(first, name))), name


def test_a_second_run_reads_nothing_and_changes_nothing(first: dict[str, Any], out: Path) -> None:
    tables = [name for name in first["tables"] if name.split(".")[0] in ("silver", "gold")]
    before = {name: data(rows(first, name)) for name in tables}
    second = run(["--out", str(out)])
    assert {topic: counts["read"] for topic, counts in second["topics"].items()} == dict.fromkeys(
        second["topics"], 0
    )
    assert {model: state["refresh"] for model, state in second["gold"].items()} == dict.fromkeys(
        second["gold"], "skipped"
    )
    assert {name: data(rows(second, name)) for name in tables} == before
