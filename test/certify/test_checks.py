"""A check finds what is wrong: the suite over a real server in which one thing is not as it should be."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.catalog import PermissionsChange, Privilege
from databricks.sdk.service.jobs import JobParameterDefinition, JobSettings, NotebookTask, Task
from databricks.sdk.service.workspace import ImportFormat, Language
from rich.console import Console

from certify.__main__ import make_checks
from certify.checks import CHECKS, OUTSIDER, Check
from certify.deployment import Deployment
from certify.errors import CheckFailedError, CheckSkippedError
from certify.report import markdown
from pipelines.vocabulary import PARAMETERS
from test.workspace.support import Server, running
from workspace.access import principal_token

NOTEBOOK = "/Shared/shop/bronze"
GRANT = {"schema": "main.gold", "principal": "readers", "privileges": ["USE_SCHEMA", "SELECT"]}


def deployment(server: Server, tmp_path: Path, grants: list[dict[str, Any]]) -> Deployment:
    """A deployment whose state of Terraform is given, and whose workspace is a server."""
    resources = [{"type": "databricks_grant", "mode": "managed", "values": grant} for grant in grants]
    terraform: Any = SimpleNamespace(resources=lambda: resources, folder=tmp_path)
    found = Deployment(folder=tmp_path, terraform=terraform, client=server.client)
    vars(found)["stack"] = SimpleNamespace(job=SimpleNamespace(name="shop"))
    return found


def made(name: str) -> Callable[[Deployment], str]:
    (found,) = (one for one in CHECKS if one.name == name)
    return found.make


def test_files_and_grants_that_lack_are_found(tmp_path: Path) -> None:
    with running(tmp_path / "w") as server:
        client = server.client
        client.workspace.mkdirs("/Shared/shop")
        client.workspace.upload(
            NOTEBOOK, io.BytesIO(b"1"), format=ImportFormat.SOURCE, language=Language.PYTHON
        )
        task = Task(task_key="bronze", notebook_task=NotebookTask(notebook_path=NOTEBOOK))
        parameters = [JobParameterDefinition(name=name, default=value) for name, value in PARAMETERS.items()]
        client.jobs.create(name="shop", tasks=[task], parameters=parameters)
        client.schemas.create("gold", "main")
        change = PermissionsChange(principal="readers", add=[Privilege.USE_SCHEMA, Privilege.SELECT])
        client.grants.update("SCHEMA", "main.gold", changes=[change])
        shop = deployment(server, tmp_path, [GRANT])
        assert (made("files")(shop), made("grants")(shop)) == ("1 paths", "1 grants")

        settings = JobSettings(
            name="shop", tasks=[task], parameters=[one for one in parameters if one.name != "landing"]
        )
        client.jobs.reset(shop.job_id, settings)
        with pytest.raises(CheckFailedError, match="task bronze is not given landing"):
            made("files")(shop)

        client.workspace.delete(NOTEBOOK)
        change = PermissionsChange(principal="readers", remove=[Privilege.SELECT])
        client.grants.update("SCHEMA", "main.gold", changes=[change])
        with pytest.raises(CheckFailedError, match=f"the job names {NOTEBOOK}"):
            made("files")(shop)
        with pytest.raises(CheckFailedError, match=r"readers lacks SELECT on schema main\.gold"):
            made("grants")(shop)
        with pytest.raises(CheckSkippedError, match="declares no grants"):
            made("grants")(deployment(server, tmp_path, []))


def test_a_read_that_is_denied_or_allowed_against_the_grants_is_found(tmp_path: Path) -> None:
    with running(tmp_path / "w", ["--warehouse", "0123456789abcdef"]) as server:
        client = server.client
        for schema in ("bronze", "gold"):
            client.schemas.create(schema, "main")
            statement = f"CREATE TABLE main.{schema}.t (id bigint)"
            client.statement_execution.execute_statement(statement, "0123456789abcdef")
        for kind, name, privileges in (
            ("CATALOG", "main", [Privilege.USE_CATALOG]),
            ("SCHEMA", "main.gold", [Privilege.USE_SCHEMA, Privilege.SELECT]),
        ):
            change = PermissionsChange(principal="readers", add=privileges)
            client.grants.update(kind, name, changes=[change])
        shop: Any = deployment(server, tmp_path, [GRANT])
        vars(shop).update(
            catalog="main", schemas={"bronze": "bronze", "gold": "gold", "ops": "information_schema"}
        )
        with pytest.raises(CheckSkippedError, match="no token of readers; MEDALLION_CERTIFY_TOKENS may"):
            made("roles")(shop)

        # Whether a read is denied, by table and by who asks.
        denied = {("bronze", "readers"): True, ("gold", "readers"): False}
        denied |= {(schema, OUTSIDER): True for schema in ("bronze", "gold")}
        shop.token_of = partial(principal_token, str(client.config.token))

        def denial(statement: str, asking: WorkspaceClient) -> str | None:
            (schema,) = re.findall(r"^SELECT 1 FROM `main`\.`(\w+)`\.`t` LIMIT 1$", statement)
            return "no" if denied[schema, str(asking.current_user.me().user_name)] else None

        shop.denial = denial
        assert made("roles")(shop) == "2 principals and a table of 2 layers: 1 reads allowed, 3 denied"
        for place, said in (
            (("bronze", "readers"), r"main\.bronze\.t by readers is not denied: .* USE SCHEMA on Schema"),
            (("gold", "readers"), r"main\.gold\.t by readers is denied, though it is granted"),
            (("gold", OUTSIDER), r"by certify-outsider is not denied: .* USE CATALOG on Catalog"),
        ):
            denied[place] = not denied[place]
            with pytest.raises(CheckFailedError, match=said):
                made("roles")(shop)
            denied[place] = not denied[place]


def test_rows_that_differ_are_found() -> None:
    statement = "SELECT id FROM t"
    right = [["1"], ["1"], [None]]
    expected = SimpleNamespace(rows={"gold.t": (statement, right)})

    def tables(found: list[list[str | None]]) -> str:
        return made("tables")(cast(Deployment, SimpleNamespace(expected=expected, ask=lambda _: found)))

    assert tables([[None], ["1"], ["1"]]) == "3 rows of 1 tables"
    for wrong in ([["1"], [None]], [["1"], ["1"], [None], ["2"]], [["1"], ["1"], ["None"]]):
        with pytest.raises(CheckFailedError, match=r"^gold\.t: "):
            tables(wrong)


def test_records_that_are_not_accounted_for_or_counted_otherwise_than_here_are_found() -> None:
    def counts(read: int, silver: int, quarantined: int) -> dict[str, dict[str, int]]:
        fates = {"silver": silver, "quarantined": quarantined, "deduplicated": 0, "dropped": 0}
        return {"orders": {"read": read, **fates}}

    def run(found: dict[str, dict[str, int]]) -> str:
        expected = SimpleNamespace(result={"topics": counts(5, 4, 1)})
        shop = SimpleNamespace(
            land=lambda: None, run_job=lambda: {"topics": found}, expected=expected, files={"a.json": b""}
        )
        return made("run")(cast(Deployment, shop))

    assert run(counts(5, 4, 1)) == "5 records of 1 topics from 1 files"
    for wrong, said in (
        (counts(5, 4, 0), "orders: 5 records were read, 4 are accounted for"),
        (counts(5, 3, 2), "orders: the run counted .*, on this machine "),
        (counts(0, 0, 0), "the job read nothing"),
        ({**counts(5, 4, 1), "sales": counts(1, 1, 0)["orders"]}, "sales: the run counted "),
    ):
        with pytest.raises(CheckFailedError, match=said):
            run(wrong)


def test_after_a_check_that_the_others_need_only_the_one_that_cleans_up_is_made(tmp_path: Path) -> None:
    calls: list[str] = []

    def check(name: str, error: Exception | None = None, needed: bool = False) -> Check:
        def make(_: Deployment) -> str:
            calls.append(name)
            if error is not None:
                raise error
            return "fine"

        return Check(name, f"{name} | is right", make, needed)

    checks = [
        check("apply"),
        check("plan", CheckFailedError("left:\nmuch")),
        check("run", RuntimeError("no answer"), needed=True),
        check("tables"),
        check("destroy"),
    ]
    console = Console(file=io.StringIO())
    outcomes = list(make_checks(checks, cast(Deployment, SimpleNamespace(folder=tmp_path)), console))
    assert calls == ["apply", "plan", "run", "destroy"]
    assert [(one.status, one.said) for one in outcomes] == [
        ("passed", "fine"),
        ("failed", "left:\nmuch"),
        ("failed", "RuntimeError: no answer"),
        ("skipped", "run failed"),
        ("passed", "fine"),
    ]
    assert "no answer" in (tmp_path / "run.log").read_text()
    text = markdown(outcomes, {"stack": "free"})
    assert "| plan | plan \\| is right | **failed**: left: |" in text
    assert "```text\nleft:\nmuch\n```" in text
