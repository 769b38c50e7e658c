"""The library outside of Databricks, as somebody has it who cloned it: a plain Spark with Delta, and nothing else set."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

from local.tools import ROOT, spark_jars

_PLAIN = """
import json, sys
from pyspark.sql import SparkSession
from pipelines.errors import NoVolumesError
from pipelines.run import run_loop, run_once

builder = SparkSession.builder
for name, value in json.loads(sys.argv[1]).items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
told = []
for start in (lambda: run_once(spark), lambda: run_loop(spark, interval_sec=3600)):
    try:
        start()
    except NoVolumesError as error:
        told.append(str(error))
print(json.dumps(told))
"""


@pytest.mark.e2e
def test_without_volumes_it_says_what_to_pass(tmp_path: Path) -> None:
    import pyspark

    jars = os.pathsep.join(map(str, spark_jars(pyspark.__version__)))
    conf = {
        "spark.master": "local[2]",
        "spark.driver.extraClassPath": jars,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": str(tmp_path / "warehouse"),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PLAIN, json.dumps(conf)],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert len(answer) == 2
    for told in answer:
        assert 'run_once(spark, volume_root="/tmp/medallion")' in told
        assert "SYNTAX" not in told


#: Where the guide gets Delta's jars from their repository, this has those that set-up has fetched.
_DELTA = """
def configure_spark_with_delta_pip(builder):
    return builder.config("spark.driver.extraClassPath", {jars!r})
"""


@pytest.mark.e2e
@pytest.mark.slow
def test_the_session_of_the_guide_runs_and_goes_on_in_another_process(tmp_path: Path) -> None:
    import pyspark

    guide = (ROOT / "docs" / "guides" / "own-spark.md").read_text(encoding="utf-8")
    snippet = re.search(r"```python\n(.*?)```", guide, re.DOTALL)
    assert snippet is not None
    root = tmp_path / "volumes"
    code = snippet[1].replace("/tmp/medallion", str(root)) + "\nimport json; print(json.dumps(summary))\n"
    (tmp_path / "run.py").write_text(code, encoding="utf-8")
    jars = os.pathsep.join(map(str, spark_jars(pyspark.__version__)))
    (tmp_path / "delta.py").write_text(_DELTA.format(jars=jars), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYSPARK_PYTHON"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

    def run(name: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, name]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900, check=False
        )

    read = []
    for number in range(2):
        for topic, key in (("customers", "customer_id"), ("orders", "order_id"), ("sales", "sale_id")):
            landing = root / "spark_catalog" / "bronze" / "landing" / topic
            landing.mkdir(parents=True, exist_ok=True)
            record = {key: f"k{number}", "updated_at": "2026-01-01T00:00:00Z"}
            (landing / f"{number}.json").write_text(json.dumps(record) + "\n", encoding="utf-8")
        done = run("run.py")
        assert done.returncode == 0, done.stderr[-3000:]
        assert "CodeCache is full" not in done.stdout + done.stderr
        summary = json.loads(done.stdout.splitlines()[-1])
        read.append({name: counts["read"] for name, counts in summary["topics"].items()})
    assert read == [{"customers": 1, "orders": 1, "sales": 1}] * 2
    assert summary["gold"]["order_metrics"]["rows"] == 2
    # Without a metastore a session knows no table of those before it.
    (tmp_path / "forgetful.py").write_text(code.replace(".enableHiveSupport()", ""), encoding="utf-8")
    done = run("forgetful.py")
    assert done.returncode != 0
    assert "the catalog of this session does not know the table" in done.stderr.splitlines()[-1]


def test_the_extra_local_brings_what_pyspark_asks_for() -> None:
    extra = re.search(
        r"^local = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert extra is not None
    assert '"pyspark[sql]' in extra[1]
    brought = [one for one in requires("pyspark") or () if 'extra == "sql"' in one]
    assert {re.split(r"[<>=!~ ;]", one)[0] for one in brought} >= {"pandas", "pyarrow"}
    assert 'pip install -e ".[local]"' in (ROOT / "README.md").read_text(encoding="utf-8")
