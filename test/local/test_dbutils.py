"""`dbutils` behaves as pipelines expect of Databricks' own."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.dbutils import DBUtils, NotebookExit, TaskValueStore, secret_variable


def test_widgets_given_values_win_over_defaults() -> None:
    widgets = DBUtils(parameters={"topics": "orders"}).widgets
    widgets.text("topics", "all", "Topics")
    widgets.text("loop", "false")
    widgets.dropdown("mode", "a", ["a", "b"])
    assert (widgets.get("topics"), widgets.get("loop"), widgets.get("mode")) == ("orders", "false", "a")
    assert widgets.getAll() == {"topics": "orders", "loop": "false", "mode": "a"}
    widgets.remove("loop")
    with pytest.raises(ValueError, match=r"InputWidgetNotDefined.*loop"):
        widgets.get("loop")
    with pytest.raises(ValueError, match="not one of"):
        widgets.dropdown("x", "c", ["a"])
    widgets.removeAll()
    assert widgets.getAll() == {"topics": "orders"}


def test_files(tmp_path: Path) -> None:
    fs = DBUtils(volume_root=tmp_path).fs
    fs.mkdirs("/Volumes/c/s/v/deep")
    fs.put("/Volumes/c/s/v/a.txt", "hällo")
    with pytest.raises(FileExistsError):
        fs.put("/Volumes/c/s/v/a.txt", "x")
    fs.put("dbfs:/Volumes/c/s/v/a.txt", "hello", overwrite=True)
    listing = fs.ls("/Volumes/c/s/v")
    assert [(info.name, info.size, info.isDir()) for info in listing] == [
        ("a.txt", 5, False),
        ("deep/", 0, True),
    ]
    assert listing[0].path == str(tmp_path / "c/s/v/a.txt")
    assert listing[1].path.endswith("deep/")
    assert listing[0].modificationTime > 1_600_000_000_000
    assert [info.name for info in fs.ls(f"file:{tmp_path}/c/s/v/a.txt")] == ["a.txt"]
    assert fs.head("/Volumes/c/s/v/a.txt", 4) == "hell"
    fs.cp("/Volumes/c/s/v/a.txt", "/Volumes/c/s/v/deep")
    fs.cp("/Volumes/c/s/v", "/Volumes/c/s/w", recurse=True)
    fs.mv("/Volumes/c/s/w/deep/a.txt", "/Volumes/c/s/w/b.txt")
    assert [info.name for info in fs.ls("/Volumes/c/s/w")] == ["a.txt", "b.txt", "deep/"]
    assert fs.ls("/Volumes/c/s/w/deep") == []
    with pytest.raises(OSError, match="recurse"):
        fs.rm("/Volumes/c/s/v")
    with pytest.raises(OSError, match="recurse"):
        fs.cp("/Volumes/c/s/v", "/Volumes/c/s/x")
    assert fs.rm("/Volumes/c/s/v", recurse=True)
    assert not fs.rm("/Volumes/c/s/v")
    with pytest.raises(FileNotFoundError):
        fs.ls("/Volumes/c/s/v")


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert secret_variable("kafka-prod", "user.name") == "MEDALLION_SECRET_KAFKA_PROD_USER_NAME"
    secrets = DBUtils().secrets
    with pytest.raises(KeyError, match="set the environment variable MEDALLION_SECRET_KAFKA_KEY"):
        secrets.get("kafka", "key")
    monkeypatch.setenv("MEDALLION_SECRET_KAFKA_KEY", "s3cret")
    assert secrets.get("kafka", "key") == "s3cret"
    assert secrets.getBytes("kafka", "key") == b"s3cret"


def test_exit_carries_its_value() -> None:
    with pytest.raises(NotebookExit) as caught:
        DBUtils().notebook.exit({"a": 1})
    assert caught.value.value == "{'a': 1}"


def test_task_values_are_shared_by_the_tasks_of_a_run() -> None:
    store = TaskValueStore()
    DBUtils(task="a", task_values=store).jobs.taskValues.set("rows", {"n": 3})
    later = DBUtils(task="b", task_values=store).jobs.taskValues
    assert later.get("a", "rows") == {"n": 3}
    assert later.get("a", "other", default=7) == 7
    with pytest.raises(ValueError, match="left no value other"):
        later.get("a", "other")
    with pytest.raises(ValueError, match="larger than 48 KiB"):
        later.set("big", "x" * 50_000)
    with pytest.raises(TypeError):
        later.set("no json", object())
