"""What is wrong in SQL of the user's is told by the real command at the line and column of the user's file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from test.e2e.support import command, project_copy
from test.local.terminal import Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TOPIC = """source: { files: rides }
silver:
  mode: upsert
  keys: [id]
  deleteWhen: concat(gone, 1) > 0 AND gone + map(1, 2) > 0
quality:
  - { name: fast, expect: "meters / seconds < 20" }
  - name: far
    expect: |
      meters > 0
        AND meters / (seconds - seconds) > 1
"""
HEADER = "-- model: {name}\n-- grain: id\n-- needs: rides(id bigint, meters bigint, seconds bigint)\n"
#: Name: the body, then what is told of it.
MODELS = {
    "bad_column": (
        "SELECT id,\n  sum(metres) AS meters\nFROM rides GROUP BY id\n",
        "5:7: [UNRESOLVED_COLUMN",
    ),
    "bad_syntax": ("SELECT id, meters AS FROM rides WHERE id = = 1\n", "4:"),
    "by_zero": ("SELECT id,\n    meters / (seconds - 10) AS speed\nFROM rides\n", "5:5: [DIVIDE_BY_ZERO]"),
    "good": ("SELECT id, meters FROM rides\n", None),
}


def test_a_run_names_file_line_and_cause_and_its_log_has_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_copy(tmp_path / "project", monkeypatch)
    for folder in ("config/topics", "config/dashboards", "notebooks/gold"):
        for old in (project / folder).iterdir():
            old.unlink()
    (project / "config/topics/rides.yaml").write_text(TOPIC)
    for name, (body, _) in MODELS.items():
        (project / f"notebooks/gold/{name}.sql").write_text(HEADER.format(name=name) + body)
    landed = tmp_path / "data" / "rides"
    landed.mkdir(parents=True)
    records = [
        {"id": 1, "meters": 100, "seconds": 10, "gone": 0},
        {"id": 2, "meters": 5, "seconds": 5, "gone": 0},
    ]
    (landed / "a.json").write_text("".join(json.dumps(record) + "\n" for record in records))

    out = tmp_path / "out"
    start = command(["--data", str(landed.parent), "--out", str(out)], project)
    terminal = Terminal(start, columns=160, lines=120, cwd=project)
    terminal.wait_for("bad_column.sql:5:7", timeout_s=300)
    assert "\u2713  bronze_rides" not in terminal.text, "told after data was moved"
    assert terminal.end(timeout_s=400) == 1
    told = "".join(line for line in terminal.text.splitlines() if line)
    for name, (_, where) in MODELS.items():
        if where is not None:
            assert f"notebooks/gold/{name}.sql:{where}" in told
    for expected in (
        "      sum(metres) AS meters          ^",
        "        meters / (seconds - 10) AS speed        ^",
        "config/topics/rides.yaml:11:13: [DIVIDE_BY_ZERO]",
        "config/topics/rides.yaml:5:",
    ):
        assert expected.replace(" ", "") in told.replace(" ", ""), expected
    for plan in ("Project [", "TASK_WRITE_FAILED", "Traceback", "attempts", "+- "):
        assert plan not in told
    [log] = out.glob("logs/*/gold_bad_column.log")
    assert "UNRESOLVED_COLUMN" in log.read_text()
    [log] = out.glob("logs/*/gold_by_zero.log")
    assert "DIVIDE_BY_ZERO" in log.read_text()
    assert "Good (2 rows)" in terminal.text
