"""Finds the groups of a gold model that the changes of its inputs touch.

The model's body is run over the changed rows alone, before and after the change, and gives the groups by its grain:

* an input that a join brings together with a changed one takes part with all its rows, and where it changed as well,
  with the rows that it had before, too (a pair of rows of which both are gone now was a row of some group);
* one that is only stacked with it (UNION ALL) takes part without rows, since each branch stands for itself;
* a row whose needed columns are after a commit what they were before it is no change. (Over several commits that does
  not hold: a run that was killed may have brought the table to any of the versions between.)

Ranges of versions have no end: what is read is what is there, and what came after the recorded version is read again
next time. That can only name more groups than needed, never fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.config.document import GoldInput, GoldModel
from pipelines.delta.driver_rows import LocalRows
from pipelines.delta.frames import Frames
from pipelines.delta.sql import quote
from pipelines.gold.lineage import Lineage, lineage
from pipelines.gold.plan import Analysis, analyse
from pipelines.gold.sql import compose, grain_of, marked, nothing, typed

_COMMIT, _SIGN, _KEY = "_medallion_commit", "_medallion_sign", "_medallion_key"


@dataclass(frozen=True)
class Source:
    """An input of a model: its table, ``None`` where there is none yet, and the first version that was not consumed."""

    table: str | None
    first: int
    changed: bool


#: Plans and analyses of models: their SQL alone decides them, so they hold for every session of the process.
_PLANS: dict[GoldModel, str] = {}
_KNOWN: dict[GoldModel, Analysis] = {}


def analyse_model(spark: SparkSession, model: GoldModel) -> Analysis:
    """Analyse the model's plan, where its header asks for no full refresh anyway. Reads no table."""
    if model.refresh == "full":
        return Analysis("refresh is full")
    if model not in _KNOWN:
        try:
            plan = _plan(spark, model)
        except Exception as error:  # the refresh itself will say what is wrong with the model
            return Analysis(f"its plan cannot be had ({type(error).__name__})")
        _KNOWN[model] = analyse(plan, model.sql, model.grain, [input_.name for input_ in model.inputs])
    return _KNOWN[model]


def columns_read(spark: SparkSession, model: GoldModel) -> Lineage | None:
    """The columns of its inputs that each column of a model comes from; ``None`` where its plan does not tell. Reads no table."""
    try:
        return lineage(_plan(spark, model), model.sql, model.inputs)
    except Exception:  # the refresh itself will say what is wrong with the model
        return None


def _plan(spark: SparkSession, model: GoldModel) -> str:
    if model not in _PLANS:
        _PLANS[model] = str(spark.sql(f"EXPLAIN EXTENDED {marked(model)}").collect()[0][0])
    return _PLANS[model]


def affected(
    spark: SparkSession, model: GoldModel, sources: Mapping[str, Source], analysis: Analysis, most: int
) -> LocalRows:
    """The grains of all groups that may have changed, at most ``most`` and one.

    Raises whatever Spark raises where the changes cannot be read any more.
    """
    changes = {
        input_.name: _net(spark, input_, source)
        for input_ in model.inputs
        if (source := sources[input_.name]).changed and source.table is not None
    }
    frames = Frames(spark)
    names = {name: frames.add(rows) for name, rows in changes.items()}
    queries = []
    for chosen in _rounds(changes, analysis):
        bodies = {}
        for input_ in model.inputs:
            table = sources[input_.name].table
            beside = input_.name not in chosen and bool(analysis.joined[input_.name] & chosen)
            parts = []
            if beside and table is not None:
                columns = ", ".join(typed(input_, dict(spark.table(table).dtypes)))
                parts.append(f"SELECT {columns} FROM {table}")
            if input_.name in chosen or (beside and input_.name in changes):
                parts.append(f"SELECT * FROM {names[input_.name]}")
            bodies[input_.name] = " UNION ALL ".join(parts) or nothing(input_)
        queries.append(f"({compose(model, bodies, grain_of(model))})")
    query = f"SELECT DISTINCT * FROM ({' UNION ALL '.join(queries)}) LIMIT {most + 1}"
    return LocalRows.collect(frames.sql(query))


def _rounds(changed: Iterable[str], analysis: Analysis) -> list[frozenset[str]]:
    """Group the changed inputs by the pass that looks at them: all in one where nothing is joined, else one each."""
    if any(analysis.joined.values()):
        return [frozenset({name}) for name in changed]
    return [frozenset(changed)]


def _net(spark: SparkSession, input_: GoldInput, source: Source) -> DataFrame:
    """Rows of an input, as the model sees them, that some commit took away or brought."""
    feed = delta.changes(spark, str(source.table), source.first)
    sign = f"if({delta.CHANGE_TYPE} IN ('insert', 'update_postimage'), 1, -1) AS {_SIGN}"
    columns = [F.col(quote(name)) for name, _ in input_.columns]
    # Maps are not compared.
    keys = [
        F.to_json(F.struct(column)).alias(f"{_KEY}{number}") if "map<" in type_.lower() else column
        for number, (column, (_, type_)) in enumerate(zip(columns, input_.columns, strict=True))
    ]
    maps = [
        F.first(column).alias(name)
        for column, (name, type_) in zip(columns, input_.columns, strict=True)
        if "map<" in type_.lower()
    ]
    signed = feed.selectExpr(*typed(input_, dict(feed.dtypes)), f"{delta.COMMIT_VERSION} AS {_COMMIT}", sign)
    sums = signed.groupBy(_COMMIT, *keys).agg(F.sum(_SIGN).alias(_SIGN), *maps)
    return sums.where(f"{_SIGN} <> 0").select(*columns)
