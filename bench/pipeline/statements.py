"""Statements and commits of a run, counted by Spark and by Delta: what a small run costs in a cloud, whatever it moves."""

from __future__ import annotations

import collections
import functools
import itertools
import re
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from py4j.java_gateway import JavaObject
from pyspark.sql import SparkSession

from bench.pipeline.engines import Pipeline, embedded_spark, shop_document
from bench.pipeline.events import write_batch
from pipelines import delta, tasks
from pipelines.config.names import LAYERS

#: Kinds of statements by the node of Spark's plan.
_KINDS = {
    "AppendDataExec": "Append",
    "AtomicReplaceTableAsSelect": "Overwrite",
    "OverwriteByExpression": "Overwrite",
}
#: Executions that ask nothing of a table: they hand over what a command has answered already, or name a query.
_LOCAL = ("CommandResult", "Execute CreateViewCommand", "LocalTableScan")


#: Budget of a warm run of the example. A change that needs more has to say so here, and in docs/guides/cost.md.
MOST_STATEMENTS, MOST_COMMITS = 25, 14


def statements(say: Callable[[str], None], scale: float = 0.01) -> dict[str, Any]:
    """Statements and commits of a warm run of the example in one process, then of an idle one.

    Raises:
        RuntimeError: A run took more than its budget.
    """
    with tempfile.TemporaryDirectory() as name, embedded_spark(Path(name), much_data=False) as spark:
        folder = Path(name)
        pipeline = Pipeline(spark, folder, shop_document())
        for batch in range(2):
            write_batch(folder / "landing", batch, scale)
            pipeline.run()
        counter = Counter(spark, pipeline.prefix)
        write_batch(folder / "landing", 2, scale)
        warm, commits = counter.during(pipeline.run)
        idle, idle_commits = counter.during(pipeline.run)
        write_batch(folder / "landing", 3, scale)
        staged = {
            name: counter.during(
                functools.partial(task, spark, None, {**pipeline.options, "run_id": "staged", **parameters})
            )
            for name, task, parameters in _staged(shop_document())
        }
    for (sender, kind), number in sorted(collections.Counter((s.sender, s.kind) for s in warm).items()):
        say(f"{number} {kind:24} {sender}")
    say("commits: " + ", ".join(f"{table} {number}" for table, number in commits.items()))
    for task, (sent, committed) in staged.items():
        tables = ", ".join(committed) or "nothing"
        say(f"as a task of its own: {task:26} {len(sent):2} statements; commits to {tables}")
    found = {
        "statements": len(warm),
        "commits": sum(commits.values()),
        "history_statements": sum(s.kind == "DescribeDeltaHistory" for s in warm),
        "idle_statements": len(idle),
        "idle_commits": sum(idle_commits.values()),
        "staged_statements": sum(len(sent) for sent, _ in staged.values()),
        "staged_commits": sum(sum(committed.values()) for _, committed in staged.values()),
    }
    budget = {"statements": MOST_STATEMENTS, "commits": MOST_COMMITS, "idle_statements": 0, "idle_commits": 0}
    over = [f"{found[what]} {what} ({most} at most)" for what, most in budget.items() if found[what] > most]
    if over:
        raise RuntimeError(f"A run is over its budget: {', '.join(over)}")
    return found


def _staged(document: dict[str, Any]) -> list[tuple[str, Callable[..., str], dict[str, str]]]:
    """The tasks of the staged job, one for each topic and model, in an order in which they may run."""
    topics, models = [one["name"] for one in document["topics"]], [one["name"] for one in document["gold"]]
    return [
        ("prepare", tasks.prepare, {}),
        *((f"bronze {name}", tasks.bronze, {"topics": name}) for name in topics),
        *((f"silver {name}", tasks.silver, {"topics": name}) for name in topics),
        *((f"gold {name}", tasks.gold, {"models": name}) for name in models),
        ("finish", tasks.finish, {}),
    ]


@dataclass(frozen=True)
class Statement:
    """A statement of a run."""

    sender: str
    """The functions of `pipelines` that sent it, the innermost first."""
    plan: str
    """The first line of its physical plan."""

    @property
    def kind(self) -> str:
        """Return what it asks for: a command by its name, else a query."""
        for node, kind in _KINDS.items():
            if self.plan.startswith(node):
                return kind
        command = re.match(r"Execute (\w+?)Command", self.plan)
        return command[1] if command else "Query"


class Counter:
    """Counts what happens in a session between two calls."""

    def __init__(self, spark: SparkSession, prefix: str) -> None:
        self._spark = spark
        self._prefix = prefix
        self._store: JavaObject = spark._jsparkSession.sharedState().statusStore()

    def during(self, work: Callable[[], Any]) -> tuple[list[Statement], dict[str, int]]:
        """Do ``work``. Returns its statements, in their order, and the commits of each table."""
        versions, ended = self._versions(), self._executions()
        known = {execution.executionId() for execution in ended}
        with _senders(self._spark):
            work()
        sent = [each for each in self._executions() if each.executionId() not in known]
        grown = {name: version - versions.get(name, -1) for name, version in self._versions().items()}
        commits = {name: number for name, number in sorted(grown.items()) if number}
        return [s for s in _statements(sent) if not s.plan.startswith(_LOCAL)], commits

    def _executions(self) -> list[JavaObject]:
        """Return the executions that Spark remembers: the newest thousand."""
        self._spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
        found = self._store.executionsList()
        return [found.apply(i) for i in range(found.size())]

    def _versions(self) -> dict[str, int]:
        found = {}
        for layer in LAYERS:
            for row in self._spark.sql(f"SHOW TABLES IN {self._prefix}_{layer}").collect():
                table = f"{layer}.{row['tableName']}"
                found[table] = delta.last_commit(self._spark, f"{self._prefix}_{table}").version
        return found


def _statements(executions: Iterable[JavaObject]) -> Iterator[Statement]:
    """The executions that were asked for, without those that they started themselves."""
    for execution in executions:
        if execution.rootExecutionId() == execution.executionId():
            lines = (line.strip(" +-*:") for line in execution.physicalPlanDescription().splitlines())
            plan = next(line for line in lines if line and not line.startswith("=="))
            yield Statement(execution.description(), plan)


@contextmanager
def _senders(spark: SparkSession) -> Iterator[None]:
    """Give each execution the functions of `pipelines` that sent it as its description."""
    rows = spark.range(0)
    entries: tuple[tuple[type, tuple[str, ...]], ...] = (
        (type(spark), ("sql",)),
        (type(rows), ("collect", "toArrow", "toLocalIterator", "count", "isEmpty", "first", "head", "take")),
        (type(rows.write), ("saveAsTable", "insertInto", "save")),
    )
    kept = [(owner, name, getattr(owner, name)) for owner, names in entries for name in names]
    for owner, name, call in kept:
        setattr(owner, name, _described(spark, call))
    try:
        yield
    finally:
        for owner, name, call in kept:
            setattr(owner, name, call)


def _described(spark: SparkSession, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        spark.sparkContext.setJobDescription(_sender())
        return call(*args, **kwargs)

    return wrapper


def _sender() -> str:
    """The two innermost functions of `pipelines` that are on their way to Spark, but for those that only pass things on."""
    calls = (
        f"{module.removeprefix('pipelines.')}.{frame.f_code.co_name}"
        for frame, _ in traceback.walk_stack(None)
        if (module := frame.f_globals["__name__"]).startswith("pipelines.")
        and not module.startswith("pipelines.delta")
    )
    return " < ".join(itertools.islice(calls, 2))
