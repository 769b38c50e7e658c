"""Sections of measurement. Each starts a Spark of its own, lands the same files for both engines, and takes turns."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from bench.pipeline.engines import MUCH_DATA, Pipeline, copies_document, embedded_spark, shop_document, timed
from bench.pipeline.events import BATCH_EVENTS, batch_events, write, write_batch
from bench.pipeline.handwritten import Handwritten
from pipelines.config.load import load_document

Say = Callable[[str], None]
Results = dict[str, Any]

ROOT = Path(__file__).parents[2]

#: Micro-batches whose medians count: the fifth and the fiftieth, with two neighbours on each side.
EARLY, LATE = range(3, 8), range(48, 53)
#: The micro-batches between them only make the tables grow: this is the number taken at a time.
CATCH_UP = 20
#: Number of micro-batches that run one by one before the late ones: after a backlog the pipeline computes gold anew for a while.
LEAD = 3


def micro_batches(
    say: Say, early: Sequence[int] = EARLY, late: Sequence[int] = LATE, scale: float = 1.0
) -> Results:
    """(a) and (b): warm micro-batches early and late, against the hand-written job; (c): idle micro-batches; (f): bytes read and rows
    rewritten by both.
    """
    ours: dict[int, float] = {}
    hand: dict[int, float] = {}
    read: dict[str, dict[int, int]] = {"pipeline": {}, "handwritten": {}}
    with tempfile.TemporaryDirectory() as name, embedded_spark(Path(name)) as spark:
        folder = Path(name)
        pipeline, handwritten = Pipeline(spark, folder, shop_document()), _handwritten(spark, folder)
        caught_up = late[0] - 1 - LEAD
        for batch in range(1, late[-1] + 1):
            write_batch(folder / "landing", batch - 1, scale)
            if early[-1] < batch < caught_up and (batch - early[-1]) % CATCH_UP:
                continue
            turns: list[tuple[str, dict[int, float], Callable[[], Any]]] = [("pipeline", ours, pipeline.run)]
            if batch <= early[-1] or batch >= late[0] - 1:
                turns.append(("handwritten", hand, handwritten.run))
            for engine, seconds, run in turns if batch % 2 else reversed(turns):
                before = _bytes_read(spark)
                seconds[batch] = timed(run)
                read[engine][batch] = _bytes_read(spark) - before
            other = f", hand-written {hand[batch]:.1f} s" if batch in hand else " (all since its last)"
            say(f"batch {batch}: {ours[batch]:.1f} s{other}")
        same = _same_silver(spark, pipeline.prefix, handwritten.prefix)
        idle = [timed(pipeline.run) for _ in range(5)]
        jobs = _jobs(spark, pipeline.run)
        prefixes = {"pipeline": pipeline.prefix, "handwritten": handwritten.prefix}
        runs = {early[2]: early[2] - 1, late[2]: late[2] - late[-1] - 1}
        rewritten = {
            batch: {engine: _rewritten(spark, prefix, run) for engine, prefix in prefixes.items()}
            for batch, run in runs.items()
        }
    early_s, late_s = _median(ours, early), _median(ours, late)
    hand_early, hand_late = _median(hand, early), _median(hand, late)
    say(_spread(f"warm batch {early[0]} to {early[-1]}", ours, early, hand))
    say(_spread(f"warm batch {late[0]} to {late[-1]}", ours, late, hand))
    say(f"idle batch: {statistics.median(idle):.3f} s, {jobs} Spark jobs; silver rows equal: {same}")
    return {
        "warm_batch_s": round(early_s, 2),
        "handwritten_batch_s": round(hand_early, 2),
        "warm_batch_vs_handwritten": round(early_s / hand_early, 2),
        "late_batch_s": round(late_s, 2),
        "late_batch": late[2],
        "batch50_vs_batch5": round(late_s / early_s, 2),
        "batch50_vs_handwritten": round(late_s / hand_late, 2),
        "idle_batch_s": round(statistics.median(idle), 3),
        "idle_spark_jobs": jobs,
        "mib_read": {
            which[2]: {engine: round(_median(of, which) / 2**20, 1) for engine, of in read.items()}
            for which in (early, late)
        },
        "rows_rewritten": rewritten,
        "silver_equal": same,
    }


def backfill(say: Say, events: int = 1_000_000) -> Results:
    """(d): everything at once with a driver heap of 4 GiB, each engine in a process of its own; (e): DuckDB; (h): promotion."""
    found: dict[str, Results] = {}
    with tempfile.TemporaryDirectory() as landing:
        land_events(Path(landing), events)
        duckdb_s = timed(lambda: _duckdb(Path(landing)))
        for engine in ("pipeline", "handwritten"):
            command = [sys.executable, "-m", "bench.pipeline.backfill", engine, landing]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            last = done.stdout.splitlines()[-1]
            found[engine] = dict(part.split("=") for part in last.split())
            say(f"backfill of {events:,} events, {engine}: {last}")
    ours, hand = float(found["pipeline"]["seconds"]), float(found["handwritten"]["seconds"])
    return {
        "backfill_s": ours,
        "backfill_vs_handwritten": round(ours / hand, 2),
        "backfill_peak_mib": int(found["pipeline"]["peak_mib"]),
        "handwritten_peak_mib": int(found["handwritten"]["peak_mib"]),
        "duckdb_s": round(duckdb_s, 2),
        "promotion_s": float(found["pipeline"]["promotion_s"]),
    }


def fifty(say: Say, topics: int = 50, rounds: int = 3) -> Results:
    """(g): many topics of which one has new data, against a pipeline of that one, in turns; (h): a topic of 500 columns."""
    many: list[float] = []
    one: list[float] = []
    with tempfile.TemporaryDirectory() as name, embedded_spark(Path(name), much_data=False) as spark:
        folder = Path(name)
        for number in range(topics):
            write(folder / "landing" / f"orders_{number:02}" / "00000.json", batch_events(0, 0.01)["orders"])
        wide = Pipeline(spark, folder, copies_document(topics), "wide")
        narrow = Pipeline(spark, folder, copies_document(1), "narrow")
        say(f"{topics} topics, first run: {timed(wide.run):.1f} s; one: {timed(narrow.run):.1f} s")
        for batch in range(1, rounds + 2):
            write(folder / "landing" / "orders_00" / f"{batch:05}.json", batch_events(batch)["orders"])
            turns = [(many, wide.run), (one, narrow.run)]
            for seconds, run in turns if batch % 2 else reversed(turns):
                seconds.append(timed(run))
        records = ({"order_id": n, **{f"c{i}": n * i for i in range(500)}} for n in range(2000))
        write(folder / "broad" / "landing" / "orders_00" / "00000.json", records)
        columns = Pipeline(spark, folder / "broad", copies_document(1), "broad")
        columns_s = timed(columns.run)
    wide_s, narrow_s = statistics.median(many[1:]), statistics.median(one[1:])
    say(
        f"one active topic of {topics}: {wide_s:.1f} s, alone {narrow_s:.1f} s; 2,000 rows of 500 columns: {columns_s:.1f} s"
    )
    return {
        "fifty_topics_s": round(wide_s, 2),
        "fifty_topics_one_active_vs_one": round(wide_s / narrow_s, 2),
        "columns_500_s": round(columns_s, 1),
    }


def start(say: Say, scale: float = 0.01) -> Results:
    """(h): what a newcomer waits for, from the command to the report of a first small run, and the size of that report."""
    with tempfile.TemporaryDirectory() as name:
        landing, out = Path(name) / "landing", Path(name) / "out"
        write_batch(landing, 0, scale)
        command = ["npm", "start", "--", "--data", str(landing), "--out", str(out)]
        usual = {key: value for key, value in os.environ.items() if key not in MUCH_DATA}
        seconds = timed(
            lambda: subprocess.run(command, cwd=ROOT, env=usual, stdout=subprocess.DEVNULL, check=True)
        )
        size = (out / "report.html").stat().st_size
    say(f"npm start on {round(BATCH_EVENTS * scale)} events: {seconds:.1f} s; report {size / 1024:.0f} KiB")
    return {"cold_start_s": round(seconds, 1), "report_kib": round(size / 1024)}


def soak(say: Say, rounds: int = 500, scale: float = 0.001) -> Results:
    """Many small micro-batches of one topic and its model in one process: whether their time and the tables' files grow. Compares the
    first half with the second.
    """
    seconds: list[float] = []
    files: list[int] = []
    ids: set[str] = set()
    with tempfile.TemporaryDirectory() as name, embedded_spark(Path(name), much_data=False) as spark:
        folder = Path(name)
        pipeline = Pipeline(spark, folder, copies_document(1), "soak")
        for batch in range(rounds):
            orders = list(batch_events(batch, scale)["orders"])
            write(folder / "landing" / "orders_00" / f"{batch:05}.json", orders)
            ids |= {order["order_id"] for order in orders}
            seconds.append(timed(pipeline.run))
            if batch % 10 == 9:
                files.append(_most_files(spark, "soak"))
            if batch % 50 == 49:
                say(
                    f"micro-batches {batch - 48} to {batch + 1}: {statistics.median(seconds[-50:]):.2f} s; most files {files[-1]}"
                )
        stored = spark.table("soak_silver.orders_00").count()
    warm, half, halfway = rounds // 10, rounds // 2, len(files) // 2
    early, late = statistics.median(seconds[warm:half]), statistics.median(seconds[half:])
    return {
        "soak_batches": rounds,
        "soak_batch_s": round(late, 2),
        "soak_second_half_vs_first": round(late / early, 2),
        "soak_most_files": [max(files[:halfway]), max(files[halfway:])],
        "soak_orders_complete": stored == len(ids),
    }


def peak_memory(work: Callable[[], Any]) -> tuple[float, int]:
    """Seconds of ``work``, and the most memory that this process and its children had resident meanwhile, in MiB."""
    peak, stop = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not stop.wait(0.2):
            peak = max(peak, _resident_mib())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        seconds = timed(work)
    finally:
        stop.set()
        watcher.join()
    return seconds, peak


def land_events(landing: Path, events: int) -> None:
    """Land this number of events, in files of a batch each."""
    for batch in range(-(-events // BATCH_EVENTS)):
        write_batch(landing, batch, min(1.0, events / BATCH_EVENTS - batch))


def _handwritten(spark: SparkSession, folder: Path) -> Handwritten:
    return Handwritten(spark, folder, {model.name: model for model in load_document(None).gold})


def _jobs(spark: SparkSession, work: Callable[[], Any]) -> int:
    """Count the Spark jobs that ``work`` starts."""
    tracker = spark.sparkContext.statusTracker()
    before = set(tracker.getJobIdsForGroup(None))
    work()
    return len(set(tracker.getJobIdsForGroup(None)) - before)


def _bytes_read(spark: SparkSession) -> int:
    """Bytes that Spark's tasks have read from files so far, as Spark counts them."""
    context = spark.sparkContext._jsc.sc()
    context.listenerBus().waitUntilEmpty()
    executors = context.statusStore().executorList(False)
    return sum(int(executors.apply(n).totalInputBytes()) for n in range(executors.length()))


def _same_silver(spark: SparkSession, ours: str, hand: str) -> bool:
    """Tell whether both engines have the same silver rows, in the columns that both have."""
    for topic in ("customers", "orders", "sales"):
        mine, theirs = spark.table(f"{ours}_silver.{topic}"), spark.table(f"{hand}_silver.{topic}")
        columns = [c for c in theirs.columns if c != "ingest_ts"]
        left, right = mine.select(*columns), theirs.select(*columns)
        if mine.count() != theirs.count() or not left.exceptAll(right).isEmpty():
            return False
    return True


def _rewritten(spark: SparkSession, prefix: str, run: int) -> dict[str, int]:
    """Rows that the commits of one run wrote, by layer, as Delta counts them: copied rows are rewritten ones.

    ``run``: which of the runs that brought something, from the first (0) or from the last (-1).
    """
    totals = {}
    for layer in ("silver", "gold"):
        total = 0
        for row in spark.sql(f"SHOW TABLES IN {prefix}_{layer}").collect():
            history = spark.sql(f"DESCRIBE HISTORY {prefix}_{layer}.{row['tableName']}")
            writes = history.where("operation IN ('MERGE', 'WRITE', 'CREATE OR REPLACE TABLE AS SELECT')")
            commits = [r["operationMetrics"] for r in writes.orderBy("version").collect()]
            written = commits[run].get("numOutputRows") or commits[run].get("numTargetRowsCopied", 0)
            total += int(written)
        totals[layer] = total
    return totals


def _most_files(spark: SparkSession, prefix: str) -> int:
    """Files of the table that has most of them, over all layers."""
    counts = [
        spark.sql(f"DESCRIBE DETAIL {prefix}_{layer}.{row['tableName']}").collect()[0]["numFiles"]
        for layer in ("bronze", "silver", "gold", "ops")
        for row in spark.sql(f"SHOW TABLES IN {prefix}_{layer}").collect()
    ]
    return int(max(counts))


def _median(seconds: Mapping[int, float], which: Iterable[int]) -> float:
    return statistics.median(seconds[batch] for batch in which)


def _spread(what: str, ours: dict[int, float], which: Sequence[int], hand: dict[int, float]) -> str:
    sides = []
    for label, seconds in (("ours", ours), ("hand-written", hand)):
        values = [seconds[batch] for batch in which]
        sides.append(f"{label} {statistics.median(values):.1f} s ({min(values):.1f} to {max(values):.1f})")
    return f"{what}: {', '.join(sides)}"


def _duckdb(landing: Path) -> None:
    """DuckDB over the same files: the newest row per key, and revenue per day. One engine, no tables kept."""
    import duckdb

    query = (
        f"SELECT CAST(sale_timestamp AS DATE) AS day, sum(quantity * unit_price) FROM (SELECT * FROM read_json_auto('{landing}/sales/*.json') "
        "QUALIFY row_number() OVER (PARTITION BY sale_id ORDER BY updated_at DESC) = 1) GROUP BY 1; "
        f"SELECT order_id, sum(order_total) FROM (SELECT * FROM read_json_auto('{landing}/orders/*.json') "
        "QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1) GROUP BY 1"
    )
    for part in query.split("; "):
        duckdb.execute(part).fetchall()


def _resident_mib() -> int:
    """Resident memory of this process and everything that it started, in MiB (from /proc)."""
    children: dict[int, list[int]] = {}
    resident: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            pages = int((entry / "statm").read_text().split()[1])
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.name))
        resident[int(entry.name)] = pages * os.sysconf("SC_PAGE_SIZE") >> 20
    total, waiting = 0, [os.getpid()]
    while waiting:
        process = waiting.pop()
        total += resident.get(process, 0)
        waiting += children.get(process, [])
    return total
