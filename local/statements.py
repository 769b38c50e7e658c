"""`python -m local.statements CATALOG TABLES ANSWERS`: a SQL warehouse of a local workspace, for the tables of one catalog.

Reads one statement a line from standard input, as JSON, and writes the answer to each into a file of the folder ANSWERS. Tables
have the names here that they have in the workspace, and statements are Spark's own SQL.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.guard import COMMAND, analysed, each_of, table_of
from local.notebook import describe
from local.registration import FoundTable, update_tables
from local.session import WAREHOUSE, build_session, shut_down

if TYPE_CHECKING:
    from pyspark.sql import Column, SparkSession
    from pyspark.sql.types import DataType, StructField

_DELTA_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
#: Most rows of an answer; more are cut off, and the answer says so.
ROW_LIMIT = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer until standard input ends."""
    catalog, tables, answers = sys.argv[1:] if arguments is None else arguments
    spark = build_session(tables, conf={f"spark.sql.catalog.{catalog}": _DELTA_CATALOG}, register=False)
    try:
        _name_catalog(spark, catalog)
        known: set[FoundTable] = set()
        for line in sys.stdin:
            request = json.loads(line)
            known = update_tables(spark, Path(tables) / WAREHOUSE, known)
            _write(Path(answers) / f"{request['id']}.json", answer(spark, catalog, request))
    finally:
        shut_down(spark)
    return 0


def answer(spark: SparkSession, catalog: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a statement: `columns` (name, type) and `rows` of texts, or `error`.

    Args:
        spark: a session that knows the catalog.
        catalog: its name.
        request: `statement`, `schema` (the one that plain names are of) and `limit`; and
            `denied` of a caller that may not read everything: why not, by table, `None` for one that it may read.
    """
    from pyspark.sql import functions as F

    from pipelines.delta.sql import quote

    try:
        spark.sql(f"USE {quote(catalog)}.{quote(request.get('schema') or 'default')}")
        if (denied := request.get("denied")) is not None:
            reject_unreadable(tables_of(spark, request["statement"]), catalog, denied)
        found = spark.sql(request["statement"])
        limit = min(request.get("limit") or ROW_LIMIT, ROW_LIMIT)
        fields = list(found.schema.fields)
        # By position: an answer may have two columns of one name.
        names = [f"c{at}" for at in range(len(fields))]
        texts = found.toDF(*names).select(
            [_text(F.col(at), one) for at, one in zip(names, fields, strict=True)]
        )
        rows = [list(row) for row in texts.limit(limit + 1).collect()]
    except Exception as error:
        return {"error": describe(error)}
    columns = [{"name": field.name, "type": field.dataType.simpleString()} for field in fields]
    return {"columns": columns, "rows": rows[:limit], "truncated": len(rows) > limit}


def tables_of(spark: SparkSession, statement: str) -> set[str]:
    """Tables that a statement reads, as `schema.table`, from its analysed plan: nothing of it is run.

    What else a plan does, such as to read files by their path or to write, is in the answer by the name of its kind.
    """
    from py4j.java_gateway import is_instance_of

    gateway = spark.sparkContext._gateway
    found: set[str] = set()
    waiting = [analysed(spark, statement)]
    while waiting:
        node = waiting.pop()
        inside = [*each_of(node.children()), *each_of(node.subqueries())]
        waiting += inside
        kind = node.nodeName().split(" ")[0]
        changes = is_instance_of(gateway, node, COMMAND) and not kind.startswith("Describe")
        if changes or (node.children().isEmpty() and kind not in _READ_NOTHING):
            found.add((None if changes else table_of(node)) or kind)
    return found


# Leaves of a plan without data of a table; what a reference to a common table expression reads stands elsewhere in the plan.
_READ_NOTHING = ("OneRowRelation", "LocalRelation", "Range", "CTERelationRef")


def reject_unreadable(tables: Iterable[str], catalog: str, denied: Mapping[str, str | None]) -> None:
    """Raise `PermissionError` when a caller may not read one of the tables.

    Args:
        tables: what a statement reads, by `tables_of`.
        catalog: the catalog of these names.
        denied: why a table may not be read, by its full name; `None` for one that may.
    """
    for name in sorted(tables):
        full = f"{catalog}.{name}"
        said = denied.get(full, f"User does not have SELECT on Table '{full}', or it is no table.")
        if said is not None:
            raise PermissionError(f"[INSUFFICIENT_PERMISSIONS] Insufficient privileges: {said}")


def _text(column: Column, field: StructField) -> Column:
    """Values as text, nested ones as JSON."""
    from pyspark.sql import functions as F

    return F.to_json(column) if _is_nested(field.dataType) else column.cast("string")


def _is_nested(type_: DataType) -> bool:
    return type_.typeName() in ("struct", "array", "map")


def _name_catalog(spark: SparkSession, name: str) -> None:
    """Let a catalog of the workspace's name read what the embedded one has."""
    manager: Any = spark._jsparkSession.sessionState().catalogManager()
    manager.catalog(name).setDelegateCatalog(manager.v2SessionCatalog())


def _write(file: Path, body: Mapping[str, Any]) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(body), encoding="utf-8")
    part.replace(file)


if __name__ == "__main__":
    sys.exit(main())
