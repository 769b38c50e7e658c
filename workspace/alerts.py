"""Alerts: kept as they are sent, and evaluated on request or by their schedule."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from databricks.sdk.service import sql

from pipelines.delta.sql import quote
from workspace import cron, warehouse
from workspace.access import Caller
from workspace.api import Call, Later, RouteSpec, route
from workspace.errors import ApiError, missing, not_done
from workspace.files import normal
from workspace.store import Body
from workspace.workspace import ADMIN, USER, Workspace, principal

# Longest wait for the answer to a query: the first one of a catalog starts Spark.
_QUERY_S = 300.0
_AGGREGATES: Mapping[str, str] = {
    **{name: f"{name.lower()}({{}})" for name in ("AVG", "COUNT", "MAX", "MEDIAN", "MIN", "STDDEV", "SUM")},
    "COUNT_DISTINCT": "count(DISTINCT {})",
}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQUAL": operator.eq,
    "NOT_EQUAL": operator.ne,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL": operator.le,
}
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@route("POST", "2.0", "alerts", takes=sql.AlertV2, gives=sql.AlertV2)
def create_alert(workspace: Workspace, call: Call) -> Body:
    id_ = workspace.uuid()
    folder = normal(call.body.get("parent_path") or f"/Users/{USER}")
    if workspace.store.get("workspace", folder) is None:
        raise missing(f"The parent folder ({folder}) does not exist.")
    cron.check(call.body.get("schedule") or {})
    body = {
        **call.body,
        "id": id_,
        "parent_path": folder,
        "lifecycle_state": "ACTIVE",
        "owner_user_name": USER,
        "create_time": workspace.timestamp,
        "update_time": workspace.timestamp,
        **_identity(call.body),
    }
    return _shown(workspace, workspace.store.put("alerts", id_, body))


def _identity(body: Mapping[str, Any]) -> Body:
    return {"effective_run_as": body.get("run_as") or {"user_name": USER}}


@route("GET", "2.0", "alerts/{id}", gives=sql.AlertV2)
def get_alert(workspace: Workspace, call: Call) -> Body:
    return _shown(workspace, _require(workspace, call))


@route("GET", "2.0", "alerts", gives=sql.ListAlertsV2Response)
def list_alerts(workspace: Workspace, call: Call) -> Body:
    return {"alerts": [_shown(workspace, body) for _, body in workspace.store.every("alerts")]}


@route("PATCH", "2.0", "alerts/{id}", takes=sql.AlertV2, gives=sql.AlertV2)
def update_alert(workspace: Workspace, call: Call) -> Body:
    found = _require(workspace, call)
    mask = call.query.get("update_mask", "*")
    fields = set(call.body) if mask == "*" else {name.split(".")[0] for name in mask.split(",")}
    # An alert keeps the folder that it was made in, whatever an update says.
    fixed = ("id", "parent_path", "owner_user_name", "create_time", "lifecycle_state")
    changed = {key: call.body.get(key) for key in fields if key not in fixed}
    body = {key: value for key, value in {**found, **changed}.items() if value is not None}
    cron.check(body.get("schedule") or {})
    body |= {"update_time": workspace.timestamp, **_identity(body)}
    return _shown(workspace, workspace.store.put("alerts", call.parts["id"], body))


@route("DELETE", "2.0", "alerts/{id}")
def trash_alert(workspace: Workspace, call: Call) -> Body:
    workspace.store.delete("evaluations", call.parts["id"])
    return workspace.delete("alerts", call.parts["id"], "Alert")


def evaluate(workspace: Workspace, call: Call) -> Later:
    """Evaluate an alert now, as its `run_as`; answers with the alert and a `message`: its summary, or the error.

    The API of Databricks has no such call: there a button does it.
    """
    alert = _require(workspace, call)
    request = {"statement": _statement(alert), "row_limit": 1}
    try:
        if alert.get("parameters"):
            raise not_done("The local workspace does not bind parameters of queries.")
        id_ = workspace.uuid()
        warehouse.send(workspace, id_, request, _caller(alert))
    except ApiError as error:
        failed = _evaluated(workspace, alert, "ERROR", error.message)
        return Later(lambda: failed, bool, 0.0)

    def ask() -> Body:
        answered = warehouse.state(workspace, id_)
        if not warehouse.is_over(answered):
            return {}
        return _evaluated(workspace, alert, *_outcome(alert, answered))

    return Later(ask, bool, _QUERY_S)


EVALUATE = RouteSpec("POST", "local", "alerts/{id}/evaluate", evaluate, None, None)
"""Route of :func:`evaluate`, beside the API."""


def _require(workspace: Workspace, call: Call) -> Body:
    return workspace.require("alerts", call.parts["id"], "Alert")


def _shown(workspace: Workspace, alert: Body) -> Body:
    """An alert with the state of its last evaluation."""
    last = workspace.store.get("evaluations", alert["id"])
    if last is None or "evaluation" not in alert:
        return alert
    told = {name: last[name] for name in ("state", "last_evaluated_at")}
    return {**alert, "evaluation": {**alert["evaluation"], **told}}


def _caller(alert: Mapping[str, Any]) -> Caller:
    name = principal(alert["effective_run_as"])
    return ADMIN if name == USER else Caller(name)


def _operands(alert: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Columns that are compared: the source, and the threshold where it is one."""
    evaluation = alert["evaluation"]
    threshold = (evaluation.get("threshold") or {}).get("column")
    return [evaluation["source"], *([threshold] if threshold else [])]


def _statement(alert: Mapping[str, Any]) -> str:
    """The query of an alert, its columns aggregated where the alert says so; without, its first row counts."""
    query, operands = alert["query_text"].rstrip().rstrip(";"), _operands(alert)
    if not any(one.get("aggregation") for one in operands):
        return str(query)
    columns = [
        f"{_AGGREGATES[one['aggregation']].format(quote(one['name']))} AS {quote(one['name'])}"
        if one.get("aggregation")
        else f"first({quote(one['name'])}) AS {quote(one['name'])}"
        for one in operands
    ]
    # Without rows there is nothing to aggregate: the state is that of an empty result.
    return f"SELECT {', '.join(columns)} FROM ({query}\n) HAVING count(*) > 0"


def _outcome(alert: Mapping[str, Any], answered: Body) -> tuple[str, str, str | None]:
    """State, error, and the value that was compared."""
    if answered["status"]["state"] != "SUCCEEDED":
        return "ERROR", answered["status"]["error"]["message"], None
    evaluation, rows = alert["evaluation"], answered["result"]["data_array"]
    if not rows:
        return evaluation.get("empty_result_state") or "UNKNOWN", "", None
    names = [column["name"] for column in answered["manifest"]["schema"]["columns"]]
    row = dict(zip(names, rows[0], strict=True))
    lost = [one["name"] for one in _operands(alert) if one["name"] not in row]
    if lost:
        return "ERROR", f"The query has no column {', '.join(lost)}; it has {', '.join(names)}.", None
    value = row[evaluation["source"]["name"]]
    try:
        met = _is_met(value, evaluation["comparison_operator"], _threshold(evaluation, row))
    except ValueError:
        return "ERROR", f"The value {value!r} is compared with a number, and is none.", value
    return ("TRIGGERED" if met else "OK"), "", value


def _threshold(evaluation: Mapping[str, Any], row: Mapping[str, str | None]) -> Any:
    threshold = evaluation.get("threshold") or {}
    if threshold.get("column"):
        text = row[threshold["column"]["name"]]
        return _number(text)
    return next(iter((threshold.get("value") or {}).values()), None)


def _is_met(value: str | None, comparison: str, threshold: Any) -> bool:
    """Tell whether a condition holds; as in SQL, no comparison with NULL does."""
    if comparison in ("IS_NULL", "IS_NOT_NULL"):
        return (value is None) == (comparison == "IS_NULL")
    if value is None or threshold is None:
        return False
    if isinstance(threshold, bool):
        return _COMPARE[comparison](value.lower(), str(threshold).lower())
    if isinstance(threshold, int | float):
        return _COMPARE[comparison](float(value), threshold)
    return _COMPARE[comparison](value, threshold)


def _number(text: str | None) -> Any:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _evaluated(workspace: Workspace, alert: Body, state: str, error: str, value: str | None = None) -> Body:
    """Keep the outcome of an evaluation, and write down whom it would notify; gives the alert as it then is."""
    last = workspace.store.get("evaluations", alert["id"]) or {"state": "UNKNOWN", "notified_ms": 0}
    words = {
        "ALERT_NAME": alert.get("display_name") or "",
        "ALERT_STATUS": state,
        "QUERY_RESULT_VALUE": "" if value is None else value,
    }
    text = error or _fill(alert.get("custom_summary") or "{{ALERT_NAME}}: {{ALERT_STATUS}}", words)
    now = workspace.now_ms
    kept = {
        "state": state,
        "last_evaluated_at": workspace.timestamp,
        "value": value,
        "message": text,
        "notified_ms": last["notified_ms"],
    }
    notification = alert["evaluation"].get("notification") or {}
    again = notification.get("retrigger_seconds") or 0
    due = state == "TRIGGERED" and again > 0 and now - last["notified_ms"] >= again * 1000
    changed = state != last["state"] and (
        state == "TRIGGERED"
        or (state == "OK" and last["state"] == "TRIGGERED" and notification.get("notify_on_ok"))
    )
    if due or changed:
        kept["notified_ms"] = now
        told = {
            "time": workspace.timestamp,
            "alert": alert.get("display_name"),
            "state": state,
            "summary": text,
            "description": _fill(alert.get("custom_description") or "", words),
            "subscriptions": notification.get("subscriptions") or [],
        }
        with workspace.folder.notifications.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
    workspace.store.put("evaluations", alert["id"], kept)
    return {**_shown(workspace, alert), "message": text}


def _fill(template: str, words: Mapping[str, str]) -> str:
    """A template of Databricks with the variables that are known here."""
    return _VARIABLE.sub(lambda found: words.get(found[1], found[0]), template)
