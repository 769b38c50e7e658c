"""Tagged values of databases against an independent evaluation: random values are written in the encoding and read back."""

from __future__ import annotations

import base64
import json
import math
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.inference import Coercer, Fault, FieldPlan, compact_json, observe, types
from pipelines.inference.decoding import Decode, decode
from pipelines.inference.reading import Reading

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def plain(text: str, by: Decode) -> Any:
    """The decoded record as Python reads its JSON, numbers exact."""
    found = Reading(decode=by).parse(text)
    assert isinstance(found, dict), found
    return json.loads(compact_json(found), parse_float=Decimal)


@pytest.mark.parametrize(
    ("by", "value", "right"),
    [
        ("dynamodb", '{"S":"x"}', '"x"'),
        ("dynamodb", '{"S":""}', '""'),
        ("dynamodb", '{"N":"1.10"}', "1.10"),
        ("dynamodb", '{"N":"-0"}', "-0"),
        ("dynamodb", '{"N":"12345678901234567890123456789012345678"}', "12345678901234567890123456789012345678"),
        ("dynamodb", '{"N":"0.1000000000000000055511151231257827021"}', "0.1000000000000000055511151231257827021"),
        ("dynamodb", '{"N":"1E+125"}', "1E+125"),
        ("dynamodb", '{"N":".5"}', "0.5"),
        ("dynamodb", '{"N":"+007"}', "7"),
        ("dynamodb", '{"B":"AAEC/w=="}', '"AAEC/w=="'),
        ("dynamodb", '{"BOOL":false}', "false"),
        ("dynamodb", '{"NULL":true}', "null"),
        ("dynamodb", '{"M":{"a":{"L":[{"N":"1"},{"M":{}},{"NULL":true}]},"S":{"S":"s"}}}', '{"a":[1,{},null],"S":"s"}'),
        ("dynamodb", '{"SS":["b","a"]}', '["b","a"]'),
        ("dynamodb", '{"NS":["1","2.50"]}', "[1,2.50]"),
        ("dynamodb", '{"BS":["AA==",""]}', '["AA==",""]'),
        ("mongo", '{"$oid":"5a68fdc3615eda645bc6bd01"}', '"5a68fdc3615eda645bc6bd01"'),
        ("mongo", '{"$date":"2024-03-01T10:00:00Z"}', '"2024-03-01T10:00:00.000Z"'),
        ("mongo", '{"$date":"2024-03-01T10:00:00.123+0100"}', '"2024-03-01T09:00:00.123Z"'),
        ("mongo", '{"$date":{"$numberLong":"-1"}}', '"1969-12-31T23:59:59.999Z"'),
        ("mongo", '{"$date":1700000000000}', '"2023-11-14T22:13:20.000Z"'),
        ("mongo", '{"$numberDecimal":"12.50"}', "12.50"),
        ("mongo", '{"$numberDecimal":"1E+6144"}', "1E+6144"),
        ("mongo", '{"$numberDecimal":"NaN"}', '"NaN"'),
        ("mongo", '{"$numberLong":"9223372036854775807"}', "9223372036854775807"),
        ("mongo", '{"$numberInt":"-2147483648"}', "-2147483648"),
        ("mongo", '{"$numberDouble":"-0.0"}', "-0.0"),
        ("mongo", '{"$numberDouble":"-Infinity"}', '"-Infinity"'),
        ("mongo", '{"$binary":{"base64":"AAEC","subType":"00"}}', '"AAEC"'),
        ("mongo", '{"$binary":{"base64":"c//SZESzTGmQ6OfR38A11A==","subType":"04"}}', '"73ffd264-44b3-4c69-90e8-e7d1dfc035d4"'),
        ("mongo", '{"$binary":"AAEC","$type":"00"}', '"AAEC"'),
        ("mongo", '{"$uuid":"73FFD264-44b3-4c69-90e8-e7d1dfc035d4"}', '"73ffd264-44b3-4c69-90e8-e7d1dfc035d4"'),
        ("mongo", '{"$timestamp":{"t":1565545664,"i":1}}', '{"t":1565545664,"i":1}'),
        ("mongo", '{"$regularExpression":{"pattern":"^a/b","options":"i"}}', '"/^a/b/i"'),
        ("mongo", '{"$regex":"^a","$options":""}', '"/^a/"'),
        ("mongo", '{"$code":"f()","$scope":{"n":{"$numberInt":"1"}}}', '{"code":"f()","scope":{"n":1}}'),
        ("mongo", '{"$undefined":true}', "null"),
        ("mongo", '{"$minKey":1}', '"MinKey"'),
        ("mongo", '{"a":[{"$oid":"5a68fdc3615eda645bc6bd01"},1.10,null,{"b":{}}]}', '{"a":["5a68fdc3615eda645bc6bd01",1.10,null,{"b":{}}]}'),
        ("mongo", '{"$ref":"c","$id":{"$numberInt":"1"}}', '{"$ref":"c","$id":1}'),
        ("mongo", '{"price":1,"$oid":"x"}', '{"price":1,"$oid":"x"}'),
    ],
)  # fmt: skip
def test_a_value_is_read_to_the_digit(by: Decode, value: str, right: str) -> None:
    found = Reading(decode=by).parse(f'{{"v":{value}}}')
    assert isinstance(found, dict), found
    assert compact_json(found["v"]) == right


@pytest.mark.parametrize(
    ("by", "value", "field"),
    [
        *[("dynamodb", value, "v") for value in ('"x"', "1", "{}", '{"X":"x"}', '{"S":"x","N":"1"}', '{"S":1}', '{"N":1}', '{"N":"NaN"}')],
        *[("dynamodb", value, "v") for value in ('{"N":"1,5"}', '{"N":""}', '{"B":"!"}', '{"BOOL":"true"}', '{"NULL":false}', '{"L":{}}', '{"M":[]}')],
        ("dynamodb", '{"M":{"a":{"L":[{"N":"1"},{"N":"x"}]}}}', "v.a[]"),
        *[("mongo", value, "v") for value in ('{"$oid":"5a68"}', '{"$oid":1}', '{"$oid":"5a68fdc3615eda645bc6bd01","a":1}', '{"$date":"yesterday"}')],
        *[("mongo", value, "v") for value in ('{"$date":{"$numberLong":"99999999999999999"}}', '{"$numberInt":"2147483648"}', '{"$numberInt":1}')],
        *[("mongo", value, "v") for value in ('{"$numberLong":"1.0"}', '{"$numberDecimal":"one"}', '{"$numberDouble":1.5}', '{"$binary":{"base64":"!","subType":"00"}}')],
        *[("mongo", value, "v") for value in ('{"$binary":{"base64":"AA=="}}', '{"$uuid":"73ffd264"}', '{"$timestamp":{"t":1}}', '{"$regularExpression":"a"}')],
        ("mongo", '{"a":[{"b":{"$oid":"x"}}]}', "v.a[].b"),
    ],
)  # fmt: skip
def test_a_value_of_another_encoding_is_told(by: Decode, value: str, field: str) -> None:
    found = Reading(decode=by).parse(f'{{"v":{value}}}')
    assert isinstance(found, Fault)
    assert (found.code, found.field) == ("undecodable_value", field)


_numbers = st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(
    lambda number: len(number.as_tuple().digits) <= 38 and abs(number.adjusted()) < 120
)


def _typed(value: Any) -> dict[str, Any]:
    """DynamoDB's JSON of a Python value."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (int, Decimal)):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return {"L": [_typed(item) for item in value]}
    return {"M": {name: _typed(item) for name, item in value.items()}}


def _extended(value: Any) -> Any:
    """MongoDB's canonical extended JSON of a Python value."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return {"$numberLong": str(value)}
    if isinstance(value, Decimal):
        return {"$numberDecimal": str(value)}
    if isinstance(value, float):
        words = {math.inf: "Infinity", -math.inf: "-Infinity"}
        return {"$numberDouble": "NaN" if math.isnan(value) else words.get(value, repr(value))}
    if isinstance(value, uuid.UUID):
        return {"$uuid": str(value)}
    if isinstance(value, bytes):
        return {"$binary": {"base64": base64.b64encode(value).decode(), "subType": "00"}}
    if isinstance(value, datetime):
        return {"$date": {"$numberLong": str((value - EPOCH) // timedelta(milliseconds=1))}}
    if isinstance(value, list):
        return [_extended(item) for item in value]
    return {name: _extended(item) for name, item in value.items()}


def _right(value: Any) -> Any:
    """The value as plain JSON has it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float):
        if math.isfinite(value):
            return Decimal(repr(value))
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime):
        return (
            value.strftime("%Y").zfill(4)
            + value.strftime("-%m-%dT%H:%M:%S.")
            + f"{value.microsecond // 1000:03}Z"
        )
    if isinstance(value, list):
        return [_right(item) for item in value]
    if isinstance(value, dict):
        return {name: _right(item) for name, item in value.items()}
    return value


_scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | _numbers | st.text() | st.binary()
_names = st.text(max_size=3).filter(lambda name: not name.startswith("$") and name.lower() == name)


def _nested(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    def more(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3)

    return st.dictionaries(_names, st.recursive(scalars, more, max_leaves=8), max_size=4)


@given(_nested(_scalars))
def test_dynamodb_gives_back_what_was_written(record: dict[str, Any]) -> None:
    text = json.dumps({name: _typed(value) for name, value in record.items()})
    assert plain(text, "dynamodb") == _right(record)


_instants = st.datetimes(timezones=st.just(timezone.utc)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)


@given(_nested(_scalars | st.floats() | st.uuids() | _instants))
def test_mongo_gives_back_what_was_written(record: dict[str, Any]) -> None:
    assert plain(json.dumps(_extended(record)), "mongo") == _right(record)


@given(st.dictionaries(st.text(max_size=2), st.recursive(st.none() | st.text() | st.booleans() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*"SNBLM", "BOOL", "$oid", "$date", "$binary", "base64", "$numberInt"]), inner))), st.sampled_from(["dynamodb", "mongo"]))  # fmt: skip
def test_no_input_is_an_exception(record: dict[str, Any], by: Decode) -> None:
    assert isinstance(Reading(decode=by).parse(json.dumps(record)), dict | Fault)
    assert isinstance(decode(record, by), dict | Fault)


def test_numbers_that_json_lacks_are_doubles() -> None:
    texts = [f'{{"n":{{"$numberDouble":"{word}"}}}}' for word in ("NaN", "Infinity", "-Infinity", "1.5")]
    records = [record for text in texts if isinstance(record := Reading(decode="mongo").parse(text), dict)]
    type_ = observe(records).types()["n"]
    assert type_ == types.Double()
    for hinted in (False, True):
        columns, outcomes = Coercer([FieldPlan("n", "n", type_, hinted=hinted)]).rows(records)
        assert not outcomes
        assert [repr(value) for value in columns[0]] == ["nan", "inf", "-inf", "1.5"]
