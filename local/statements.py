"""`python -m local.statements CATALOG TABLES ANSWERS`: a SQL warehouse of a local workspace, for the tables of one catalog.

Reads one statement a line from standard input, as JSON, and writes the answer to each into a file of the folder ANSWERS. Tables
have the names here that they have in the workspace, and statements are Spark's own SQL.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        request: `statement`, `schema` (the one that plain names are of) and `limit`.
    """
    from pyspark.sql import functions as F

    from pipelines.delta.sql import quote

    try:
        spark.sql(f"USE {quote(catalog)}.{quote(request.get('schema') or 'default')}")
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
