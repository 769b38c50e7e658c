"""Queries: each catalog has a process of its own with Spark in it, started by the first one and ended with the server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from workspace.access import Caller, denial
from workspace.errors import missing, not_done
from workspace.store import Body
from workspace.workspace import Workspace

_ROOT = Path(__file__).resolve().parent.parent
_READS = ("SELECT", "WITH", "VALUES", "DESCRIBE", "DESC", "EXPLAIN")
_COMMENT = re.compile(r"\s*(--[^\n]*\n|/\*.*?\*/)", re.DOTALL)
_TYPE_NAMES = {"BIGINT": "LONG", "SMALLINT": "SHORT", "TINYINT": "BYTE", "TIMESTAMP_NTZ": "TIMESTAMP"}
_END_S = 20
# Processes by catalog, and the catalogs of statements by id: both end with the server.
_processes: dict[str, subprocess.Popen[str]] = {}
_catalogs: dict[str, str] = {}
# Callers by statement: nobody else gets its rows.
_callers: dict[str, Caller] = {}


def is_query(statement: str) -> bool:
    """Tell whether a statement only reads."""
    text = statement
    while (found := _COMMENT.match(text)) is not None:
        text = text[found.end() :]
    return text.lstrip(" \t\r\n(").upper().startswith(_READS)


def send(workspace: Workspace, id_: str, body: Mapping[str, Any], caller: Caller) -> None:
    """Hand a query to the process of its catalog; the answer comes as a file."""
    catalog = _catalog(workspace, body)
    process = _processes.get(catalog)
    if process is None or process.poll() is not None:
        process = _processes[catalog] = _start(workspace, catalog)
    request = {
        "id": id_,
        "statement": body["statement"],
        "schema": body.get("schema"),
        "limit": body.get("row_limit"),
        "denied": None if caller.is_admin else _denied(workspace, caller),
    }
    assert process.stdin is not None
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    _catalogs[id_] = catalog
    _callers[id_] = caller


def is_of(id_: str, caller: Caller) -> bool:
    """Tell whether a caller may see the answer to a statement."""
    return caller.is_admin or _callers.get(id_) == caller


def _denied(workspace: Workspace, caller: Caller) -> dict[str, str | None]:
    """Reasons why a caller may not read each table; `None` for one that it may read."""
    get = workspace.store.get
    return {
        name: denial(get, caller, "SELECT", "tables", name) for name, _ in workspace.store.every("tables")
    }


def state(workspace: Workspace, id_: str) -> Body:
    """The state of a query, with its rows once they are there."""
    if not re.fullmatch(r"[0-9a-f-]+", id_):
        raise missing(f"Statement {id_} does not exist.")
    catalog = _catalogs.get(id_)
    try:
        found = json.loads((_answers(workspace) / f"{id_}.json").read_text(encoding="utf-8"))
    except OSError:
        if catalog is None:
            raise missing(f"Statement {id_} does not exist.") from None
        process = _processes.get(catalog)
        if process is not None and process.poll() is None:
            return {"statement_id": id_, "status": {"state": "RUNNING"}}
        found = {
            "error": f"The warehouse ended before it answered; its output is in {_log(workspace, catalog)}."
        }
    if "error" in found:
        error = {"error_code": "BAD_REQUEST", "message": found["error"]}
        return {"statement_id": id_, "status": {"state": "FAILED", "error": error}}
    rows = found["rows"]
    columns = [_column(at, one) for at, one in enumerate(found["columns"])]
    return {
        "statement_id": id_,
        "status": {"state": "SUCCEEDED"},
        "manifest": {
            "format": "JSON_ARRAY",
            "schema": {"column_count": len(columns), "columns": columns},
            "total_row_count": len(rows),
            "total_chunk_count": 1,
            "truncated": found["truncated"],
            "chunks": [{"chunk_index": 0, "row_offset": 0, "row_count": len(rows)}],
        },
        "result": {"chunk_index": 0, "row_offset": 0, "row_count": len(rows), "data_array": rows},
    }


def is_over(answered: Mapping[str, Any]) -> bool:
    """Tell whether an answer is the last one to its statement."""
    return answered["status"]["state"] not in ("PENDING", "RUNNING")


def stop_all() -> None:
    """End the processes."""
    for process in _processes.values():
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
    for process in _processes.values():
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
    _processes.clear()


def _catalog(workspace: Workspace, body: Mapping[str, Any]) -> str:
    """The catalog whose tables a statement reads: the one that it names, else the one that the call gives."""
    words = set(re.findall(r"\w+", str(body["statement"]).lower()))
    named = sorted(id_ for id_, _ in workspace.store.every("catalogs") if id_ in words)
    given = str(body.get("catalog") or "").lower()
    catalogs = [one for one in named if re.search(rf"`?\b{one}\b`?\s*\.", str(body["statement"]).lower())]
    if len(catalogs) > 1:
        names = ", ".join(catalogs)
        raise not_done(f"A statement over several catalogs ({names}) is not done here.")
    catalog = (catalogs or [given or "main"])[0]
    workspace.require("catalogs", catalog, "Catalog")
    return catalog


def _start(workspace: Workspace, catalog: str) -> subprocess.Popen[str]:
    tables = workspace.folder.catalogs / catalog
    tables.mkdir(parents=True, exist_ok=True)
    _answers(workspace).mkdir(parents=True, exist_ok=True)
    with _log(workspace, catalog).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local.statements", catalog, str(tables), str(_answers(workspace))],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            text=True,
        )


def _answers(workspace: Workspace) -> Path:
    return workspace.folder.path / "statements"


def _log(workspace: Workspace, catalog: str) -> Path:
    return workspace.folder.path / f"warehouse-{catalog}.log"


def _column(position: int, column: Mapping[str, str]) -> Body:
    text = column["type"].upper()
    name = re.split(r"[(<]", text)[0]
    return {
        "name": column["name"],
        "position": position,
        "type_text": text,
        "type_name": _TYPE_NAMES.get(name, name),
    }
