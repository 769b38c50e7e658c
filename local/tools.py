"""Location of the installed tools: `.tools/` beside the code, or the folder in MEDALLION_TOOLS."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from local.errors import LocalError

ROOT = Path(__file__).resolve().parent.parent
_SETUP = "npx --no-install medallion setup"
"""The set-up by a command that a checkout and a project with the package have alike."""


def tools_dir() -> Path:
    """The folder that `medallion setup` fills."""
    override = os.environ.get("MEDALLION_TOOLS")
    return Path(override) if override else ROOT / ".tools"


def spark_jars(spark_version: str) -> list[Path]:
    """The Delta jars for one Spark version (`4.2.0` -> `jars/spark-4.2`), by file: nothing is resolved at start."""
    folder = tools_dir() / "jars" / f"spark-{'.'.join(spark_version.split('.')[:2])}"
    jars = sorted(folder.glob("*.jar"))
    if not jars:
        raise LocalError(f"No Delta jars for Spark {spark_version} in {folder}: run `{_SETUP}`.")
    return jars


def kafka_jars(spark_version: str) -> list[Path]:
    """Spark's Kafka jars for one Spark version; only topics that read from Kafka need them."""
    folder = tools_dir() / "jars" / f"spark-{'.'.join(spark_version.split('.')[:2])}-kafka"
    jars = sorted(folder.glob("*.jar"))
    if not jars:
        raise LocalError(
            f"A topic reads from Kafka, and the jars for that are not in {folder}: run `{_SETUP} --kafka`."
        )
    return jars


def require_java() -> None:
    """Spark's own message about a missing Java is a shell script's; this one says what to do."""
    home = os.environ.get("JAVA_HOME")
    java = Path(home) / "bin" / ("java.exe" if os.name == "nt" else "java") if home else None
    if (java is None or not java.exists()) and shutil.which("java") is None:
        raise LocalError("No Java found: install Java 17 or 21 and put it on PATH, or set JAVA_HOME to it.")
