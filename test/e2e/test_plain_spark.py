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


def test_the_extra_local_brings_what_pyspark_asks_for() -> None:
    extra = re.search(
        r"^local = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert extra is not None
    assert '"pyspark[sql]' in extra[1]
    brought = [one for one in requires("pyspark") or () if 'extra == "sql"' in one]
    assert {re.split(r"[<>=!~ ;]", one)[0] for one in brought} >= {"pandas", "pyarrow"}
    assert 'pip install -e ".[local]"' in (ROOT / "README.md").read_text(encoding="utf-8")
