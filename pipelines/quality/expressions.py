"""SQL expressions of config (quality rules, ``deleteWhen``) over frames of data, which they never break.

A name that the frame lacks reads as null, nested ones too. It may be spelled as the source spells it or as silver does.
Where an expression cannot be evaluated since a column became text, it sees the column with the type that it had before,
null where a text is none of that. What cannot be evaluated all the same is told apart by its name.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, StructType

from pipelines.config.user_sql import SqlFault, fault_of
from pipelines.delta.sql import quote
from pipelines.inference import fold, nested_name, original_name, own
from pipelines.quality.sql_names import Path, absent_field, parts_of

# PySpark logs every name that it cannot resolve as an error, also those that are caught and answered below.
logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)

#: Names that a frame lacks, as a tree: a name with what is asked of it.
_Tree = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """Meanings of names besides the columns of a frame."""

    spellings: Mapping[str, str] = field(default_factory=dict)
    """Names of the source, folded, with the columns that hold them."""
    former: Mapping[str, str] = field(default_factory=dict)
    """Columns that became text, with the Spark types that they had before."""


@dataclass
class Trouble:
    """Faults of expressions over some rows; others may show over other rows."""

    cast_back: set[str] = field(default_factory=set)
    """Expressions that need the former types."""
    broken: dict[str, SqlFault] = field(default_factory=dict)
    """Expressions that cannot be evaluated, with the reason."""

    def __len__(self) -> int:
        return len(self.cast_back) + len(self.broken)


@dataclass
class Resolved:
    """Names of some expressions, resolved in a frame."""

    missing: dict[str, list[Path]] = field(default_factory=dict)
    """Per expression: names that the frame lacks, and that read as null."""
    broken: dict[str, SqlFault] = field(default_factory=dict)
    """Expressions that cannot be evaluated over the frame, with the reason."""
    cast_back: dict[str, str] = field(default_factory=dict)
    """Columns that all expressions here see with their former types."""
    _aliases: dict[str, str] = field(default_factory=dict)
    _absent: _Tree = field(default_factory=dict)

    def frame(self, df: DataFrame) -> DataFrame:
        """``df`` with the missing names; columns that had to be filled up stand beside it as they were."""
        columns = [self._filled(df.schema[name].dataType, name, name) for name in df.columns]
        kept = [F.col(quote(name)).alias(_kept(name)) for name in df.columns if name in self._replaced(df)]
        aliases = [
            self._filled(df.schema[column].dataType, column, name) for name, column in self._aliases.items()
        ]
        present = {fold(name) for name in (*df.columns, *self._aliases)}
        absent = [_null(tree).alias(name) for name, tree in self._absent.items() if fold(name) not in present]
        return df.select(*columns, *kept, *aliases, *absent)

    def select(self, df: DataFrame, columns: Mapping[str, Column]) -> DataFrame:
        """``df`` as it is, and the computed ``columns``."""
        replaced = self._replaced(df)
        originals = [
            F.col(quote(_kept(name) if name in replaced else name)).alias(name) for name in df.columns
        ]
        return self.frame(df).select(*originals, *[column.alias(name) for name, column in columns.items()])

    def _replaced(self, df: DataFrame) -> set[str]:
        wanted = {fold(name) for name in self._absent}
        return {name for name in df.columns if fold(name) in wanted or name in self.cast_back}

    def _filled(self, type_: DataType, of: str, name: str) -> Column:
        """The column ``of`` as ``name``, with the names inside of it that are missing."""
        tree = next((tree for absent, tree in self._absent.items() if fold(absent) == fold(name)), None)
        column = F.col(quote(of))
        if of in self.cast_back:
            former = self.cast_back[of]
            type_ = _parse(former)
            column = F.from_json(column, former) if _is_nested(type_) else column.try_cast(former)
        return (column if not tree else _fill(column, type_, tree)).alias(name)


@dataclass
class Evaluation:
    """Expressions, each by the names that it needs."""

    plain: Resolved
    back: Resolved

    @property
    def broken(self) -> dict[str, SqlFault]:
        """Expressions that cannot be evaluated, with the reason."""
        return {**self.plain.broken, **self.back.broken}

    @property
    def missing(self) -> dict[str, list[Path]]:
        """Per expression: names that the frame lacks, and that read as null."""
        return {**self.plain.missing, **self.back.missing}

    def select(self, df: DataFrame, columns: Mapping[str, Column], back: Collection[str]) -> DataFrame:
        """``df`` as it is, and the computed ``columns``; those in ``back`` are of expressions that see former types."""
        plain = {name: column for name, column in columns.items() if name not in back}
        result = self.plain.select(df, plain)
        others = {name: column for name, column in columns.items() if name in back}
        return self.back.select(result, others) if others else result


def evaluate(
    df: DataFrame, expressions: Mapping[str, str], names: Names, trouble: Trouble | None = None
) -> tuple[Evaluation, set[str]]:
    """Find out how ``expressions`` (by name) are evaluated over ``df``; which of them see former types is the second answer.

    Analyses only, runs nothing. ``trouble``: what turned out when they were run.
    """
    trouble = trouble or Trouble()
    plain = resolve(df, {n: sql for n, sql in expressions.items() if n not in trouble.cast_back}, names)
    back = {n for n in expressions if n in trouble.cast_back or (names.former and n in plain.broken)}
    for name in back:
        plain.broken.pop(name, None)
    former = {column: type_ for column, type_ in names.former.items() if column in df.columns}
    resolved = resolve(df, {n: sql for n, sql in expressions.items() if n in back}, names, former)
    resolved.broken.update(trouble.broken)
    return Evaluation(plain, resolved), back


def resolve(
    df: DataFrame,
    expressions: Mapping[str, str],
    names: Names,
    former: Mapping[str, str] | None = None,
) -> Resolved:
    """Find out what the names in ``expressions`` mean in ``df``, its columns with ``former`` types where given."""
    found = Resolved(cast_back=dict(former or {}))
    for name, sql in expressions.items():
        seen: set[Path] = set()
        while True:
            padded = found.frame(df)
            try:
                padded.select(F.expr(sql)).schema  # noqa: B018 - Spark Connect resolves names only when asked for it
                break
            except AnalysisException as error:
                path = _unresolved(error) or absent_field(sql, padded.schema)
                if path is None or path in seen:
                    found.broken[name] = fault_of(error, sql, sql)
                    break
                seen.add(path)
                field = fold(path[0])
                column = names.spellings.get(field) or names.spellings.get(original_name(field))
                if column in df.columns and field not in map(fold, padded.columns):
                    found._aliases[path[0]] = column
                    seen.discard(path)  # what is inside may be missing too
                    continue
                _add(found._absent, path)
                found.missing.setdefault(name, []).append(path)
    return found


def find_trouble(df: DataFrame, expressions: Mapping[str, str], names: Names) -> Trouble:
    """Find the expressions that fail over the rows of ``df`` as they are. A Spark job for each, or two."""
    trouble = Trouble()
    evaluation, back = evaluate(df, expressions, names)
    for name, sql in expressions.items():
        if name in evaluation.broken:
            continue
        reason = None if name in back else _failure(evaluation.plain, df, sql)
        if reason is None and name not in back:
            continue
        again, _ = evaluate(df, {name: sql}, names, Trouble({name}))
        if name in again.broken or not again.back.cast_back:
            trouble.broken[name] = again.broken.get(name) or reason or SqlFault("")
            continue
        reason = _failure(again.back, df, sql)
        if reason is not None:
            trouble.broken[name] = reason
        elif name not in back:
            trouble.cast_back.add(name)
    return trouble


def _failure(resolved: Resolved, df: DataFrame, sql: str) -> SqlFault | None:
    try:
        resolved.frame(df).select(F.count_if(F.expr(sql))).collect()
    except Exception as error:  # classic Spark and Connect raise classes of their own
        return fault_of(error, sql, sql)
    return None


def _unresolved(error: AnalysisException) -> Path | None:
    if "UNRESOLVED_COLUMN" not in str(error):
        return None
    name = (error.getMessageParameters() or {}).get("objectName")
    return parts_of(name) if name else None


def _add(tree: _Tree, path: Iterable[str]) -> None:
    for part in path:
        tree = tree.setdefault(next((name for name in tree if fold(name) == fold(part)), part), {})


def _null(tree: _Tree) -> Column:
    return F.lit(None).cast(_ddl(tree))


def _ddl(tree: _Tree) -> str:
    if not tree:
        return "string"
    return f"struct<{','.join(f'{quote(name)}:{_ddl(inner)}' for name, inner in tree.items())}>"


def _fill(column: Column, type_: DataType, tree: _Tree) -> Column:
    """An object with the fields of ``tree`` that it lacks: null, or those that silver spells otherwise than the source."""
    if not isinstance(type_, StructType):
        return column
    fields = {fold(f.name): f for f in type_.fields}
    # Not by withField, which takes no name with a backquote.
    values = {f.name: column.getField(f.name) for f in type_.fields}
    for name, inner in tree.items():
        known = fields.get(fold(name)) or fields.get(nested_name(name))
        if known is None:
            values[name] = _null(inner)
        elif inner or fold(known.name) != fold(name):
            alias = known.name if fold(known.name) == fold(name) else name
            values[alias] = _fill(column.getField(known.name), known.dataType, inner)
    return F.when(column.isNotNull(), F.struct(*[value.alias(name) for name, value in values.items()]))


def _kept(name: str) -> str:
    return own(f"kept {name}")


def _parse(ddl: str) -> DataType:
    outer = StructType.fromDDL(f"x {ddl}")
    assert isinstance(outer, StructType)
    return outer.fields[0].dataType


def _is_nested(type_: DataType) -> bool:
    return isinstance(type_, StructType | ArrayType)
