"""`python -m certify`: what `medallion certify` runs, over a synthesized stack in a folder of its own."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.service.catalog import PermissionsChange, Privilege
from rich.console import Console

from certify.checks import CHECKS, TOKENS, Check
from certify.deployment import Deployment
from certify.errors import CertifyError, CheckFailedError, CheckSkippedError
from certify.report import Outcome, markdown, result_line, show
from certify.terraform import Terraform
from local.stack import load_stack
from workspace.access import EVERYBODY, principal_token
from workspace.folder import Folder

_ROOT = Path(__file__).resolve().parent.parent
_CLEAN_UP = "destroy"
_START_S = 60
_LOCAL_WAREHOUSE = "0123456789abcdef"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the checks; 0 when none failed, 1 when one did, 2 when they could not be made."""
    options = _parse(arguments)
    console = Console(file=sys.stderr, highlight=False)
    try:
        if options.local:
            with _local_workspace(options.folder) as environment:
                return _certify(options, environment, console)
        return _certify(options, {}, console)
    except CertifyError as error:
        console.print(f"medallion certify: {error}", markup=False, soft_wrap=True)
        return 2


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="certify", description="Proves a deployment of a stack.")
    parser.add_argument(
        "--folder", type=Path, required=True, help="holds the stack, its state, and what the checks write"
    )
    parser.add_argument(
        "--local", action="store_true", help="deploy to a local workspace that is started for it"
    )
    parser.add_argument("--data", type=Path, help="a folder with one subfolder of JSON files per topic")
    parser.add_argument("--warehouse", help="id of the SQL warehouse that runs statements")
    parser.add_argument(
        "--only", nargs="+", default=[], help="names of checks; those that they need are made too"
    )
    parser.add_argument("--keep", action="store_true", help="leave what was deployed")
    parser.add_argument(
        "--clean", action="store_true", help="destroy what an earlier run left, and make no check"
    )
    options = parser.parse_args(arguments)
    options.folder = options.folder.resolve()
    known = [one.name for one in CHECKS]
    unknown = sorted(set(options.only) - set(known))
    if unknown:
        parser.error(f"there is no check {', '.join(unknown)}; there are {', '.join(known)}")
    return options


def _certify(options: argparse.Namespace, environment: dict[str, str], console: Console) -> int:
    terraform = Terraform(options.folder / "stack", environment)
    deployment = Deployment(
        folder=options.folder,
        terraform=terraform,
        client=_client(environment),
        data=options.data,
        warehouse=_LOCAL_WAREHOUSE if options.local else options.warehouse,
        token_of=partial(principal_token, environment["DATABRICKS_TOKEN"])
        if options.local
        else _tokens().get,
    )
    if options.clean:
        wanted = [one for one in CHECKS if one.name == _CLEAN_UP]
    else:
        names = {*options.only, _CLEAN_UP} if options.only else {one.name for one in CHECKS}
        wanted = [one for one in CHECKS if one.name in names or (one.needed and options.only)]
        if options.keep:
            wanted = [one for one in wanted if one.name != _CLEAN_UP]
    facts = {
        "stack": deployment.stack.name,
        "job": deployment.stack.job.name,
        "workspace": str(deployment.client.config.host),
    }
    outcomes = list(make_checks(wanted, deployment, console))
    (options.folder / "report.md").write_text(markdown(outcomes, facts), encoding="utf-8")
    show(console, outcomes)
    console.print(f"Report: {options.folder / 'report.md'}", soft_wrap=True)
    if terraform.has_state and terraform.resources():
        console.print("What was deployed is still there; medallion certify --clean destroys it.")
    print(result_line(outcomes, facts), flush=True)
    return 1 if any(one.status == "failed" for one in outcomes) else 0


def make_checks(checks: Sequence[Check], deployment: Deployment, console: Console) -> Iterator[Outcome]:
    """Make the checks in order. After one that the others need has failed, only the one that cleans up is made."""
    lost: str | None = None
    for one in checks:
        began = time.monotonic()
        try:
            if lost is not None and one.name != _CLEAN_UP:
                raise CheckSkippedError(f"{lost} failed")
            status, said = "passed", one.make(deployment)
        except CheckSkippedError as reason:
            status, said = "skipped", str(reason)
        except CheckFailedError as error:
            status, said = "failed", str(error)
        except Exception as error:  # an error of the workspace is what the check found
            status, said = "failed", f"{type(error).__name__}: {error}"
            (deployment.folder / f"{one.name}.log").write_text(traceback.format_exc(), encoding="utf-8")
        if status == "failed" and one.needed:
            lost = one.name
        outcome = Outcome(one.name, one.proves, status, said, time.monotonic() - began)
        console.print(
            f"  {status:8}{one.name:14}{outcome.duration_s:6.1f} s  {said}", markup=False, soft_wrap=True
        )
        yield outcome


def _tokens() -> dict[str, str]:
    """Tokens of principals that the environment gives."""
    text = os.environ.get(TOKENS) or "{}"
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise CertifyError(
            f'{TOKENS} is no JSON object with the token of each principal; such as {{"analysts": "dapi..."}} is allowed.'
        )
    return found


def _client(environment: dict[str, str]) -> WorkspaceClient:
    try:
        if environment:
            return WorkspaceClient(
                config=Config(host=environment["DATABRICKS_HOST"], token=environment["DATABRICKS_TOKEN"])
            )
        return WorkspaceClient()
    except ValueError as error:
        raise CertifyError(
            f"There are no credentials for a workspace: {error}. Set DATABRICKS_HOST and log in, or take a local workspace with --local."
        ) from error


@contextmanager
def _local_workspace(folder: Path) -> Iterator[dict[str, str]]:
    """A local workspace beside the stack, with the catalog that the stack adopts and a warehouse; yields the way to it."""
    held = Folder(folder / "workspace")
    held.path.mkdir(parents=True, exist_ok=True)
    held.running.unlink(missing_ok=True)
    command = [sys.executable, "-m", "workspace", "serve", "--port", "0", "--out", str(held.path)]
    stack = json.loads((folder / "stack" / "cdk.tf.json").read_text(encoding="utf-8"))
    adopted = None
    if "databricks_catalog" not in stack["resource"]:
        adopted = load_stack(folder / "stack").job.parameters["catalog"]
        command += ["--catalog", adopted]
    with held.log.open("ab") as log:
        process = subprocess.Popen(
            [*command, "--warehouse", _LOCAL_WAREHOUSE],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        until = time.monotonic() + _START_S
        while (server := held.server()) is None:
            if process.poll() is not None or time.monotonic() > until:
                raise CertifyError(f"The local workspace did not start; see {held.log}.")
            time.sleep(0.05)
        environment = {
            "DATABRICKS_HOST": server["host"],
            "DATABRICKS_TOKEN": held.token(),
            "DATABRICKS_AUTH_TYPE": "pat",
            "NO_PROXY": ",".join(filter(None, ["127.0.0.1", os.environ.get("NO_PROXY")])),
        }
        if adopted is not None:
            # A stack does not say who may use a catalog that it adopts: here everybody may.
            change = PermissionsChange(principal=EVERYBODY, add=[Privilege.USE_CATALOG])
            _client(environment).grants.update("CATALOG", adopted, changes=[change])
        yield environment
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
