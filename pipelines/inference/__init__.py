"""Reading JSON records strictly, and typing them without losing anything. Pure Python, no Spark."""

from . import faults, grammar, kinds, types
from .coerce import Coercer, FieldPlan, OnMisfit, RowOutcome, RowResult, UnexpectedFields
from .convert import scalar_converter
from .faults import CODES, Fault, is_code, rule_code
from .naming import (
    MAX_COLUMN_LENGTH,
    column_among,
    column_name,
    field_of,
    fold,
    nested_name,
    original_name,
    own,
    path_of,
)
from .observe import Observer, observe
from .options import TypingOptions
from .parsing import Limits, parse_record, spellings_of
from .paths import Lift, Path, path_name, setting_steps
from .profile import FieldProfile, Profile, path_text
from .sequence import is_ordered, sequence_profile, sequence_type
from .type_text import (
    HINT_WORDS,
    exact_name,
    from_json,
    parse_hint,
    plain_name,
    spark_ddl,
    to_json,
    type_name,
)
from .types import Type, common_type, storable, without_flags, without_format
from .values import Integer, Number, Real, Record, Value, compact_json, text_shape, value_shape

__all__ = [
    "CODES",
    "HINT_WORDS",
    "MAX_COLUMN_LENGTH",
    "Coercer",
    "Fault",
    "FieldPlan",
    "FieldProfile",
    "Integer",
    "Lift",
    "Limits",
    "Number",
    "Observer",
    "OnMisfit",
    "Path",
    "Profile",
    "Real",
    "Record",
    "RowOutcome",
    "RowResult",
    "Type",
    "TypingOptions",
    "UnexpectedFields",
    "Value",
    "column_among",
    "column_name",
    "common_type",
    "compact_json",
    "exact_name",
    "faults",
    "field_of",
    "fold",
    "from_json",
    "grammar",
    "is_code",
    "is_ordered",
    "kinds",
    "nested_name",
    "observe",
    "original_name",
    "own",
    "parse_hint",
    "parse_record",
    "path_name",
    "path_of",
    "path_text",
    "plain_name",
    "rule_code",
    "scalar_converter",
    "sequence_profile",
    "sequence_type",
    "setting_steps",
    "spark_ddl",
    "spellings_of",
    "storable",
    "text_shape",
    "to_json",
    "type_name",
    "types",
    "value_shape",
    "without_flags",
    "without_format",
]
