"""SQL warehouses, statements, dashboards."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from databricks.sdk.service import dashboards, sql

from workspace import access, catalog, ddl
from workspace import warehouse as warehouses
from workspace.access import Caller
from workspace.api import Call, Later, route
from workspace.errors import ApiError, exists, invalid, missing, not_done
from workspace.files import add_node, normal, remove_node
from workspace.store import Body
from workspace.workspace import USER, Workspace

_WAREHOUSE_DEFAULTS: Mapping[str, Any] = {
    "auto_stop_mins": 120,
    "channel": {"name": "CHANNEL_NAME_CURRENT"},
    "enable_photon": True,
    "enable_serverless_compute": False,
    "max_num_clusters": 1,
    "min_num_clusters": 1,
    "spot_instance_policy": "COST_OPTIMIZED",
    "warehouse_type": "CLASSIC",
}
_INLINE = ("INLINE", "JSON_ARRAY")


def make_warehouse(workspace: Workspace, id_: str, sent: Mapping[str, Any], state: str) -> Body:
    """A warehouse, with the defaults of the server."""
    host = workspace.host.split("//")[-1].split(":")[0]
    path = f"/sql/1.0/warehouses/{id_}"
    made = {
        **_WAREHOUSE_DEFAULTS,
        **sent,
        "id": id_,
        "state": state,
        "creator_name": USER,
        "num_clusters": 1 if state == "RUNNING" else 0,
        "num_active_sessions": 0,
        "odbc_params": {"hostname": host, "path": path, "port": 443, "protocol": "https"},
        "jdbc_url": f"jdbc:databricks://{host}:443/default;transportMode=http;ssl=1;AuthMech=3;httpPath={path};",
        "health": {"status": "HEALTHY"},
    }
    return workspace.store.put("warehouses", id_, made)


@route("POST", "2.0", "sql/warehouses", takes=sql.WarehousesAPI.create, gives=sql.CreateWarehouseResponse)
def create_warehouse(workspace: Workspace, call: Call) -> Body:
    workspace.reject_duplicate("warehouses", "name", call.body.get("name"), "SQL warehouse")
    id_ = workspace.hex_id().lower()
    make_warehouse(workspace, id_, call.body, "RUNNING")
    return {"id": id_}


@route("GET", "2.0", "sql/warehouses/{id}", gives=sql.GetWarehouseResponse)
def get_warehouse(workspace: Workspace, call: Call) -> Body:
    return workspace.require("warehouses", call.parts["id"], "SQL warehouse")


@route("GET", "2.0", "sql/warehouses", gives=sql.ListWarehousesResponse)
def list_warehouses(workspace: Workspace, call: Call) -> Body:
    return {"warehouses": [body for _, body in workspace.store.every("warehouses")]}


@route("POST", "2.0", "sql/warehouses/{id}/edit", takes=sql.WarehousesAPI.edit)
def edit_warehouse(workspace: Workspace, call: Call) -> Body:
    found = get_warehouse(workspace, call)
    make_warehouse(workspace, call.parts["id"], {**found, **call.body}, found["state"])
    return {}


@route("POST", "2.0", "sql/warehouses/{id}/start")
def start_warehouse(workspace: Workspace, call: Call) -> Body:
    workspace.store.put(
        "warehouses", call.parts["id"], {**get_warehouse(workspace, call), "state": "RUNNING"}
    )
    return {}


@route("POST", "2.0", "sql/warehouses/{id}/stop")
def stop_warehouse(workspace: Workspace, call: Call) -> Body:
    workspace.store.put(
        "warehouses", call.parts["id"], {**get_warehouse(workspace, call), "state": "STOPPED"}
    )
    return {}


@route("DELETE", "2.0", "sql/warehouses/{id}")
def delete_warehouse(workspace: Workspace, call: Call) -> Body:
    return workspace.delete("warehouses", call.parts["id"], "SQL warehouse")


@route("GET", "2.0", "preview/sql/data_sources")
def data_sources(workspace: Workspace, call: Call) -> list[Body]:
    return [
        {"id": f"source-{id_}", "warehouse_id": id_, "name": body.get("name")}
        for id_, body in workspace.store.every("warehouses")
    ]


@route(
    "POST",
    "2.0",
    "sql/statements",
    takes=sql.StatementExecutionAPI.execute_statement,
    gives=sql.StatementResponse,
    checks=True,
)
def execute_statement(workspace: Workspace, call: Call) -> Body | Later:
    """Run one statement: a query, or one about a table that Terraform declares.

    A warehouse that has to start its machines first needs longer than a statement may be waited for: the statement is
    cancelled, and what it did is there all the same.
    """
    warehouse = workspace.require("warehouses", str(call.body.get("warehouse_id")), "SQL warehouse")
    text = str(call.body.get("statement"))
    if warehouses.is_query(text):
        return _query(workspace, warehouse, call.body, call.caller)
    try:
        statement = ddl.parse(text)
    except ddl.StatementError as error:
        raise not_done(f"sql/statements: {error}") from error
    answer: Body = {"statement_id": workspace.uuid()}
    try:
        _run(workspace, statement, call.caller)
    except ApiError as error:
        return {
            **answer,
            "status": {"state": "FAILED", "error": {"error_code": "BAD_REQUEST", "message": error.message}},
        }
    slow = warehouse["state"] != "RUNNING" and not warehouse["enable_serverless_compute"]
    _set_running(workspace, warehouse)
    return {**answer, "status": {"state": "CANCELED" if slow else "SUCCEEDED"}}


def _set_running(workspace: Workspace, warehouse: Body) -> None:
    workspace.store.put("warehouses", warehouse["id"], {**warehouse, "state": "RUNNING"})


def _query(workspace: Workspace, warehouse: Body, body: Body, caller: Caller) -> Later:
    """Start a query; it is answered when it is done, or after `wait_timeout` as it then is."""
    others = [name for name in ("disposition", "format") if body.get(name) not in (None, *_INLINE)]
    if others:
        raise not_done("The local workspace answers inline, as JSON_ARRAY.")
    if body.get("parameters"):
        # Spark 4.2 with Delta's parser leaves them unbound.
        raise not_done("The local workspace does not bind parameters of statements.")
    id_ = workspace.uuid()
    warehouses.send(workspace, id_, body, caller)
    _set_running(workspace, warehouse)
    wait = re.fullmatch(r"(\d+)s", str(body.get("wait_timeout") or "10s"))
    if wait is None:
        raise invalid(f"wait_timeout is {body['wait_timeout']!r}; seconds as in 30s are allowed.")
    return Later(lambda: warehouses.state(workspace, id_), warehouses.is_over, float(wait[1]))


@route("GET", "2.0", "sql/statements/{id}", gives=sql.StatementResponse)
def get_statement(workspace: Workspace, call: Call) -> Body:
    if not warehouses.is_of(call.parts["id"], call.caller):
        raise missing(f"Statement {call.parts['id']} does not exist.")
    return warehouses.state(workspace, call.parts["id"])


def _run(workspace: Workspace, statement: ddl.Statement, caller: Caller) -> None:
    there = workspace.store.get("tables", statement.table)
    if there is not None and not (statement.what == "create" and statement.quiet):
        get = workspace.store.get
        if statement.what in ("comment", "properties"):
            access.require(get, caller, "MODIFY", "tables", statement.table)
        elif statement.what == "drop" or statement.replace:
            access.require_management(get, caller, "tables", statement.table)
    if statement.what == "create":
        if there is not None and statement.quiet:
            return
        if there is not None and statement.replace:
            catalog.delete(workspace, catalog.TABLES, statement.table)
        parts = statement.table.split(".")
        if len(parts) != 3:
            raise invalid(
                f"A table needs a catalog, a schema and a name; {statement.table} does not have all three."
            )
        named = dict(zip(("catalog_name", "schema_name", "name"), parts, strict=True))
        catalog.create(
            workspace, catalog.TABLES, {"data_source_format": "DELTA", **statement.fields, **named}, caller
        )
    elif there is None:
        if not (statement.what == "drop" and statement.quiet):
            raise missing(f"[TABLE_OR_VIEW_NOT_FOUND] The table {statement.table} cannot be found.")
    elif statement.what == "drop":
        catalog.delete(workspace, catalog.TABLES, statement.table)
    else:
        fields = dict(statement.fields)
        if "properties" in fields:
            fields["properties"] = {**there.get("properties", {}), **fields["properties"]}
        workspace.store.put("tables", statement.table, {**there, **fields, "updated_at": workspace.now_ms})


@route("POST", "2.0", "lakeview/dashboards", takes=dashboards.Dashboard, gives=dashboards.Dashboard)
def create_dashboard(workspace: Workspace, call: Call) -> Body:
    id_ = workspace.hex_id().lower() * 2
    folder = normal(call.body.get("parent_path") or f"/Users/{USER}")
    path = f"{folder}/{call.body.get('display_name')}.lvdash.json"
    if workspace.store.get("workspace", path) is not None:
        raise exists(f"Node named '{path.rsplit('/', 1)[1]}' already exists.")
    add_node(workspace, path, "DASHBOARD", resource_id=id_)
    made = {
        **call.body,
        "serialized_dashboard": _serialized(call.body.get("serialized_dashboard")),
        "dashboard_id": id_,
        "parent_path": folder,
        "path": path,
        "etag": workspace.hex_id(),
        "lifecycle_state": "ACTIVE",
        "create_time": workspace.timestamp,
        "update_time": workspace.timestamp,
    }
    return workspace.store.put("dashboards", id_, made)


@route("GET", "2.0", "lakeview/dashboards/{id}", gives=dashboards.Dashboard)
def get_dashboard(workspace: Workspace, call: Call) -> Body:
    return workspace.require("dashboards", call.parts["id"], "Dashboard")


@route("GET", "2.0", "lakeview/dashboards", gives=dashboards.ListDashboardsResponse)
def list_dashboards(workspace: Workspace, call: Call) -> Body:
    found = [body for _, body in workspace.store.every("dashboards")]
    return {
        "dashboards": [
            {key: value for key, value in one.items() if key != "serialized_dashboard"} for one in found
        ]
    }


@route("PATCH", "2.0", "lakeview/dashboards/{id}", takes=dashboards.Dashboard, gives=dashboards.Dashboard)
def update_dashboard(workspace: Workspace, call: Call) -> Body:
    found = get_dashboard(workspace, call)
    sent = call.body
    if sent.get("etag") not in (None, "", found["etag"]):
        raise ApiError(
            409, "RESOURCE_CONFLICT", f"Dashboard {call.parts['id']} was changed since etag {sent['etag']}."
        )
    kept = ("dashboard_id", "parent_path", "path", "lifecycle_state", "create_time")
    body = {**found, **{key: value for key, value in sent.items() if key not in kept}}
    body |= {"etag": workspace.hex_id(), "update_time": workspace.timestamp}
    body["serialized_dashboard"] = _serialized(body.get("serialized_dashboard"))
    path = f"{found['parent_path']}/{body['display_name']}.lvdash.json"
    if path != found["path"]:
        remove_node(workspace, found["path"])
        add_node(workspace, path, "DASHBOARD", resource_id=call.parts["id"])
        body["path"] = path
    return workspace.store.put("dashboards", call.parts["id"], body)


@route("DELETE", "2.0", "lakeview/dashboards/{id}")
def trash_dashboard(workspace: Workspace, call: Call) -> Body:
    remove_node(workspace, get_dashboard(workspace, call)["path"])
    workspace.store.delete("published", call.parts["id"])
    return workspace.delete("dashboards", call.parts["id"], "Dashboard")


@route(
    "POST",
    "2.0",
    "lakeview/dashboards/{id}/published",
    takes=dashboards.LakeviewAPI.publish,
    gives=dashboards.PublishedDashboard,
)
def publish(workspace: Workspace, call: Call) -> Body:
    found = get_dashboard(workspace, call)
    warehouse = call.body.get("warehouse_id") or found.get("warehouse_id")
    if warehouse:
        workspace.require("warehouses", warehouse, "SQL warehouse")
    made = {
        "display_name": found.get("display_name"),
        "embed_credentials": call.body.get("embed_credentials", True),
        "warehouse_id": warehouse,
        "revision_create_time": workspace.timestamp,
    }
    return workspace.store.put("published", call.parts["id"], made)


@route("GET", "2.0", "lakeview/dashboards/{id}/published", gives=dashboards.PublishedDashboard)
def get_published(workspace: Workspace, call: Call) -> Body:
    return workspace.require("published", call.parts["id"], "Published dashboard")


@route("DELETE", "2.0", "lakeview/dashboards/{id}/published")
def unpublish(workspace: Workspace, call: Call) -> Body:
    return workspace.delete("published", call.parts["id"], "Published dashboard")


def _serialized(text: object) -> str:
    try:
        content = json.loads(str(text or "{}"))
    except ValueError as error:
        raise invalid(f"serialized_dashboard is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise invalid("serialized_dashboard must be a JSON object.")
    return json.dumps(content, separators=(",", ":"))
