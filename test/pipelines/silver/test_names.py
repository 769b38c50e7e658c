"""Names of data and names of the pipeline never meet: a record may have a field of any name."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

import pipelines
from pipelines.delta import COMMIT_VERSION
from pipelines.ops.tables import BRONZE, QUARANTINE
from pipelines.silver.arrow_pass import STATUS
from pipelines.silver.outcomes import CODE, DELETED, DROPPED, RULE
from pipelines.silver.upsert import WINNER
from pipelines.vocabulary import AUDIT_COLUMNS
from test.pipelines.support import Lab, topic

pytestmark = pytest.mark.spark

#: What reads or writes frames that hold data.
STAGES = ("silver/*", "gold/*", "quality/rules", "delta/*", "ops/tables")


def internal_names() -> list[str]:
    """Every text in the code of the stages that could be a column."""
    folder = Path(pipelines.__file__).parent
    texts = {
        node.value.lstrip("$")
        for pattern in STAGES
        for path in _modules(folder, pattern)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    names = {text.lower() for text in texts if re.fullmatch(r"[A-Za-z_][\w]{1,30}", text)}
    return sorted((names | {f"${name}" for name in names}) - {"id", "at", "op"})


def _modules(folder: Path, pattern: str) -> list[Path]:
    found = list(folder.glob(f"{pattern}.py"))
    assert found, f"no module is called {pattern}"
    return found


def record(id_: int, at: int, **more: Any) -> dict[str, Any]:
    return {"id": id_, "at": at, "op": "U", **more}


def columns_of_stages() -> list[str]:
    """The columns that the frames of the stages have beside data: the worst of the names, and few."""
    own_columns = (
        *BRONZE,
        *QUARANTINE,
        *AUDIT_COLUMNS,
        *STATUS,
        CODE,
        RULE,
        DROPPED,
        DELETED,
        WINNER,
        COMMIT_VERSION,
    )
    return sorted({name.lstrip("$") for name in own_columns} | {"$code", "$raw"})


@pytest.mark.parametrize(
    ("mode", "every"),
    [
        ("upsert", False),
        pytest.param("append", True, marks=pytest.mark.slow),
        pytest.param("upsert", True, marks=pytest.mark.slow),
        pytest.param("history", True, marks=pytest.mark.slow),
    ],
)
def test_a_field_may_have_any_internal_name(
    spark: SparkSession, tmp_path: Path, mode: str, every: bool
) -> None:
    names = internal_names() if every else columns_of_stages()
    assert {"raw", "source", "position", "_row_id", "$code", "_commit_version", "ingest_ts"} < set(names)
    rules = [{"name": "has_raw", "expect": "raw LIKE 'raw %'", "onViolation": "quarantine"}]
    silver = {"deleteWhen": "op = 'D'"} if mode != "append" else {}
    lab = Lab(
        spark,
        tmp_path,
        [topic("early", mode, silver=silver, quality=rules), topic("late", mode, silver=silver)],
    )
    values = {name: f"{name} 1" for name in names}
    full = [
        record(1, 1, **values),
        record(2, 1, **values),
        record(3, 1, **{**values, "raw": "no"}),
        {**record(2, 2, raw="raw d"), "op": "D"},
    ]
    lab.land("early", full)
    lab.land("late", [record(1, 1), record(2, 1)])
    lab.run()
    later = {name: f"{name} 2" for name in names}
    # One text of them turns to an object, so that silver is derived again.
    lab.land("early", [record(1, 2, **later), {"id": 4, "at": 1, "raw": "raw x", "source": {"a": 1}}])
    lab.land("late", [record(1, 2, **later)])
    lab.run()
    columns = {name.lower(): name for name in lab.types("silver.late")}
    rows = spark.table(lab.table("silver.late")).where("id = 1").orderBy("at").collect()
    newest = rows[-1]
    found = {v for v in newest.asDict().values() if isinstance(v, str)}
    assert [name for name in names if later[name] not in found] == [], columns
    early = spark.table(lab.table("silver.early")).where("id = 1").orderBy("at").collect()[-1].asDict()
    assert [name for name in names if later[name] not in early.values()] == []
    assert lab.rows("bronze.early_quarantine", "code", "rule") == [("quality_rule", "has_raw")], mode
    deleted = {"append": {1, 2, 4}, "upsert": {1, 4}, "history": {1, 2, 4}}
    assert {row[0] for row in lab.rows("silver.early", "id")} == deleted[mode]
