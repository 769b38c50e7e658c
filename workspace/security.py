"""The caller, permissions of objects, secrets, destinations of notifications."""

from __future__ import annotations

from databricks.sdk.service import iam, settings
from databricks.sdk.service import workspace as sdk

from workspace.api import Call, route
from workspace.errors import ApiError, exists, invalid, missing, not_done
from workspace.store import Body
from workspace.workspace import USER, Workspace

# Type in the address of permissions -> type in the answer, and the kind in the store (`None`: lies in the tree).
_OBJECTS: dict[str, tuple[str, str | None]] = {
    "alertsv2": ("alertv2", "alerts"),
    "cluster-policies": ("cluster-policy", "policies"),
    "dashboards": ("dashboard", "dashboards"),
    "directories": ("directory", None),
    "files": ("file", None),
    "jobs": ("job", "jobs"),
    "notebooks": ("notebook", None),
    "pipelines": ("pipelines", "pipelines"),
    "sql/warehouses": ("warehouses", "warehouses"),
    "warehouses": ("warehouses", "warehouses"),
}
_OWNED = ("jobs", "pipelines", "sql/warehouses", "warehouses")


@route("GET", "2.0", "preview/scim/v2/Me", gives=iam.User)
def me(workspace: Workspace, call: Call) -> Body:
    return {"id": "1", "userName": call.caller.name, "displayName": call.caller.name, "active": True}


@route("GET", "2.0", "permissions/{name:path}", gives=iam.ObjectPermissions)
def get_permissions(workspace: Workspace, call: Call) -> Body:
    type_, id_ = _object(workspace, call)
    answer_type, kind = _OBJECTS[type_]
    owner = [{"user_name": USER, "permission_level": "IS_OWNER" if type_ in _OWNED else "CAN_MANAGE"}]
    stored = workspace.store.get("permissions", f"{kind or type_}/{id_}")
    direct = owner if stored is None else stored["list"]
    listed = [
        {
            **{key: value for key, value in one.items() if key != "permission_level"},
            "all_permissions": [{"permission_level": one["permission_level"], "inherited": False}],
        }
        for one in direct
    ]
    admins = {"permission_level": "CAN_MANAGE", "inherited": True, "inherited_from_object": [f"/{type_}/"]}
    listed.append({"group_name": "admins", "all_permissions": [admins]})
    return {"object_id": f"/{type_}/{id_}", "object_type": answer_type, "access_control_list": listed}


@route("PUT", "2.0", "permissions/{name:path}", takes=iam.PermissionsAPI.set, gives=iam.ObjectPermissions)
def put_permissions(workspace: Workspace, call: Call) -> Body:
    return _write(workspace, call, [])


@route(
    "PATCH", "2.0", "permissions/{name:path}", takes=iam.PermissionsAPI.update, gives=iam.ObjectPermissions
)
def patch_permissions(workspace: Workspace, call: Call) -> Body:
    type_, id_ = _object(workspace, call)
    stored = workspace.store.get("permissions", f"{_OBJECTS[type_][1] or type_}/{id_}") or {"list": []}
    return _write(workspace, call, stored["list"])


def _write(workspace: Workspace, call: Call, before: list[Body]) -> Body:
    type_, id_ = _object(workspace, call)
    new = list(call.body.get("access_control_list") or ())
    for one in new:
        if sum(key in one for key in ("user_name", "group_name", "service_principal_name")) != 1:
            raise invalid(f"{one} must name one user, group or service principal.")
        if "permission_level" not in one:
            raise invalid(f"{one} has no permission_level.")
    changed = [_principal(one) for one in new]
    whole = [one for one in before if _principal(one) not in changed] + new
    owners = [one for one in whole if one["permission_level"] == "IS_OWNER"]
    if type_ in _OWNED and len(owners) != 1:
        raise ApiError(
            400,
            "INVALID_STATE",
            f"The {_OBJECTS[type_][0]} must have exactly one owner; the list has {len(owners)}.",
        )
    workspace.store.put("permissions", f"{_OBJECTS[type_][1] or type_}/{id_}", {"list": whole})
    return get_permissions(workspace, call)


def _principal(one: Body) -> tuple[str, ...]:
    return tuple(str(one.get(key, "")) for key in ("user_name", "group_name", "service_principal_name"))


def _object(workspace: Workspace, call: Call) -> tuple[str, str]:
    """Type and id that an address names; the object must be there."""
    type_, _, id_ = call.parts["name"].rpartition("/")
    if type_ not in _OBJECTS:
        raise not_done(
            f"The local workspace has no permissions of {type_ or call.parts['name']}.",
        )
    kind = _OBJECTS[type_][1]
    if kind is not None:
        workspace.require(kind, id_, type_)
    elif not any(str(body["object_id"]) == id_ for _, body in workspace.store.every("workspace")):
        raise missing(f"{type_} '{id_}' does not exist.")
    return type_, id_


@route("POST", "2.0", "secrets/scopes/create", takes=sdk.SecretsAPI.create_scope)
def create_scope(workspace: Workspace, call: Call) -> Body:
    name = str(call.body.get("scope"))
    if workspace.store.get("secret-scopes", name) is not None:
        raise exists(f"Scope {name} already exists!")
    manager = call.body.get("initial_manage_principal") or USER
    workspace.store.put("secret-scopes", name, {"name": name, "acls": {manager: "MANAGE"}, "secrets": {}})
    return {}


@route("GET", "2.0", "secrets/scopes/list", gives=sdk.ListScopesResponse)
def list_scopes(workspace: Workspace, call: Call) -> Body:
    return {
        "scopes": [
            {"name": name, "backend_type": "DATABRICKS"} for name, _ in workspace.store.every("secret-scopes")
        ]
    }


@route("POST", "2.0", "secrets/scopes/delete", takes=sdk.SecretsAPI.delete_scope)
def delete_scope(workspace: Workspace, call: Call) -> Body:
    return workspace.delete("secret-scopes", str(call.body.get("scope")), "Scope")


def _scope(workspace: Workspace, name: object) -> Body:
    return workspace.require("secret-scopes", str(name), "Scope")


@route("POST", "2.0", "secrets/acls/put", takes=sdk.SecretsAPI.put_acl)
def put_acl(workspace: Workspace, call: Call) -> Body:
    scope = _scope(workspace, call.body.get("scope"))
    scope["acls"][call.body["principal"]] = call.body["permission"]
    workspace.store.put("secret-scopes", scope["name"], scope)
    return {}


@route("GET", "2.0", "secrets/acls/get", gives=sdk.AclItem)
def get_acl(workspace: Workspace, call: Call) -> Body:
    principal = call.query.get("principal", "")
    acls = _scope(workspace, call.query.get("scope"))["acls"]
    if principal not in acls:
        raise missing(f"Scope {call.query.get('scope')} has no ACL for {principal}.")
    return {"principal": principal, "permission": acls[principal]}


@route("GET", "2.0", "secrets/acls/list", gives=sdk.ListAclsResponse)
def list_acls(workspace: Workspace, call: Call) -> Body:
    acls = _scope(workspace, call.query.get("scope"))["acls"]
    return {"items": [{"principal": who, "permission": level} for who, level in sorted(acls.items())]}


@route("POST", "2.0", "secrets/acls/delete", takes=sdk.SecretsAPI.delete_acl)
def delete_acl(workspace: Workspace, call: Call) -> Body:
    scope = _scope(workspace, call.body.get("scope"))
    if scope["acls"].pop(call.body.get("principal"), None) is None:
        raise missing(f"Scope {scope['name']} has no ACL for {call.body.get('principal')}.")
    workspace.store.put("secret-scopes", scope["name"], scope)
    return {}


@route(
    "POST",
    "2.0",
    "notification-destinations",
    takes=settings.NotificationDestinationsAPI.create,
    gives=settings.NotificationDestination,
)
def create_destination(workspace: Workspace, call: Call) -> Body:
    id_ = workspace.uuid()
    return workspace.store.put("notification-destinations", id_, _destination(id_, call.body))


@route(
    "PATCH",
    "2.0",
    "notification-destinations/{id}",
    takes=settings.NotificationDestinationsAPI.update,
    gives=settings.NotificationDestination,
)
def update_destination(workspace: Workspace, call: Call) -> Body:
    found = get_destination(workspace, call)
    changed = (
        {**found, **_destination(call.parts["id"], {**found, **call.body})}
        if "config" in call.body
        else {**found, **call.body}
    )
    return workspace.store.put("notification-destinations", call.parts["id"], changed)


@route("GET", "2.0", "notification-destinations/{id}", gives=settings.NotificationDestination)
def get_destination(workspace: Workspace, call: Call) -> Body:
    return workspace.require("notification-destinations", call.parts["id"], "Notification destination")


@route("GET", "2.0", "notification-destinations", gives=settings.ListNotificationDestinationsResponse)
def list_destinations(workspace: Workspace, call: Call) -> Body:
    found = [body for _, body in workspace.store.every("notification-destinations")]
    return {
        "results": [{key: body[key] for key in ("id", "display_name", "destination_type")} for body in found]
    }


@route("DELETE", "2.0", "notification-destinations/{id}")
def delete_destination(workspace: Workspace, call: Call) -> Body:
    return workspace.delete("notification-destinations", call.parts["id"], "Notification destination")


def _destination(id_: str, body: Body) -> Body:
    """A destination never gives back what is secret in it, only that it is set."""
    config = body.get("config") or {}
    if len(config) != 1:
        raise invalid(
            f"config must have exactly one kind of destination; it has {', '.join(config) or 'none'}."
        )
    ((kind, fields),) = config.items()
    shown = fields if kind == "email" else {f"{key}_set": True for key in fields if not key.endswith("_set")}
    type_ = "WEBHOOK" if kind == "generic_webhook" else kind.upper()
    return {
        "id": id_,
        "display_name": body.get("display_name"),
        "destination_type": type_,
        "config": {kind: shown},
    }
