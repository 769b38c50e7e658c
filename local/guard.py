"""Guards tables and volumes: whatever code of a run asks Spark or the disk for is checked first.

Statements and DataFrames are checked by their analysed plan, tables that are read or written by name by that name, and files of
volumes by Python's audit events, which no way to open a file passes by. Nothing is run of what is denied,
but that Spark looks into files whose schema it infers before there is a plan.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from local.session import WAREHOUSE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COMMAND = "org.apache.spark.sql.catalyst.plans.logical.Command"
_PLAN = "org.apache.spark.sql.catalyst.plans.logical.LogicalPlan"
# Leaves of a plan that hold nothing of a table or a volume; streams are checked where they are opened.
_NO_DATA = ("OneRowRelation", "LocalRelation", "Range", "CTERelationRef", "LogicalRDD", "StreamingRelation")
# Beginnings of the names of commands that only look, and of those that write rows into what stands in a field.
_LOOK = (
    "Describe",
    "Show",
    "SetCommand",
    "SetCatalog",
    "Reset",
    "RefreshTable",
    "CacheTable",
    "UncacheTable",
)
_ADD = ("AppendData", "Overwrite")
_CHANGE = ("MergeInto", "DeleteCommand", "UpdateCommand")
_CREATE = ("CreateTable", "ReplaceTable")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FILE_READS = ("os.listdir", "os.scandir")
_FILE_WRITES = (
    *("os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.link", "os.symlink", "os.truncate"),
    *("os.chmod", "os.chown", "os.utime", "shutil.rmtree", "shutil.move"),
)


class Ask(NamedTuple):
    """Something that a run asks for."""

    privilege: str | None
    """As the API of Unity Catalog writes it; `None` asks for no more than the use of what the securable lies in."""
    kind: str
    """Collection of the securable, `tables`; a table that is to be made asks for CREATE_TABLE, a schema for CREATE_SCHEMA."""
    name: str
    """Its full name."""


Deny = Callable[[Ask], str | None]
"""Says why something that is asked for is denied; `None` where it is not."""


@dataclass(frozen=True)
class Guard:
    """The guard of one run."""

    deny: Deny
    catalog: str
    """Name in the workspace of the embedded catalog."""
    volumes: Path
    """The folder that stands for /Volumes."""
    out: Path
    """The folder of the catalog, with its tables."""

    @contextmanager
    def active(self) -> Iterator[None]:
        """Deny all that this process asks for, in all of its threads."""
        undo = [_replace(*one) for one in self._methods()]
        try:
            with _audited(self._audit):
                yield
        finally:
            for one in undo:
                one()

    def ask(self, *asks: Ask) -> None:
        """Raise `PermissionError` with the first reason why something is denied."""
        for one in asks:
            if (said := self.deny(one)) is not None:
                raise _denied(said)

    def _methods(self) -> Iterator[tuple[type, str, Callable[..., None]]]:
        """Methods of PySpark, each with what is asked before it."""
        from pyspark.sql.classic.dataframe import DataFrame
        from pyspark.sql.readwriter import DataFrameReader, DataFrameWriter
        from pyspark.sql.session import SparkSession
        from pyspark.sql.streaming.readwriter import DataStreamReader, DataStreamWriter

        def spark_of(one: Any) -> Any:
            return one if isinstance(one, SparkSession) else getattr(one, "_spark", None) or one.sparkSession

        def read(self_: Any, name: str, *_: Any, **__: Any) -> None:
            self.read_table(spark_of(self_), name)

        def write(self_: Any, name: str, *_: Any, **__: Any) -> None:
            self.write_table(spark_of(self_), name)

        def opened(self_: Any, plan: Any) -> None:
            self.ask(*self.asks_of(self_._spark, plan.queryExecution().analyzed(), by_name=True))

        def path(self_: Any, path: Any = None, *_: Any, **__: Any) -> None:
            for one in path if isinstance(path, (list, tuple)) else [path]:
                self._file(one, writes=isinstance(self_, (DataFrameWriter, DataStreamWriter)))

        def checkpoint(self_: Any, key: str, value: Any) -> None:
            if key.lower() == "checkpointlocation":
                self._file(value, writes=True)

        yield SparkSession, "sql", self._statement
        yield from ((one, "table", read) for one in (SparkSession, DataFrameReader, DataStreamReader))
        yield DataFrameReader, "_df", opened
        yield from ((DataFrameWriter, name, write) for name in ("saveAsTable", "insertInto"))
        yield from ((DataFrame, name, write) for name in ("writeTo", "mergeInto"))
        yield DataStreamWriter, "toTable", write
        yield DataStreamWriter, "option", checkpoint
        yield DataStreamReader, "load", path
        yield DataStreamWriter, "start", path
        yield from (
            (DataFrameWriter, name, path) for name in ("json", "parquet", "text", "csv", "orc", "xml")
        )
        yield DataFrameWriter, "save", path

    def _statement(self, spark: SparkSession, text: str, args: Any = None, **frames: Any) -> None:
        from pyspark.sql.sql_formatter import SQLStringFormatter

        formatter: Any = SQLStringFormatter(spark)
        try:
            if frames:
                text = formatter.format(text, **frames)
            self.ask(*self.asks_of(spark, analysed(spark, text)))
        finally:
            if frames:
                formatter.clear()

    def read_table(self, spark: SparkSession, name: str) -> None:
        """Ask to read a table, by its name as Spark takes it; a temporary view was checked when it was made."""
        parts = _parts(spark, name)
        if len(parts) > 1:
            self.ask(Ask("SELECT", "tables", self._full(*parts[-2:])))

    def write_table(self, spark: SparkSession, name: str) -> None:
        """Ask to write rows into a table, which makes one that is not there."""
        self.ask(self._write_or_make(spark, _parts(spark, name)))

    def _write_or_make(self, spark: SparkSession, parts: list[str], there: str = "MODIFY") -> Ask:
        schema, table = parts[-2:] if len(parts) > 1 else (spark.catalog.currentDatabase(), parts[0])
        exists = (self.out / WAREHOUSE / f"{schema}.db" / table / "_delta_log").is_dir()
        return Ask(there if exists else "CREATE_TABLE", "tables", self._full(schema, table))

    def asks_of(self, spark: SparkSession, plan: Any, *, by_name: bool = False) -> list[Ask]:
        """List what an analysed plan asks for.

        Args:
            spark: the session that it is of.
            plan: the plan.
            by_name: its tables were checked by their names already.

        Raises:
            PermissionError: It does what nothing is known of.
        """
        from py4j.java_gateway import is_instance_of

        gateway = spark.sparkContext._gateway
        kind = _kind(plan)
        if not is_instance_of(gateway, plan, COMMAND):
            return [one for leaf in _leaves(plan) for one in self._read(leaf, by_name=by_name)]
        if kind == "ExplainCommand":
            return self.asks_of(spark, _analysed(spark, plan.logicalPlan()))
        fields = [one for one in _fields(plan) if is_instance_of(gateway, one, _PLAN)]
        inside = [one for field in [*fields, *each_of(plan.subqueriesAll())] for one in _leaves(field)]
        made = [_identifier(one) for one in inside if _kind(one) == "ResolvedIdentifier"]
        reads = [one for leaf in inside if _kind(leaf) != "ResolvedIdentifier" for one in self._read(leaf)]
        if kind.startswith("DescribeDeltaHistory"):
            return [Ask("SELECT", "tables", self._full(*plan.table().name().split(".")[-2:]))]
        if kind.startswith(_LOOK) or (kind == "CreateViewCommand" and "Temp" in plan.viewType().toString()):
            return reads
        if kind.startswith((*_ADD, *_CHANGE)):
            target = plan.table() if kind.startswith(_ADD) else plan.target()
            written = [one for leaf in _leaves(target) for one in self._read(leaf)]
            changed = [one._replace(privilege="MODIFY") for one in written]
            return [*changed, *(one for one in reads if not kind.startswith(_ADD) or one not in written)]
        if kind.startswith(_CREATE) and made:
            there = "MANAGE" if kind.startswith("Replace") else "CREATE_TABLE"
            return [*(self._write_or_make(spark, one, there) for one in made), *reads]
        if kind == "DropTable" and made:
            wanted = [self._write_or_make(spark, one, "MANAGE") for one in made]
            return [one for one in wanted if one.privilege == "MANAGE"]
        if kind in ("CreateNamespace", "DropNamespace"):
            privilege = "CREATE_SCHEMA" if kind == "CreateNamespace" else "MANAGE"
            return [one._replace(privilege=privilege) for one in reads]
        tables = [one._replace(privilege="MODIFY") for one in reads if one.kind == "tables"]
        if not tables:
            raise _denied(f"{kind} is no statement that a run under grants can make in the local workspace.")
        return tables

    def _read(self, leaf: Any, *, by_name: bool = False) -> Iterator[Ask]:
        kind = _kind(leaf)
        if kind.startswith(_NO_DATA):
            return
        if kind == "ResolvedNamespace":
            parts = each_of(leaf.namespace())
            yield Ask(None, "schemas", self._full(*parts)) if parts else Ask(None, "catalogs", self.catalog)
        elif (name := table_of(leaf)) is not None:
            if not by_name:
                yield Ask("SELECT", "tables", self._full(*name.split(".")))
        elif kind == "LogicalRelation" and "HadoopFsRelation" in _kind(leaf.relation()):
            for path in leaf.relation().location().rootPaths().mkString("\n").split("\n"):
                yield from self._files(path)
        elif not (by_name and kind == "LogicalRelation" and _kind(leaf.relation()) == "DeltaCDFRelation"):
            raise _denied(f"{kind} is no source that a run under grants can read in the local workspace.")

    def _full(self, *parts: str) -> str:
        return ".".join([self.catalog, *parts]).lower()

    def _files(self, path: str, *, writes: bool = False) -> Iterator[Ask]:
        local_path = os.path.abspath(path.removeprefix("file:"))
        if Path(local_path).is_relative_to(self.out / WAREHOUSE):
            raise _denied(f"{local_path} is of a table, which is used by its name.")
        inside = os.path.relpath(local_path, self.volumes).split(os.sep)
        if inside[0] != ".." and len(inside) >= 3:
            yield Ask("WRITE_VOLUME" if writes else "READ_VOLUME", "volumes", ".".join(inside[:3]).lower())

    def _file(self, path: Any, *, writes: bool) -> None:
        if isinstance(path, (str, bytes, os.PathLike)):
            self.ask(*self._files(os.fsdecode(path), writes=writes))

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if _below(path, self.volumes):
                self._file(path, writes=bool((flags or 0) & _WRITING))
        elif event in _FILE_READS or event in _FILE_WRITES:
            for path in arguments[:2]:
                if _below(path, self.volumes):
                    self._file(path, writes=event in _FILE_WRITES)


def analysed(spark: SparkSession, statement: str) -> Any:
    """The analysed plan of a statement: nothing of it is run."""
    return _analysed(spark, _state(spark).sqlParser().parsePlan(statement))


def table_of(leaf: Any) -> str | None:
    """The table that a leaf of a plan reads, as `schema.table`; `None` when it is none of the catalog."""
    kind = _kind(leaf)
    if kind == "LogicalRelation" and leaf.catalogTable().isDefined():
        name = leaf.catalogTable().get().identifier()
        return f"{name.database().get()}.{name.table()}".lower()
    if kind == "DataSourceV2Relation" and leaf.identifier().isDefined():
        return ".".join([*leaf.identifier().get().namespace(), leaf.identifier().get().name()]).lower()
    if kind == "ResolvedTable":
        return ".".join([*leaf.identifier().namespace(), leaf.identifier().name()]).lower()
    return None


def each_of(sequence: Any) -> list[Any]:
    """The elements of a sequence of Scala."""
    return [sequence.apply(at) for at in range(sequence.size())]


def _denied(said: str) -> PermissionError:
    return PermissionError(f"[INSUFFICIENT_PERMISSIONS] Insufficient privileges: {said}")


def _kind(one: Any) -> str:
    return str(one.getClass().getSimpleName())


def _leaves(plan: Any) -> list[Any]:
    """Leaves of a plan and of its subqueries."""
    return [leaf for one in (plan, *each_of(plan.subqueriesAll())) for leaf in each_of(one.collectLeaves())]


def _fields(node: Any) -> Iterator[Any]:
    fields = node.productIterator()
    while fields.hasNext():
        if hasattr(one := fields.next(), "getClass"):
            yield one


def _identifier(leaf: Any) -> list[str]:
    return [*leaf.identifier().namespace(), leaf.identifier().name()]


def _parts(spark: SparkSession, name: str) -> list[str]:
    return each_of(_state(spark).sqlParser().parseMultipartIdentifier(name))


def _analysed(spark: SparkSession, plan: Any) -> Any:
    mode = spark._jvm.org.apache.spark.sql.execution.CommandExecutionMode.SKIP()  # type: ignore[union-attr]
    return _state(spark).executePlan(plan, mode).analyzed()


def _state(spark: SparkSession) -> Any:
    return spark._jsparkSession.sessionState()


def _below(path: Any, folder: Path) -> bool:
    if not isinstance(path, (str, bytes, os.PathLike)):
        return False
    return os.path.abspath(os.fsdecode(path)).startswith(f"{folder}{os.sep}")


def _replace(owner: type, name: str, before: Callable[..., None]) -> Callable[[], None]:
    """Have something done before a method; returns what takes it back."""
    method = getattr(owner, name)

    @wraps(method)
    def guarded(*arguments: Any, **named: Any) -> Any:
        before(*arguments, **named)
        return method(*arguments, **named)

    setattr(owner, name, guarded)
    return lambda: setattr(owner, name, method)


_Audit = Callable[[str, tuple[Any, ...]], None]
# An audit hook stays for as long as its process: there is one, which asks whoever guards.
_auditors: list[_Audit] = []


@contextmanager
def _audited(audit: _Audit) -> Iterator[None]:
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    _auditors.append(audit)
    try:
        yield
    finally:
        _auditors.remove(audit)


_hooked: list[bool] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    for audit in _auditors:
        audit(event, arguments)
