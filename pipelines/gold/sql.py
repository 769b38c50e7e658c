"""A gold model's query: its body with the inputs bound as common table expressions.

An input has exactly the columns that the model needs, safely cast: a column that silver lacks reads as null, a topic
without data as empty. An object or array that is needed as text is its JSON; one that is needed as an object, array or map
is cast field by field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.sql import SparkSession

from pipelines.config.document import GoldInput, GoldModel
from pipelines.delta.sql import quote
from pipelines.gold.nested import cast_sql, is_nested, parse_type
from pipelines.gold.plan import INPUT_MARK
from pipelines.inference import column_among


def bind(
    spark: SparkSession,
    model: GoldModel,
    sources: Mapping[str, str | None],
    columns: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """The model's query with its inputs bound. ``sources``: table name per input, ``None`` where it has none yet.

    ``columns`` says what columns the inputs have, with their Spark types; without it, the tables are asked.
    """

    def body(input_: GoldInput) -> str:
        table = sources[input_.name]
        if table is None:
            return nothing(input_)
        present = dict(spark.table(table).dtypes) if columns is None else columns[input_.name]
        return f"SELECT {', '.join(typed(input_, present))} FROM {table}"

    return compose(model, {input_.name: body(input_) for input_ in model.inputs})


def compose(model: GoldModel, bodies: Mapping[str, str], select: str = "*") -> str:
    """The model's query over ``bodies``, a SELECT per input."""
    inputs = ", ".join(f"{quote(name)} AS ({body})" for name, body in bodies.items())
    return f"WITH {inputs} SELECT {select} FROM (\n{model.sql}\n)"


def typed(input_: GoldInput, present: Mapping[str, str]) -> list[str]:
    """The select list of an input whose table has the columns ``present``, with their Spark types."""
    return [f"{_cast(input_, name, type_, present)} AS {quote(name)}" for name, type_ in input_.columns]


def _cast(input_: GoldInput, name: str, type_: str, present: Mapping[str, str]) -> str:
    column = column_of(input_, name, present)
    if column is None:
        return f"CAST(NULL AS {type_})"
    if is_nested(type_) or is_nested(present[column]):
        return cast_sql(quote(column), parse_type(present[column]), parse_type(type_))
    return f"try_cast({quote(column)} AS {type_})"


def column_of(input_: GoldInput, name: str, present: Iterable[str]) -> str | None:
    """The column of the input's table that the model calls so, among those that are ``present``."""
    return column_among(name, present, dict(input_.rename))


def nothing(input_: GoldInput) -> str:
    """An input without rows."""
    return f"SELECT {', '.join(typed(input_, {}))} WHERE false"


def marked(model: GoldModel) -> str:
    """The grain of the model over inputs that are no tables, but can be told apart in the plan (see ``gold_plan``)."""
    bodies = {}
    for number, input_ in enumerate(model.inputs, INPUT_MARK):
        columns = ", ".join(f"CAST(NULL AS {type_}) AS {quote(name)}" for name, type_ in input_.columns)
        bodies[input_.name] = f"SELECT {columns} FROM range({number}, {number})"
    return compose(model, bodies, grain_of(model))


def grain_of(model: GoldModel, prefix: str = "") -> str:
    """The grain columns as a list for SELECT."""
    return ", ".join(prefix + quote(name) for name in model.grain)
