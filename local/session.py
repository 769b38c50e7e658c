"""An embedded Spark session with Delta, fast to start and quiet."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.errors import LocalError
from local.tools import kafka_jars, require_java, spark_jars, tools_dir

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

WAREHOUSE = "warehouse"
LOGS = "logs"

# A single run takes seconds. The second JIT compiler would spend more time than it saves in that span; loops have it, and
# MEDALLION_JAVA_OPTIONS="-XX:TieredStopAtLevel=4" brings it back for single runs over much data.
_SHORT = ("-XX:TieredStopAtLevel=1",)
# With one compiler the JVM reserves 48 MiB for code, which Spark fills within minutes: from then on it
# would interpret, and new method handles fail (`InternalError: no such method: ...linkToStatic`).
# The metaspace starts where Spark ends up, instead of a full collection at every step of its growth.
# What Spark generates for a MERGE is a method longer than Java compiles by default: it would be interpreted, row by row.
_JAVA_OPTIONS = (
    "-XX:ReservedCodeCacheSize=256m",
    "-XX:MetaspaceSize=256m",
    "-XX:+UseParallelGC",
    "-XX:-DontCompileHugeMethods",
    "-Xshare:auto",
    "-Duser.timezone=UTC",
    "-Dfile.encoding=UTF-8",
    "-Dsun.jnu.encoding=UTF-8",
)

# An iteration is mostly planning and starting of jobs: no query is planned again half way. Statistics for skipping files are kept of
# the first columns alone, which are keys in silver and in gold, and files stay small: a MERGE writes all of a file anew in which
# one row changes, and after it each file has a range of the keys.
_TICKS = {
    "spark.sql.adaptive.enabled": "false",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.properties.defaults.dataSkippingNumIndexedCols": "3",
    "spark.sql.files.maxRecordsPerFile": "50000",
}
# Over little data nothing is compiled for a query, and one task does what two would only divide, which together halves the
# processor time. MEDALLION_CODEGEN=true: much data, where both pay.
_LITTLE_DATA = {
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
}
_MUCH_DATA = {"spark.sql.shuffle.partitions": "2"}


# A Spark that the user has installed must not leak in: this one brings everything itself.
_FOREIGN = (
    "SPARK_CONF_DIR",
    "SPARK_LOCAL_DIRS",
    "SPARK_REMOTE",
    "PYSPARK_SUBMIT_ARGS",
    "PYSPARK_DRIVER_PYTHON",
)


def spark_conf(
    out_dir: Path,
    *,
    master: str = "local[*]",
    driver_memory: str = "2g",
    kafka: bool = False,
    loop: bool = False,
) -> dict[str, str]:
    """Every setting of the embedded session. What `pipelines` needs it sets itself; these are paths, quiet and speed."""
    import pyspark

    jars = spark_jars(pyspark.__version__) + (kafka_jars(pyspark.__version__) if kafka else [])
    return {
        "spark.master": master,
        "spark.app.name": "medallion",
        "spark.driver.memory": os.environ.get("MEDALLION_DRIVER_MEMORY", driver_memory),
        # On the class path itself, not `spark.jars`: nothing is copied, and class data sharing reaches them.
        "spark.driver.extraClassPath": os.pathsep.join(str(jar) for jar in jars),
        "spark.driver.extraJavaOptions": " ".join(_java_options(out_dir, pyspark.__version__, loop)),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": str(out_dir / "tmp"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(out_dir / WAREHOUSE),
        "spark.sql.session.timeZone": "UTC",
        # Without a checksum file beside each file, which Hadoop writes on local disks alone. Delta lists the folder of a table's
        # log for each commit: with less than half of the files in it, a long loop stays quick.
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        "spark.hadoop.fs.AbstractFileSystem.file.impl": "org.apache.hadoop.fs.local.RawLocalFs",
        # An iteration has some 300 pieces of generated code. With Spark's 100 entries they would drive each other out, iteration by iteration.
        "spark.sql.codegen.cache.maxEntries": "3000",
        # What OPTIMIZE leaves alone, and what it makes at most: by default it would write a gigabyte anew each time.
        "spark.databricks.delta.optimize.minFileSize": str(1024 * 1024),
        "spark.databricks.delta.optimize.maxFileSize": str(64 * 1024 * 1024),
        **_TICKS,
        **(_MUCH_DATA if os.environ.get("MEDALLION_CODEGEN") == "true" else _LITTLE_DATA),
    }


def build_session(
    out_dir: Path | str,
    *,
    remote: bool = False,
    master: str | None = None,
    driver_memory: str = "2g",
    conf: Mapping[str, str] | None = None,
    register: bool = True,
    kafka: bool = False,
    loop: bool = False,
) -> SparkSession:
    """Start Spark with everything it writes under `out_dir`, and register the Delta tables found there.

    `kafka=True` lets it read from Kafka, `loop=True` prepares it for many runs. `remote=True` starts a Spark Connect server in the JVM and returns its client, as serverless compute has it.
    """
    from pyspark.sql import SparkSession

    from local.registration import register_tables

    out = Path(out_dir).resolve()
    for folder in (WAREHOUSE, LOGS, "tmp"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    settings = spark_conf(
        out,
        master=master or ("local[2]" if remote else "local[*]"),
        driver_memory=driver_memory,
        kafka=kafka,
        loop=loop,
    )
    settings.update(conf or {})
    _launch_jvm(settings, out / LOGS / "jvm.log")
    builder: Any = SparkSession.builder
    if remote:
        # The server takes its settings from the JVM; given to the client too, they would only be rejected with warnings.
        # SPARK_TESTING makes the server take any free port, so that two test runs do not meet on 15002.
        os.environ["SPARK_TESTING"] = "1"
        builder = builder.remote(settings["spark.master"])
    else:
        builder = builder.config(map=settings)
    spark: SparkSession = builder.getOrCreate()
    if register:
        register_tables(spark, out / WAREHOUSE)
    return spark


def own_session(spark: SparkSession) -> SparkSession:
    """A session of a task's own. Over Spark Connect there is one, and tasks there run one after the other."""
    return spark if is_connect(spark) else spark.newSession()


def cancel_work(spark: SparkSession) -> None:
    """Hurry up what is running: its tasks fail, and continue from where they were at the next start."""
    if is_connect(spark):
        spark.interruptAll()
    else:
        spark.sparkContext.cancelAllJobs()


def is_connect(spark: SparkSession) -> bool:
    """Tell whether this is a client of Spark Connect. Classic sessions raise when they are asked for attributes of such a client."""
    return type(spark).__module__.startswith("pyspark.sql.connect")


def shut_down(spark: SparkSession, *, timeout_s: float = 20) -> None:
    """Stop Spark and wait for the JVM, so that no process outlives this one."""
    from pyspark import SparkContext

    spark.stop()
    gateway: Any = SparkContext._gateway
    if gateway is None:
        return
    gateway.shutdown()
    gateway.proc.stdin.close()
    try:
        gateway.proc.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        gateway.proc.kill()
    SparkContext._gateway = None
    SparkContext._jvm = None


def class_archive(spark_version: str) -> Path:
    """The archive of classes that makes Java start quicker (see `local.warm`), whether it is there or not."""
    return tools_dir() / "cds" / f"spark-{'.'.join(spark_version.split('.')[:2])}.jsa"


def _java_options(out_dir: Path, spark_version: str, loop: bool) -> list[str]:
    options = [
        *(() if loop else _SHORT),
        *_JAVA_OPTIONS,
        f"-Dlog4j2.configurationFile={(Path(__file__).parent / 'log4j2.properties').as_uri()}",
        f'"-Dmedallion.log={out_dir / LOGS / "spark.log"}"',
    ]
    archive = class_archive(spark_version)
    if archive.exists():
        options.append(f'"-XX:SharedArchiveFile={archive}"')
    return options + os.environ.get("MEDALLION_JAVA_OPTIONS", "").split()


def _has_utf8_locale(environment: Mapping[str, str]) -> bool:
    """Tell whether names of files are UTF-8 to Java, which takes their encoding from the locale: LC_ALL, LC_CTYPE, LANG, in this order."""
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "C")
    return locale.lower().replace("-", "").partition("@")[0].endswith(".utf8")


def _library() -> str:
    """The folder that this process imports the library from: the deployed one, or the one beside this runner."""
    spec = importlib.util.find_spec("pipelines")
    if spec is None or spec.origin is None:
        return str(Path(__file__).resolve().parent.parent)
    return str(Path(spec.origin).resolve().parent.parent)


def _launch_jvm(settings: Mapping[str, str], log: Path) -> None:
    """Start the JVM before PySpark would, so that what it prints goes to a file and not into the progress display."""
    import pyspark
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.java_gateway import launch_gateway

    if SparkContext._gateway is not None:
        return
    require_java()
    for name in _FOREIGN:
        os.environ.pop(name, None)
    if not _has_utf8_locale(os.environ):
        os.environ["LC_ALL"] = "C.UTF-8"
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    # Spark's Python workers import the library by name, as they do in a workspace where it is installed.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_library(), os.environ.get("PYTHONPATH")]))
    conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
    with log.open("ab") as sink:
        try:
            launch: Any = launch_gateway
            gateway = launch(conf, {"stdout": sink, "stderr": sink})
        except PySparkRuntimeError as error:
            tail = log.read_text(errors="replace").strip().splitlines()[-3:]
            raise LocalError(
                f"Java could not start Spark ({' '.join(tail)}); all of it is in {log}."
            ) from error
    SparkContext._ensure_initialized(gateway=gateway)
