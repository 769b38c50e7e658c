"""Fixtures of every Python test: the one Spark session, and the order of the tests.

Two environment variables choose the session, so that the same tests prove every runtime:
`MEDALLION_SPARK_MODE` classic (default) or connect; `MEDALLION_SPARK` 4.2 (default), 4.1 or 4.0. `MEDALLION_PART` leaves a part
of the files, for a CI that has not the time for all of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.tools import tools_dir

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DEFAULT_SPARK = "4.2"
MODES = ("classic", "connect")


def use_spark(version: str) -> None:
    """Put an older Spark (from `npm run setup -- --runtimes`) in front of the one in the environment."""
    if version == DEFAULT_SPARK:
        return
    folder = tools_dir() / f"spark-{version}"
    if not (folder / "pyspark").is_dir():
        raise pytest.UsageError(f"No Spark {version} in {folder}: run `npm run setup -- --runtimes`.")
    sys.path.insert(0, str(folder))
    # For the processes that Spark starts, Python workers among them.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    os.environ["SPARK_HOME"] = str(folder / "pyspark")


def pytest_configure() -> None:
    """Before any test module can import PySpark."""
    mode = os.environ.get("MEDALLION_SPARK_MODE", "classic")
    if mode not in MODES:
        raise pytest.UsageError(f"MEDALLION_SPARK_MODE is {mode!r}; allowed: {', '.join(MODES)}.")
    use_spark(os.environ.get("MEDALLION_SPARK", DEFAULT_SPARK))


@pytest.hookimpl(trylast=True)  # behind the choice by marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Quick tests first, then those that need Spark, then whole-system ones: a fault shows as early as it can."""
    choose_part(config, items)

    def cost(item: pytest.Item) -> int:
        return 2 if item.get_closest_marker("e2e") else 1 if item.get_closest_marker("spark") else 0

    items.sort(key=cost)


def choose_part(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave a part of the files with tests: MEDALLION_PART is `<number>/<parts>`, such as `2/3`; numbers go round."""
    part = os.environ.get("MEDALLION_PART", "0/1")
    number, _, parts = part.partition("/")
    if not (number.isdigit() and parts.isdigit() and int(parts) > 0):
        raise pytest.UsageError(f"MEDALLION_PART is {part!r}; allowed: <number>/<parts>, such as 2/3.")
    files = sorted({str(item.path) for item in items})
    chosen = set(files[int(number) % int(parts) :: int(parts)])
    config.hook.pytest_deselected(items=[item for item in items if str(item.path) not in chosen])
    items[:] = [item for item in items if str(item.path) in chosen]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The one session of a test run. Tests share it: each uses schema names of its own."""
    import pyspark

    from local.session import build_session

    wanted = os.environ.get("MEDALLION_SPARK", DEFAULT_SPARK)
    if not pyspark.__version__.startswith(f"{wanted}."):
        raise pytest.UsageError(f"Spark {wanted} was asked for, but {pyspark.__version__} was imported.")
    out: Path = tmp_path_factory.mktemp("spark")
    remote = os.environ.get("MEDALLION_SPARK_MODE") == "connect"
    session = build_session(out, remote=remote, master="local[2]")
    yield session
    session.stop()
