"""What a run asks for before it touches a table or a volume."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from local.guard import Ask, Guard
from local.session import WAREHOUSE, own_session
from workspace.access import Snapshot

#: A schema of its own in the session that all tests share.
S = "guarded"
T, U, NEW = f"c.{S}.t", f"c.{S}.u", f"c.{S}.new"


class Asked:
    """A guard that denies what they are told to, and what was asked of them."""

    def __init__(self, out: Path, volumes: Path | None = None) -> None:
        self.asks: list[Ask] = []
        self.denied: Callable[[Ask], bool] = lambda ask: False
        self.volumes = volumes or out / "volumes"
        self.guard = Guard(deny=self._deny, catalog="c", volumes=self.volumes, out=out)

    def _deny(self, ask: Ask) -> str | None:
        self.asks.append(ask)
        return "no" if self.denied(ask) else None

    def of(self, what: Callable[[], Any]) -> set[tuple[str | None, str]]:
        self.asks.clear()
        with self.guard.active():
            what()
        return {(ask.privilege, ask.name) for ask in self.asks}


def test_files_of_volumes_are_asked_for_however_they_are_used(tmp_path: Path) -> None:
    asked = Asked(tmp_path)
    folder = asked.volumes / "c" / "s" / "v"
    folder.mkdir(parents=True)
    file = folder / "a"
    read, write = {("READ_VOLUME", "c.s.v")}, {("WRITE_VOLUME", "c.s.v")}
    uses: list[tuple[Callable[[], Any], set[Any]]] = [
        (lambda: file.write_text("1"), write),
        (lambda: file.open("a").close(), write),
        (lambda: os.close(os.open(file, os.O_RDWR)), write),
        (lambda: file.read_text(), read),
        (lambda: os.close(os.open(os.fsencode(file), os.O_RDONLY)), read),
        (lambda: list(folder.iterdir()), read),
        (lambda: list(os.scandir(folder / ".." / "v")), read),
        (lambda: shutil.copy(file, folder / "b"), read | write),
        (lambda: file.rename(folder / "c"), write),
        (lambda: os.replace(folder / "c", tmp_path / "c"), write),
        (lambda: (folder / "d").mkdir(), write),
        (lambda: shutil.rmtree(folder / "d"), write),
        (lambda: (folder / "b").unlink(), write),
        (lambda: (tmp_path / "c").read_text(), set()),
        (lambda: list(asked.volumes.iterdir()), set()),
    ]
    for at, (use, wanted) in enumerate(uses):
        assert asked.of(use) >= wanted, at
        assert asked.of(lambda: None) == set()
    asked.denied = lambda ask: ask.privilege == "WRITE_VOLUME"
    with pytest.raises(PermissionError, match=r"\[INSUFFICIENT_PERMISSIONS\]"):
        asked.of(lambda: file.write_text("1"))
    assert not file.exists()
    file.write_text("not guarded any more")


def test_a_snapshot_denys_by_grants_and_lets_owners_use_what_they_made() -> None:
    grants = {"catalogs/c": {"job": ["USE_CATALOG"]}, "schemas/c.s": {"job": ["USE_SCHEMA", "CREATE_TABLE"]}}
    access = Snapshot({"principal": "job", "grants": grants, "owners": {"tables/c.s.old": "other"}})
    assert access.denial("MODIFY", "tables", "c.s.old") == "User does not have MODIFY on Table 'c.s.old'."
    assert access.denial("SELECT", "tables", "c.s.new") == "User does not have SELECT on Table 'c.s.new'."
    assert access.denial("CREATE_TABLE", "tables", "c.s.new") is None
    assert access.denial("SELECT", "tables", "c.s.new") is None
    assert access.denial("MANAGE", "tables", "c.s.new") is None
    assert access.denial("MANAGE", "tables", "c.s.old") == "User does not have MANAGE on Table 'c.s.old'."
    assert access.denial(None, "schemas", "c.other") == "User does not have USE SCHEMA on Schema 'c.other'."
    assert (
        access.denial("CREATE_SCHEMA", "schemas", "c.x") == "User does not have CREATE SCHEMA on Catalog 'c'."
    )
    assert ("CREATE_TABLE", "schemas", "c.s") in access.asked


@pytest.mark.spark
@pytest.mark.skipif(
    os.environ.get("MEDALLION_SPARK_MODE") == "connect", reason="a client has no plans to look at"
)
def test_statements_and_frames_ask_for_what_they_read_and_write(spark: SparkSession, tmp_path: Path) -> None:
    out = Path(spark.conf.get("spark.sql.warehouse.dir").removeprefix("file:")).resolve().parent
    asked = Asked(out, tmp_path.resolve())
    landing = asked.volumes / "c" / "s" / "v"
    landing.mkdir(parents=True)
    (landing / "a.json").write_text('{"id": 1}')
    own = own_session(spark)
    own.sql(f"CREATE SCHEMA {S}")
    for name in "tu":
        feed = "TBLPROPERTIES (delta.enableChangeDataFeed = true)"
        own.sql(f"CREATE TABLE spark_catalog.{S}.{name} (id bigint) USING delta {feed}")
    rows = own.range(3)
    t = f"spark_catalog.{S}.t"
    select, modify = ("SELECT", T), ("MODIFY", T)
    merge = f"MERGE INTO {t} USING spark_catalog.{S}.u AS u ON t.id = u.id WHEN MATCHED THEN DELETE"
    wanted: list[tuple[Callable[[], Any] | str, set[tuple[str | None, str]]]] = [
        (f"SELECT * FROM {t} WHERE id IN (SELECT id FROM {S}.u)", {select, ("SELECT", U)}),
        (f"WITH a AS (SELECT * FROM {t}) SELECT * FROM a JOIN a AS b USING (id)", {select}),
        (f"SELECT * FROM {t} VERSION AS OF 0", {select}),
        (f"DESCRIBE HISTORY {t} LIMIT 1", {select}),
        (f"DESCRIBE DETAIL {t}", {select}),
        (f"EXPLAIN EXTENDED SELECT * FROM {t}", {select}),
        ("SELECT 1", set()),
        (f"SHOW TABLES IN spark_catalog.{S}", {(None, f"c.{S}")}),
        ("SHOW SCHEMAS IN spark_catalog", {(None, "c")}),
        ("SET a = b", set()),
        (f"INSERT INTO {t} SELECT * FROM {S}.u", {modify, ("SELECT", U)}),
        (f"DELETE FROM {t} WHERE id = 7", {modify, select}),
        (f"UPDATE {t} SET id = 7", {modify, select}),
        (merge, {modify, select, ("SELECT", U)}),
        (f"COMMENT ON TABLE {t} IS 'a'", {modify}),
        (f"ALTER TABLE {t} SET TBLPROPERTIES ('a' = 'b')", {modify}),
        (f"OPTIMIZE {t}", {modify}),
        (f"CREATE TABLE IF NOT EXISTS {S}.new (id bigint) USING delta", {("CREATE_TABLE", NEW)}),
        (f"CREATE OR REPLACE TABLE {S}.new USING delta AS SELECT * FROM {S}.u", {("MANAGE", NEW), ("SELECT", U)}),
        (f"DROP TABLE {S}.new", {("MANAGE", NEW)}),
        (f"DROP TABLE IF EXISTS {S}.none", set()),
        (f"CREATE SCHEMA IF NOT EXISTS {S}_x", {("CREATE_SCHEMA", f"c.{S}_x")}),
        (lambda: own.table(t), {select}),
        (lambda: own.read.table(f"{S}.t"), {select}),
        (lambda: own.read.option("readChangeFeed", "true").option("startingVersion", 0).table(t), {select}),
        (lambda: own.readStream.table(t), {select}),
        (lambda: rows.write.format("delta").mode("append").saveAsTable(t), {modify}),
        (lambda: rows.write.format("delta").mode("overwrite").saveAsTable(f"{S}.made"), {("CREATE_TABLE", f"c.{S}.made")}),
        (lambda: rows.write.insertInto(t), {modify}),
        (lambda: rows.writeTo(t), {modify}),
        (lambda: own.sql(f"SELECT * FROM {{rows}} JOIN {S}.t USING (id)", rows=rows), {select}),
        (lambda: own.read.json(str(landing)), {("READ_VOLUME", "c.s.v")}),
        (lambda: own.read.format("binaryFile").load([str(landing / "a.json")]), {("READ_VOLUME", "c.s.v")}),
        (lambda: rows.write.json(str(landing / "out")), {("WRITE_VOLUME", "c.s.v")}),
        (lambda: own.createDataFrame([(1,)], "id int"), set()),
    ]  # fmt: skip
    for what, asks in wanted:
        run = what if callable(what) else lambda text=what: own.sql(text)
        assert asked.of(run) == asks, what
    asked.denied = lambda ask: ask.privilege == "MODIFY"
    before = own.table(t).count()
    for text in (f"DELETE FROM {t}", f"INSERT INTO {t} VALUES (1)", merge):
        with pytest.raises(PermissionError, match="INSUFFICIENT_PERMISSIONS"):
            asked.of(lambda text=text: own.sql(text))
    assert own.table(t).count() == before
    files = out / WAREHOUSE / f"{S}.db" / "t"
    for hidden in (
        lambda: own.sql(f"SELECT * FROM delta.`{files}`"),
        lambda: own.read.format("delta").load(str(files)),
        lambda: own.read.text(str(files)),
    ):
        with pytest.raises(PermissionError, match="INSUFFICIENT_PERMISSIONS"):
            asked.of(hidden)
    with pytest.raises(PermissionError, match="no statement that a run under grants can make"):
        asked.of(lambda: own.sql("ADD JAR '/x.jar'"))
