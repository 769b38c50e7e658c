"""A local workspace in a process of its own, and the SDK that talks to it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.service.catalog import VolumeType
from databricks.sdk.service.workspace import ImportFormat, Language

from local.references import Resolver

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A running server, its folder and a client."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process
        self.host = str(json.loads((folder / "server.json").read_text())["host"])
        config = Config(host=self.host, token=(folder / "token").read_text(), retry_timeout_seconds=20)
        self.client = WorkspaceClient(config=config)

    def call(self, method: str, path: str, **how: Any) -> Any:
        """Send one call as it is, past the SDK's types."""
        return self.client.api_client.do(method, path, **how)

    @property
    def calls(self) -> list[str]:
        """Calls so far, as the log has them."""
        return (self.folder / "calls.log").read_text().splitlines()


@contextmanager
def running(folder: Path, options: Sequence[str] = ()) -> Iterator[Server]:
    """Serve from a folder; the process is killed, not ended, so that what is checked of its state is the worst case."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "workspace", "serve", "--port", "0", "--out", str(folder), *options]
    with (folder / "test.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while not (folder / "server.json").exists():
            assert process.poll() is None, (folder / "test.log").read_text()
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.05)
        yield Server(folder, process)
    finally:
        process.kill()
        process.wait()


def run_job(server: Server, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """What `medallion run-job` does, with the credentials of a server in the environment."""
    token = (server.folder / "token").read_text()
    environment = {**os.environ, "DATABRICKS_HOST": server.host, "DATABRICKS_TOKEN": token}
    command = [sys.executable, "-m", "workspace.run_job", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)


def build_library() -> None:
    """Have stacks deploy the library as it is now, not as it was at the set-up."""
    subprocess.run(["node", "scripts/wheel/build.mjs"], cwd=ROOT, check=True, capture_output=True)


def synthesize(out: Path, program: str = "main.ts", stack: str | None = None) -> Path:
    """The folder of the stacks of a program, or of one of them."""
    command = ["node", str(ROOT / "node_modules/tsx/dist/cli.mjs"), str(ROOT / program)]
    chosen = {} if stack is None else {"MEDALLION_STACKS": stack}
    environment = {**os.environ, "CDKTF_OUTDIR": str(out), **chosen}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return out / "stacks"


def deploy(server: Server, stack: Path) -> int:
    """Put into the workspace what the jobs of a synthesized stack need, by the SDK; returns the id of the one that starts the
    others. What Terraform does more is checked by `npm run test:deploy`.
    """
    client, resolver = server.client, Resolver(json.loads((stack / "cdk.tf.json").read_text()))
    resources = resolver.resolve_all()

    def every(kind: str) -> list[dict[str, Any]]:
        return [resources[address] for address in resolver.addresses(f"databricks_{kind}")]

    for schema in every("schema"):
        client.schemas.create(schema["name"], schema["catalog_name"])
    for volume in every("volume"):
        client.volumes.create(
            volume["catalog_name"], volume["schema_name"], volume["name"], VolumeType.MANAGED
        )
    for kind, format_, language in (
        ("workspace_file", ImportFormat.RAW, None),
        ("notebook", ImportFormat.SOURCE, Language.PYTHON),
    ):
        for file in every(kind):
            source = (
                file.get("content_base64") or base64.b64encode((stack / file["source"]).read_bytes()).decode()
            )
            client.workspace.mkdirs(file["path"].rpartition("/")[0])
            client.workspace.import_(file["path"], content=source, format=format_, language=language)
    ids: dict[str, Any] = {}
    for address in resolver.addresses("databricks_pipeline"):
        ids[resolver.attribute(address, "id")] = _deploy_pipeline(server, resources[address])
    # The ones that others start come first, since these name them by their ids.
    jobs = {
        resolver.attribute(address, "id"): resources[address]
        for address in resolver.addresses("databricks_job")
    }
    for id_, job in sorted(jobs.items(), key=lambda one: "run_job_task" in json.dumps(one[1])):
        ids[id_] = _deploy_job(server, job, ids)
    return ids[id_]


def _deploy_pipeline(server: Server, pipeline: dict[str, Any]) -> str:
    kept = ("name", "catalog", "schema", "serverless", "configuration", "event_log")
    spec = {name: pipeline[name] for name in kept} | {"libraries": pipeline["library"]}
    return str(server.call("POST", "/api/2.0/pipelines", body=spec)["pipeline_id"])


def _deploy_job(server: Server, job: dict[str, Any], ids: dict[str, Any]) -> int:
    kept = ("name", "max_concurrent_runs", "queue")
    blocks = {"parameter": "parameters", "task": "tasks", "environment": "environments"}
    settings = {name: job[name] for name in kept if name in job} | {
        many: job.get(one, []) for one, many in blocks.items()
    }
    for task in settings["tasks"]:
        task["libraries"] = task.pop("library", [])
        task.pop("job_cluster_key", None)
        if "run_job_task" in task:
            task["run_job_task"]["job_id"] = ids[task["run_job_task"]["job_id"]]
        if "pipeline_task" in task:
            task["pipeline_task"]["pipeline_id"] = ids[task["pipeline_task"]["pipeline_id"]]
    return int(server.call("POST", "/api/2.2/jobs/create", body=settings)["job_id"])
