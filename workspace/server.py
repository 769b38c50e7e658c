"""The process of a local workspace: on loopback, with its state, token and logs in one folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import uvicorn

from workspace import app, catalog, files, sql, warehouse
from workspace.errors import WorkspaceError
from workspace.faults import read_faults
from workspace.folder import Folder
from workspace.store import Store
from workspace.workspace import Workspace

# Catalogs that a workspace has from its beginning.
_CATALOGS = ("main", "workspace")


def serve(
    folder: Folder,
    *,
    port: int = 0,
    catalogs: Sequence[str] = (),
    warehouses: Sequence[str] = (),
    faults: Path | None = None,
    latency_ms: int = 0,
    schedules: bool = False,
) -> None:
    """Answer calls until the process is told to end.

    Args:
        folder: where state, token and logs are; made when it is not there.
        port: on 127.0.0.1; 0 takes one that is free.
        catalogs: names of catalogs that exist from the beginning.
        warehouses: ids of SQL warehouses that exist from the beginning; they are stopped, and start slowly.
        faults: file with faults to have.
        latency_ms: every answer takes up to this long.
        schedules: jobs are started and alerts evaluated at the times of their schedules.
    """
    listener = _listen(port)
    host = f"http://127.0.0.1:{listener.getsockname()[1]}"
    token = folder.token()
    store = Store(folder.state)
    workspace = Workspace(store, folder, host)
    fill = partial(_fill, catalogs=(*_CATALOGS, *catalogs), warehouses=warehouses)
    with store.transaction():
        fill(workspace)
    settings = app.Settings(
        fill=fill,
        token=token,
        log=folder.calls,
        latency_s=latency_ms / 1000,
        faults=None if faults is None else read_faults(faults),
        schedules=schedules,
    )
    config = uvicorn.Config(
        app.build_app(workspace, settings), log_level="warning", lifespan="on", timeout_graceful_shutdown=5
    )
    part = folder.running.with_suffix(".part")
    part.write_text(json.dumps({"host": host, "pid": os.getpid()}), encoding="utf-8")
    part.replace(folder.running)
    for number in (signal.SIGINT, signal.SIGTERM):
        # The server hands a signal on once it has answered the last call.
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        folder.running.unlink(missing_ok=True)
        warehouse.stop_all()
        store.close()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        raise WorkspaceError(
            f"Port {port} of 127.0.0.1 cannot be used ({error.strerror}): give another one with --port, or 0 for any."
        ) from error
    listener.listen(128)
    return listener


def _fill(workspace: Workspace, catalogs: Sequence[str], warehouses: Sequence[str]) -> None:
    """Put in what is there before anybody calls; what is there already stays as it is."""
    files.make_tree(workspace)
    for name in catalogs:
        if workspace.store.get("catalogs", name.lower()) is None:
            catalog.make_catalog(workspace, {"name": name})
    for id_ in warehouses:
        if workspace.store.get("warehouses", id_) is None:
            sql.make_warehouse(workspace, id_, {"name": f"existing {id_}"}, "STOPPED")
