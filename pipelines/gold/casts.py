"""Values of an input that do not fit the type that a model needs: the model reads them as null, so they are counted.

Only columns whose cast can fail are counted at all: where silver has the needed type, or one that always fits it, nothing
is asked. A full refresh counts in the whole input, which it reads anyway; an incremental one adds what the changed rows
brought and takes off what they took away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from pipelines import delta
from pipelines.config.document import GoldInput, GoldModel
from pipelines.delta.frames import Frames
from pipelines.delta.sql import literal, quote
from pipelines.errors import CastError
from pipelines.gold.sql import column_of
from pipelines.inference import value_shape


@dataclass(frozen=True)
class CastCount:
    """Casts of the values of one input column: ``nulls`` of ``values`` do not fit ``to_type`` and are read as null."""

    from_type: str
    to_type: str
    values: int
    nulls: int
    shape: str | None = None
    """The shape of a value that does not fit."""


Counts = Mapping[str, CastCount]
"""By ``input.column``."""


@dataclass(frozen=True)
class CastInput:
    """An input to count in: its table, and the versions ``first`` to ``last`` that came since it was counted."""

    table: str
    first: int
    last: int


def count_casts(
    spark: SparkSession,
    model: GoldModel,
    inputs: Mapping[str, CastInput],
    before: Counts | None = None,
) -> dict[str, CastCount]:
    """Count the values of each input that do not fit: in whole tables, or from ``before`` on by what changed since."""
    frames, bodies = Frames(spark), []
    counted: dict[str, CastCount] = {}
    for input_ in model.inputs:
        source = inputs.get(input_.name)
        casts = (
            [] if source is None else _casts_that_can_fail(spark, input_, spark.table(source.table).schema)
        )
        if source is None or not casts:
            continue
        known = {} if before is None else {c.name: before[c.name] for c in casts if c.name in before}
        if len(known) < len(casts):
            counted.update({c.name: CastCount(c.from_type, c.to_type, 0, 0) for c in casts})
            bodies.append(_body(casts, frames.add(spark.table(source.table)), "1L"))
            continue
        counted.update(known)
        if source.last >= source.first:
            feed = delta.changes(spark, source.table, source.first, source.last)
            sign = f"if({delta.CHANGE_TYPE} IN ('insert', 'update_postimage'), 1L, -1L)"
            bodies.append(_body(casts, frames.add(feed), sign))
    return _run(frames, bodies, counted)


def count_casts_in(spark: SparkSession, inputs: Iterable[GoldInput], rows: DataFrame) -> dict[str, CastCount]:
    """Count the values of ``rows`` that do not fit what each of ``inputs`` asks of them."""
    frames, bodies = Frames(spark), []
    counted: dict[str, CastCount] = {}
    for input_ in inputs:
        casts = _casts_that_can_fail(spark, input_, rows.schema)
        if casts:
            counted.update({c.name: CastCount(c.from_type, c.to_type, 0, 0) for c in casts})
            bodies.append(_body(casts, frames.add(rows), "1L"))
    return _run(frames, bodies, counted)


def _run(frames: Frames, bodies: Sequence[str], counted: dict[str, CastCount]) -> dict[str, CastCount]:
    for row in frames.sql(" UNION ALL ".join(bodies)).collect() if bodies else ():
        for name, values, nulls, example in zip(row["n"], row["v"], row["m"], row["e"], strict=True):
            counted[name] = _plus(counted[name], values, nulls, example)
    return counted


def check_casts(model: GoldModel, counts: Counts) -> None:
    """Raise :class:`CastError` for columns of which no value fits, unless the model allows their nulls."""
    broken = {
        name: asdict(count)
        for name, count in counts.items()
        if 0 < count.values <= count.nulls and name not in model.allow_nulls
    }
    if broken:
        raise CastError(model.name, broken)


def to_details(counts: Counts) -> dict[str, dict[str, Any]]:
    """The counts as JSON can keep them."""
    return {name: asdict(count) for name, count in counts.items()}


def from_details(details: Mapping[str, Mapping[str, Any]]) -> dict[str, CastCount]:
    """The counts that :func:`to_details` kept."""
    return {name: CastCount(**count) for name, count in details.items()}


def not_fitting(counts: Counts) -> dict[str, dict[str, Any]]:
    """The columns in which some value does not fit, as log and summary say it."""
    return {name: asdict(count) for name, count in sorted(counts.items()) if count.nulls > 0}


def _plus(count: CastCount, values: int, nulls: int, example: str | None) -> CastCount:
    shape = count.shape if example is None else value_shape(example)
    # Rows that went are counted off: what a run that was killed saw twice must not make a count of less than nothing.
    return CastCount(
        count.from_type, count.to_type, max(count.values + values, 0), max(count.nulls + nulls, 0), shape
    )


@dataclass(frozen=True)
class _Cast:
    name: str
    """``input.column``"""
    column: str
    from_type: str
    to_type: str

    @property
    def fails(self) -> str:
        """SQL: the value does not fit."""
        return f"({self.column} IS NOT NULL AND try_cast({self.column} AS {self.to_type}) IS NULL)"


def _body(casts: Sequence[_Cast], rows: str, weight: str) -> str:
    """One row with an array for each count, in the order of ``casts``. ``weight`` is SQL: 1, or -1 for a row that went."""

    def array(expressions: Iterable[str]) -> str:
        return f"array({', '.join(expressions)})"

    def total(condition: str) -> str:
        return f"coalesce(sum(if({condition}, {weight}, 0L)), 0L)"

    names = array(literal(cast.name) for cast in casts)
    values = array(total(f"{cast.column} IS NOT NULL") for cast in casts)
    nulls = array(total(cast.fails) for cast in casts)
    examples = array(
        f"min(if({cast.fails} AND {weight} > 0, CAST({cast.column} AS string), NULL))" for cast in casts
    )
    return f"SELECT {names} AS n, {values} AS v, {nulls} AS m, {examples} AS e FROM {rows}"


def _casts_that_can_fail(spark: SparkSession, input_: GoldInput, schema: T.StructType) -> list[_Cast]:
    """The needed columns that the input has in a type of which not every value fits."""
    has = {field.name: field.dataType for field in schema.fields}
    found = [(name, type_, column_of(input_, name, has)) for name, type_ in input_.columns]
    present = [(name, type_, column) for name, type_, column in found if column is not None]
    if not present:
        return []
    wanted = spark.sql(
        "SELECT " + ", ".join(f"CAST(NULL AS {type_})" for _, type_, _ in present)
    ).schema.fields
    return [
        _Cast(f"{input_.name}.{name}", quote(column), has[column].simpleString(), type_)
        for (name, type_, column), field in zip(present, wanted, strict=True)
        if can_fail(has[column], field.dataType)
    ]


_DIGITS: Mapping[type[T.DataType], int] = {T.ByteType: 3, T.ShortType: 5, T.IntegerType: 10, T.LongType: 19}
_TIMES = (T.DateType, T.TimestampType, T.TimestampNTZType)


def can_fail(have: T.DataType, want: T.DataType) -> bool:
    """Tell whether some value of type ``have`` becomes null when it is cast to ``want``."""
    if have == want or isinstance(want, T.StringType):
        return False
    if isinstance(have, (T.NumericType, T.BooleanType)) and isinstance(
        want, (T.FloatType, T.DoubleType, T.BooleanType)
    ):
        return False
    if isinstance(have, _TIMES) and isinstance(want, _TIMES):
        return False
    whole = _whole_digits(have)
    if whole is not None and isinstance(want, T.DecimalType):
        # Rounded to fewer digits after the point, a number may need one more before it.
        rounded = isinstance(have, T.DecimalType) and have.scale > want.scale
        return want.precision - want.scale < whole + rounded
    if type(have) in _DIGITS and type(want) in _DIGITS:
        return _DIGITS[type(have)] > _DIGITS[type(want)]
    return True


def _whole_digits(type_: T.DataType) -> int | None:
    if isinstance(type_, T.DecimalType):
        return type_.precision - type_.scale
    return _DIGITS.get(type(type_))
