"""Alerts that are evaluated, on request and by their schedule."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import errors
from databricks.sdk.service import sql

from test.workspace.support import ROOT, Server, running
from workspace import alerts, warehouse
from workspace.api import Call
from workspace.folder import Folder
from workspace.store import Store
from workspace.workspace import Workspace

ROWS = {"value": [["7", "5", "true", "text"]], "none": [], "null": [[None, None, None, None]]}
COLUMNS = ("n", "m", "b", "s")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(Store(tmp_path / "state.sqlite"), Folder(tmp_path))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Answers of a warehouse: by the text of the statement, its rows or its error; and what it was asked."""
    held: dict[str, Any] = {"asked": []}

    def send(workspace: Workspace, id_: str, body: dict[str, Any], caller: object) -> None:
        held["asked"].append((body["statement"], caller.name))  # type: ignore[attr-defined]
        held[id_] = held[body["statement"]] if body["statement"] in held else ROWS["value"]

    def state(workspace: Workspace, id_: str) -> dict[str, Any]:
        if isinstance(held[id_], str):
            return {"status": {"state": "FAILED", "error": {"message": held[id_]}}}
        columns = [{"name": name} for name in COLUMNS]
        return {
            "status": {"state": "SUCCEEDED"},
            "manifest": {"schema": {"columns": columns}},
            "result": {"data_array": held[id_]},
        }

    monkeypatch.setattr(warehouse, "send", send)
    monkeypatch.setattr(warehouse, "state", state)
    return held


def make(workspace: Workspace, query: str = "SELECT", **evaluation: Any) -> str:
    workspace.store.put("workspace", "/Shared", {"object_type": "DIRECTORY", "path": "/Shared"})
    body = {
        "display_name": "shop",
        "query_text": query,
        "parent_path": "/Shared",
        "custom_summary": "{{ALERT_NAME}} has {{QUERY_RESULT_VALUE}} of {{SOMETHING}}",
        "evaluation": {"source": {"name": "n"}, "comparison_operator": "GREATER_THAN", **evaluation},
    }
    return str(alerts.create_alert(workspace, Call("POST", "alerts", body=body))["id"])


def evaluated(workspace: Workspace, id_: str) -> tuple[str, str]:
    answer = alerts.evaluate(workspace, Call("POST", "", {"id": id_})).ask()
    return answer["evaluation"]["state"], answer["message"]


def value(**one: object) -> dict[str, Any]:
    return {"value": one}


@pytest.mark.parametrize(
    ("evaluation", "rows", "state"),
    [
        ({"threshold": value(double_value=6)}, "value", "TRIGGERED"),
        ({"threshold": value(double_value=7)}, "value", "OK"),
        ({"threshold": value(double_value=7), "comparison_operator": "GREATER_THAN_OR_EQUAL"}, "value", "TRIGGERED"),
        ({"threshold": value(double_value=8), "comparison_operator": "LESS_THAN"}, "value", "TRIGGERED"),
        ({"threshold": value(double_value=7), "comparison_operator": "LESS_THAN_OR_EQUAL"}, "value", "TRIGGERED"),
        ({"threshold": value(double_value=7), "comparison_operator": "EQUAL"}, "value", "TRIGGERED"),
        ({"threshold": value(double_value=7), "comparison_operator": "NOT_EQUAL"}, "value", "OK"),
        ({"threshold": {"column": {"name": "m"}}}, "value", "TRIGGERED"),
        ({"threshold": {"column": {"name": "m"}}, "comparison_operator": "LESS_THAN"}, "value", "OK"),
        ({"source": {"name": "b"}, "threshold": value(bool_value=True), "comparison_operator": "EQUAL"}, "value", "TRIGGERED"),
        ({"source": {"name": "s"}, "threshold": value(string_value="text"), "comparison_operator": "EQUAL"}, "value", "TRIGGERED"),
        ({"comparison_operator": "IS_NULL"}, "value", "OK"),
        ({"comparison_operator": "IS_NOT_NULL"}, "value", "TRIGGERED"),
        ({"comparison_operator": "IS_NULL"}, "null", "TRIGGERED"),
        ({"threshold": value(double_value=6)}, "null", "OK"),
        ({"threshold": value(double_value=6), "comparison_operator": "NOT_EQUAL"}, "null", "OK"),
        ({"threshold": value(double_value=6), "empty_result_state": "TRIGGERED"}, "none", "TRIGGERED"),
        ({"threshold": value(double_value=6), "empty_result_state": "OK"}, "none", "OK"),
        ({"threshold": value(double_value=6)}, "none", "UNKNOWN"),
        ({"source": {"name": "s"}, "threshold": value(double_value=6)}, "value", "ERROR"),
        ({"source": {"name": "absent"}, "threshold": value(double_value=6)}, "value", "ERROR"),
    ],
)  # fmt: skip
def test_the_state_is_that_of_the_condition(workspace, answers, evaluation, rows, state):
    answers["SELECT"] = ROWS[rows]
    id_ = make(workspace, **evaluation)
    assert evaluated(workspace, id_)[0] == state
    kept = alerts.get_alert(workspace, Call("GET", "", {"id": id_}))
    assert (kept["evaluation"]["state"], "message" in kept) == (state, False)


def test_an_error_of_the_query_is_the_state_and_its_message(workspace, answers):
    answers["SELECT"] = "TABLE_OR_VIEW_NOT_FOUND"
    id_ = make(workspace, threshold=value(double_value=1))
    assert evaluated(workspace, id_) == ("ERROR", "TABLE_OR_VIEW_NOT_FOUND")


def test_it_asks_as_its_principal_and_aggregates_in_the_query(workspace, answers):
    id_ = make(
        workspace,
        "SELECT n FROM t;",
        source={"name": "n", "aggregation": "SUM"},
        threshold=value(double_value=1),
    )
    evaluated(workspace, id_)
    alerts.update_alert(
        workspace, Call("PATCH", "", {"id": id_}, body={"run_as": {"service_principal_name": "app"}})
    )
    evaluated(workspace, id_)
    asked = "SELECT sum(`n`) AS `n` FROM (SELECT n FROM t\n) HAVING count(*) > 0"
    assert answers["asked"] == [(asked, "deployer"), (asked, "app")]


def test_an_update_keeps_what_the_last_evaluation_came_to(workspace, answers):
    id_ = make(workspace, threshold=value(double_value=6))
    evaluated(workspace, id_)
    changed = {"evaluation": {"source": {"name": "n"}, "comparison_operator": "LESS_THAN", "state": "OK"}}
    after = alerts.update_alert(workspace, Call("PATCH", "", {"id": id_}, body=changed))
    assert (after["evaluation"]["comparison_operator"], after["evaluation"]["state"]) == (
        "LESS_THAN",
        "TRIGGERED",
    )


@pytest.mark.parametrize(
    ("notification", "seconds", "told"),
    [
        ({}, 0, ["TRIGGERED", "TRIGGERED"]),
        ({"notify_on_ok": True}, 0, ["TRIGGERED", "OK", "TRIGGERED"]),
        ({"retrigger_seconds": 60}, 30, ["TRIGGERED", "TRIGGERED", "TRIGGERED"]),
        ({"retrigger_seconds": 1}, 30, ["TRIGGERED", "TRIGGERED", "TRIGGERED", "TRIGGERED", "TRIGGERED"]),
    ],
)
def test_who_is_told_is_written_down_when_the_state_changes_and_again_as_often_as_is_asked(
    tmp_path, answers, notification, seconds, told
):
    now = [1_000_000.0]
    workspace = Workspace(Store(tmp_path / "state.sqlite"), Folder(tmp_path), clock=lambda: now[0])
    id_ = make(
        workspace,
        threshold=value(double_value=6),
        notification={**notification, "subscriptions": [{"user_email": "a@b.c"}]},
    )
    for n in ("7", "8", "9", "1", "1", "7", "7"):
        answers["SELECT"] = [[n, "", "", ""]]
        evaluated(workspace, id_)
        now[0] += seconds
    lines = [json.loads(line) for line in (tmp_path / "notifications.jsonl").read_text().splitlines()]
    assert [line["state"] for line in lines] == told
    assert lines[0]["summary"] == "shop has 7 of {{SOMETHING}}"
    assert lines[0]["subscriptions"] == [{"user_email": "a@b.c"}]


def add(server: Server, name: str, query: str, cron: str, above: float) -> str:
    made = server.client.alerts_v2.create_alert(
        sql.AlertV2(
            display_name=name,
            query_text=query,
            warehouse_id="0123456789abcdef",
            custom_summary="{{QUERY_RESULT_VALUE}} rows",
            evaluation=sql.AlertV2Evaluation(
                source=sql.AlertV2OperandColumn(name="n"),
                comparison_operator=sql.ComparisonOperator.GREATER_THAN,
                threshold=sql.AlertV2Operand(value=sql.AlertV2OperandValue(double_value=above)),
            ),
            schedule=sql.CronSchedule(
                quartz_cron_schedule=cron,
                timezone_id="UTC",
                pause_status=sql.SchedulePauseStatus.UNPAUSED,
            ),
        )
    )
    return str(made.id)


@pytest.mark.e2e
@pytest.mark.slow
def test_alerts_are_evaluated_by_a_command_and_by_their_schedule_and_jobs_start_by_theirs(
    tmp_path: Path,
) -> None:
    folder, never = tmp_path / "w", "0 0 0 1 1 ? 2099"
    with running(folder, ["--warehouse", "0123456789abcdef", "--schedules"]) as server:
        client = server.client
        with pytest.raises(errors.InvalidParameterValue, match="'0 7 \\* \\* \\*' cannot be read"):
            add(server, "wrong", "SELECT 1 AS n", "0 7 * * *", 0)
        rows = "SELECT sum(n) AS n FROM VALUES (2), (3) AS t(n)"
        ids = {
            name: add(server, name, query, cron, above)
            for name, query, cron, above in (
                ("high", rows, never, 4),
                ("low", rows, never, 5),
                ("broken", "SELECT n FROM main.bronze.absent", never, 0),
            )
        }
        command = [sys.executable, "-m", "workspace", "alerts", "--out", str(folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
        broken, high, low = done.stdout.splitlines()
        assert done.returncode == 1
        assert broken.startswith("ERROR     broken: ")
        assert "TABLE_OR_VIEW_NOT_FOUND" in broken
        assert (high, low) == ("TRIGGERED high: 5 rows", "OK        low: 5 rows")
        told = [json.loads(line) for line in (folder / "notifications.jsonl").read_text().splitlines()]
        assert [(one["alert"], one["state"]) for one in told] == [("high", "TRIGGERED")]
        assert client.alerts_v2.get_alert(ids["low"]).evaluation.state is sql.AlertEvaluationState.OK

        scheduled = add(server, "scheduled", rows, "* * * * * ?", 4)
        job = client.jobs.create(name="tick", max_concurrent_runs=1, tasks=[])
        server.call(
            "POST",
            "/api/2.2/jobs/update",
            body={
                "job_id": job.job_id,
                "new_settings": {"schedule": {"quartz_cron_expression": "* * * * * ?", "timezone_id": "UTC"}},
            },
        )
        until = time.monotonic() + 120
        while True:
            state = client.alerts_v2.get_alert(scheduled).evaluation.state
            runs = list(client.jobs.list_runs(job_id=job.job_id))
            if state is sql.AlertEvaluationState.TRIGGERED and runs:
                break
            assert time.monotonic() < until, server.calls[-20:]
            time.sleep(0.2)
        assert runs[-1].trigger.value == "PERIODIC"
        assert any("SCHEDULE alert scheduled" in line for line in server.calls)
        client.alerts_v2.trash_alert(scheduled)
        client.jobs.delete(job.job_id)
