"""Values of an input that do not fit the type that a model needs: the model reads them as null, so they are counted.

Only columns whose cast can fail are counted at all: where silver has the needed type, or one that always fits it, nothing
is asked. A full refresh counts in the whole input, which it reads anyway; an incremental one adds what the changed rows
brought and takes off what they took away.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from pipelines import delta
from pipelines.config.document import GoldInput, GoldModel
from pipelines.delta.frames import Frames
from pipelines.delta.sql import quote
from pipelines.errors import CastError
from pipelines.gold.nested import as_text, field_of, misfit_sql, parse_type
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


class CountedCasts:
    """Cache of the counts in the inputs of models: those that read the same rows of a table ask for them once.

    Safe to use from several threads: who asks for a table that is just being counted waits for it.
    """

    def __init__(self) -> None:
        self._inputs: dict[str, CastInput] = {}
        self._counts: dict[str, dict[tuple[str, str], _Count]] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @contextmanager
    def held(self, tables: Iterable[str]) -> Iterator[None]:
        """Keep the counts in ``tables`` for this thread."""
        with ExitStack() as stack:
            for table in sorted(set(tables)):
                stack.enter_context(self._locks[table])
            yield

    def of(self, input_: CastInput) -> dict[tuple[str, str], _Count]:
        """Return the counts in these rows so far, by column and needed type. Those in older rows of the table go."""
        if self._inputs.get(input_.table) != input_:
            self._inputs[input_.table], self._counts[input_.table] = input_, {}
        return self._counts[input_.table]


def count_casts(
    spark: SparkSession,
    model: GoldModel,
    inputs: Mapping[str, CastInput],
    before: Counts | None = None,
    counted: CountedCasts | None = None,
    readers: Iterable[GoldModel] = (),
) -> dict[str, CastCount]:
    """Count the values of each input that do not fit: in whole tables, or from ``before`` on by what changed since.

    Args:
        counted: What other models have counted; keeps what is counted here.
        readers: Models that may ask ``counted`` for the same inputs: their columns are counted along.
    """
    counted = counted or CountedCasts()
    found: dict[str, CastCount] = {}
    parts: list[tuple[_Cast, CastInput]] = []
    with counted.held(input_.table for input_ in inputs.values()):
        frames, bodies = Frames(spark), []
        asked: list[tuple[CastInput, list[_Cast]]] = []
        for needed in model.inputs:
            input_ = inputs.get(needed.name)
            if input_ is None:
                continue
            table = spark.table(input_.table)
            every = _casts_that_can_fail(spark, _with_columns_of(needed, readers), table.schema)
            casts = [cast for cast in every if (cast.name, cast.to_type) in needed.columns]
            start = {c.full_name: CastCount(c.from_type, c.to_type, 0, 0) for c in casts}
            known = {} if before is None else {name: before[name] for name in start if name in before}
            whole = len(known) < len(casts)
            found.update(start if whole else known)
            if not casts or (not whole and input_.last < input_.first):
                continue
            input_ = replace(input_, first=0) if whole else input_  # all versions are what the table is
            parts += [(cast, input_) for cast in casts]
            if all(cast.key in counted.of(input_) for cast in casts):
                continue
            asked.append((input_, every))
            rows = table if whole else delta.changes(spark, input_.table, input_.first, input_.last)
            sign = "1L" if whole else f"if({delta.CHANGE_TYPE} IN ('insert', 'update_postimage'), 1L, -1L)"
            bodies.append(_body(every, frames.add(rows), sign))
        for (input_, casts), counts in zip(asked, _run(frames, bodies), strict=True):
            counted.of(input_).update({c.key: count for c, count in zip(casts, counts, strict=True)})
        for cast, input_ in parts:
            found[cast.full_name] = _plus(found[cast.full_name], *counted.of(input_)[cast.key])
    return found


def _with_columns_of(needed: GoldInput, readers: Iterable[GoldModel]) -> GoldInput:
    """The input with the columns that any of its readers needs."""
    columns = dict.fromkeys(needed.columns)
    for model in readers:
        for input_ in model.inputs:
            if input_.name == needed.name:
                columns.update(dict.fromkeys(input_.columns))
    return replace(needed, columns=tuple(columns))


def count_casts_in(spark: SparkSession, inputs: Iterable[GoldInput], rows: DataFrame) -> dict[str, CastCount]:
    """Count the values of ``rows`` that do not fit what each of ``inputs`` asks of them."""
    frames = Frames(spark)
    asked = [casts for input_ in inputs if (casts := _casts_that_can_fail(spark, input_, rows.schema))]
    found = {c.full_name: CastCount(c.from_type, c.to_type, 0, 0) for casts in asked for c in casts}
    counts = _run(frames, [_body(casts, frames.add(rows), "1L") for casts in asked])
    for casts, row in zip(asked, counts, strict=True):
        for cast, count in zip(casts, row, strict=True):
            found[cast.full_name] = _plus(found[cast.full_name], *count)
    return found


#: Values, those of them that do not fit, and one of these.
_Count = tuple[int, int, str | None]


def _run(frames: Frames, bodies: Sequence[str]) -> list[list[_Count]]:
    """The counts of each body, in their order and that of its casts."""
    if not bodies:
        return []
    numbered = [f"SELECT {number} AS i, * FROM ({body})" for number, body in enumerate(bodies)]
    rows = sorted(frames.sql(" UNION ALL ".join(numbered)).collect(), key=lambda row: int(row["i"]))
    return [list(zip(row["v"], row["m"], row["e"], strict=True)) for row in rows]


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
    input: str
    name: str
    """The column as the model calls it."""
    column: str
    """The column of the table, quoted."""
    have: T.DataType
    to_type: str

    @property
    def from_type(self) -> str:
        """The type of the table's column, in Spark's words."""
        return self.have.simpleString()

    @property
    def full_name(self) -> str:
        """``input.column``."""
        return f"{self.input}.{self.name}"

    @property
    def key(self) -> tuple[str, str]:
        """Return what is cast to which type, whatever a model calls the column."""
        return self.column, self.to_type

    @property
    def fails(self) -> str:
        """SQL: the value does not fit, or something inside of it does not."""
        return misfit_sql(self.column, self.have, parse_type(self.to_type))

    @property
    def text(self) -> str:
        """SQL: the value as text."""
        return as_text(self.column, self.have)


def _body(casts: Sequence[_Cast], rows: str, weight: str) -> str:
    """One row with an array for each count, in the order of ``casts``. ``weight`` is SQL: 1, or -1 for a row that went."""

    def array(expressions: Iterable[str]) -> str:
        return f"array({', '.join(expressions)})"

    def total(condition: str) -> str:
        return f"coalesce(sum(if({condition}, {weight}, 0L)), 0L)"

    values = array(total(f"{cast.column} IS NOT NULL") for cast in casts)
    nulls = array(total(cast.fails) for cast in casts)
    examples = array(f"min(if({cast.fails} AND {weight} > 0, {cast.text}, NULL))" for cast in casts)
    return f"SELECT {values} AS v, {nulls} AS m, {examples} AS e FROM {rows}"


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
        _Cast(input_.name, name, quote(column), has[column], type_)
        for (name, type_, column), field in zip(present, wanted, strict=True)
        if can_fail(has[column], field.dataType)
    ]


_DIGITS: Mapping[type[T.DataType], int] = {T.ByteType: 3, T.ShortType: 5, T.IntegerType: 10, T.LongType: 19}
_TIMES = (T.DateType, T.TimestampType, T.TimestampNTZType)


def can_fail(have: T.DataType, want: T.DataType) -> bool:
    """Tell whether some value of type ``have`` becomes null when it is cast to ``want``."""
    if have == want or isinstance(want, T.StringType):
        return False
    if isinstance(have, T.StructType) and isinstance(want, T.StructType):
        pairs = [(known, field) for field in want if (known := field_of(have, field.name)) is not None]
        return any(can_fail(known.dataType, field.dataType) for known, field in pairs)
    if isinstance(have, T.StructType) and isinstance(want, T.MapType):
        return any(can_fail(field.dataType, want.valueType) for field in have)
    if isinstance(have, T.ArrayType) and isinstance(want, T.ArrayType):
        return can_fail(have.elementType, want.elementType)
    if isinstance(have, T.MapType) and isinstance(want, T.MapType):
        return can_fail(have.valueType, want.valueType)
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
