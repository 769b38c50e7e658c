"""Cutting arrays: to the letter, and nothing lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.slicing import slice_array

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(_values, max_size=6), st.sampled_from([None, 1, "\t"]))
def test_elements_come_out_as_they_stand(values: list[object], indent: int | str | None) -> None:
    text = json.dumps(values, indent=indent)
    pieces = slice_array(text)
    assert pieces is not None
    assert [json.loads(piece) for piece in pieces] == values
    assert all(piece in text for piece in pieces)


@given(st.text(alphabet='[]{},:"\\ \n1a', max_size=60))
def test_no_character_that_counts_is_lost(tail: str) -> None:
    text = "[" + tail
    pieces = slice_array(text)
    assert pieces is not None
    kept = "".join(pieces)
    for character in "1a{}:":
        assert kept.count(character) == text.count(character)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("[]", []),
        ("  [ 1.10 , 2 ]  ", ["1.10", "2"]),
        ('[{"a": 1}, {"a": ', ['{"a": 1}', '{"a":']),
        ('[{"a": 1}] trailing', ['{"a": 1}', "trailing"]),
        ("[1,,2]", ["1", ",", "2"]),
        ('["a]b", "c\\"]"]', ['"a]b"', '"c\\"]"']),
    ],
)
def test_whole_broken_and_hostile_arrays(text: str, pieces: list[str]) -> None:
    assert slice_array(text) == pieces


def test_a_file_of_another_format_stays_null() -> None:
    assert slice_array(None) is None
