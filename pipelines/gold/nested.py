"""Objects, arrays and maps that a model needs: cast field by field, each value safely and by itself.

A field that the input lacks reads as null; a value that does not fit is null and leaves the others alone. An object may be
needed as a map, a text that is JSON as what its JSON is. Fields are found by name, as silver or the source spells it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from pyspark.sql import types as T

from pipelines.delta.sql import literal, quote
from pipelines.gold.python_casts import fits
from pipelines.inference import fold, nested_name, original_name

_NESTED: Final = (T.StructType, T.ArrayType, T.MapType)
#: An object in a text, as it is looked into.
_OPENED: Final = T.MapType(T.StringType(), T.VariantType())
_WORDS: Final[dict[str, T.DataType]] = {
    "string": T.StringType(),
    "boolean": T.BooleanType(),
    "tinyint": T.ByteType(),
    "smallint": T.ShortType(),
    "int": T.IntegerType(),
    "bigint": T.LongType(),
    "float": T.FloatType(),
    "double": T.DoubleType(),
    "date": T.DateType(),
    "timestamp": T.TimestampType(),
    "timestamp_ntz": T.TimestampNTZType(),
    "binary": T.BinaryType(),
}
_TOKEN: Final = re.compile(r"\s*(`(?:[^`]|``)*`|decimal\(\d+,\s*\d+\)|[<>:,]|[^\s<>:,`]+)", re.IGNORECASE)


def is_nested(type_: str) -> bool:
    """Tell whether a type is an object, an array or a map."""
    return type_.lstrip()[:7].lower().startswith(("struct<", "array<", "map<"))


def parse_type(text: str) -> T.DataType:
    """A type in SQL's words, as ``needs`` or Spark itself writes them."""
    tokens = iter(_TOKEN.findall(text))
    return _parse(next(tokens), tokens)


def _parse(word: str, rest: Iterator[str]) -> T.DataType:
    word = word.lower()
    if word == "array":
        next(rest)
        element = _parse(next(rest), rest)
        next(rest)
        return T.ArrayType(element)
    if word == "map":
        next(rest)
        key = _parse(next(rest), rest)
        next(rest)
        value = _parse(next(rest), rest)
        next(rest)
        return T.MapType(key, value)
    if word == "struct":
        fields, token = [], next(rest)
        while token != ">":
            token = next(rest)
            if token == ">":
                break
            name = token[1:-1].replace("``", "`") if token.startswith("`") else token
            next(rest)
            fields.append(T.StructField(name, _parse(next(rest), rest)))
            token = next(rest)
        return T.StructType(fields)
    scale = re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", word)
    return T.DecimalType(int(scale[1]), int(scale[2])) if scale else _WORDS[word]


def ddl(type_: T.DataType) -> str:
    """A type in SQL's words, its names quoted."""
    if isinstance(type_, T.StructType):
        return f"struct<{', '.join(f'{quote(f.name)}: {ddl(f.dataType)}' for f in type_.fields)}>"
    if isinstance(type_, T.ArrayType):
        return f"array<{ddl(type_.elementType)}>"
    if isinstance(type_, T.MapType):
        return f"map<string, {ddl(type_.valueType)}>"
    return type_.simpleString()


def cast_sql(value: str, have: T.DataType, want: T.DataType, depth: int = 0) -> str:
    """SQL: ``value``, which has the type ``have``, as ``want``."""
    if not isinstance(want, _NESTED):
        return _scalar(value, have, want)
    if isinstance(have, T.StringType):
        return cast_sql(_parsed_sql(value), T.VariantType(), want, depth)
    if isinstance(have, T.VariantType):
        value, have = _opened(value, want)
    if isinstance(want, T.StructType) and _is_object(have):
        parts = [f"{literal(f.name)}, {_field(value, have, f, depth)}" for f in want.fields]
        return f"if({value} IS NULL, NULL, named_struct({', '.join(parts)}))"
    if isinstance(want, T.ArrayType) and isinstance(have, T.ArrayType):
        item = f"_e{depth}"
        inner = cast_sql(item, have.elementType, want.elementType, depth + 1)
        return f"transform({value}, {item} -> {inner})"
    if isinstance(want, T.MapType) and isinstance(have, T.MapType):
        key, item = f"_k{depth}", f"_e{depth}"
        inner = cast_sql(item, have.valueType, want.valueType, depth + 1)
        return f"transform_values({value}, ({key}, {item}) -> {inner})"
    if isinstance(want, T.MapType) and isinstance(have, T.StructType):
        parts = [
            f"{literal(original_name(f.name))}, {cast_sql(_inside(value, f), f.dataType, want.valueType, depth)}"
            for f in have.fields
        ]
        # What an object does not have is null in silver: the map has no entry of it.
        entries = f"map_filter(map({', '.join(parts)}), (_k{depth}, _e{depth}) -> _e{depth} IS NOT NULL)"
        return f"if({value} IS NULL, NULL, CAST({entries} AS {ddl(want)}))"
    return f"CAST(NULL AS {ddl(want)})"


def misfit_sql(value: str, have: T.DataType, want: T.DataType, depth: int = 0) -> str:
    """SQL, true or false: something of ``value`` is not null and becomes null as ``want``."""
    if not isinstance(want, _NESTED):
        there = _is_there(value) if isinstance(have, T.VariantType) else f"{value} IS NOT NULL"
        return f"({there} AND {_scalar(value, have, want)} IS NULL)"
    if isinstance(have, T.StringType):
        parsed = _parsed_sql(value)
        return f"({value} IS NOT NULL AND ({parsed} IS NULL OR {misfit_sql(parsed, T.VariantType(), want, depth)}))"
    if isinstance(have, T.VariantType):
        opened, type_ = _opened(value, want)
        return f"({_is_there(value)} AND ({opened} IS NULL OR {misfit_sql(opened, type_, want, depth)}))"
    if isinstance(want, T.StructType) and _is_object(have):
        found = [(_inner_of(value, have, f.name, depth), f) for f in want.fields]
        misfits = [misfit_sql(*inner, f.dataType, depth + 1) for inner, f in found if inner is not None]
        return f"({' OR '.join(misfits)})" if misfits else "false"
    item = f"_e{depth}"
    if isinstance(want, T.ArrayType) and isinstance(have, T.ArrayType):
        inner = misfit_sql(item, have.elementType, want.elementType, depth + 1)
        return f"coalesce(exists({value}, {item} -> {inner}), false)"
    if isinstance(want, T.MapType) and isinstance(have, T.MapType):
        inner = misfit_sql(item, have.valueType, want.valueType, depth + 1)
        return f"coalesce(exists(map_values({value}), {item} -> {inner}), false)"
    if isinstance(want, T.MapType) and isinstance(have, T.StructType):
        misfits = [misfit_sql(_inside(value, f), f.dataType, want.valueType, depth) for f in have.fields]
        return f"({' OR '.join(misfits)})"
    return f"({value} IS NOT NULL)"


def as_text(value: str, have: T.DataType) -> str:
    """SQL: a value as text; objects, arrays and maps as JSON."""
    return f"to_json({value})" if isinstance(have, _NESTED) else f"CAST({value} AS string)"


def nested_fits(value: object, type_: str) -> bool:
    """Tell whether nothing of a value, as silver has it, is lost as ``type_``: :func:`misfit_sql` without Spark."""
    return _fits(value, parse_type(type_))


def _fits(value: object, want: T.DataType) -> bool:
    if value is None:
        return True
    if not isinstance(want, _NESTED):
        nested = isinstance(value, (dict, list))
        return fits(value, want.simpleString()) if not nested else isinstance(want, T.StringType)
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_int=str, parse_float=str)
        except (ValueError, RecursionError):
            return False
        return _fits(value, want) if not isinstance(value, str) else False
    if isinstance(want, T.ArrayType):
        return isinstance(value, list) and all(_fits(item, want.elementType) for item in value)
    if isinstance(value, list) and all(isinstance(item, tuple) for item in value):
        value = dict(value)  # a map, as it is on its way to silver
    if not isinstance(value, dict):
        return False
    if isinstance(want, T.MapType):
        return all(_fits(item, want.valueType) for item in value.values())
    assert isinstance(want, T.StructType)
    found: dict[str, Any] = {fold(name): item for name, item in value.items()}
    return all(
        _fits(found.get(fold(f.name), found.get(nested_name(f.name))), f.dataType) for f in want.fields
    )


def _scalar(value: str, have: T.DataType, want: T.DataType) -> str:
    if isinstance(have, _NESTED):
        return f"to_json({value})" if isinstance(want, T.StringType) else f"CAST(NULL AS {ddl(want)})"
    if isinstance(have, T.VariantType):
        value = f"try_variant_get({value}, '$', 'string')"
        return value if isinstance(want, T.StringType) else f"try_cast({value} AS {ddl(want)})"
    return f"try_cast({value} AS {ddl(want)})"


def _field(value: str, have: T.DataType, want: T.StructField, depth: int) -> str:
    inner = _inner_of(value, have, want.name, depth)
    return (
        f"CAST(NULL AS {ddl(want.dataType)})" if inner is None else cast_sql(*inner, want.dataType, depth + 1)
    )


def _is_object(have: T.DataType) -> bool:
    """Tell whether values of a type are objects: those of silver, or those of a text."""
    return isinstance(have, T.StructType) or have == _OPENED


def _inner_of(value: str, have: T.DataType, name: str, depth: int) -> tuple[str, T.DataType] | None:
    """SQL of the field of an object that a model calls so, and its type; None where there is no such field."""
    if isinstance(have, T.StructType):
        known = field_of(have, name)
        return None if known is None else (_inside(value, known), known.dataType)
    key, item = f"_k{depth}", f"_e{depth}"
    named = f"map_filter({value}, ({key}, {item}) -> lower({key}) = {literal(fold(name))})"
    return f"try_element_at(map_values({named}), 1)", T.VariantType()


def _parsed_sql(text: str) -> str:
    """SQL: the JSON value that a text is as a whole, null where it is none."""
    # By itself, parsing ends behind the first value.
    values = f"try_variant_get(try_parse_json(concat('[', {text}, ']')), '$', 'array<variant>')"
    return f"if(size({values}) = 1, try_element_at({values}, 1), NULL)"


def _opened(value: str, want: T.DataType) -> tuple[str, T.DataType]:
    """SQL of a JSON value as an array, or as an object, null where it is none, and the type that it has then."""
    type_ = T.ArrayType(T.VariantType()) if isinstance(want, T.ArrayType) else _OPENED
    return f"try_variant_get({value}, '$', '{ddl(type_)}')", type_


def _is_there(value: str) -> str:
    return f"{value} IS NOT NULL AND NOT is_variant_null({value})"


def field_of(have: T.StructType, name: str) -> T.StructField | None:
    """The field of an object that a model calls so."""
    fields = {fold(f.name): f for f in have.fields}
    return fields.get(fold(name)) or fields.get(nested_name(name))


def _inside(value: str, field: T.StructField) -> str:
    return f"{value}.{quote(field.name)}"
