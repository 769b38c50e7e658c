"""Registry types as Arrow types: what a Python worker hands back to Spark."""

from __future__ import annotations

import pyarrow as pa

from pipelines.inference import nested_name
from pipelines.inference import types as t


def arrow_type(type_: t.Type) -> pa.DataType:
    """The Arrow type of a column of registry type ``type_``."""
    if isinstance(type_, t.Struct):
        return pa.struct([pa.field(nested_name(name), arrow_type(inner)) for name, inner in type_.fields])
    if isinstance(type_, t.Array):
        return pa.list_(arrow_type(type_.element))
    if isinstance(type_, t.Map):
        return pa.map_(pa.string(), arrow_type(type_.value))
    if isinstance(type_, t.Decimal):
        return pa.decimal128(type_.precision, type_.scale)
    return _SCALARS[type(t.without_format(type_))]


_SCALARS: dict[type, pa.DataType] = {
    t.Boolean: pa.bool_(),
    t.Int: pa.int32(),
    t.Bigint: pa.int64(),
    t.Double: pa.float64(),
    t.Date: pa.date32(),
    t.Timestamp: pa.timestamp("us", tz="UTC"),
    t.String: pa.string(),
}
