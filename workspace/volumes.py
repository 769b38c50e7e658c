"""Files in volumes: folders on this machine, by the Files API."""

from __future__ import annotations

import shutil
import uuid
from email.utils import formatdate
from pathlib import Path, PurePosixPath

from databricks.sdk.service.files import ListDirectoryResponse

from workspace.access import require
from workspace.api import Call, Content, route
from workspace.errors import ApiError, invalid, missing
from workspace.store import Body
from workspace.workspace import Workspace


@route("PUT", "2.0", "fs/files/{path:path}", checks=True)
def upload(workspace: Workspace, call: Call) -> Body:
    file = _local(workspace, call)
    if file.is_dir():
        raise invalid(f"/{call.parts['path']} is a directory.")
    if file.exists() and not call.flag("overwrite"):
        raise ApiError(
            409, "ALREADY_EXISTS", f"The file /{call.parts['path']} already exists; upload with overwrite."
        )
    _make_parents(file, call)
    # A file is whole or not there, for whoever reads the folder meanwhile.
    part = file.parent / f".{uuid.uuid4().hex}.part"
    part.write_bytes(call.content)
    part.replace(file)
    return {}


@route("GET", "2.0", "fs/files/{path:path}", checks=True)
def download(workspace: Workspace, call: Call) -> Content:
    file = _local(workspace, call)
    if not file.is_file():
        raise missing(f"The file /{call.parts['path']} does not exist.")
    modified = formatdate(file.stat().st_mtime, usegmt=True)
    return Content(file.read_bytes(), {"last-modified": modified, "content-type": "application/octet-stream"})


@route("DELETE", "2.0", "fs/files/{path:path}", checks=True)
def delete_file(workspace: Workspace, call: Call) -> Body:
    file = _local(workspace, call)
    if not file.is_file():
        raise missing(f"The file /{call.parts['path']} does not exist.")
    file.unlink()
    return {}


@route("PUT", "2.0", "fs/directories/{path:path}", checks=True)
def make_directory(workspace: Workspace, call: Call) -> Body:
    folder = _local(workspace, call)
    _make_parents(folder / "x", call)
    return {}


@route("GET", "2.0", "fs/directories/{path:path}", gives=ListDirectoryResponse, checks=True)
def list_directory(workspace: Workspace, call: Call) -> Body:
    folder = _directory(workspace, call)
    above = f"/{call.parts['path'].rstrip('/')}"
    entries = []
    for one in sorted(folder.iterdir()):
        if one.name.startswith(".") and one.name.endswith(".part"):
            continue
        stat = one.stat()
        entry = {"name": one.name, "path": f"{above}/{one.name}", "is_directory": one.is_dir()}
        size = {} if one.is_dir() else {"file_size": stat.st_size}
        entries.append({**entry, **size, "last_modified": int(stat.st_mtime * 1000)})
    return {"contents": entries}


@route("DELETE", "2.0", "fs/directories/{path:path}", checks=True)
def delete_directory(workspace: Workspace, call: Call) -> Body:
    folder = _directory(workspace, call)
    if any(folder.iterdir()):
        raise ApiError(400, "DIRECTORY_NOT_EMPTY", f"The directory /{call.parts['path']} is not empty.")
    folder.rmdir()
    return {}


def remove_files(workspace: Workspace, volume: str) -> None:
    """Remove the files of a volume that is gone, by its full name."""
    shutil.rmtree(workspace.volumes.joinpath(*volume.split(".")), ignore_errors=True)


def _directory(workspace: Workspace, call: Call) -> Path:
    folder = _local(workspace, call)
    if not folder.is_dir():
        raise missing(f"The directory /{call.parts['path']} does not exist.")
    return folder


def _local(workspace: Workspace, call: Call) -> Path:
    """Return where a path of a volume is on this machine; the volume must be there. Nothing outside of it is reached."""
    path = PurePosixPath(f"/{call.parts['path']}")
    names = path.parts[1:]
    if len(names) < 4 or names[0] != "Volumes" or any(name in ("..", ".") or "\\" in name for name in names):
        raise invalid(f"{path} is not a path of a volume: /Volumes/<catalog>/<schema>/<volume>/...")
    volume = ".".join(names[1:4]).lower()
    workspace.require("volumes", volume, "Volume")
    needed = "READ_VOLUME" if call.method in ("GET", "HEAD") else "WRITE_VOLUME"
    require(workspace.store.get, call.caller, needed, "volumes", volume)
    root = workspace.volumes.joinpath(*volume.split("."))
    root.mkdir(parents=True, exist_ok=True)
    return root.joinpath(*names[4:])


def _make_parents(file: Path, call: Call) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise invalid(f"/{call.parts['path']} would lie in a file.") from error
