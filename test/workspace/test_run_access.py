"""A run does what its `run_as` may do: the job of a shipped stack with the grants that the stack gives, and with less."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk.service.catalog import PermissionsChange, Privilege
from databricks.sdk.service.jobs import RunResultState

from local.references import Resolver
from test.workspace.support import Server, build_library, deploy, running, synthesize
from test.workspace.test_access import catalog_of, get, on, roles_of, state_of
from workspace.access import Caller, denial

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

OTHER = "00000000-0000-0000-0000-00000000000f"
ORDERS = [
    {
        "order_id": f"o{at}",
        "customer_id": "c1",
        "order_total": at + 0.25,
        "updated_at": "2026-01-01T00:00:00Z",
    }
    for at in range(20)
]


class Staged:
    """The stack `staging-aws` in a workspace, with its job and its grants."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        resolver = Resolver(json.loads((folder / "cdk.tf.json").read_text()))
        resources = resolver.resolve_all()
        self.grants = [resources[one] for one in resolver.addresses("databricks_grant")]
        self.catalog, self.principal = catalog_of(self.grants), roles_of(self.grants)["service"]
        self.job = deploy(server, folder)
        self.run_as(self.principal)
        for table in resolver.addresses("databricks_sql_table"):
            body = resources[table]
            columns = ", ".join(f"{one['name']} {one['type']}" for one in body["column"])
            name = ".".join(body[part] for part in ("catalog_name", "schema_name", "name"))
            server.client.statement_execution.execute_statement(
                f"CREATE TABLE {name} ({columns})", "0123456789abcdef"
            )
        for grant in self.grants:
            self.grant(grant["principal"], grant, add=grant["privileges"])

    def grant(self, principal: str, like: dict[str, Any], **changes: list[str]) -> None:
        """Change the privileges of a principal on what another grant is on."""
        privileges = {how: [Privilege(one) for one in names] for how, names in changes.items()}
        kind, name = on(like)
        change = PermissionsChange(principal=principal, **privileges)
        self.server.client.grants.update(kind, name, changes=[change])

    def run_as(self, principal: str) -> None:
        settings = {"run_as": {"service_principal_name": principal}}
        body = {"job_id": self.job, "new_settings": settings}
        self.server.call("POST", "/api/2.2/jobs/update", body=body)

    def land(self, name: str, events: list[dict[str, Any]]) -> None:
        path = f"/Volumes/{self.catalog}/bronze/landing/orders/{name}"
        self.server.client.files.upload(path, io.BytesIO("\n".join(map(json.dumps, events)).encode()))

    def run(self) -> tuple[Any, set[tuple[str | None, str, str]]]:
        """How a run ended, and what it asked for."""
        jobs = self.server.client.jobs
        id_ = jobs.run_now(self.job).run_id
        run = jobs.wait_get_run_job_terminated_or_skipped(id_)
        asked = json.loads((self.server.folder / "runs" / str(id_) / "asked.json").read_text())
        return run.state, {tuple(one) for one in asked}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    build_library()
    stack = synthesize(tmp_path_factory.mktemp("synth"), stack="staging-aws") / "staging-aws"
    options = ["--catalog", "medallion_staging", "--warehouse", "0123456789abcdef"]
    with running(tmp_path_factory.mktemp("workspace"), options) as server:
        yield Staged(server, stack)


def test_a_run_needs_all_of_the_grants_of_its_principal_and_no_more(staged: Staged) -> None:
    staged.land("a.jsonl", ORDERS[:10])
    state, first = staged.run()
    assert state.result_state is RunResultState.SUCCESS, state
    catalog = staged.catalog
    silver = staged.server.client.tables.get(f"{catalog}.silver.orders")
    assert silver.owner == staged.principal

    # Another principal has all of it but one privilege: its run fails there, and a table stays as it was.
    for grant in staged.grants:
        if grant["principal"] == staged.principal:
            wanted = [
                one
                for one in grant["privileges"]
                if on(grant) != ("schema", silver_of(staged)) or one != "MODIFY"
            ]
            staged.grant(OTHER, grant, add=wanted)
    staged.run_as(OTHER)
    staged.land("b.jsonl", ORDERS[10:])
    before = log_of(staged, "silver", "orders")
    state, _ = staged.run()
    assert state.result_state is RunResultState.FAILED
    assert "[INSUFFICIENT_PERMISSIONS]" in state.state_message, state
    assert f"User does not have MODIFY on Table '{catalog}.silver.orders'." in state.state_message
    assert log_of(staged, "silver", "orders") == before
    # With it, the run goes on from there.
    silver_grant = next(one for one in staged.grants if on(one) == ("schema", silver_of(staged)))
    staged.grant(OTHER, silver_grant, add=["MODIFY"])
    state, later = staged.run()
    assert state.result_state is RunResultState.SUCCESS, state
    assert staged.server.client.tables.get(f"{catalog}.silver.orders").owner == staged.principal

    # By the grants alone, as for a principal that owns no table.
    def denied(grants: list[dict[str, Any]]) -> list[str]:
        said = (denial(get(state_of(grants)), Caller(staged.principal), *one) for one in first | later)
        return [one for one in said if one is not None]

    assert denied(staged.grants) == []
    superfluous = []
    for at, grant in enumerate(staged.grants):
        for privilege in grant["privileges"] if grant["principal"] == staged.principal else ():
            less = {**grant, "privileges": [one for one in grant["privileges"] if one != privilege]}
            if not denied([*staged.grants[:at], less, *staged.grants[at + 1 :]]):
                superfluous.append((on(grant), privilege))
    assert superfluous == []


def silver_of(staged: Staged) -> str:
    return f"{staged.catalog}.silver"


def log_of(staged: Staged, schema: str, table: str) -> list[str]:
    """Commits of a table."""
    warehouse = staged.server.folder / "catalogs" / staged.catalog / "warehouse"
    return sorted(path.name for path in (warehouse / f"{schema}.db" / table / "_delta_log").glob("*.json"))
