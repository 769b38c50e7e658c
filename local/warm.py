"""`python -m local.warm`: makes an archive of the classes that Spark loads, which later starts map into memory.

Java spends most of a start of Spark on reading and checking some fifteen thousand classes. With the archive (Java's own
class data sharing) a start takes half the processor time. It is only speed: without it, or with one that does not fit
(another Java, other jars), everything works as before.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from local.session import build_session, class_archive, shut_down

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Writing the archive takes Java some seconds after Spark has stopped; on a busy machine, many.
_DUMP_TIMEOUT_S = 300

_STATEMENTS = (
    "CREATE SCHEMA warm",
    "CREATE TABLE warm.t (k string, v bigint, d decimal(18,4), ts timestamp) USING delta "
    "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
    "MERGE INTO warm.t USING (SELECT 'a' k, 1L v, 1.5 d, current_timestamp() ts) s ON t.k = s.k "
    "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
    "INSERT INTO warm.t SELECT 'b', 2, 2.5, current_timestamp()",
    "DESCRIBE HISTORY warm.t LIMIT 1",
    "SELECT k, max(v) m FROM table_changes('warm.t', 1) GROUP BY k",
    "SELECT k, row_number() OVER (PARTITION BY k ORDER BY v) n, try_cast(k AS date) FROM warm.t",
    "SELECT try_variant_get(try_parse_json('{\"a\": 1}'), '$.a', 'bigint'), from_json('{\"a\": 1}', 'a int')",
    "SELECT a.k, count(DISTINCT b.v) FROM warm.t a LEFT JOIN warm.t b ON a.k = b.k GROUP BY a.k",
)


def main() -> int:
    """Make the archive; returns the exit status."""
    import pyspark

    archive = class_archive(pyspark.__version__)
    archive.parent.mkdir(parents=True, exist_ok=True)
    part = archive.with_suffix(f".{os.getpid()}.part")
    archive.unlink(missing_ok=True)
    os.environ["MEDALLION_JAVA_OPTIONS"] = f"-XX:ArchiveClassesAtExit={part}"
    with tempfile.TemporaryDirectory(prefix="medallion-warm-") as folder:
        spark = build_session(folder)
        exercise(spark, Path(folder))
        shut_down(spark, timeout_s=_DUMP_TIMEOUT_S)
    if not part.exists():
        print("Java wrote no class archive; Spark starts without it, only slower.", file=sys.stderr)
        return 1
    part.replace(archive)
    return 0


def exercise(spark: SparkSession, folder: Path) -> None:
    """A little of all that pipelines do: DDL, a stream of text into a table, MERGE, change feed, JSON, windows, rewriting."""
    for statement in _STATEMENTS:
        spark.sql(statement).collect()
    (folder / "in").mkdir()
    (folder / "in" / "a.json").write_text('{"a": 1}\n')
    stream = spark.readStream.format("text").option("wholetext", "true").load(str(folder / "in"))
    query = stream.selectExpr("explode(split(value, '\n')) raw", "_metadata.file_path source").writeStream
    query = query.format("delta").option("checkpointLocation", str(folder / "checkpoint"))
    query.trigger(availableNow=True).toTable("warm.raw").awaitTermination()
    spark.table("warm.t").write.format("delta").mode("overwrite").option(
        "overwriteSchema", "true"
    ).saveAsTable("warm.u")
    spark.createDataFrame([("a", 1)], "k string, v bigint").write.format("delta").saveAsTable("warm.w")


if __name__ == "__main__":
    sys.exit(main())
