"""The real command on a real terminal, in a POSIX locale: Ctrl-C, and the run that goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from test.e2e.support import ROOT, command
from test.local.terminal import CTRL_C, Terminal

pytestmark = pytest.mark.e2e


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["classic", "connect"])
def test_ctrl_c_and_on_again_where_names_are_not_ascii(tmp_path: Path, mode: str) -> None:
    landed = tmp_path / "donn\u00e9es" / "orders"
    landed.mkdir(parents=True)
    record = {"order_id": "o1", "customer_id": "c1", "updated_at": "2026-01-01T00:00:00Z"}
    (landed / "\u00e9t\u00e9.json").write_text(json.dumps(record) + "\n", encoding="utf-8")
    out = tmp_path / "r\u00e9sultat"
    start = command(["--data", str(landed.parent), "--out", str(out)])
    environment = {"LC_ALL": "C", "MEDALLION_SPARK_MODE": mode}

    terminal = Terminal(start, columns=200, cwd=ROOT, environment=environment)
    terminal.wait_for("\u25b8", timeout_s=240)
    terminal.press(CTRL_C)
    terminal.wait_for("Stopping \u2026 (Ctrl-C again stops at once)", timeout_s=10)
    assert terminal.end(timeout_s=120) == 130, terminal.text
    assert "Traceback" not in terminal.text
    assert "stopped after" in terminal.text

    again = Terminal(start, columns=200, cwd=ROOT, environment=environment)
    assert again.end(timeout_s=300) == 0, again.text
    row = next(line for line in again.text.splitlines() if "\u2502" in line and "orders" in line)
    assert row.split("\u2502")[2].strip() == "1", again.text
