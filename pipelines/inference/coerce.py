"""Records -> rows of typed columns, with the faults of each. One `Coercer` per thread; it never raises on data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from . import faults
from .convert import EMPTY, MISFIT, Converter, scalar_converter
from .faults import Fault
from .naming import column_name, fold, nested_name
from .options import TypingOptions
from .profile import Path, path_text
from .sequence import order_test, sequence_converter
from .types import Array, Struct, Type
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


class RowResult(NamedTuple):
    """Result of one record."""

    values: list[object]
    """In plan order, ready for pyarrow: bool, int, float, str, Decimal, date, datetime (in UTC), dict, list, None."""
    field_faults: list[Fault]
    """Fields that were nulled, and counted."""
    row_fault: Fault | None
    """Reason why the whole record must not become a row (misfit under quarantine or fail)."""
    rescued: dict[str, Value] | None
    """Fields for `_rescued_data`; `compact_json` keeps their exact text."""


_NOTHING: Final[tuple[object, ...]] = (None, "", [], {})


class _Problem(NamedTuple):
    code: str
    path: str
    shape: str


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
        self._columns = [(plan.name, self._field_converter(plan), plan) for plan in fields]
        self._planned = frozenset(plan.name for plan in fields)
        # No record has had a number or a time in these yet, or the contract lets them have no column.
        self._unordered = [name for name in self._options.sequence if name not in self._planned]
        self._is_ordered = order_test(self._options)

    def row(self, record: dict[str, Value]) -> RowResult:
        """Convert one record, as `parse_record` gave it."""
        values: list[object] = []
        outcome: _Outcome | None = None
        get, append, problems = record.get, values.append, self._problems
        for name, convert, plan in self._columns:
            value = get(name)
            if value is None:
                append(None)
                continue
            result = convert(value)
            if result is EMPTY or result is MISFIT:
                code = faults.EMPTY_TEXT if result is EMPTY else plan.code
                problems.append(_Problem(code, plan.column, value_shape(value)))
                result = None
            append(result)
            if problems:
                outcome = outcome or _Outcome()
                outcome.take_problems(plan, value, problems)
                problems.clear()
        for name in self._unordered:
            value = get(name)
            if value not in (None, "") and not self._is_ordered(value):
                outcome = outcome or _Outcome()
                outcome.conflict(name, value)
        if self._rescues_unexpected:
            outcome = outcome or _Outcome()
            outcome.rescue_unexpected(record, self._planned)
        if outcome is None:
            return RowResult(values, [], None, None)
        return RowResult(values, outcome.field_faults, outcome.row_fault, outcome.rescued)

    def _field_converter(self, plan: FieldPlan) -> Converter:
        if plan.sequence:
            return sequence_converter(plan.type, self._options, plan.hinted)
        return self._converter(plan.column, (), plan.type, plan.hinted)

    def _converter(self, column: str, path: Path, type_: Type, hinted: bool = False) -> Converter:
        if isinstance(type_, Struct):
            return self._struct_converter(column, path, type_)
        if isinstance(type_, Array):
            return self._array_converter(column, path, type_)
        return scalar_converter(type_, self._options, hinted)

    def _struct_converter(self, column: str, path: Path, type_: Struct) -> Converter:
        fields = {
            name: (
                nested_name(name),
                path_text(column, (*path, name)),
                self._converter(column, (*path, name), inner),
            )
            for name, inner in type_.fields
        }
        blank: dict[str, object] = {nested: None for nested, _, _ in fields.values()}
        path_of_struct = path_text(column, path)

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
                    nested, where, inner_convert = field
                    result[nested] = self._checked(inner_convert(item), where, item)
            return result

        return convert

    def _array_converter(self, column: str, path: Path, type_: Array) -> Converter:
        where = path_text(column, (*path, None))
        inner_convert = self._converter(column, (*path, None), type_.element)

        def convert(value: Value) -> object:
            if type(value) is not list:
                return EMPTY if value == "" else MISFIT
            return [
                None if item is None else self._checked(inner_convert(item), where, item) for item in value
            ]

        return convert

    def _checked(self, result: object, where: str, value: Value) -> object:
        if result is EMPTY or result is MISFIT:
            code = faults.EMPTY_TEXT if result is EMPTY else faults.TYPE_CONFLICT
            self._problems.append(_Problem(code, where, value_shape(value)))
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
            if code == faults.EMPTY_TEXT:
                self.field_faults.append(Fault(code, path, shape))
            elif plan.on_misfit == "rescue" or code == faults.UNEXPECTED_FIELD:
                self._rescue(plan.name, value)
            elif plan.on_misfit == "null":
                self.field_faults.append(Fault(plan.code, path, shape))
            elif self.row_fault is None:
                self.row_fault = Fault(plan.code, path, shape)

    def conflict(self, name: str, value: Value) -> None:
        """A sequence that is neither a number nor a time."""
        if self.row_fault is None:
            self.row_fault = Fault(faults.SEQUENCE_CONFLICT, column_name(name), value_shape(value))

    def rescue_unexpected(self, record: dict[str, Value], planned: frozenset[str]) -> None:
        """Keep the fields that no column takes, unless they say nothing."""
        for name, value in record.items():
            if name not in planned and value not in _NOTHING:
                self._rescue(name, value)

    def _rescue(self, name: str, value: Value) -> None:
        if self.rescued is None:
            self.rescued = {}
        self.rescued[name] = value
