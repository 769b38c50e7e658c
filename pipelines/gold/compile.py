"""Models are compiled before any data is moved: Spark analyses their SQL over inputs without rows."""

from __future__ import annotations

import hashlib

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import SparkSession

from pipelines.config.document import GoldModel
from pipelines.config.user_sql import UserSql
from pipelines.context import Context
from pipelines.gold.sql import compose, nothing
from pipelines.ops.progress import GOLD

#: Models that compile: their text and the types in ``needs`` alone decide it.
_COMPILED: set[GoldModel] = set()


def compile_model(spark: SparkSession, model: GoldModel) -> None:
    """Have Spark analyse a model over inputs without rows, which have the columns that it needs. Reads no table.

    Raises :class:`pipelines.errors.SqlNotCompiledError`, which says what is wrong at its line and column.
    """
    if model in _COMPILED:
        return
    own = user_sql_of(model)
    query = compose(model, {input_.name: nothing(input_) for input_ in model.inputs})
    try:
        columns = spark.sql(query).columns
    except ParseException as error:
        # Where a parenthesis is missing, the text after the model's own would be the wrong part.
        alone = f"EXPLAIN\n{model.sql}"
        try:
            spark.sql(alone)
        except Exception as inner:
            raise own.not_compiled_by(inner, alone) from inner
        raise own.not_compiled_by(error, query) from error
    except AnalysisException as error:
        raise own.not_compiled_by(error, query) from error
    spelled = [name.lower() for name in columns]
    if twice := sorted({name for name in spelled if spelled.count(name) > 1}):
        raise own.not_compiled(f"two columns are called {', '.join(twice)}; give each a name of its own (AS)")
    for key, names in (("grain", model.grain), ("units", model.units)):
        if absent := [name for name in names if name.lower() not in spelled]:
            raise own.not_compiled(
                f"no column is called {', '.join(absent)}, which {key} names; there are {', '.join(columns)}"
            )
    _COMPILED.add(model)


def is_known(ctx: Context, model: GoldModel) -> bool:
    """Tell whether the model's table was made by the SQL that it has now."""
    consumed = ctx.progress.last(GOLD, model.name)
    return consumed is not None and consumed.details.get("sql") == fingerprint(model)


def user_sql_of(model: GoldModel) -> UserSql:
    """Return the model's SQL with where it stands, for errors."""
    return UserSql(f"notebooks/gold/{model.name}.sql", model.sql, model.line, model.column)


def fingerprint(model: GoldModel) -> str:
    """Return a fingerprint of what makes the table: SQL, grain and inputs."""
    text = repr((model.sql, model.grain, model.inputs))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
