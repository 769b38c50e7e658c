"""Rows that came to the driver, to be used more than once: nothing may be cached in Spark itself."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from pipelines.delta.sql import literal, quote

#: A longer text says too little for what it costs in a statement.
_LONGEST = 200


@dataclass(frozen=True)
class LocalRows:
    """Rows with their schema, since Arrow's own says less (timestamps without a zone)."""

    table: pa.Table
    schema: T.StructType

    @classmethod
    def collect(cls, frame: DataFrame) -> LocalRows:
        """The rows of ``frame``."""
        fields = [T.StructField(field.name, field.dataType) for field in frame.schema.fields]
        return cls(frame.toArrow(), T.StructType(fields))

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self.table.num_rows)

    def frame(self, spark: SparkSession) -> DataFrame:
        """Return the rows in Spark again. In one piece: Spark stops reading at an empty one, as a filter may leave it."""
        return spark.createDataFrame(self.table.combine_chunks(), self.schema)

    def without(self, column: str, value: str) -> LocalRows:
        """All but those that have ``value`` in ``column``."""
        kept = pc.field(column).is_null() | (pc.field(column) != value)
        return LocalRows(self.table.filter(kept), self.schema)

    def where_null(self, column: str) -> LocalRows:
        """Those that have no value in ``column``."""
        return LocalRows(self.table.filter(pc.field(column).is_null()), self.schema)

    def key_ranges(self, columns: Iterable[str]) -> dict[str, str]:
        """For each of ``columns`` a range that its values lie in: ``BETWEEN`` and two SQL literals.

        Whoever looks for these rows in a table by a condition may add it, so that Delta leaves out files (its statistics
        per file say what values they have). A column with nulls, or of a type whose order is not certain, has none.
        The ends of numbers and days are rounded outwards: Spark writes them into the code that it generates, and would
        compile that anew for every other number.
        """
        found = {}
        for name in columns:
            values = self.table.column(name)
            if values.null_count or not len(values) or not _is_ordered(self.schema[name].dataType):
                continue
            low, high = pc.min_max(values).as_py().values()
            first, last = _ends(low, high)
            if first is not None and last is not None:
                found[name] = f"BETWEEN {first} AND {last}"
        return found


def pruning_predicate(alias: str, ranges: Mapping[str, str]) -> str:
    """SQL: the columns of ``alias`` lie within their ``ranges``. Begins with AND, or is empty."""
    return "".join(f" AND {alias}.{quote(name)} {between}" for name, between in ranges.items())


def _is_ordered(type_: T.DataType) -> bool:
    """Tell whether Arrow and Spark order the values of a type alike (a text with a collation of its own has another order)."""
    return type_ == T.StringType() or isinstance(type_, (T.IntegralType, T.DecimalType, T.DateType))


def _ends(low: Any, high: Any) -> tuple[str | None, str | None]:
    """SQL: something not above ``low``, and something not below ``high``."""
    if isinstance(low, dt.date):
        last = monthrange(high.year, high.month)[1]
        return f"DATE'{low.replace(day=1).isoformat()}'", f"DATE'{high.replace(day=last).isoformat()}'"
    if isinstance(low, int):
        # a sixteenth to an eighth of the size of the larger one
        step = 1 << max(abs(low).bit_length() - 4, abs(high).bit_length() - 4, 0)
        return _bigint(low // step * step), _bigint((high // step + 1) * step)
    return _exact(low), _exact(high)


def _bigint(value: int) -> str | None:
    return f"{value}L" if abs(value) < 2**63 else None


def _exact(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return f"{value:f}BD"
    return literal(value) if len(value) <= _LONGEST else None
