"""The API as the unmodified SDK sees it, over HTTP."""

import io
from collections.abc import Iterator

import pytest
from databricks.sdk import errors
from databricks.sdk.service import catalog, compute, iam, jobs, sql
from databricks.sdk.service.dashboards import Dashboard
from databricks.sdk.service.workspace import AclPermission, ImportFormat, Language

from test.workspace.support import Server, running


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    options = ["--catalog", "adopted", "--warehouse", "0123456789abcdef"]
    with running(tmp_path_factory.mktemp("workspace"), options) as server:
        yield server


def test_fills_in_what_the_server_knows(server):
    w = server.client
    made = w.catalogs.create("Sales", comment="c")
    assert (made.name, made.owner, made.isolation_mode) == (
        "sales",
        "deployer",
        catalog.CatalogIsolationMode.OPEN,
    )
    assert [one.name for one in w.schemas.list("sales")] == ["default", "information_schema"]
    schema = w.schemas.create("Bronze", "Sales")
    assert (schema.full_name, schema.created_by) == ("sales.bronze", "deployer")
    assert schema.schema_id
    changed = w.schemas.update("sales.bronze", comment="raw")
    assert changed.comment == "raw"
    assert changed.updated_at >= schema.updated_at
    volume = w.volumes.create("sales", "bronze", "Landing", catalog.VolumeType.MANAGED)
    assert volume.full_name == "sales.bronze.landing"
    assert volume.storage_location
    job = w.jobs.create(
        name="j",
        tasks=[jobs.Task("a", condition_task=jobs.ConditionTask(jobs.ConditionTaskOp.EQUAL_TO, "1", "1"))],
    )
    settings = w.jobs.get(job.job_id).settings
    assert (settings.max_concurrent_runs, settings.format, settings.tasks[0].run_if) == (
        1,
        jobs.Format.MULTI_TASK,
        jobs.RunIf.ALL_SUCCESS,
    )


def test_what_holds_something_goes_by_force_only(server):
    w = server.client
    w.catalogs.create("full")
    w.schemas.create("s", "full")
    w.volumes.create("full", "s", "v", catalog.VolumeType.MANAGED)
    for remove, name in ((w.schemas.delete, "full.s"), (w.catalogs.delete, "full")):
        with pytest.raises(errors.BadRequest, match="is not empty"):
            remove(name)
    w.catalogs.delete("full", force=True)
    with pytest.raises(errors.NotFound):
        w.volumes.read("full.s.v")


def test_grants_are_those_of_each_principal(server):
    w = server.client
    w.schemas.create("granted", "adopted")
    change = catalog.PermissionsChange
    select, modify = catalog.Privilege.SELECT, catalog.Privilege.MODIFY
    w.grants.update("schema", "adopted.granted", changes=[change(principal="analysts", add=[select, modify])])
    w.grants.update("schema", "adopted.granted", changes=[change(principal="engineers", add=[modify])])
    w.grants.update("schema", "adopted.granted", changes=[change(principal="analysts", remove=[modify])])
    held = w.grants.get("schema", "adopted.granted").privilege_assignments
    assert {one.principal: one.privileges for one in held} == {"analysts": [select], "engineers": [modify]}
    # They go with what they are on.
    w.schemas.delete("adopted.granted")
    w.schemas.create("granted", "adopted")
    assert not w.grants.get("schema", "adopted.granted").privilege_assignments


def test_an_isolated_catalog_is_bound_to_the_workspace_that_isolates_it(server):
    w = server.client
    w.catalogs.create("alone")
    w.catalogs.update("alone", isolation_mode=catalog.CatalogIsolationMode.ISOLATED)
    assert [one.workspace_id for one in w.workspace_bindings.get_bindings("catalog", "alone")] == [1000]
    w.workspace_bindings.update_bindings("catalog", "alone", add=[catalog.WorkspaceBinding(workspace_id=42)])
    assert [one.workspace_id for one in w.workspace_bindings.get_bindings("catalog", "alone")] == [1000, 42]


def test_files_lie_in_folders_that_are_there(server):
    w = server.client
    with pytest.raises(errors.NotFound, match=r"The parent folder \(/Shared/a\) does not exist"):
        w.workspace.upload(
            "/Shared/a/n", io.BytesIO(b"1"), format=ImportFormat.SOURCE, language=Language.PYTHON
        )
    w.workspace.mkdirs("/Workspace/Shared/a")
    w.workspace.upload(
        "/Shared/a/n", io.BytesIO(b"print(1)"), format=ImportFormat.SOURCE, language=Language.PYTHON
    )
    first = w.workspace.get_status("/Shared/a/n")
    w.workspace.upload(
        "/Shared/a/n",
        io.BytesIO(b"print(2)"),
        format=ImportFormat.SOURCE,
        language=Language.PYTHON,
        overwrite=True,
    )
    assert w.workspace.get_status("/Shared/a/n").object_id == first.object_id
    assert w.workspace.download("/Shared/a/n").read() == b"print(2)"
    with pytest.raises(errors.BadRequest, match="is not empty"):
        w.workspace.delete("/Shared/a")
    w.workspace.delete("/Shared/a", recursive=True)
    with pytest.raises(errors.NotFound):
        w.workspace.get_status("/Shared/a/n")


def test_files_in_volumes_are_files_here(server):
    w = server.client
    w.schemas.create("raw", "adopted")
    w.volumes.create("adopted", "raw", "Landing", catalog.VolumeType.MANAGED)
    landing = "/Volumes/adopted/raw/landing"
    w.files.upload(f"{landing}/orders/day 1/a.json", io.BytesIO(b'{"a": 1}'))
    with pytest.raises(errors.ResourceConflict):
        w.files.upload(f"{landing}/orders/day 1/a.json", io.BytesIO(b"{}"))
    w.files.upload(f"{landing}/orders/day 1/a.json", io.BytesIO(b'{"a": 2}'), overwrite=True)
    assert (server.folder / "volumes/adopted/raw/landing/orders/day 1/a.json").read_bytes() == b'{"a": 2}'
    assert w.files.download(f"{landing}/orders/day 1/a.json").contents.read() == b'{"a": 2}'
    assert w.files.get_metadata(f"{landing}/orders/day 1/a.json").content_length == 8
    w.files.create_directory(f"{landing}/empty")
    found = [(one.path, one.is_directory) for one in w.files.list_directory_contents(landing)]
    assert found == [(f"{landing}/empty", True), (f"{landing}/orders", True)]
    with pytest.raises(errors.BadRequest, match="not empty"):
        w.files.delete_directory(f"{landing}/orders")
    w.files.delete_directory(f"{landing}/empty")
    for path in (
        "/Volumes/adopted/raw/landing/../../x",
        "/Volumes/adopted/raw",
        "/dbfs/adopted/raw/landing/x",
    ):
        with pytest.raises((errors.BadRequest, errors.NotFound)):
            server.call("PUT", f"/api/2.0/fs/files{path.replace('..', '%2e%2e')}", data=b"x")
    with pytest.raises(errors.NotFound, match=r"Volume 'adopted.raw.other' does not exist"):
        w.files.upload("/Volumes/adopted/raw/other/a", io.BytesIO(b"x"))
    w.volumes.delete("adopted.raw.landing")
    assert not (server.folder / "volumes/adopted/raw/landing").exists()
    assert not list(server.folder.rglob("x"))


def test_permissions_are_listed_with_inherited_ones_and_go_with_their_object(server):
    w = server.client
    policy = w.cluster_policies.create(name="p", definition="{}").policy_id
    level = iam.PermissionLevel
    wanted = [iam.AccessControlRequest(group_name="engineers", permission_level=level.CAN_USE)]
    listed = w.permissions.set("cluster-policies", policy, access_control_list=wanted).access_control_list
    assert [(one.group_name, one.all_permissions[0].inherited) for one in listed] == [
        ("engineers", False),
        ("admins", True),
    ]
    w.cluster_policies.delete(policy)
    with pytest.raises(errors.NotFound):
        w.permissions.get("cluster-policies", policy)
    job = w.jobs.create(name="owned").job_id
    with pytest.raises(errors.BadRequest, match="exactly one owner"):
        w.permissions.set("jobs", str(job), access_control_list=wanted)


def test_statements_make_and_drop_tables_and_a_warehouse_may_start_slowly(server):
    w = server.client
    w.schemas.create("ops", "adopted")
    create = "CREATE TABLE `adopted`.`ops`.`registry` (`topic` string NOT NULL COMMENT 'the topic''s name', `v` decimal(18,2)) USING DELTA COMMENT 'all, of them' TBLPROPERTIES ('a'='b');"
    slow = w.statement_execution.execute_statement(create, "0123456789abcdef")
    assert slow.status.state == sql.StatementState.CANCELED
    again = w.statement_execution.execute_statement(create, "0123456789abcdef")
    assert again.status.state == sql.StatementState.FAILED
    assert "already exists" in again.status.error.message
    table = w.tables.get("adopted.ops.registry")
    assert [(one.name, one.type_text, one.nullable, one.comment) for one in table.columns] == [
        ("topic", "string", False, "the topic's name"),
        ("v", "decimal(18,2)", True, None),
    ]
    assert (table.comment, table.properties) == ("all, of them", {"a": "b"})
    done = w.statement_execution.execute_statement("DROP TABLE adopted.ops.registry", "0123456789abcdef")
    assert done.status.state == sql.StatementState.SUCCEEDED
    with pytest.raises(errors.NotFound):
        w.tables.get("adopted.ops.registry")
    with pytest.raises(errors.NotImplemented, match="the local workspace runs CREATE TABLE"):
        w.statement_execution.execute_statement("DELETE FROM main.default.t", "0123456789abcdef")


def test_a_dashboard_that_was_changed_meanwhile_is_not_overwritten(server):
    w = server.client
    w.workspace.mkdirs("/Shared/boards")
    content = Dashboard(
        display_name="health", parent_path="/Shared/boards", serialized_dashboard='{"pages": []}'
    )
    made = w.lakeview.create(content)
    assert made.path == "/Shared/boards/health.lvdash.json"
    with pytest.raises(errors.ResourceAlreadyExists):
        w.lakeview.create(content)
    changed = w.lakeview.update(
        made.dashboard_id, Dashboard(display_name="health", etag=made.etag, serialized_dashboard="{}")
    )
    assert changed.etag != made.etag
    with pytest.raises(errors.ResourceConflict):
        w.lakeview.update(made.dashboard_id, Dashboard(display_name="health", etag=made.etag))
    w.lakeview.publish(made.dashboard_id, warehouse_id="0123456789abcdef")
    w.lakeview.trash(made.dashboard_id)
    w.workspace.delete("/Shared/boards")


def test_whoever_makes_a_secret_scope_manages_it(server):
    w = server.client
    w.secrets.create_scope("kafka")
    w.secrets.put_acl("kafka", "ingest", AclPermission.READ)
    assert {one.principal: one.permission.value for one in w.secrets.list_acls("kafka")} == {
        "deployer": "MANAGE",
        "ingest": "READ",
    }


_JOB = "/api/2.2/jobs/create"
_CLUSTER = {"new_cluster": {"spark_version": "17.3", "num_workers": 1}, "job_cluster_key": "c"}


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (_JOB, {"nmae": "x"}, "has no field 'nmae'"),
        (_JOB, {"tasks": [{"task_key": "a", "notebook_task": {"path": "/x"}}]}, r"no field 'tasks\[0\].notebook_task.path'"),
        (_JOB, {"max_concurrent_runs": "1"}, "'max_concurrent_runs' is '1'; a whole number is allowed"),
        (_JOB, {"tasks": [{"task_key": "a", "run_if": "SOMETIMES"}]}, "ALL_SUCCESS"),
        (_JOB, {"tasks": {}}, "a list is allowed"),
        (_JOB, {"tags": {"a": 1}}, "'tags.a' is 1; text is allowed"),
        (_JOB, {"tasks": [{"task_key": "a", "depends_on": [{"task_key": "b"}]}]}, "Task 'b' is not defined"),
        (_JOB, {"tasks": [{"task_key": "a", "job_cluster_key": "d"}], "job_clusters": [_CLUSTER]}, "defined are c"),
        (_JOB, {"tasks": [{"task_key": "a"}, {"task_key": "a"}]}, "two tasks"),
        ("/api/2.1/unity-catalog/schemas", {"name": "a.b", "catalog_name": "main"}, "not a name of a schema"),
        ("/api/2.0/policies/clusters/create", {"name": "p", "definition": "{"}, "must be a JSON object"),
        ("/api/2.0/workspace/mkdirs", {"path": "Shared"}, "must be absolute"),
        ("/api/2.0/notification-destinations", {"config": {}}, "exactly one kind"),
    ],
)  # fmt: skip
def test_rejects_what_the_api_does_not_take(server, path, body, said):
    with pytest.raises(errors.BadRequest, match=said):
        server.call("POST", path, body=body)


def test_what_is_not_done_here_says_so_and_is_logged(server):
    with pytest.raises(
        errors.NotImplemented, match=r"GET /api/2\.1/clusters/list is not done by the local workspace"
    ):
        server.call("GET", "/api/2.1/clusters/list")
    assert "501 GET clusters/list" in server.calls


def test_nothing_is_there_of_a_call_that_fails(server):
    w = server.client
    spec = compute.ClusterSpec(policy_id="none", spark_version="17.3", num_workers=1)
    before = server.call("GET", "/local/resources")
    with pytest.raises(errors.NotFound, match="Cluster policy 'none'"):
        w.jobs.create(name="j2", job_clusters=[jobs.JobCluster("c", spec)])
    assert server.call("GET", "/local/resources") == before
