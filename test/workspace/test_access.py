"""Who may do what: the model of privileges by itself, and the grants of a shipped stack by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient, errors
from databricks.sdk.core import Config
from databricks.sdk.service.catalog import PermissionsChange, Privilege, VolumeType
from databricks.sdk.service.sql import StatementState

from local.references import Resolver
from test.workspace.support import Server, running, synthesize
from workspace.access import Caller, caller_of, denial, holds, principal_token

State = dict[tuple[str, str], dict[str, Any]]
LAYERS = ("bronze", "silver", "gold", "ops")
VOLUMES = {"landing": "bronze.landing", "checkpoints": "ops.checkpoints"}
# What each role may do, written down by hand from the guide of environments: everything else is denied.
READS = {
    "reader": {"silver", "gold"},
    "engineer": {"bronze", "silver", "gold", "ops", "landing", "checkpoints"},
    "operator": {"gold", "ops"},
    "service": {"bronze", "silver", "gold", "ops", "landing", "checkpoints"},
}
WRITES = {"service": {"bronze", "silver", "gold", "ops", "checkpoints"}}
MAKES = {"service": {"bronze", "silver", "gold", "ops"}}
GROUPS = {"analysts": "reader", "data-engineers": "engineer", "data-operators": "operator"}
CASES = [
    (role, action, place, place in allowed.get(role, ()))
    for role in READS
    for action, allowed, places in (
        ("read", READS, (*LAYERS, *VOLUMES)),
        ("write", WRITES, (*LAYERS, *VOLUMES)),
        ("make", MAKES, LAYERS),
    )
    for place in places
]


def get(state: State):
    return lambda kind, name: state.get((kind, name))


def test_a_token_names_its_principal_and_cannot_be_made_up():
    token = principal_token("secret", "ana", ["analysts"])
    assert caller_of("secret", token, "deployer") == Caller("ana", ("analysts",))
    assert caller_of("secret", "secret", "deployer") == Caller("deployer", is_admin=True)
    said, _, signature = token.partition(".")
    other = principal_token("secret", "deployer").partition(".")[0]
    for wrong in (
        "",
        "local-",
        "x",
        token[:-1],
        f"{other}.{signature}",
        f"{said}.",
        f"{said}.{'0' * 32}",
        "é",
    ):
        assert caller_of("secret", wrong, "deployer") is None
    assert caller_of("another", token, "deployer") is None


def test_privileges_are_inherited_and_need_the_use_of_what_lies_around():
    ana = Caller("ana", ("analysts",))
    state: State = {("grants", "catalogs/c"): {"analysts": ["SELECT"]}}
    table = ("SELECT", "tables", "c.s.t")
    assert holds(get(state), ana, *table)
    assert denial(get(state), ana, *table) == "User does not have USE CATALOG on Catalog 'c'."
    state["grants", "catalogs/c"]["ana"] = ["USE_CATALOG"]
    assert denial(get(state), ana, *table) == "User does not have USE SCHEMA on Schema 'c.s'."
    state["grants", "schemas/c.s"] = {"account users": ["USE_SCHEMA"]}
    assert denial(get(state), ana, *table) is None
    assert denial(get(state), ana, "MODIFY", *table[1:]) == "User does not have MODIFY on Table 'c.s.t'."
    assert denial(get(state), ana, "SELECT", "tables", "c.s2.t") == (
        "User does not have USE SCHEMA on Schema 'c.s2'."
    )


def test_an_owner_has_every_privilege_on_its_own_and_not_on_what_lies_in_it():
    owner = Caller("ana")
    state: State = {("schemas", "c.s"): {"owner": "ana"}, ("tables", "c.s.t"): {"owner": "deployer"}}
    assert holds(get(state), owner, "CREATE_TABLE", "schemas", "c.s")
    assert holds(get(state), owner, "MANAGE", "schemas", "c.s")
    assert not holds(get(state), owner, "SELECT", "tables", "c.s.t")


def test_all_privileges_are_all_but_manage():
    state: State = {("grants", "catalogs/c"): {"ana": ["ALL_PRIVILEGES"]}}
    ana = Caller("ana")
    assert denial(get(state), ana, "MODIFY", "tables", "c.s.t") is None
    assert denial(get(state), ana, "WRITE_VOLUME", "volumes", "c.s.v") is None
    assert not holds(get(state), ana, "MANAGE", "tables", "c.s.t")


@pytest.fixture(scope="module")
def grants(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Grants of the stack `staging-aws`."""
    stack = synthesize(tmp_path_factory.mktemp("synth"), stack="staging-aws") / "staging-aws"
    resolver = Resolver(json.loads((stack / "cdk.tf.json").read_text()))
    resources = resolver.resolve_all()
    return [resources[address] for address in resolver.addresses("databricks_grant")]


def on(grant: dict[str, Any]) -> tuple[str, str]:
    ((kind, name),) = [(kind, grant[kind]) for kind in ("catalog", "schema", "volume") if kind in grant]
    return kind, name


def state_of(grants: list[dict[str, Any]]) -> State:
    state: State = {}
    for grant in grants:
        kind, name = on(grant)
        state.setdefault(("grants", f"{kind}s/{name}"), {})[grant["principal"]] = grant["privileges"]
    return state


def roles_of(grants: list[dict[str, Any]]) -> dict[str, str]:
    return {GROUPS.get(grant["principal"], "service"): grant["principal"] for grant in grants}


def catalog_of(grants: list[dict[str, Any]]) -> str:
    return next(grant["catalog"] for grant in grants if "catalog" in grant)


def outcomes(grants: list[dict[str, Any]], roles: dict[str, str], catalog: str) -> list[bool]:
    """Whether each case is allowed."""
    state = get(state_of(grants))

    def allowed(role: str, action: str, place: str) -> bool:
        caller = Caller(roles[role])
        if action == "make":
            return denial(state, caller, "CREATE_TABLE", "schemas", f"{catalog}.{place}") is None
        if place in VOLUMES:
            needed, kind, name = f"{action.upper()}_VOLUME", "volumes", f"{catalog}.{VOLUMES[place]}"
        else:
            needed, kind, name = (
                {"read": "SELECT", "write": "MODIFY"}[action],
                "tables",
                f"{catalog}.{place}.t",
            )
        return denial(state, caller, needed, kind, name) is None

    return [allowed(role, action, place) for role, action, place, _ in CASES]


@pytest.mark.e2e
def test_a_shipped_stack_grants_each_role_its_layers_and_nothing_else(grants):
    assert len(CASES) == 64
    roles, catalog = roles_of(grants), catalog_of(grants)
    found = outcomes(grants, roles, catalog)
    assert [one for one, is_so in zip(CASES, found, strict=True) if one[3] != is_so] == []


@pytest.mark.e2e
def test_no_privilege_of_a_shipped_stack_is_superfluous(grants):
    roles, catalog = roles_of(grants), catalog_of(grants)
    wanted = [one[3] for one in CASES]
    superfluous = []
    for at, grant in enumerate(grants):
        for privilege in grant["privileges"]:
            less = {**grant, "privileges": [one for one in grant["privileges"] if one != privilege]}
            if outcomes([*grants[:at], less, *grants[at + 1 :]], roles, catalog) == wanted:
                superfluous.append((on(grant), grant["principal"], privilege))
    assert superfluous == []


class Shop:
    """A workspace with the schemas and volumes of the stack, a table in each schema, and its grants."""

    def __init__(self, server: Server, grants: list[dict[str, Any]]) -> None:
        self.server, self.catalog, self.roles = server, catalog_of(grants), roles_of(grants)
        w = server.client
        for layer in LAYERS:
            w.schemas.create(layer, self.catalog)
            name = f"{self.catalog}.{layer}.t"
            w.statement_execution.execute_statement(f"CREATE TABLE {name} (id bigint)", "0123456789abcdef")
            write_empty_table(server.folder / "catalogs" / self.catalog / "warehouse" / f"{layer}.db" / "t")
        for volume in VOLUMES.values():
            schema, name = volume.split(".")
            w.volumes.create(self.catalog, schema, name, VolumeType.MANAGED)
        for grant in grants:
            kind, name = on(grant)
            add = [Privilege(one) for one in grant["privileges"]]
            w.grants.update(kind, name, changes=[PermissionsChange(principal=grant["principal"], add=add)])

    def client(self, principal: str, *groups: str) -> WorkspaceClient:
        secret = (self.server.folder / "token").read_text()
        token = principal_token(secret, principal, groups)
        return WorkspaceClient(config=Config(host=self.server.host, token=token, retry_timeout_seconds=20))

    def ask(self, client: WorkspaceClient, text: str) -> str | None:
        """The message with which a statement fails."""
        answer = client.statement_execution.execute_statement(text, "0123456789abcdef", wait_timeout="50s")
        assert answer.status is not None
        assert answer.status.state in (StatementState.SUCCEEDED, StatementState.FAILED), answer.status
        return None if answer.status.error is None else answer.status.error.message


def write_empty_table(folder: Path) -> None:
    (folder / "_delta_log").mkdir(parents=True)
    schema = {"type": "struct", "fields": [{"name": "id", "type": "long", "nullable": True, "metadata": {}}]}
    about = {"id": "1", "format": {"provider": "parquet", "options": {}}, "partitionColumns": []}
    actions = [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        {"metaData": {**about, "schemaString": json.dumps(schema), "configuration": {}}},
    ]
    (folder / "_delta_log" / f"{0:020}.json").write_text("\n".join(map(json.dumps, actions)))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, grants: list[dict[str, Any]]) -> Iterator[Shop]:
    options = ["--catalog", catalog_of(grants), "--warehouse", "0123456789abcdef"]
    with running(tmp_path_factory.mktemp("workspace"), options) as server:
        yield Shop(server, grants)


@pytest.mark.e2e
def test_calls_of_principals_are_denied_with_the_privilege_and_the_securable(shop):
    ana, catalog = shop.client("ana", "analysts"), shop.catalog
    assert ana.current_user.me().user_name == "ana"
    assert [one.name for one in ana.schemas.list(catalog)] == ["gold", "silver"]
    assert [one.name for one in ana.tables.list(catalog, "bronze")] == []
    assert ana.tables.get(f"{catalog}.silver.t").owner == "deployer"
    no_use = rf"^User does not have USE SCHEMA on Schema '{catalog}\.bronze'\."
    for denied in (
        lambda: ana.tables.get(f"{catalog}.bronze.t"),
        lambda: ana.files.list_directory_contents(f"/Volumes/{catalog}/bronze/landing").__next__(),
        lambda: ana.volumes.read(f"{catalog}.bronze.landing"),
    ):
        with pytest.raises(errors.PermissionDenied, match=no_use):
            denied()
    engineer = shop.client("data-engineers")
    landing = f"/api/2.0/fs/files/Volumes/{catalog}/bronze/landing/a"
    with pytest.raises(errors.PermissionDenied, match="WRITE VOLUME on Volume"):
        engineer.api_client.do("PUT", landing, data=b"1")
    shop.server.call("PUT", landing, data=b"1")
    assert engineer.files.download(f"/Volumes/{catalog}/bronze/landing/a").contents.read() == b"1"
    change = [PermissionsChange(principal="ana", add=[Privilege.SELECT])]
    for denied in (
        lambda: ana.grants.update("table", f"{catalog}.silver.t", changes=change),
        lambda: ana.tables.delete(f"{catalog}.silver.t"),
        lambda: ana.schemas.update(f"{catalog}.silver", comment="mine"),
    ):
        with pytest.raises(errors.PermissionDenied, match="does not have MANAGE on"):
            denied()
    with pytest.raises(errors.PermissionDenied, match="CREATE SCHEMA on Catalog"):
        ana.schemas.create("own", catalog)
    with pytest.raises(errors.PermissionDenied, match="not an administrator"):
        ana.catalogs.create("own")
    with pytest.raises(errors.PermissionDenied, match="not an administrator"):
        ana.jobs.create(name="j")
    own = ana.grants.get("schema", f"{catalog}.gold").privilege_assignments
    assert [one.principal for one in own or ()] == ["analysts"]
    # Whoever makes something owns it.
    service = shop.client(shop.roles["service"])
    assert shop.ask(service, f"CREATE TABLE {catalog}.gold.own (id bigint)") is None
    assert service.tables.get(f"{catalog}.gold.own").owner == shop.roles["service"]
    assert "MANAGE on Table" in str(shop.ask(ana, f"DROP TABLE {catalog}.gold.own"))
    assert shop.ask(service, f"DROP TABLE {catalog}.gold.own") is None


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.spark
def test_statements_read_what_their_caller_may_read_however_it_is_written(shop):
    catalog, folder = shop.catalog, shop.server.folder
    for role, principal in shop.roles.items():
        client = shop.client("somebody", principal)
        for layer in LAYERS:
            said = shop.ask(client, f"SELECT count(*) FROM {catalog}.{layer}.t")
            if layer in READS[role]:
                assert said is None, (role, layer, said)
            else:
                assert f"does not have USE SCHEMA on Schema '{catalog}.{layer}'" in str(said), (role, layer)
    ana = shop.client("ana", "analysts")
    seen, hidden = f"{catalog}.silver.t", f"{catalog}.bronze.t"
    for text in (
        f"WITH a AS (SELECT * FROM {seen}) SELECT * FROM a JOIN {catalog}.gold.t USING (id)",
        f"SELECT 1 WHERE EXISTS (SELECT * FROM {seen})",
        f"DESCRIBE TABLE {seen}",
        "VALUES (1)",
    ):
        assert shop.ask(ana, text) is None, text
    bronze = folder / "catalogs" / catalog / "warehouse" / "bronze.db" / "t"
    for text in (
        f"WITH a AS (SELECT * FROM {hidden}) SELECT * FROM a",
        f"WITH a AS (SELECT * FROM {hidden}) SELECT 1",
        f"SELECT * FROM {seen} WHERE id IN (SELECT id FROM {hidden})",
        f"SELECT (SELECT max(id) FROM {hidden}) FROM {seen}",
        f"SELECT * FROM {seen} UNION ALL SELECT * FROM (SELECT * FROM {hidden} LIMIT 1)",
        f"DESCRIBE TABLE {hidden}",
        f"EXPLAIN SELECT * FROM {hidden}",
        f"SELECT * FROM delta.`{bronze}`",
        f"SELECT * FROM text.`{bronze}/_delta_log`",
        f"WITH a AS (SELECT 1L AS id) INSERT INTO {seen} SELECT * FROM a",
    ):
        assert "INSUFFICIENT_PERMISSIONS" in str(shop.ask(ana, text)), text
    answer = shop.server.client.statement_execution.execute_statement(
        f"SELECT count(*) FROM {seen}", "0123456789abcdef", wait_timeout="50s"
    )
    assert answer.result.data_array == [["0"]]
    with pytest.raises(errors.NotFound):
        ana.statement_execution.get_statement(answer.statement_id)
