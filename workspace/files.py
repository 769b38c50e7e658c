"""The tree of folders, notebooks and files."""

from __future__ import annotations

import base64
from posixpath import dirname

from databricks.sdk.service.workspace import ListResponse, ObjectInfo, WorkspaceAPI

from workspace.api import Call, Content, route
from workspace.errors import ApiError, exists, invalid, missing, not_done
from workspace.store import Body
from workspace.workspace import USER, Workspace

_ALWAYS_THERE = ("/", "/Shared", "/Users", f"/Users/{USER}", "/Repos")
_LANGUAGES = {".py": "PYTHON", ".sql": "SQL", ".scala": "SCALA", ".r": "R"}


def make_tree(workspace: Workspace) -> None:
    """The folders that every workspace has."""
    for path in _ALWAYS_THERE:
        _make_folder(workspace, path)


def normal(path: object) -> str:
    """A path without the optional prefix `/Workspace` and without a slash at its end."""
    text = str(path or "")
    if not text.startswith("/"):
        raise invalid(f"Path ({text}) must be absolute.")
    return text.removeprefix("/Workspace").rstrip("/") or "/"


def add_node(workspace: Workspace, path: str, object_type: str, **fields: object) -> Body:
    """Put something into a folder, which must be there."""
    if workspace.store.get("workspace", dirname(path)) is None:
        raise missing(f"The parent folder ({dirname(path)}) does not exist.")
    old = workspace.store.get("workspace", path)
    now = workspace.now_ms
    body = {
        "path": path,
        "object_type": object_type,
        "object_id": workspace.number() if old is None else old["object_id"],
        "created_at": now if old is None else old["created_at"],
        "modified_at": now,
        "resource_id": None,
        **fields,
    }
    body["resource_id"] = str(fields.get("resource_id") or body["object_id"])
    return workspace.store.put("workspace", path, body)


def remove_node(workspace: Workspace, path: str) -> None:
    """Take a file, a notebook or an empty folder out of the tree."""
    found = workspace.store.get("workspace", path)
    workspace.store.delete("workspace", path)
    workspace.store.delete_content(path)
    if found is not None:
        kinds = {"DIRECTORY": "directories", "NOTEBOOK": "notebooks", "FILE": "files"}
        workspace.store.delete("permissions", f"{kinds.get(found['object_type'], '')}/{found['object_id']}")


def _make_folder(workspace: Workspace, path: str) -> None:
    found = workspace.store.get("workspace", path)
    if found is not None:
        if found["object_type"] != "DIRECTORY":
            raise exists(f"Path ({path}) is a {found['object_type'].lower()}, not a folder.")
        return
    if path == "/":
        workspace.store.put(
            "workspace", path, {"path": path, "object_type": "DIRECTORY", "object_id": 1, "created_at": 0}
        )
        return
    _make_folder(workspace, dirname(path))
    add_node(workspace, path, "DIRECTORY")


@route("POST", "2.0", "workspace/mkdirs", takes=WorkspaceAPI.mkdirs)
def mkdirs(workspace: Workspace, call: Call) -> Body:
    _make_folder(workspace, normal(call.body.get("path")))
    return {}


@route("POST", "2.0", "workspace/import", takes=WorkspaceAPI.import_)
def import_file(workspace: Workspace, call: Call) -> Body:
    path = normal(call.body.get("path"))
    old = workspace.store.get("workspace", path)
    overwrite = call.body.get("overwrite") in (True, "true")
    if old is not None and (old["object_type"] == "DIRECTORY" or not overwrite):
        raise ApiError(400, "RESOURCE_ALREADY_EXISTS", f"Path ({path}) already exists.")
    encoded = call.body.get("content")
    content = call.content if encoded is None else base64.b64decode(encoded)
    format_, language = call.body.get("format") or "SOURCE", call.body.get("language")
    if format_ not in ("SOURCE", "AUTO", "RAW"):
        raise not_done(
            f"workspace/import with format {format_} is not done by the local workspace.",
        )
    if format_ == "SOURCE" and language is None:
        language = next((name for end, name in _LANGUAGES.items() if path.lower().endswith(end)), None)
        if language is None:
            raise invalid("The language is needed with format SOURCE: PYTHON, SQL, SCALA or R.")
    if format_ == "RAW" or language is None:
        add_node(workspace, path, "FILE", size=len(content))
    else:
        add_node(workspace, path, "NOTEBOOK", language=language)
    workspace.store.put_content(path, content)
    return {}


@route("GET", "2.0", "workspace/get-status", gives=ObjectInfo)
def get_status(workspace: Workspace, call: Call) -> Body:
    path = normal(call.query.get("path"))
    found = workspace.store.get("workspace", path)
    if found is None:
        raise missing(f"Path ({path}) doesn't exist.")
    return found


@route("GET", "2.0", "workspace/list", gives=ListResponse)
def list_folder(workspace: Workspace, call: Call) -> Body:
    path = normal(call.query.get("path"))
    get_status(workspace, call)
    inside = [body for at, body in workspace.store.every("workspace") if at != "/" and dirname(at) == path]
    return {"objects": inside}


@route("GET", "2.0", "workspace/export")
def export(workspace: Workspace, call: Call) -> Body | Content:
    path = normal(call.query.get("path"))
    found = get_status(workspace, call)
    content = workspace.store.content(path)
    if content is None:
        raise invalid(f"Path ({path}) is a {found['object_type'].lower()}, which cannot be exported here.")
    if call.flag("direct_download"):
        return Content(content)
    return {
        "content": base64.b64encode(content).decode(),
        "file_type": "py" if found["object_type"] == "NOTEBOOK" else "auto",
    }


@route("POST", "2.0", "workspace/delete", takes=WorkspaceAPI.delete)
def delete(workspace: Workspace, call: Call) -> Body:
    path = normal(call.body.get("path"))
    if workspace.store.get("workspace", path) is None:
        raise missing(f"Path ({path}) doesn't exist.")
    inside = [at for at, _ in workspace.store.every("workspace") if at.startswith(f"{path}/")]
    if inside and call.body.get("recursive") is not True:
        raise ApiError(400, "DIRECTORY_NOT_EMPTY", f"Folder ({path}) is not empty")
    for gone in (*inside, path):
        remove_node(workspace, gone)
    return {}
