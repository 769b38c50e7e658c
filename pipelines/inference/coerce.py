"""Records -> rows of typed columns, with the faults of each. One `Coercer` per thread; it never raises on data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from . import faults
from .columns import FastColumn, fast_column
from .convert import EMPTY, MISFIT, Converter, scalar_converter
from .faults import Fault
from .naming import column_name, fold, nested_name
from .options import TypingOptions
from .paths import Path
from .profile import path_text
from .sequence import conflict, order_test, sequence_reading
from .types import Array, Map, Struct, Type
from .values import Value, value_shape

OnMisfit: TypeAlias = Literal["null", "quarantine", "rescue", "fail"]
UnexpectedFields: TypeAlias = Literal["ignore", "rescue"]


@dataclass(frozen=True)
class FieldPlan:
    """Plan by which one field of the source becomes one silver column."""

    name: str
    """Folded name of the field."""
    column: str
    type: Type
    """A type that a table can hold (`storable`)."""
    on_misfit: OnMisfit = "null"
    code: str = faults.BAD_CAST
    """Fault code of a value that does not fit."""
    hinted: bool = False
    sequence: bool = False
    """True if the field orders the rows of a key: a value that is neither number nor time never fits, unless hinted."""
    on_inner_misfit: OnMisfit = "null"
    """The same of values inside of it that do not fit a hint of their own."""


class RowOutcome(NamedTuple):
    """Faults of one record and its rescued fields, beside its values."""

    field_faults: list[Fault]
    """Fields that were nulled, and counted."""
    row_fault: Fault | None
    """Reason why the whole record must not become a row (misfit under quarantine or fail)."""
    rescued: dict[str, Value] | None
    """Fields for `_rescued_data`; `compact_json` keeps their exact text."""


class RowResult(NamedTuple):
    """Result of one record: its values, and its outcome."""

    values: list[object]
    """In plan order, ready for pyarrow: bool, int, float, str, Decimal, date, datetime (in UTC), dict, list, None."""
    field_faults: list[Fault]
    row_fault: Fault | None
    rescued: dict[str, Value] | None


_NOTHING: Final[tuple[object, ...]] = (None, "", [], {})


class _Problem(NamedTuple):
    code: str
    path: str
    shape: str


class _Column(NamedTuple):
    """One column: its plan, and how its values are converted; all at once where they are in plain form."""

    plan: FieldPlan
    fast: FastColumn | None
    convert: Converter


class _Inner(NamedTuple):
    """Part of a nested column: its path, the code of a value that does not fit, and how its values are converted."""

    where: str
    code: str
    convert: Converter


class Coercer:
    """Applies field plans to records."""

    def __init__(
        self,
        fields: Sequence[FieldPlan],
        options: TypingOptions | None = None,
        unexpected_fields: UnexpectedFields = "ignore",
    ) -> None:
        self._options = options or TypingOptions()
        self._rescues_unexpected = unexpected_fields == "rescue"
        self._problems: list[_Problem] = []  # what nested converters report while one field is converted
        self._columns = [self._column(plan) for plan in fields]
        self._planned = {plan.name: plan.column for plan in fields}
        # No record has had a number or a time in these yet, or the contract lets them have no column.
        self._unordered = [name for name in self._options.sequence if name not in self._planned]
        self._is_ordered = order_test(self._options)
        self._looks_beside = bool(self._unordered or self._rescues_unexpected or self._options.lifts)

    def row(self, record: dict[str, Value]) -> RowResult:
        """Convert one record, as `parse_record` gave it."""
        columns, outcomes = self.rows([record])
        outcome = outcomes.get(0) or RowOutcome([], None, None)
        return RowResult([column[0] for column in columns], *outcome)

    def rows(self, records: Sequence[dict[str, Value]]) -> tuple[list[list[object]], dict[int, RowOutcome]]:
        """Convert records, as `parse_record` gave them: the values of each column, and by the position of a record what
        there is to say of it, if there is anything.
        """
        found: dict[int, _Outcome] = {}
        columns = [
            self._convert_column(column, [record.get(column.plan.name) for record in records], found)
            for column in self._columns
        ]
        if self._looks_beside:
            for at, record in enumerate(records):
                self._look_beside(record, at, found)
        return columns, {at: outcome.freeze() for at, outcome in found.items()}

    def _convert_column(
        self, column: _Column, values: list[Value], found: dict[int, _Outcome]
    ) -> list[object]:
        present: list[Value] = [value for value in values if value is not None] if None in values else values
        if not present:
            return [None] * len(values)
        fast = column.fast(present) if column.fast else None
        if fast is None:
            return self._convert_values(column, values, found)
        if present is values:
            return fast
        following = iter(fast)
        return [None if value is None else next(following) for value in values]

    def _convert_values(
        self, column: _Column, values: list[Value], found: dict[int, _Outcome]
    ) -> list[object]:
        result: list[object] = []
        append, convert, plan, problems = result.append, column.convert, column.plan, self._problems
        for at, value in enumerate(values):
            if value is None:
                append(None)
                continue
            converted = convert(value)
            if converted is EMPTY or converted is MISFIT:
                code = faults.EMPTY_TEXT if converted is EMPTY else plan.code
                problems.append(_Problem(code, plan.column, value_shape(value)))
                converted = None
            append(converted)
            if problems:
                _outcome_at(at, found).take_problems(plan, value, problems)
                problems.clear()
        return result

    def _look_beside(self, record: dict[str, Value], at: int, found: dict[int, _Outcome]) -> None:
        """Fields that have no column, where they matter nevertheless, and paths that end too early."""
        for lifted in self._options.lifts:
            if record.get(lifted.field) is None and (value := lifted.blocked(record)) is not None:
                self._lack(lifted.field, value, _outcome_at(at, found))
        for name in self._unordered:
            value = record.get(name)
            if value not in (None, "") and not self._is_ordered(value):
                _outcome_at(at, found).conflict(name, value)
        if self._rescues_unexpected and not self._planned.keys() >= record.keys():
            for name, value in record.items():
                if name not in self._planned and value not in _NOTHING:
                    _outcome_at(at, found).rescue(name, value)

    def _lack(self, name: str, value: Value, outcome: _Outcome) -> None:
        """A field that is taken out by its path, where the path ends at a value that is no object."""
        column = self._planned.get(name) or column_name(name)
        if name in self._options.sequence:
            outcome.conflict(name, value)
        else:
            outcome.field_faults.append(Fault(faults.TYPE_CONFLICT, column, value_shape(value)))

    def _column(self, plan: FieldPlan) -> _Column:
        options, hinted = self._options, plan.hinted
        if plan.sequence:
            reading = sequence_reading(plan.type, options, hinted)
            if reading is None:
                return _Column(plan, None, conflict)
            options, hinted = reading
            return _Column(
                plan, fast_column(plan.type, options, hinted), scalar_converter(plan.type, options, hinted)
            )
        convert = self._converter(plan, (), plan.type, hinted)
        return _Column(plan, fast_column(plan.type, options, hinted), convert)

    def _converter(self, plan: FieldPlan, path: Path, type_: Type, hinted: bool = False) -> Converter:
        if isinstance(type_, Struct):
            return self._struct_converter(plan, path, type_)
        if isinstance(type_, Array):
            return self._array_converter(plan, path, type_)
        if isinstance(type_, Map):
            return self._map_converter(plan, path, type_)
        return scalar_converter(type_, self._options, hinted)

    def _inner(self, plan: FieldPlan, path: Path, type_: Type, hinted: bool = False) -> _Inner:
        # Of what a hint says is a map, the values are hinted too.
        hints = self._options.inner_types
        own_hint = any((plan.name, *path[:length]) in hints for length in range(1, len(path) + 1))
        code = faults.BAD_CAST if own_hint else faults.TYPE_CONFLICT
        return _Inner(
            path_text(plan.column, path), code, self._converter(plan, path, type_, hinted or own_hint)
        )

    def _struct_converter(self, plan: FieldPlan, path: Path, type_: Struct) -> Converter:
        fields = {
            name: (nested_name(name), self._inner(plan, (*path, name), inner)) for name, inner in type_.fields
        }
        blank: dict[str, object] = {nested: None for nested, _ in fields.values()}
        path_of_struct = path_text(plan.column, path)

        def convert(value: Value) -> object:
            if type(value) is not dict:
                return EMPTY if value == "" else MISFIT
            result = dict(blank)
            for key, item in value.items():
                field = fields.get(key) or fields.get(fold(key))
                if field is None:
                    if self._rescues_unexpected and item not in _NOTHING:
                        inner = f"{path_of_struct}.{nested_name(key)}"
                        self._problems.append(_Problem(faults.UNEXPECTED_FIELD, inner, value_shape(item)))
                elif item is not None:
                    nested, known = field
                    result[nested] = self._checked(known, item)
            return result

        return convert

    def _array_converter(self, plan: FieldPlan, path: Path, type_: Array) -> Converter:
        element = self._inner(plan, (*path, None), type_.element)

        def convert(value: Value) -> object:
            if type(value) is not list:
                return EMPTY if value == "" else MISFIT
            return [None if item is None else self._checked(element, item) for item in value]

        return convert

    def _map_converter(self, plan: FieldPlan, path: Path, type_: Map) -> Converter:
        # Keys are data: no message names one.
        inner = self._inner(plan, (*path, None), type_.value, hinted=True)

        def convert(value: Value) -> object:
            if type(value) is not dict:
                return EMPTY if value == "" else MISFIT
            return [
                (key, None if item is None else self._checked(inner, item)) for key, item in value.items()
            ]

        return convert

    def _checked(self, inner: _Inner, value: Value) -> object:
        result = inner.convert(value)
        if result is EMPTY or result is MISFIT:
            code = faults.EMPTY_TEXT if result is EMPTY else inner.code
            self._problems.append(_Problem(code, inner.where, value_shape(value)))
            return None
        return result


class _Outcome:
    """Gathers the faults of one record."""

    __slots__ = ("field_faults", "rescued", "row_fault")

    def __init__(self) -> None:
        self.field_faults: list[Fault] = []
        self.row_fault: Fault | None = None
        self.rescued: dict[str, Value] | None = None

    def take_problems(self, plan: FieldPlan, value: Value, problems: list[_Problem]) -> None:
        """Decide what the problems of one field mean."""
        for code, path, shape in problems:
            hinted_inside = code == faults.BAD_CAST and path != plan.column and not plan.hinted
            on_misfit = plan.on_inner_misfit if hinted_inside else plan.on_misfit
            if code == faults.EMPTY_TEXT:
                self.field_faults.append(Fault(code, path, shape))
            elif on_misfit == "rescue" or code == faults.UNEXPECTED_FIELD:
                self.rescue(plan.name, value)
            elif on_misfit == "null":
                self.field_faults.append(Fault(code if hinted_inside else plan.code, path, shape))
            elif self.row_fault is None:
                self.row_fault = Fault(code if hinted_inside else plan.code, path, shape)

    def conflict(self, name: str, value: Value) -> None:
        """A sequence that is neither a number nor a time."""
        if self.row_fault is None:
            self.row_fault = Fault(faults.SEQUENCE_CONFLICT, column_name(name), value_shape(value))

    def rescue(self, name: str, value: Value) -> None:
        """Keep a field that has no column, or whose value does not fit."""
        if self.rescued is None:
            self.rescued = {}
        self.rescued[name] = value

    def freeze(self) -> RowOutcome:
        """Return what was gathered."""
        return RowOutcome(self.field_faults, self.row_fault, self.rescued)


def _outcome_at(at: int, found: dict[int, _Outcome]) -> _Outcome:
    outcome = found.get(at)
    if outcome is None:
        outcome = found[at] = _Outcome()
    return outcome
