"""The library and the notebooks use only what serverless compute has."""

from __future__ import annotations

from pathlib import Path

import pytest

from test.lint.serverless import ALLOWED_CONFS, python_findings, sql_findings

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sorted([*ROOT.glob("pipelines/**/*.py"), *ROOT.glob("notebooks/**/*.py")])
GOLD = sorted(ROOT.glob("notebooks/gold/*.sql"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_something_to_look_at() -> None:
    assert PYTHON
    assert GOLD


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_python_uses_what_serverless_has(path: Path) -> None:
    found = [
        f"{name(path)}:{line}: {what}: {why}" for line, what, why in python_findings(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("path", GOLD, ids=name)
def test_gold_models_use_what_serverless_has(path: Path) -> None:
    found = [
        f"{name(path)}:{line}: {what}: {why}" for line, what, why in sql_findings(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("spark._jvm.x()", "_jvm"),
        ("spark.sparkContext", "sparkContext"),
        ("df.rdd.map(f)", "rdd"),
        ("df.cache()", "cache"),
        ("df.persist()", "persist"),
        ("df.createOrReplaceGlobalTempView('v')", "createOrReplaceGlobalTempView"),
        ("F.input_file_name()", "input_file_name"),
        ("from pyspark.sql.functions import input_file_name", "import input_file_name"),
        ("from pyspark import SparkContext", "import SparkContext"),
        ("import py4j.java_gateway", "import py4j.java_gateway"),
        ("stream.foreachBatch(f)", "foreachBatch"),
        ("spark.sql('REFRESH  TABLE t')", "REFRESH  TABLE"),
        ("spark.sql(f'refresh table {t}')", "refresh table"),
        ("spark.sql('cache table t')", "cache table"),
        ("spark.sql('SELECT * FROM global_temp.t')", "global_temp"),
        ("spark.sql('SET spark.x=1')", "SET spark."),
        ("df.selectExpr('input_file_name() AS f')", "input_file_name"),
        ("spark.conf.set('spark.databricks.delta.x', '1')", "spark.databricks.delta.x"),
        ("spark.conf.set(key, '1')", "conf.set"),
        ("spark.conf.unset('spark.x')", "spark.x"),
        ("builder.config('spark.x', '1')", "spark.x"),
        ("w.trigger(processingTime='1 second')", "trigger"),
        ("w.trigger()", "trigger"),
    ],
)
def test_what_serverless_lacks_is_found(source: str, what: str) -> None:
    assert [finding.what for finding in python_findings(source)] == [what]


@pytest.mark.parametrize(
    "source",
    [
        *(f"spark.conf.set('{conf}', 'x')" for conf in sorted(ALLOWED_CONFS)),
        "@functools.cache\ndef f(): ...",
        "w.trigger(availableNow=True)",
        "names = set(); names.add(1); flags.set('x')",
        '"""Not here: REFRESH TABLE, global_temp."""',
        "log.info('the offset is set spark.x')",
    ],
)
def test_what_it_has_is_let_through(source: str) -> None:
    assert python_findings(source) == []


def test_a_finding_inside_a_long_string_has_its_own_line() -> None:
    assert python_findings('x = 1\nsql = """\nSELECT\n  input_file_name()"""')[0].line == 4
