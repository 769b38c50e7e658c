"""The end of a run is told with all that came of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.locking import lock
from workspace import runs
from workspace.folder import Folder
from workspace.store import Store
from workspace.workspace import Workspace

MADE = {
    "schema_name": "silver",
    "name": "orders",
    "columns": [{"name": "id", "type_text": "bigint"}],
}


@pytest.mark.parametrize(
    ("life_cycle", "alive", "result"),
    [
        ("TERMINATED", True, "SUCCESS"),  # it has said its last, and not ended yet
        ("TERMINATED", False, "SUCCESS"),
        ("RUNNING", True, None),
        ("RUNNING", False, "FAILED"),
    ],
)
def test_a_run_is_over_once_it_says_so_or_its_process_died(
    tmp_path: Path, life_cycle: str, alive: bool, result: str | None
) -> None:
    workspace = Workspace(Store(tmp_path / "state.sqlite"), Folder(tmp_path))
    workspace.store.put("schemas", "main.silver", {"full_name": "main.silver", "owner": "deployer"})
    run = {
        "run_id": 5,
        "job_id": 7,
        "name": "shop",
        "started": 0,
        "catalog": "main",
        "tasks": [],
        "end": None,
    }
    workspace.store.put("runs", "5", run)
    folder = tmp_path / "runs" / "5"
    folder.mkdir(parents=True)
    said = {"life_cycle_state": life_cycle, "tasks": {}, "tables": [MADE]}
    if life_cycle == "TERMINATED":
        said["result_state"] = "SUCCESS"
    (folder / "state.json").write_text(json.dumps(said))
    with (folder / "lock").open("a+", encoding="utf-8") as held:
        if alive:
            lock(held)
        runs.take_results(workspace)
    end = (workspace.store.get("runs", "5") or {})["end"]
    assert (end and end["result_state"]) == result
    assert (workspace.store.get("tables", "main.silver.orders") is not None) == (end is not None)
    workspace.store.close()
