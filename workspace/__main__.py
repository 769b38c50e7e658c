"""`python -m workspace start | stop | token | alerts | serve`: what `medallion workspace` runs."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workspace.access import page_key, principal_token
from workspace.errors import WorkspaceError
from workspace.folder import Folder

_START_S = 60
_STOP_S = 15
# Somewhat longer than the server waits for a query.
_EVALUATE_S = 320.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a fault is one sentence on standard error, and status 2."""
    options = _parser().parse_args(arguments)
    folder = Folder(Path(options.out).resolve())
    try:
        if options.command == "stop":
            return _stop(folder)
        if options.command == "token":
            print(principal_token(folder.token(), options.principal, options.group))
            return 0
        if options.command == "alerts":
            return _evaluate(folder)
        if options.command == "start":
            return _start(folder, sys.argv[2:] if arguments is None else list(arguments)[1:])
        from workspace.server import serve  # loads the SDK, which takes seconds

        serve(
            folder,
            port=options.port,
            catalogs=options.catalog,
            warehouses=options.warehouse,
            faults=None if options.faults is None else Path(options.faults).resolve(),
            latency_ms=options.latency,
            schedules=options.schedules,
        )
    except WorkspaceError as error:
        print(f"medallion workspace: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workspace", description="A Databricks workspace on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("start", "serve"):
        command = commands.add_parser(name)
        command.add_argument("--port", type=int, default=8484)
        command.add_argument("--catalog", action="append", default=[])
        command.add_argument("--warehouse", action="append", default=[])
        command.add_argument("--faults")
        command.add_argument("--latency", type=int, default=0, metavar="MS")
        command.add_argument("--schedules", action="store_true")
        command.add_argument("--out", required=True)
    token = commands.add_parser("token")
    token.add_argument("--principal", required=True)
    token.add_argument("--group", action="append", default=[])
    token.add_argument("--out", required=True)
    for name in ("stop", "alerts"):
        commands.add_parser(name).add_argument("--out", required=True)
    return parser


def _start(folder: Folder, options: Sequence[str]) -> int:
    """Start the server in the background, unless it runs, and say how to talk to it."""
    host = _answering(folder)
    if host is None:
        folder.path.mkdir(parents=True, exist_ok=True)
        with folder.log.open("a", encoding="utf-8") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "workspace", "serve", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        host = _wait(folder, child)
    print(_greeting(host, folder))
    return 0


def _wait(folder: Folder, child: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        host = _answering(folder)
        if host is not None:
            return host
        if child.poll() is not None:
            said = folder.log.read_text(encoding="utf-8").strip().splitlines()
            raise WorkspaceError((said[-1] if said else "it ended").removeprefix("medallion workspace: "))
        time.sleep(0.1)
    child.kill()
    raise WorkspaceError(f"it did not answer within {_START_S} s; see {folder.log}.")


def _answering(folder: Folder) -> str | None:
    """The address of the server of this folder, when it answers to the folder's token."""
    server = folder.server()
    if server is None:
        return None
    try:
        _ask(folder, "GET", "/local/resources", wait_s=5)
    except (OSError, urllib.error.URLError):
        return None
    return str(server["host"])


def _ask(folder: Folder, method: str, path: str, wait_s: float) -> Any:
    """The answer of the running server to a call of the administrator."""
    server = folder.server() or {"host": ""}
    request = urllib.request.Request(
        f"{server['host']}{path}", method=method, headers={"Authorization": f"Bearer {folder.token()}"}
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=wait_s) as answered:
        return json.load(answered)


def _evaluate(folder: Folder) -> int:
    """Evaluate all alerts and print what came of each; status 1 when one could not be evaluated."""
    if _answering(folder) is None:
        raise WorkspaceError(f"none runs in {folder.path}; `medallion workspace` starts it.")
    found = sorted(
        _ask(folder, "GET", "/api/2.0/alerts", _EVALUATE_S)["alerts"], key=lambda one: one["display_name"]
    )
    failed = False
    for alert in found:
        answer = _ask(folder, "POST", f"/local/alerts/{alert['id']}/evaluate", _EVALUATE_S)
        state = answer.get("evaluation", {}).get("state", "ERROR")
        failed = failed or state == "ERROR"
        # Of an error of Spark, its first line says what is wrong; the page of the workspace has all of it.
        message = str(answer.get("message", "no answer in time")).partition("\n")[0]
        print(f"{state:<10}{alert['display_name']}: {message}", flush=True)
    if not found:
        print("The workspace has no alert.")
    return 1 if failed else 0


def _stop(folder: Folder) -> int:
    server = folder.server()
    if server is None or _answering(folder) is None:
        print(f"No local workspace runs in {folder.path}.")
        return 0
    os.kill(server["pid"], signal.SIGTERM)
    until = time.monotonic() + _STOP_S
    while folder.running.exists():
        if time.monotonic() > until:
            raise WorkspaceError(f"process {server['pid']} does not end; end it by hand.")
        time.sleep(0.05)
    print(f"Stopped. What the workspace holds stays in {folder.path}; remove the folder to start afresh.")
    return 0


def _greeting(host: str, folder: Folder) -> str:
    return f"""A local workspace answers on {host}. Its state is in {folder.path}.
Its pages, for a browser: {host}/?token={page_key(folder.token())}

  export DATABRICKS_HOST={host}
  export DATABRICKS_TOKEN={folder.token()}

Then, for example:
  npx --no-install cdktf deploy staging-aws
  terraform -chdir=cdktf.out/stacks/staging-aws plan -detailed-exitcode
  npx --no-install medallion workspace stop"""


if __name__ == "__main__":
    sys.exit(main())
