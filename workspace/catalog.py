"""Unity Catalog: securables, their nesting, bindings and grants."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from databricks.sdk.service import catalog as sdk

from workspace import access
from workspace.access import Caller
from workspace.api import Call, route
from workspace.bodies import Shape
from workspace.errors import ApiError, exists, invalid, missing, not_done
from workspace.store import Body
from workspace.volumes import remove_files
from workspace.workspace import ADMIN, METASTORE_ID, USER, WORKSPACE_ID, Workspace


@dataclass(frozen=True)
class Kind:
    """A kind of securable."""

    collection: str
    """In the address of the API; the kind in the store."""
    one: str
    """In messages and in the address of permissions."""
    id_field: str | None
    defaults: Mapping[str, object]
    parent: str | None = None
    """Collection of what it lies in."""
    children: tuple[str, ...] = ()
    """Collections of what lies in it."""


CATALOGS = Kind(
    "catalogs",
    "catalog",
    None,
    {"catalog_type": "MANAGED_CATALOG", "isolation_mode": "OPEN", "securable_type": "CATALOG"},
    children=("schemas",),
)
SCHEMAS = Kind(
    "schemas",
    "schema",
    "schema_id",
    {"catalog_type": "MANAGED_CATALOG"},
    parent="catalogs",
    children=("tables", "volumes"),
)
VOLUMES = Kind("volumes", "volume", "volume_id", {}, parent="schemas")
TABLES = Kind("tables", "table", "table_id", {"table_type": "MANAGED"}, parent="schemas")
LOCATIONS = Kind(
    "external-locations",
    "external location",
    None,
    {"isolation_mode": "ISOLATION_MODE_OPEN", "read_only": False, "fallback": False},
)
STORAGE_CREDENTIALS = Kind(
    "storage-credentials",
    "storage credential",
    "id",
    {"isolation_mode": "ISOLATION_MODE_OPEN", "read_only": False, "used_for_managed_storage": False},
)
CREDENTIALS = Kind(
    "credentials",
    "credential",
    "id",
    {"isolation_mode": "ISOLATION_MODE_OPEN", "used_for_managed_storage": False},
)
KINDS = {
    kind.collection: kind
    for kind in (CATALOGS, SCHEMAS, VOLUMES, TABLES, LOCATIONS, STORAGE_CREDENTIALS, CREDENTIALS)
}
# Fields of calls that no securable has.
_NOT_KEPT = ("skip_validation", "force", "new_name", "effective_enable_file_events")
_FULL_NAMED = ("catalogs", "schemas", "volumes", "tables", "storage-credentials", "credentials")


def create(workspace: Workspace, kind: Kind, body: Mapping[str, Any], caller: Caller = ADMIN) -> Body:
    """Make a securable, with the defaults of the server; whoever makes it owns it. Names are lower-cased."""
    name = str(body.get("name") or "").lower()
    if not name or any(char in name for char in "./ \n\t"):
        raise invalid(f"'{name}' is not a name of a {kind.one}: no dots, slashes or white space are allowed.")
    parent = ".".join(
        str(body[field]).lower() for field in ("catalog_name", "schema_name") if body.get(field) is not None
    )
    if kind.parent is not None:
        _require(workspace, KINDS[kind.parent], parent)
        needed = f"CREATE_{kind.one.upper()}"
        access.require(workspace.store.get, caller, needed, kind.parent, parent)
    else:
        access.require_admin(caller, f"the {kind.one} is not made")
    full_name = f"{parent}.{name}" if parent else name
    if workspace.store.get(kind.collection, full_name) is not None:
        raise ApiError(
            409,
            f"{kind.one.upper().replace(' ', '_')}_ALREADY_EXISTS",
            f"{kind.one.capitalize()} '{full_name}' already exists",
        )
    now = workspace.now_ms
    made = {
        **kind.defaults,
        **{key: value for key, value in body.items() if key not in _NOT_KEPT},
        **{field: str(body[field]).lower() for field in ("catalog_name", "schema_name") if body.get(field)},
        "name": name,
        "owner": caller.name,
        "metastore_id": METASTORE_ID,
        "created_at": now,
        "created_by": caller.name,
        "updated_at": now,
        "updated_by": caller.name,
    }
    if kind.collection in _FULL_NAMED:
        made["full_name"] = full_name
    if kind.id_field is not None:
        made[kind.id_field] = workspace.uuid()
    return workspace.store.put(kind.collection, full_name, made)


def _require(workspace: Workspace, kind: Kind, name: str) -> Body:
    found = workspace.store.get(kind.collection, name.lower())
    if found is None:
        code = f"{kind.one.upper().replace(' ', '_')}_DOES_NOT_EXIST"
        raise ApiError(404, code, f"{kind.one.capitalize()} '{name}' does not exist.")
    return found


def _update(workspace: Workspace, kind: Kind, name: str, body: Mapping[str, Any]) -> Body:
    found = _require(workspace, kind, name)
    if body.get("new_name"):
        raise not_done(f"The local workspace does not rename a {kind.one}.")
    own = {
        key: value for key, value in body.items() if key not in (*_NOT_KEPT, "name", "full_name", "name_arg")
    }
    changed = {**found, **own, "updated_at": workspace.now_ms, "updated_by": USER}
    return workspace.store.put(kind.collection, name.lower(), changed)


def delete(workspace: Workspace, kind: Kind, name: str, force: bool = False) -> Body:
    """Remove a securable and its grants. One that holds something is removed with it by `force` only."""
    name = name.lower()
    _require(workspace, kind, name)
    inside = [
        (child, one)
        for child in kind.children
        for one, _ in workspace.store.every(child)
        if one.startswith(f"{name}.") and one != f"{name}.information_schema"
    ]
    if inside and not force:
        first_kind, first = inside[0]
        raise ApiError(
            400,
            "INVALID_STATE",
            f"{kind.one.capitalize()} '{name}' is not empty. The {kind.one} has {len(inside)} things in it, such as the {KINDS[first_kind].one} '{first}'.",
        )
    for child, one in inside:
        delete(workspace, KINDS[child], one, force=True)
    if kind is CATALOGS:
        workspace.store.delete("schemas", f"{name}.information_schema")
    if kind is VOLUMES:
        remove_files(workspace, name)
    if kind is TABLES:
        shutil.rmtree(workspace.table(name), ignore_errors=True)
    workspace.store.delete(kind.collection, name)
    workspace.store.delete("grants", f"{kind.collection}/{name}")
    workspace.store.delete("bindings", f"{kind.collection}/{name}")
    return {}


def make_catalog(workspace: Workspace, body: Mapping[str, Any]) -> Body:
    """A catalog, with the two schemas that the server makes in it."""
    made = create(workspace, CATALOGS, body)
    for name in ("default", "information_schema"):
        create(workspace, SCHEMAS, {"catalog_name": made["name"], "name": name})
    return made


@route("POST", "2.1", "unity-catalog/catalogs", takes=sdk.CatalogsAPI.create, gives=sdk.CatalogInfo)
def post_catalog(workspace: Workspace, call: Call) -> Body:
    return make_catalog(workspace, call.body)


@route("POST", "2.1", "unity-catalog/schemas", takes=sdk.SchemasAPI.create, gives=sdk.SchemaInfo, checks=True)
def post_schema(workspace: Workspace, call: Call) -> Body:
    return create(workspace, SCHEMAS, call.body, call.caller)


@route("POST", "2.1", "unity-catalog/volumes", takes=sdk.VolumesAPI.create, gives=sdk.VolumeInfo, checks=True)
def post_volume(workspace: Workspace, call: Call) -> Body:
    if call.body.get("volume_type") == "EXTERNAL" and not call.body.get("storage_location"):
        raise invalid("An external volume needs a storage_location.")
    managed = f"s3://metastore/{call.body.get('catalog_name')}/{workspace.uuid()}"
    return create(workspace, VOLUMES, {"storage_location": managed, **call.body}, call.caller)


@route(
    "POST",
    "2.1",
    "unity-catalog/external-locations",
    takes=sdk.ExternalLocationsAPI.create,
    gives=sdk.ExternalLocationInfo,
)
def post_location(workspace: Workspace, call: Call) -> Body:
    credential = _require(workspace, STORAGE_CREDENTIALS, str(call.body.get("credential_name")))
    for name, other in workspace.store.every("external-locations"):
        if str(other["url"]).rstrip("/") == str(call.body.get("url")).rstrip("/"):
            raise exists(f"External location '{name}' has the address {call.body.get('url')} already.")
    return create(workspace, LOCATIONS, {**call.body, "credential_id": credential["id"]})


@route(
    "POST",
    "2.1",
    "unity-catalog/storage-credentials",
    takes=sdk.StorageCredentialsAPI.create,
    gives=sdk.StorageCredentialInfo,
)
def post_storage_credential(workspace: Workspace, call: Call) -> Body:
    return create(workspace, STORAGE_CREDENTIALS, _trusted(workspace, call.body))


@route(
    "POST",
    "2.1",
    "unity-catalog/credentials",
    takes=sdk.CredentialsAPI.create_credential,
    gives=sdk.CredentialInfo,
)
def post_credential(workspace: Workspace, call: Call) -> Body:
    return create(workspace, CREDENTIALS, _trusted(workspace, call.body))


def _trusted(workspace: Workspace, body: Body) -> Body:
    """Add what the server knows of an identity of a cloud."""
    added: Body = dict(body)
    if "aws_iam_role" in body:
        added["aws_iam_role"] = {
            "external_id": workspace.uuid(),
            "unity_catalog_iam_arn": "arn:aws:iam::414351767826:role/unity-catalog-local",
            **body["aws_iam_role"],
        }
    if "databricks_gcp_service_account" in body:
        added["databricks_gcp_service_account"] = {
            "credential_id": workspace.uuid(),
            "email": "unity-catalog@local.iam.gserviceaccount.com",
            **body["databricks_gcp_service_account"],
        }
    if "azure_managed_identity" in body:
        added["azure_managed_identity"] = {
            "credential_id": workspace.uuid(),
            **body["azure_managed_identity"],
        }
    return added


# Privilege with which a securable is seen, beside BROWSE.
_SEEN_WITH = {
    "catalogs": "USE_CATALOG",
    "schemas": "USE_SCHEMA",
    "tables": "SELECT",
    "volumes": "READ_VOLUME",
}


def _hidden(workspace: Workspace, kind: Kind, name: str, caller: Caller) -> str | None:
    """The reason why a caller does not see a securable, or `None`."""
    get = workspace.store.get
    if access.holds(get, caller, "BROWSE", kind.collection, name):
        return None
    return access.denial(get, caller, _SEEN_WITH.get(kind.collection, "BROWSE"), kind.collection, name)


def _require_management(workspace: Workspace, kind: Kind, name: str, caller: Caller) -> None:
    _require(workspace, kind, name)
    access.require_management(workspace.store.get, caller, kind.collection, name.lower())


def _manages(workspace: Workspace, kind: Kind, name: str, caller: Caller) -> bool:
    try:
        _require_management(workspace, kind, name, caller)
    except ApiError:
        return False
    return True


def _routes_of(kind: Kind, update: Shape | None, info: type) -> None:
    """Reading, listing, changing and deleting is the same for every kind."""
    address = f"unity-catalog/{kind.collection}"

    @route("GET", "2.1", f"{address}/{{name:path}}", gives=info)
    def get(workspace: Workspace, call: Call) -> Body:
        found = _require(workspace, kind, call.parts["name"])
        said = _hidden(workspace, kind, call.parts["name"].lower(), call.caller)
        if said is not None:
            raise ApiError(403, "PERMISSION_DENIED", said)
        return found

    @route("GET", "2.1", address)
    def every(workspace: Workspace, call: Call) -> Body:
        wanted = {key: call.query[key] for key in ("catalog_name", "schema_name") if key in call.query}
        found = [
            body
            for name, body in workspace.store.every(kind.collection)
            if _hidden(workspace, kind, name, call.caller) is None
        ]
        return {
            kind.collection.replace("-", "_"): [
                body for body in found if all(body.get(key) == value for key, value in wanted.items())
            ]
        }

    @route("DELETE", "2.1", f"{address}/{{name:path}}", checks=True)
    def remove(workspace: Workspace, call: Call) -> Body:
        _require_management(workspace, kind, call.parts["name"], call.caller)
        return delete(workspace, kind, call.parts["name"], force=call.flag("force"))

    if update is not None:

        @route("PATCH", "2.1", f"{address}/{{name:path}}", takes=update, gives=info, checks=True)
        def patch(workspace: Workspace, call: Call) -> Body:
            _require_management(workspace, kind, call.parts["name"], call.caller)
            return _update(workspace, kind, call.parts["name"], call.body)


_routes_of(CATALOGS, sdk.CatalogsAPI.update, sdk.CatalogInfo)
_routes_of(SCHEMAS, sdk.SchemasAPI.update, sdk.SchemaInfo)
_routes_of(VOLUMES, sdk.VolumesAPI.update, sdk.VolumeInfo)
_routes_of(TABLES, sdk.TablesAPI.update, sdk.TableInfo)
_routes_of(LOCATIONS, sdk.ExternalLocationsAPI.update, sdk.ExternalLocationInfo)
_routes_of(STORAGE_CREDENTIALS, sdk.StorageCredentialsAPI.update, sdk.StorageCredentialInfo)
_routes_of(CREDENTIALS, sdk.CredentialsAPI.update_credential, sdk.CredentialInfo)


@route("GET", "2.1", "unity-catalog/metastore_summary", gives=sdk.GetMetastoreSummaryResponse)
def metastore_summary(workspace: Workspace, call: Call) -> Body:
    return {"metastore_id": METASTORE_ID, "name": "local", "cloud": "aws", "region": "local", "owner": USER}


@route("GET", "2.1", "unity-catalog/current-metastore-assignment", gives=sdk.MetastoreAssignment)
def metastore_assignment(workspace: Workspace, call: Call) -> Body:
    return {"metastore_id": METASTORE_ID, "workspace_id": WORKSPACE_ID, "default_catalog_name": "main"}


@route("GET", "2.1", "unity-catalog/bindings/{type}/{name}", gives=sdk.GetWorkspaceBindingsResponse)
def get_bindings(workspace: Workspace, call: Call) -> Body:
    kind, name = _securable(call.parts["type"]), call.parts["name"].lower()
    found = _require(workspace, kind, name)
    isolated = str(found.get("isolation_mode", "")).endswith("ISOLATED")
    own = [{"workspace_id": WORKSPACE_ID, "binding_type": "BINDING_TYPE_READ_WRITE"}]
    held = workspace.store.get("bindings", f"{kind.collection}/{name}")
    # Whoever isolates a securable binds the workspace in which that is done.
    return held or {"bindings": own if isolated else []}


@route(
    "PATCH",
    "2.1",
    "unity-catalog/bindings/{type}/{name}",
    takes=sdk.WorkspaceBindingsAPI.update_bindings,
    gives=sdk.UpdateWorkspaceBindingsResponse,
)
def patch_bindings(workspace: Workspace, call: Call) -> Body:
    kind, name = _securable(call.parts["type"]), call.parts["name"].lower()
    held = {one["workspace_id"]: one for one in get_bindings(workspace, call)["bindings"]}
    for gone in call.body.get("remove") or ():
        held.pop(gone["workspace_id"], None)
    for new in call.body.get("add") or ():
        held[new["workspace_id"]] = {"binding_type": "BINDING_TYPE_READ_WRITE", **new}
    return workspace.store.put("bindings", f"{kind.collection}/{name}", {"bindings": list(held.values())})


@route(
    "PATCH",
    "2.1",
    "unity-catalog/workspace-bindings/catalogs/{name}",
    takes=sdk.WorkspaceBindingsAPI.update,
    gives=sdk.UpdateCatalogWorkspaceBindingsResponse,
)
def patch_catalog_bindings(workspace: Workspace, call: Call) -> Body:
    """The form before bindings had types: the provider binds the workspace to an isolated catalog before it deletes that."""
    name = call.parts["name"].lower()
    _require(workspace, CATALOGS, name)
    collected = f"{CATALOGS.collection}/{name}"
    held = {
        one["workspace_id"]: one
        for one in (workspace.store.get("bindings", collected) or {}).get("bindings", ())
    }
    for gone in call.body.get("unassign_workspaces") or ():
        held.pop(gone, None)
    for new in call.body.get("assign_workspaces") or ():
        held[new] = {"workspace_id": new, "binding_type": "BINDING_TYPE_READ_WRITE"}
    workspace.store.put("bindings", collected, {"bindings": list(held.values())})
    return {"workspaces": list(held)}


@route("GET", "2.1", "unity-catalog/permissions/{type}/{name:path}", gives=sdk.GetPermissionsResponse)
def get_grants(workspace: Workspace, call: Call) -> Body:
    kind, name = _securable(call.parts["type"]), call.parts["name"].lower()
    _require(workspace, kind, name)
    held = (workspace.store.get("grants", f"{kind.collection}/{name}") or {}).items()
    only = call.query.get("principal")
    # Who may not manage a securable sees the grants that are its own.
    seen = None if _manages(workspace, kind, name, call.caller) else call.caller.names
    return {
        "privilege_assignments": [
            {"principal": principal, "privileges": privileges}
            for principal, privileges in held
            if only in (None, principal) and (seen is None or principal in seen)
        ]
    }


@route(
    "PATCH",
    "2.1",
    "unity-catalog/permissions/{type}/{name:path}",
    takes=sdk.GrantsAPI.update,
    gives=sdk.UpdatePermissionsResponse,
    checks=True,
)
def patch_grants(workspace: Workspace, call: Call) -> Body:
    kind, name = _securable(call.parts["type"]), call.parts["name"].lower()
    _require_management(workspace, kind, name, call.caller)
    key = f"{kind.collection}/{name}"
    held = workspace.store.get("grants", key) or {}
    for change in call.body.get("changes") or ():
        own = set(held.get(change["principal"], ()))
        own = (own - set(change.get("remove") or ())) | set(change.get("add") or ())
        if "ALL_PRIVILEGES" in (change.get("remove") or ()):
            own = set(change.get("add") or ())
        held[change["principal"]] = sorted(own)
    held = {principal: privileges for principal, privileges in held.items() if privileges}
    if held:
        workspace.store.put("grants", key, held)
    else:
        workspace.store.delete("grants", key)
    return get_grants(workspace, Call(call.method, call.path, call.parts, caller=call.caller))


def _securable(type_: str) -> Kind:
    """The kind that an address of permissions or bindings names: `catalog`, `external_location`."""
    for kind in KINDS.values():
        if kind.one.replace(" ", "_") == type_.lower().replace("-", "_"):
            return kind
    raise missing(f"The local workspace has no securables of type '{type_}'.")
