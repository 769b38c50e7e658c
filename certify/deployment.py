"""One deployment under test: its stack, its workspace, its job, and the same stack run on this machine to compare with."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import NotFound
from databricks.sdk.service.catalog import PermissionsChange, Privilege, VolumeType
from databricks.sdk.service.jobs import Run, RunOutput, RunResultState
from databricks.sdk.service.sql import StatementResponse, StatementState

from certify.errors import CheckFailedError, CheckSkippedError
from certify.terraform import Terraform
from local.delta_files import readable
from local.sample_data import sample_batches
from local.stack import Stack, load_stack, normalize_path
from local.workspace import layer_schemas
from pipelines.delta.sql import quote
from pipelines.vocabulary import RESERVED_COLUMNS

_ROOT = Path(__file__).resolve().parent.parent
_VOLUME = "certify_landing"
_ASK_AGAIN_S = 1.0
_RUN_TIME = timedelta(hours=2)
_GOING = (StatementState.PENDING, StatementState.RUNNING)
# Of a rejected record, what does not depend on the run.
_REJECTED = ("raw", "code", "field", "rule", "value_shape")


@dataclass
class Deployment:
    """What the checks work on."""

    folder: Path
    terraform: Terraform
    client: WorkspaceClient
    data: Path | None = None
    """Folder with a subfolder of JSON files per topic; without one, the sample data are used."""
    warehouse: str | None = None
    """Id of the SQL warehouse that runs statements; without one, the first that the workspace has."""
    token_of: Callable[[str], str | None] = lambda _: None
    """Gives the token of a principal, where there is one."""

    @cached_property
    def stack(self) -> Stack:
        """The stack, with its references resolved."""
        return load_stack(self.terraform.folder)

    @cached_property
    def catalog(self) -> str:
        """The catalog that it deploys to."""
        return self.stack.job.parameters["catalog"]

    @cached_property
    def schemas(self) -> Mapping[str, str]:
        """Layer -> schema."""
        return layer_schemas(self.stack.job.parameters)

    @cached_property
    def files(self) -> dict[str, bytes]:
        """What lands: path below the landing volume -> content."""
        if self.data is not None:
            found = [path for path in sorted(self.data.rglob("*")) if path.is_file()]
            return {path.relative_to(self.data).as_posix(): path.read_bytes() for path in found}
        return {name: text.encode() for batch in sample_batches() for name, text in batch.items()}

    @property
    def volume(self) -> str:
        """Full name of the volume that files land in: one of its own, since a development stack shares the landing volume."""
        return f"{self.catalog}.{self.schemas['ops']}.{_VOLUME}"

    def land(self) -> None:
        """Upload the files by the Files API, for whoever the job runs as."""
        catalog, schema, name = self.volume.split(".")
        self.client.volumes.create(catalog, schema, name, VolumeType.MANAGED)
        runner = self.client.jobs.get(self.job_id).run_as_user_name
        if runner not in (None, self.client.current_user.me().user_name):
            change = PermissionsChange(principal=runner, add=[Privilege.READ_VOLUME])
            self.client.grants.update("VOLUME", self.volume, changes=[change])
        for path, content in self.files.items():
            target = f"/Volumes/{catalog}/{schema}/{name}/{path}"
            self.client.files.create_directory(target.rpartition("/")[0])
            self.client.files.upload(target, BytesIO(content), overwrite=True)

    def remove_landing(self) -> None:
        """Remove the volume that :meth:`land` made, where it is there."""
        with suppress(NotFound):
            self.client.volumes.delete(self.volume)

    @cached_property
    def job_id(self) -> int:
        """The job of the stack, by its name."""
        found = [job for job in self.client.jobs.list(name=self.stack.job.name) if job.job_id is not None]
        if len(found) != 1:
            raise CheckFailedError(f"The workspace has {len(found)} jobs {self.stack.job.name}, not one.")
        return int(found[0].job_id or 0)

    @property
    def document(self) -> tuple[str, Path]:
        """Address and source of the file that holds the pipeline's document."""
        path = normalize_path(self.stack.job.parameters["pipeline_document"])
        for one in self.terraform.resources():
            if one["type"] == "databricks_workspace_file" and one["values"]["path"] == path:
                return one["address"], self.terraform.folder / one["values"]["source"]
        raise CheckFailedError(f"Terraform holds no file {path}, which the job names.")

    def run_job(self, **parameters: str) -> Mapping[str, Any]:
        """Run the job over the own landing volume, and return what it answers with; `CheckFailedError` where it fails."""
        given = {"landing": self.volume.replace(".", "/"), **parameters}
        run = self.client.jobs.run_now(self.job_id, job_parameters=given).result(timeout=_RUN_TIME)
        outputs = list(self._outputs(run))
        if run.state is None or run.state.result_state is not RunResultState.SUCCESS:
            said = "; ".join(f"{task}: {one.error}" for task, one in outputs if one.error)
            raise CheckFailedError(f"Run {run.run_id} ended with {run.state}. {said}")
        answers = [_json(one.notebook_output.result) for _, one in outputs if one.notebook_output is not None]
        return next((one for one in reversed(answers) if "topics" in one or "checks" in one), {})

    def rows_read(self) -> dict[str, int]:
        """Run the job; topic -> records that it read, for those of which it read some."""
        topics = self.run_job()["topics"]
        return {topic: counts["read"] for topic, counts in topics.items() if counts["read"]}

    def _outputs(self, run: Run) -> Iterator[tuple[str, RunOutput]]:
        for task in run.tasks or ():
            if task.run_id is not None and task.condition_task is None:
                yield task.task_key, self.client.jobs.get_run_output(task.run_id)

    @cached_property
    def warehouse_id(self) -> str:
        """Id of the warehouse that statements run on."""
        if self.warehouse is not None:
            return self.warehouse
        for one in self.client.warehouses.list():
            if one.id is not None:
                return one.id
        raise CheckSkippedError("the workspace has no SQL warehouse; name one with --warehouse")

    def ask(self, statement: str) -> list[list[str | None]]:
        """Rows of a query, as texts, by the statement API."""
        answer = self._answer(statement, self.client)
        status = answer.status
        if status is None or status.state is not StatementState.SUCCEEDED:
            raise CheckFailedError(f"The query failed: {status and status.error}\n{statement}")
        rows = answer.result.data_array if answer.result is not None else None
        return [list(row) for row in rows or ()]

    def client_of(self, principal: str) -> WorkspaceClient | None:
        """The workspace as a principal sees it; `None` without a token of it."""
        token = self.token_of(principal)
        if token is None:
            return None
        return WorkspaceClient(config=Config(host=self.client.config.host, token=token, auth_type="pat"))

    def denial(self, statement: str, client: WorkspaceClient) -> str | None:
        """Return why a query is denied to somebody, `None` where it is answered; `CheckFailedError` where it fails otherwise."""
        status = self._answer(statement, client).status
        if status is not None and status.state is StatementState.SUCCEEDED:
            return None
        said = str(status and status.error and status.error.message)
        if "INSUFFICIENT_PERMISSIONS" not in said and "PERMISSION_DENIED" not in said:
            raise CheckFailedError(f"The query failed: {said}\n{statement}")
        return said

    def _answer(self, statement: str, client: WorkspaceClient) -> StatementResponse:
        api = client.statement_execution
        answer: StatementResponse = api.execute_statement(statement, self.warehouse_id, wait_timeout="30s")
        while answer.status is not None and answer.status.state in _GOING:
            time.sleep(_ASK_AGAIN_S)
            answer = api.get_statement(str(answer.statement_id))
        return answer

    @cached_property
    def expected(self) -> Expected:
        """The same stack, run on this machine over the same files."""
        return Expected(self)


class Expected:
    """Tables of a local run of a stack, asked by the same statements."""

    def __init__(self, deployment: Deployment) -> None:
        self._out = deployment.folder / "expected"
        self._deployment = deployment
        data = deployment.folder / "data"
        for path, content in deployment.files.items():
            target = data / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        command = [sys.executable, "-m", "local", "--stack-dir", str(deployment.terraform.folder), "--json"]
        command += ["--data", str(data), "--out", str(self._out), "--reset"]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CheckFailedError(f"The run on this machine failed:\n{(done.stderr + done.stdout)[-3000:]}")
        self.result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])

    @cached_property
    def rows(self) -> dict[str, tuple[str, list[list[str | None]]]]:
        """Logical name of each table -> a query of its rows, and what it answers on this machine."""
        statements = self._statements()
        answers = self._answers(list(statements.values()))
        return {
            name: (statement, right)
            for (name, statement), right in zip(statements.items(), answers, strict=True)
        }

    def _statements(self) -> dict[str, str]:
        """Logical name of each table of silver and gold and of each quarantine -> a query of its rows without audit columns."""
        found = {}
        for name, path in self.result["tables"].items():
            layer, _, table = name.partition(".")
            is_quarantine = layer == "bronze" and table.endswith("_quarantine")
            if layer in ("silver", "gold") or is_quarantine:
                with readable(Path(path)) as delta:
                    columns = [one.name for one in delta.schema().fields]
                wanted = [
                    one
                    for one in columns
                    if (one in _REJECTED if is_quarantine else one not in RESERVED_COLUMNS)
                ]
                names = ", ".join(map(quote, wanted))
                full = f"{quote(self._deployment.catalog)}.{quote(self._deployment.schemas[layer])}.{quote(table)}"
                found[name] = f"SELECT {names} FROM {full}"
        return found

    def _answers(self, statements: Sequence[str]) -> list[list[list[str | None]]]:
        """Rows of each query, from the tables of this machine under the names of the workspace."""
        answers = self._out.parent / "answers"
        answers.mkdir(exist_ok=True)
        lines = [json.dumps({"id": str(at), "statement": one}) for at, one in enumerate(statements)]
        command = [sys.executable, "-m", "local.statements", self._deployment.catalog]
        subprocess.run(
            [*command, str(self._out), str(answers)],
            cwd=_ROOT,
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            check=True,
        )
        found = [json.loads((answers / f"{at}.json").read_text()) for at in range(len(statements))]
        for one in found:
            if "error" in one:
                raise CheckFailedError(f"The query failed on this machine: {one['error']}")
        return [one["rows"] for one in found]


def _json(text: str | None) -> Mapping[str, Any]:
    try:
        body = json.loads(text or "")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
