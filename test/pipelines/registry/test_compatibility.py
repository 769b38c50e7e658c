"""The compatibility matrix, exhaustively: every mode, every pair of types, last version or all of them."""

import pytest

from pipelines.inference import parse_hint, types
from pipelines.registry import MODES, Field, Schema, check

NAMES = ["boolean", "int", "safe", "bigint", "decimal(38,0)", "decimal(18,2)", "decimal(20,2)", "double", "date", "timestamp",
         "timestamp_millis", "timestamp(rfc2822)", "date(dd.MM.yyyy)", "string", "struct", "array"]  # fmt: skip
TIMES, DAYS = {"timestamp", "timestamp_millis", "timestamp(rfc2822)"}, {"date", "date(dd.MM.yyyy)"}
# who reads whom besides itself: reader -> written
READS = {
    "bigint": {"int", "safe"},
    "safe": {"int", "bigint"},  # one column type; safe is only what the registry remembers beside it
    "decimal(38,0)": {"int", "safe", "bigint"},
    "decimal(18,2)": {"int"},
    "decimal(20,2)": {"int", "decimal(18,2)"},
    "double": {"int", "safe"},
    # a time is one, however the source writes it
    **{name: {*TIMES, *DAYS} if name in TIMES else DAYS for name in (*TIMES, *DAYS)},
}


def type_of(name):
    if name == "safe":
        return types.Bigint(safe=True)
    if name == "struct":
        return types.Struct((("x", types.Double()),))
    if name == "array":
        return types.Array(types.Double())
    return parse_hint(name)


def schema(type_, column="a"):
    return Schema((Field("a", column, type_),))


def readable(reader, written):
    return reader == written or written in READS.get(reader, set())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("before", NAMES)
def test_matrix(mode, before):
    for after in NAMES:
        expected = set()
        if mode.startswith(("backward", "full")) and not readable(after, before):
            expected.add("backward")
        if mode.startswith(("forward", "full")) and not readable(before, after):
            expected.add("forward")
        found = check(mode, [schema(type_of(before))], schema(type_of(after)))
        assert {violation.direction for violation in found} == expected, (before, after)
        # the same inside a struct and an array
        inner = (
            types.Struct((("n", types.Array(type_of(before))),)),
            types.Struct((("n", types.Array(type_of(after))),)),
        )
        nested = check(mode, [schema(inner[0])], schema(inner[1]))
        assert {(v.direction, v.field) for v in nested} == {
            (direction, "a.n[].x" if before == after == "struct" else "a.n[]") for direction in expected
        }


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NAMES)
def test_adding_and_leaving_out_is_compatible_both_ways(mode, name):
    type_ = type_of(name)
    assert check(mode, [Schema()], schema(type_)) == []
    assert check(mode, [schema(type_)], Schema()) == []
    assert check(mode, [schema(types.UNKNOWN)], schema(type_)) == []
    assert check(mode, [], schema(type_)) == []
    wider = types.Struct((("x", types.Double()), ("y", type_)))
    assert check(mode, [schema(types.Struct((("x", types.Double()),)))], schema(wider)) == []


@pytest.mark.parametrize(
    ("mode", "violated"),
    [
        ("none", []),
        ("backward", []),
        ("backward_transitive", [0]),
        ("forward", [1]),
        ("forward_transitive", [0, 1]),
        ("full", [1]),
        ("full_transitive", [0, 1]),
    ],
)
def test_transitive_modes_look_at_every_version(mode, violated):
    # safe bigint -> (bigint) -> double would be the trap: the last version alone reads well
    history = [schema(types.Bigint(safe=False)), schema(types.Int())]
    found = check(mode, history, schema(types.Double()))
    assert sorted({violation.against for violation in found}) == violated


def test_a_violation_says_where_and_what():
    (violation,) = check("backward", [schema(types.Double())], schema(types.String()))
    assert (violation.field, violation.direction) == ("a", "backward")
    assert (violation.from_type, violation.to_type) == (types.Double(), types.String())
