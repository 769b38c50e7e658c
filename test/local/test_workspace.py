"""A stack finds its places on this machine."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from local.errors import LocalError
from local.stack import Column, Stack, Table, load_stack
from local.workspace import create_statement, layer_schemas, prepare_workspace
from test.local.support import PARAMETERS, make_stack, write_stack


def test_volumes_files_and_parameters(tmp_path: Path) -> None:
    stack = make_stack(tmp_path / "stack", {"prepare": "1"})
    out = tmp_path / "out"
    workspace = prepare_workspace(stack, out)
    assert (out / "volumes/main/dev_bronze/landing").is_dir()
    # Existing, not declared: the runner makes a folder for it all the same.
    assert (out / "volumes/main/dev_ops/checkpoints").is_dir()
    document = out / "workspace/Shared/x/pipeline.json"
    assert json.loads(document.read_text())["name"] == "tiny"
    assert workspace.local_file("/Workspace/Shared/x/prepare") == out / "workspace/Shared/x/prepare.py"
    assert workspace.parameters == {
        **PARAMETERS,
        "catalog": "spark_catalog",
        "volume_root": str(out / "volumes"),
        "pipeline_document": str(document),
    }
    assert workspace.landing == out / "volumes/main/dev_bronze/landing"
    assert workspace.library is None
    with pytest.raises(LocalError, match="/Shared/y is not among the files and notebooks"):
        workspace.local_file("/Shared/y")


def test_what_an_earlier_stack_left_is_gone(tmp_path: Path) -> None:
    stack = make_stack(tmp_path / "stack", {"prepare": "1"})
    prepare_workspace(stack, tmp_path / "out")
    stale = tmp_path / "out" / "workspace" / "Shared" / "x" / "old.py"
    stale.write_text("")
    prepare_workspace(stack, tmp_path / "out")
    assert not stale.exists()


def with_resource(folder: Path, type_name: str, body: dict[str, object]) -> Stack:
    write_stack(folder, {"prepare": "1"})
    file = folder / "cdk.tf.json"
    document = json.loads(file.read_text())
    document["resource"].setdefault(type_name, {})["extra"] = body
    file.write_text(json.dumps(document))
    return load_stack(folder)


def test_the_deployed_wheel_becomes_the_library(tmp_path: Path) -> None:
    folder = tmp_path / "stack"
    stack = with_resource(
        folder, "databricks_workspace_file", {"path": "/Shared/x/lib-1.whl", "source": "assets/lib.whl"}
    )
    with zipfile.ZipFile(folder / "assets" / "lib.whl", "w") as wheel:
        wheel.writestr("pipelines/__init__.py", "HASH = 'abc'")
    workspace = prepare_workspace(stack, tmp_path / "out")
    assert workspace.library is not None
    assert (workspace.library / "pipelines" / "__init__.py").read_text() == "HASH = 'abc'"


@pytest.mark.parametrize(
    ("type_name", "body"),
    [
        ("databricks_workspace_file", {"path": "/../../evil", "content_base64": ""}),
        ("databricks_volume", {"catalog_name": "..", "schema_name": "..", "name": "evil"}),
    ],
)
def test_nothing_is_written_outside(tmp_path: Path, type_name: str, body: dict[str, object]) -> None:
    with pytest.raises(LocalError, match="would lie outside of"):
        prepare_workspace(with_resource(tmp_path / "stack", type_name, body), tmp_path / "out")
    assert not list(tmp_path.rglob("evil"))


def test_declared_tables_become_statements() -> None:
    columns = (Column("topic", "string", "It's \\ the topic"), Column("na`me", "decimal(18,2)"))
    statement = create_statement(Table("c", "ops", "registry", columns, "All of it"))
    assert statement == (
        "CREATE TABLE IF NOT EXISTS `spark_catalog`.`ops`.`registry` "
        "(`topic` string COMMENT 'It\\'s \\\\ the topic', `na``me` decimal(18,2)) USING delta COMMENT 'All of it'"
    )
    with pytest.raises(LocalError, match=r"Table t, column a: the type 'int\); DROP' is not a plain one"):
        create_statement(Table("c", "s", "t", (Column("a", "int); DROP"),)))


def test_layers_and_their_schemas() -> None:
    assert layer_schemas(PARAMETERS)["silver"] == "dev_silver"
    assert layer_schemas({}) == {}
