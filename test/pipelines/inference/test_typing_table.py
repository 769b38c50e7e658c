"""The typing table: one row per case, from raw records to the type of field `a` and the values of its column."""

import datetime as dt
from decimal import Decimal

import pytest

from pipelines.inference import (
    Coercer,
    Fault,
    FieldPlan,
    TypingOptions,
    observe,
    parse_record,
    storable,
    type_name,
)

UTC = dt.timezone.utc
NO_COLUMN = object()
DEEP = '{"a":' * 600 + "1" + "}" * 600
WIDE = "{" + ",".join(f'"k{i}":1' for i in range(5000)) + "}"
HUGE = '{"a":"' + "x" * (50 * 1024 * 1024) + '"}'

REJECTED = [
    ("leading-zero-token", '{"a":007}', "invalid_json"),
    ("NaN", '{"a":NaN}', "invalid_json"),
    ("Infinity", '{"a":Infinity}', "invalid_json"),
    ("minus-Infinity", '{"a":-Infinity}', "invalid_json"),
    ("01", '{"a":01}', "invalid_json"),
    ("trailing-comma", '{"a":1,}', "invalid_json"),
    ("single-quotes", "{'a':1}", "invalid_json"),
    ("byte-order-mark", '\ufeff{"a":1}', "invalid_json"),
    ("byte-order-mark-inside", '{\ufeff"a":1}', "invalid_json"),
    ("truncated", '{"a":1', "invalid_json"),
    ("blank", "  ", "invalid_json"),
    ("escaped-lone-surrogate", r'{"a":"\ud800"}', "invalid_json"),
    ("escaped-lone-surrogate-in-key", r'{"\udc00":1}', "invalid_json"),
    ("lone-surrogate", '{"a":"\ud800"}', "invalid_json"),
    ("control-character", '{"a":"x\ny"}', "invalid_json"),
    ("plus-sign", '{"a":+1}', "invalid_json"),
    ("bare-point", '{"a":1.}', "invalid_json"),
    ("arabic-digits", '{"a":١٢}', "invalid_json"),
    ("junk-behind", '{"a":1} junk', "invalid_json"),
    ("two-records", '{"a":1}{"a":2}', "invalid_json"),
    ("duplicate-key", '{"a":1,"a":2}', "duplicate_key"),
    ("duplicate-key-nested", '{"a":{"b":1,"b":2}}', "duplicate_key"),
    ("scalar", "1", "not_an_object"),
    ("text", '"a"', "not_an_object"),
    ("null", "null", "not_an_object"),
    ("array", '[{"a":1}]', "not_an_object"),
    ("1E400", '{"a":1E400}', "non_finite"),
    ("minus-1e999-nested", '{"a":[{"b":-1e999}]}', "non_finite"),
    ("names-collide", '{"A":1,"a":2}', "name_collision"),
    ("names-collide-nested", '{"a":{"É":1,"é":2}}', "name_collision"),
    ("600-levels", DEEP, "too_deep"),
    ("100000-levels", "[" * 100_000 + "]" * 100_000, "too_deep"),
    ("5000-keys", WIDE, "too_wide"),
    ("50-MB", HUGE, "too_large"),
]


@pytest.mark.parametrize(("raw", "code"), [pytest.param(raw, code, id=name) for name, raw, code in REJECTED])
def test_rejected_records(raw, code):
    fault = parse_record(raw)
    assert isinstance(fault, Fault)
    assert fault.code == code
    assert len(fault.shape) <= 41


def ts(*parts):
    return dt.datetime(*parts, tzinfo=UTC)


INFER = TypingOptions()
KEEP = TypingOptions(quoted="keep")
COMMA = TypingOptions(decimal_separator=",")


def hint(text, **options):
    return TypingOptions(hints={"a": text}, **options)


# id, values of field `a` as JSON, type, column values (or NO_COLUMN), options
TYPED = [
    ("identifier-007", ['"007"'], "string", ["007"], INFER),
    ("integer", ["1", "-0"], "bigint safe", [1, 0], INFER),
    ("1e5", ["1e5"], "double", [100000.0], INFER),
    ("fractions", ["0.1", "1.10", "39.99"], "double", [0.1, 1.1, 39.99], INFER),
    ("fraction-too-long", ["0.30000000000000000001"], "string", ["0.30000000000000000001"], INFER),
    ("underflow", ["1e-400"], "string", ["1e-400"], INFER),
    ("quoted-1E400", ['"1E400"'], "string", ["1E400"], INFER),
    ("quoted-NaN", ['"NaN"', '"inf"'], "string", ["NaN", "inf"], INFER),
    ("2^53", ["9007199254740992", "0.5"], "double", [9007199254740992.0, 0.5], INFER),
    ("2^53+1", ["9007199254740993"], "bigint", [9007199254740993], INFER),
    ("2^53+1-with-0.5", ["9007199254740993", "0.5"], "string", ["9007199254740993", "0.5"], INFER),
    ("safe-with-0.5", ["1", "0.5"], "double", [1.0, 0.5], INFER),
    ("2^63-1", ["9223372036854775807"], "bigint", [9223372036854775807], INFER),
    ("2^63", ["9223372036854775808", "1"], "decimal(38,0)", [Decimal("9223372036854775808"), Decimal(1)], INFER),
    ("minus-2^63", ["-9223372036854775808"], "bigint", [-9223372036854775808], INFER),
    ("2^64", ["18446744073709551616"], "decimal(38,0)", [Decimal("18446744073709551616")], INFER),
    ("2^64-with-0.5", ["18446744073709551616", "0.5"], "string", ["18446744073709551616", "0.5"], INFER),
    ("38-digits", ["9" * 38], "decimal(38,0)", [Decimal("9" * 38)], INFER),
    ("39-digits", ["9" * 39], "string", ["9" * 39], INFER),
    ("5000-digits", ["9" * 5000], "string", ["9" * 5000], INFER),
    ("money", ["1.10", "5", '"2.5"', "1.105"], "decimal(18,2)", [Decimal("1.10"), Decimal("5.00"), Decimal("2.50"), None], hint("decimal(18,2)")),
    ("true", ["true", "false"], "boolean", [True, False], INFER),
    ("true-and-quoted", ["true", '"false"'], "boolean", [True, False], INFER),
    ("true-and-quoted-keep", ["true", '"false"'], "string", ["true", "false"], KEEP),
    ("quoted-1", ['"1"', '"t"'], "string", ["1", "t"], INFER),
    ("never-boolean", ['"t"', '"y"', '"yes"', '"True"', '"TRUE"'], "string", ["t", "y", "yes", "True", "TRUE"], INFER),
    ("true-and-1", ["true", "1"], "string", ["true", "1"], INFER),
    ("1-and-text", ["1", '"a"'], "string", ["1", "a"], INFER),
    ("1.10-and-text", ["1.10", '"a"'], "string", ["1.10", "a"], INFER),
    ("quoted-number", ['"12"', "3"], "bigint", [12, 3], INFER),
    ("quoted-2^63", ['"9223372036854775808"'], "decimal(38,0)", [Decimal("9223372036854775808")], INFER),
    ("quoted-versions", ['"3.1"', '"3.9"', '"3.10"'], "string", ["3.1", "3.9", "3.10"], INFER),
    ("quoted-codes", ['"250.00"', '"250.0"'], "string", ["250.00", "250.0"], INFER),
    ("quoted-money", ['"19.90"', '"5.00"'], "decimal(18,2)", [Decimal("19.90"), Decimal("5.00")], INFER),
    ("quoted-instant", ['"1712756700.123400"'], "decimal(18,6)", [Decimal("1712756700.123400")], INFER),
    ("quoted-instants", ['"1712756700.123400"', '"1712756700.1234"'], "string", ["1712756700.123400", "1712756700.1234"], INFER),
    ("quoted-integer-and-money", ['"5"', '"5.00"'], "string", ["5", "5.00"], INFER),
    ("bare-integer-and-money", ["5", '"5.50"'], "decimal(18,2)", [Decimal("5.00"), Decimal("5.50")], INFER),
    ("bare-integer-and-five-digits", ["5", '"5.50000"'], "decimal(38,5)", [Decimal("5.00000"), Decimal("5.50000")], INFER),
    ("bare-fraction-and-money", ["0.1", '"19.90"'], "string", ["0.1", "19.90"], INFER),
    ("bare-fraction-and-quoted-integer", ["0.5", '"5"'], "string", ["0.5", "5"], INFER),
    ("bare-big-integer-and-money", ["9007199254740993", '"19.90"'], "string", ["9007199254740993", "19.90"], INFER),
    ("quoted-exponents", ['"12E4"', '"1e5"'], "string", ["12E4", "1e5"], INFER),
    ("quoted-exponent-of-fraction", ['"1.5e3"'], "string", ["1.5e3"], INFER),
    ("quoted-minus-zero", ['"-0"', '"1"'], "string", ["-0", "1"], INFER),
    ("quoted-minus-zero-fraction", ['"-0.00"', '"1.00"'], "string", ["-0.00", "1.00"], INFER),
    ("quoted-minus", ['"-5"', '"-12"'], "bigint", [-5, -12], INFER),
    ("quoted-minus-money", ['"-5.00"', '"0.50"'], "decimal(18,2)", [Decimal("-5.00"), Decimal("0.50")], INFER),
    ("quoted-plus", ['"+5"', '"5"'], "string", ["+5", "5"], INFER),
    ("quoted-leading-zero", ['"00.50"', '"1.50"'], "string", ["00.50", "1.50"], INFER),
    ("quoted-18-digits", ['"1234567890123456.78"'], "decimal(18,2)", [Decimal("1234567890123456.78")], INFER),
    ("quoted-19-digits", ['"12345678901234567.89"', '"1.00"'], "decimal(38,2)", [Decimal("12345678901234567.89"), Decimal("1.00")], INFER),
    ("quoted-38-digits", ['"0.' + "1" * 37 + '"'], "decimal(38,37)", [Decimal("0." + "1" * 37)], INFER),
    ("quoted-39-digits", ['"10.' + "1" * 37 + '"'], "string", ["10." + "1" * 37], INFER),
    ("quoted-money-and-empty", ['""', '"5.00"'], "decimal(18,2)", [None, Decimal("5.00")], INFER),
    ("quoted-money-and-true", ['"5.00"', "true"], "string", ["5.00", "true"], INFER),
    ("quoted-money-and-day", ['"5.00"', '"2024-02-29"'], "string", ["5.00", "2024-02-29"], INFER),
    ("quoted-money-keep", ['"5.00"', '"19.90"'], "string", ["5.00", "19.90"], KEEP),
    ("quoted-money-hint", ['"5"', '"19.9"', '"1e1"'], "decimal(18,2)", [Decimal("5.00"), Decimal("19.90"), Decimal("10.00")], hint("decimal(18,2)")),
    ("quoted-double-hint", ['"5"', '"19.9"', '"1e1"'], "double", [5.0, 19.9, 10.0], hint("double")),
    ("quoted-money-in-arrays", ['["5.00","19.90"]', "[1]"], '{"array":"decimal(18,2)"}', [[Decimal("5.00"), Decimal("19.90")], [Decimal("1.00")]], INFER),
    ("quoted-versions-in-arrays", ['["3.1","3.10"]'], '{"array":"string"}', [["3.1", "3.10"]], INFER),
    ("quoted-money-in-objects", ['{"b":"5.00"}', '{"b":"19.90"}'], '{"struct":{"b":"decimal(18,2)"}}', [{"b": Decimal("5.00")}, {"b": Decimal("19.90")}], INFER),
    ("quoted-number-keep", ['"12"', '"13"'], "string", ["12", "13"], KEEP),
    ("quoted-fraction", ['"1.50"'], "decimal(18,2)", [Decimal("1.50")], INFER),
    ("empty-and-text", ['""', '"x"'], "string", ["", "x"], INFER),
    ("empty-and-number", ['""', "1"], "bigint safe", [None, 1], INFER),
    ("empty-and-number-keep", ['""', "1"], "bigint safe", [None, 1], KEEP),
    ("empty-and-date", ['""', '"2024-02-29"'], "date", [None, dt.date(2024, 2, 29)], INFER),
    ("only-empty", ['""'], "unknown empty", NO_COLUMN, INFER),
    ("only-null", ["null", "null"], "unknown", NO_COLUMN, INFER),
    ("null-and-number", ["null", "1"], "bigint safe", [None, 1], INFER),
    ("date", ['"2024-02-29"'], "date", [dt.date(2024, 2, 29)], INFER),
    ("date-keep", ['"2024-02-29"'], "date", [dt.date(2024, 2, 29)], KEEP),
    ("epoch-day-zero-pad", ['"0001-01-01"'], "date", [dt.date(1, 1, 1)], INFER),
    ("2024-as-number", ['"2024"'], "bigint", [2024], INFER),
    ("20240229-as-number", ['"20240229"'], "bigint", [20240229], INFER),
    ("12345-as-number", ['"12345"'], "bigint", [12345], INFER),
    ("timestamp", ['"2024-04-10T13:45:00"'], "timestamp naive", [ts(2024, 4, 10, 13, 45)], INFER),
    ("timestamp-blank", ['"2024-04-10 13:45:00"'], "timestamp naive", [ts(2024, 4, 10, 13, 45)], INFER),
    ("timestamp-Z", ['"2024-04-10T13:45:00Z"'], "timestamp zoned", [ts(2024, 4, 10, 13, 45)], INFER),
    ("timestamp-offset", ['"2024-04-10T13:45:00+05:30"'], "timestamp zoned", [ts(2024, 4, 10, 8, 15)], INFER),
    ("timestamp-millis", ['"2024-04-10T13:45:00.1"'], "timestamp naive", [ts(2024, 4, 10, 13, 45, 0, 100000)], INFER),
    ("timestamp-nanos", ['"2024-04-10T13:45:00.123456789Z"'], "timestamp zoned", [ts(2024, 4, 10, 13, 45, 0, 123456)], INFER),
    ("zoned-and-naive", ['"2024-04-10T13:45:00"', '"2024-04-10T13:45:00Z"'], "timestamp zoned naive", [ts(2024, 4, 10, 13, 45)] * 2, INFER),
    ("date-and-timestamp", ['"2024-04-10"', '"2024-04-10T13:45:00"'], "timestamp naive", [ts(2024, 4, 10), ts(2024, 4, 10, 13, 45)], INFER),
    ("epoch-millis", ["1712756700123"], "bigint safe", [1712756700123], INFER),
    ("epoch-millis-hint", ["1712756700123", '"1712756700123"'], "timestamp_millis", [ts(2024, 4, 10, 13, 45, 0, 123000)] * 2, hint("timestamp_millis")),
    ("epoch-seconds-hint", ["1712756700", "1712756700.5"], "timestamp_seconds", [ts(2024, 4, 10, 13, 45), ts(2024, 4, 10, 13, 45, 0, 500000)], hint("timestamp_seconds")),
    ("us-format", ['"04/10/2024 01:45:00 PM"', '"10/04/2024 13:45:00"', '""'], "timestamp(MM/dd/yyyy hh:mm:ss a)", [ts(2024, 4, 10, 13, 45), None, None], hint("timestamp(MM/dd/yyyy hh:mm:ss a)")),
    ("day-format", ['"29.02.2024"', '"31.02.2024"', '"2024-02-29"'], "date(dd.MM.yyyy)", [dt.date(2024, 2, 29), None, None], hint("date(dd.MM.yyyy)")),
    ("optional-parts", ['"2024-04-10 13:45"', '"2024-04-10 13:45:01.5"'], "timestamp(yyyy-MM-dd HH:mm[:ss][.S])", [ts(2024, 4, 10, 13, 45), ts(2024, 4, 10, 13, 45, 1, 500000)], hint("timestamp(yyyy-MM-dd HH:mm[:ss][.S])")),
    ("rfc2822", ['"Wed, 10 Apr 2024 15:45:00 +0200"', '"Thu, 10 Apr 2024 13:45:00 GMT"', '"10 Apr 2024 13:45 GMT"'], "timestamp(rfc2822)", [ts(2024, 4, 10, 13, 45), None, ts(2024, 4, 10, 13, 45)], hint("timestamp(rfc2822)")),
    ("dotnet", ['"/Date(1712756700000)/"', '"/Date(1712756700000+0200)/"', '"/Date(x)/"'], "timestamp(dotnet)", [ts(2024, 4, 10, 13, 45)] * 2 + [None], hint("timestamp(dotnet)")),
    ("format-and-offset-beyond", ['"2024-04-10T13:45+1801"', '"2024-04-10T13:45-1800"'], "timestamp(yyyy-MM-dd'T'HH:mmXX)", [None, ts(2024, 4, 11, 7, 45)], hint("timestamp(yyyy-MM-dd'T'HH:mmXX)")),
    ("format-of-digits", ["20240410", '"20240410"', "20240431", "2024.410", "[20240410]"], "date(yyyyMMdd)", [dt.date(2024, 4, 10)] * 2 + [None] * 3, hint("date(yyyyMMdd)")),
    ("format-of-a-real", ["20240410134500.5"], "timestamp(yyyyMMddHHmmss.S)", [ts(2024, 4, 10, 13, 45, 0, 500000)], hint("timestamp(yyyyMMddHHmmss.S)")),
    ("one-reading-or-none", ['"1112024"', '"1012024"', '"31122024"', '"0112024"'], "date(dMyyyy)", [None, None, dt.date(2024, 12, 31), dt.date(2024, 1, 1)], hint("date(dMyyyy)")),
    ("which-is-left-out", ['"2024041013"', '"202404101345"', '"2024041059"'], "timestamp(yyyyMMdd[HH][mm])", [None, ts(2024, 4, 10, 13, 45), ts(2024, 4, 10, 0, 59)], hint("timestamp(yyyyMMdd[HH][mm])")),
    ("half-day-in-brackets", ['"2024-04-10"', '"2024-04-10 1 PM"', '"2024-04-10 1"'], "timestamp(yyyy-MM-dd[ h a])", [ts(2024, 4, 10), ts(2024, 4, 10, 13), None], hint("timestamp(yyyy-MM-dd[ h a])")),
    ("iso-half-an-offset", ['"2024-04-10T13:45:00+02:"', '"20240410T1345+02:"'], "timestamp", [None, None], hint("timestamp")),
    ("iso-variants-hint", ['"2024-04-10T13:45Z"', '"20240410T134500Z"', '"2024-04-10 13:45:00 UTC"', '"2024-04-10t13:45:00,000z"', '"2024-04-10T15:45:00+02"', '"2024-04-10T13:45.5Z"'], "timestamp", [ts(2024, 4, 10, 13, 45)] * 5 + [None], hint("timestamp")),
    ("iso-variants", ['"2024-04-10T13:45Z"'], "string", ["2024-04-10T13:45Z"], INFER),
    ("epoch-out-of-range", ["9" * 30], "timestamp_millis", [None], hint("timestamp_millis")),
    ("thousands-and-comma", ['"1,234.56"', '"39,99"'], "string", ["1,234.56", "39,99"], INFER),
    ("decimal-comma", ['"39,99"', '"1.234,56"', "0.5"], "double", [39.99, 1234.56, 0.5], COMMA),
    ("decimal-comma-no-point", ['"1.10"'], "string", ["1.10"], COMMA),
    ("decimal-comma-hint", ['"39,99"'], "decimal(18,2)", [Decimal("39.99")], hint("decimal(18,2)", decimal_separator=",", quoted="keep")),
    ("int-hint", ["1", "2147483648", '"7"'], "int", [1, None, 7], hint("int")),
    ("double-hint-rounds", ["9007199254740993", "0.30000000000000000001"], "double", [9007199254740992.0, 0.3], hint("double")),
    ("string-hint", ["1.10", "true", '{"B":1.0}'], "string", ["1.10", "true", '{"B":1.0}'], hint("string")),
    ("json-hint", ['{"b": 1.10, "a":[ "\\u00e9" ]}', '"text"', "[1E300]", "12345678901234567890", "true"], "json", ['{"b":1.10,"a":["é"]}', '"text"', "[1E300]", "12345678901234567890", "true"], hint("json")),
    ("map-hint", ['{"B":1,"c":"2","d":null}', "{}", '""', "[]", "7"], '{"map":"bigint"}', [[("B", 1), ("c", 2), ("d", None)], [], None, None, None], hint("map<string, bigint>")),
    ("map-of-maps", ['{"a":{"x":1.10}}', '{"b":null}'], '{"map":{"map":"decimal(5,2)"}}', [[("a", [("x", Decimal("1.10"))])], [("b", None)]], hint("map<string, map<string, decimal(5,2)>>")),
    ("map-of-json", ['{"a":{"x":1.10},"b":"t"}'], '{"map":"json"}', [[("a", '{"x":1.10}'), ("b", '"t"')]], hint("map<string, json>")),
    ("date-hint", ['"2024-02-30"', '"2024-02-28"'], "date", [None, dt.date(2024, 2, 28)], hint("date")),
    ("array-and-scalar", ["[1]", "1"], "string", ["[1]", "1"], INFER),
    ("object-and-scalar", ["{}", "1"], "string", ["{}", "1"], INFER),
    ("object-and-array", ['{"b": 1.10}', "[ 1 , 2 ]"], "string", ['{"b":1.10}', "[1,2]"], INFER),
    ("mixed-array", ['[1,"a"]'], '{"array":"string"}', [["1", "a"]], INFER),
    ("array-of-arrays-and-2", ["[[1],2]"], '{"array":"string"}', [["[1]", "2"]], INFER),
    ("array", ["[1,null]", "[]"], '{"array":"bigint safe"}', [[1, None], []], INFER),
    ("empty-array", ["[]"], '{"array":"unknown"}', NO_COLUMN, INFER),
    ("empty-object", ["{}"], '{"struct":{}}', NO_COLUMN, INFER),
    ("objects", ['{"B":1}', '{"b":0.5,"c":null}'], '{"struct":{"b":"double","c":"unknown"}}', [{"b": 1.0}, {"b": 0.5}], INFER),
    ("array-of-objects", ['[{"x y":"1"},{}]'], '{"array":{"struct":{"x y":"bigint"}}}', [[{"x_x20_y": 1}, {"x_x20_y": None}]], INFER),
]  # fmt: skip

STAYS_TEXT = [
    "2024-02-30", "0000-00-00", "29/02/2024", "2024-2-9", "2024-02", "10:00", "2023-02-29", "2024-02-29 ",
    "2024-04-10T24:00:00", "2024-04-10T23:59:60", "2024-04-10T13:45", "2024-04-10t13:45:00", "2024-04-10T13:45:00z",
    "2024-04-10T13:45:00+0530", "2024-04-10T13:45:00+19:00", "2024-04-10T13:45:00.", "2024-04-10T13:45:00.1234567890",
    "2024-04-10  13:45:00", "0001-01-01T00:00:00+05:30", "2024-W15-3", "2024-101", "+12345-01-01", "２０２４-02-29",
    "1,234.56", "39,99", "0x1F", "1d", "3F", "12L", " 12 ", "12 ", "١٢", "+1", ".5", "5.", "1_000", "١", "-", "--1",
    "1e", "true ", "null", "NaN", "Infinity", "-inf", "1\n", "2024-02-29\n", "９",
]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected", "column", "options"), [pytest.param(*row[1:], id=row[0]) for row in TYPED]
)
def test_typed_values(values, expected, column, options):
    records = [parse_record(f'{{"a":{value}}}') for value in values]
    kind = options.hint_types.get("a") or observe(records, options).types()["a"]
    assert type_name(kind) == expected
    held = storable(kind)
    if column is NO_COLUMN:
        assert held is None
        return
    coercer = Coercer([FieldPlan("a", "a", held, hinted="a" in options.hints)], options)
    rows = [coercer.row(record) for record in records]
    assert [row.values[0] for row in rows] == column
    assert [type(row.values[0]) for row in rows] == [type(value) for value in column]
    # null where there was a value is always counted
    for value, row in zip(values, rows, strict=True):
        lost = row.values[0] is None and value != "null"
        assert [fault.code for fault in row.field_faults] == (
            ["empty_text" if value == '""' else "bad_cast"] if lost else []
        )


@pytest.mark.parametrize("text", STAYS_TEXT)
@pytest.mark.parametrize("options", [INFER, KEEP], ids=["infer", "keep"])
def test_text_stays_text(text, options):
    import json

    records = [parse_record(json.dumps({"a": text}))]
    assert type_name(observe(records, options).types()["a"]) == "string"


def test_both_spellings_are_one_field_and_are_remembered():
    profile = observe(
        [parse_record('{"A":1}'), parse_record('{"a":2}'), parse_record('{"n":{"Bee":1,"c":[{"D":1}]}}')]
    )
    assert list(profile.types()) == ["a", "n"]
    assert profile.fields["a"].spellings == ("A", "a")
    assert profile.fields["n"].fields["bee"].spellings == ("Bee",)
    assert profile.fields["n"].fields["c"].element.fields["d"].spellings == ("D",)
