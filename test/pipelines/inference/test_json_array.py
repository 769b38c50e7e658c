"""Cutting files into records: to the letter, nothing lost, whatever shape a file has."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.inference.json_array import BLANKS, cut, cut_array, is_cut_off

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_objects = st.dictionaries(st.text(), _values, max_size=4)


def _pieces(text: str | bytes, format_: str = "auto") -> list[str]:
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return [
        piece.decode("utf-8", "surrogateescape") for piece in cut(content, format_) if piece.strip(BLANKS)
    ]


@given(st.lists(_values, max_size=6), st.sampled_from([None, 1, "\t"]))
def test_elements_come_out_as_they_stand(values: list[object], indent: int | str | None) -> None:
    text = json.dumps(values, indent=indent).encode()
    array = cut_array(text)
    assert (array.end, array.closed) == (len(text), True)
    assert [json.loads(piece) for piece in array.pieces] == values
    assert all(piece in text for piece in array.pieces)


@given(
    st.lists(_objects, min_size=1, max_size=5),
    st.sampled_from([None, 0, 1, "\t"]),
    st.sampled_from(["", "\n", "\r\n", " ", "\n\n"]),
)
def test_objects_come_out_whatever_stands_between_them(
    objects: list[object], indent: int | str | None, between: str
) -> None:
    if indent == 0 and len(objects) > 1:
        indent = 1  # lines of several objects without any indentation may be records
    text = between.join(json.dumps(each, indent=indent) for each in objects)
    assert [json.loads(piece) for piece in _pieces(text)] == objects
    assert not is_cut_off(text.encode())


@given(st.lists(_objects.filter(bool), min_size=1, max_size=3), st.sampled_from([None, 1]), st.data())
def test_a_text_that_ends_in_the_middle_shows(
    objects: list[object], indent: int | None, data: st.DataObject
) -> None:
    for text in (
        "".join(json.dumps(each, indent=indent) for each in objects),
        json.dumps(objects, indent=indent),
    ):
        end = data.draw(st.integers(1, len(text) - 1))
        short = text[:end].encode()
        pieces = _pieces(short)
        whole = [piece for piece in pieces if _is_object(piece)]
        if len(whole) == len(pieces):  # it ends just behind an object
            assert short.endswith(b"}")
            assert text.startswith("{")
        else:
            assert len(whole) == len(pieces) - 1
            assert not _is_object(pieces[-1])
            assert is_cut_off(short)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


@given(st.text(alphabet='[]{},:"\\ \n1a', max_size=60), st.sampled_from(["auto", "json-lines"]))
def test_no_character_that_counts_is_lost(tail: str, format_: str) -> None:
    for text in ("[" + tail, "{" + tail, tail):
        kept = "".join(_pieces(text, format_))
        for character in "1a{}:":
            assert kept.count(character) == text.count(character)


#: what it is, the text, its records as `auto` cuts it, and whether it ends in the middle
FRAMES = [
    ("one per line", '{"a":1}\n{"a":2}\n', ['{"a":1}', '{"a":2}'], False),
    ("without a last line end", '{"a":1}\n{"a":2}', ['{"a":1}', '{"a":2}'], False),
    ("blanks stay in a line", ' {"a": 1} \r\n', [' {"a": 1} '], False),
    ("one behind the other", '{"a":1}{"a":2} {"a":3}', ['{"a":1}', '{"a":2}', '{"a":3}'], False),
    ("ended by carriage returns", '{"a":1}\r{"b":2}\r', ['{"a":1}', '{"b":2}'], False),
    ("braces in texts", '{"a":"}{"}\n{"b":"\\"}{"}\n', ['{"a":"}{"}', '{"b":"\\"}{"}'], False),
    ("pretty-printed", '{\n  "a": 1.10\n}\n', ['{\n  "a": 1.10\n}'], False),
    (
        "several of them",
        '{\n "a": [\n 1 ]\n}\n{\n "a": 2\n}',
        ['{\n "a": [\n 1 ]\n}', '{\n "a": 2\n}'],
        False,
    ),
    ("without indentation", '{\n"a":\n{\n"b":1}\n}\n', ['{\n"a":\n{\n"b":1}\n}'], False),
    (
        "pretty-printed and wrong",
        '{\n "a": 1,\n}\n{\n "b": 2\n}\n',
        ['{\n "a": 1,\n}', '{\n "b": 2\n}'],
        False,
    ),
    ("pretty-printed and cut off", '{\n "a": 1,\n "b": ', ['{\n "a": 1,\n "b":'], True),
    ("an array", "  [ 1.10 , 2 ]  ", ["1.10", "2"], False),
    ("no elements", "[]", [], False),
    ("no elements on two lines", "[\n]\n", [], False),
    ("lines of arrays", '[{"a":1},{"b":2}]\n[]\n[{"c":3}]\n', ['{"a":1}', '{"b":2}', '{"c":3}'], False),
    ("an array among lines", '{"a":1}\n[{"b":1},{"c":1}]\n', ['{"a":1}', '{"b":1}', '{"c":1}'], False),
    ("an array, then a line", '[{"a":1}]\n{"b":2}\n', ['{"a":1}', '{"b":2}'], False),
    ("texts with brackets", '["a]b", "c\\"]"]', ['"a]b"', '"c\\"]"'], False),
    ("a lone comma", "[1,,2]", ["1", ",", "2"], False),
    ("text behind an array", '[{"a": 1}] trailing', ['{"a": 1}', "trailing"], False),
    ("only a bracket", "[", ["["], True),
    ("an array cut off behind a comma", '[{"a":1},', ['{"a":1}', ","], True),
    ("behind an element", '[{"a":1}', ['{"a":1}', "["], True),
    ("in an element", '[{"a": 1}, {"a": ', ['{"a": 1}', '{"a":'], True),
    ("in a line of arrays", '[{"a":1}]\n[{"b":2},', ['{"a":1}', '{"b":2}', ","], True),
    ("in the last line", '{"a": 1}\n{"a": ', ['{"a": 1}', '{"a": '], True),
    ("in the last of a chain", '{"a":1}{"b":2}{"c":', ['{"a":1}', '{"b":2}', '{"c":'], True),
    ("in a word", '{"a":1}\n{"a": tr', ['{"a":1}', '{"a": tr'], True),
    ("in an escape", '{"a":1}\n{"a":"\\u00', ['{"a":1}', '{"a":"\\u00'], True),
    # Broken, but not in the middle: the writer is past it.
    ("a broken line", '{"a": \n{"b":1}\n{"c":2}\n', ['{"a": ', '{"b":1}', '{"c":2}'], False),
    ("an open text", '{"a": "x\n{"b":1}\n', ['{"a": "x', '{"b":1}'], False),
    ("a brace too many", '{"a":1}}\n{"b":1}', ['{"a":1}}', '{"b":1}'], False),
    ("something behind a record", '{"a":1} junk\n{"b":2}', ['{"a":1} junk', '{"b":2}'], False),
    ("a comma between", '{"a":1},{"b":2}\n', ['{"a":1},{"b":2}'], False),
    ("no JSON", "garbage\nmore\n", ["garbage", "more"], False),
    # Blanks that are not JSON's are part of the record.
    ("a hard space in an array", '[1,\u00a0{"a":1}\u2003]', ["1", '\u00a0{"a":1}\u2003'], False),
    ("a hard space before a line", '\u00a0{"a":1}\n\x0b\n', ['\u00a0{"a":1}', "\x0b"], False),
    ("line ends of other alphabets", '{"a":"\u2028\u0085"}\n', ['{"a":"\u2028\u0085"}'], False),
]


@pytest.mark.parametrize(
    ("text", "pieces", "cut_off"), [row[1:] for row in FRAMES], ids=[row[0] for row in FRAMES]
)
def test_files_have_many_shapes(text: str, pieces: list[str], cut_off: bool) -> None:
    assert _pieces(text) == pieces
    assert is_cut_off(text.encode()) is cut_off


def test_lines_stay_lines_where_the_topic_says_so() -> None:
    text = '{\n"a": 1}\n[{"b":1},{"c":1}]\n{"d":1}{"e":1}\n[{"f":1},\n'
    expected = ["{", '"a": 1}', '{"b":1}', '{"c":1}', '{"d":1}', '{"e":1}', '{"f":1}', ","]
    assert _pieces(text, "json-lines") == expected


def test_a_record_is_numbered_by_its_line() -> None:
    numbers = [at for at, piece in enumerate(cut(b'\n{"a":1}\r\n \n{"a":2}')) if piece.strip(BLANKS)]
    assert numbers == [1, 3]
