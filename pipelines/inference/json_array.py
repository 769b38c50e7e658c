"""Cutting the text of a file into the text of its records, to the letter: ``1.10`` stays ``1.10``.

A JSON parser would rewrite numbers and lose broken parts; this only finds where a value begins and ends. What is not
well-formed comes out as pieces that the strict parser rejects later, so that nothing is lost. It works on bytes, since
what JSON is made of is ASCII in every encoding that is cut (UTF-16 is made UTF-8 before): a piece may hold any others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

#: The blanks of JSON. No others stand around a value.
BLANKS = b" \t\r\n"

#: A text in quotes that has no end goes on to the end of the file.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.DOTALL)
#: Tokens where lines may end a record: a text in quotes ends on its line.
_LINE_TOKEN = re.compile(rb'"(?:[^"\\\n]|\\[^\n])*"?|[\[\]{}\n]')
_SECOND_VALUE = re.compile(rb"\}[ \t\r]*[{\[]")
_INDENT = re.compile(rb"[ \t\r]*")


class Array(NamedTuple):
    """The elements of an array, where it ends (behind its bracket, or at the end of the text), and whether it has one."""

    pieces: list[bytes]
    end: int
    closed: bool


def cut(text: bytes, format_: str = "auto") -> Iterator[bytes]:
    """The records of a text. Blank lines come as blank pieces, so that a record's number stays that of its line.

    ``json-lines``: a line is a record, an array of records, or records one behind the other. Any other format: also arrays
    over several lines, and objects over several lines, one behind the other.
    """
    if format_ == "json-lines":
        for line in text.split(b"\n"):
            yield from _whole_line(line) or _values(line, 0)[0]
        return
    at = 0
    while _first(text, at) == b"[":
        array = cut_array(text, at)
        yield from array.pieces
        at = array.end
    rest = text[at:] if at else text
    if at and not rest.strip(BLANKS):
        return
    if (at and _first(text, at) != b"{") or _is_one_value(rest):
        yield rest.strip(BLANKS)
    else:
        yield from _lines(rest)


def is_cut_off(text: bytes, format_: str = "auto") -> bool:
    """Tell whether a JSON text ends in the middle of a value."""
    if format_ != "json-lines" and _ends_open(text):
        return True
    pieces = [] if text.endswith(b"\n") else [piece for piece in cut(text, format_) if piece.strip(BLANKS)]
    return bool(pieces) and _breaks_at_its_end(pieces[-1].strip(BLANKS))


def cut_array(text: bytes, start: int = 0) -> Array:
    """The elements of the JSON array that begins at ``start``, as they stand, without the blanks around them.

    Of an array that does not close, what is left is the last piece; where that would look like a whole element, the bracket
    or comma that nothing follows is one more, so that a text that was cut off shows.
    """
    return _cut(text, text.find(b"[", start) + 1, b"]")


def members(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The names (in their quotes) and the values of a well-formed JSON object, as they stand."""
    for member in _cut(text, text.index(b"{") + 1, b"}").pieces:
        name = _TOKEN.match(member)
        if name:
            yield name.group(), member[name.end() :].lstrip(BLANKS)[1:].lstrip(BLANKS)


def _cut(text: bytes, begin: int, closing: bytes) -> Array:
    """Cut at the commas of the array or object whose inside begins at ``begin``, up to its ``closing`` bracket."""
    pieces: list[bytes] = []
    depth = 0
    for match in _TOKEN.finditer(text, begin):
        token = match.group()
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]") and depth > 0:
            depth -= 1
        elif token == closing:
            _add(pieces, text[begin : match.start()], last=True)
            return Array(pieces, match.end(), True)
        elif token == b"," and depth == 0:
            _add(pieces, text[begin : match.start()], last=False)
            begin = match.end()
    rest = text[begin:].strip(BLANKS)
    if rest:
        pieces.append(rest)
    if not rest and pieces:
        pieces.append(b",")
    elif depth == 0:
        pieces.append(b"[")
    return Array(pieces, len(text), False)


def _add(pieces: list[bytes], piece: bytes, last: bool) -> None:
    """Keep a piece. A blank one before a comma is a fault of the file and stays visible as a lone comma."""
    stripped = piece.strip(BLANKS)
    if stripped:
        pieces.append(stripped)
    elif not last:
        pieces.append(b",")


def _lines(text: bytes) -> Iterator[bytes]:
    """Records line by line; one that does not end on its line goes on, unless another begins at the start of a line."""
    at = 0
    while at < len(text):
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        whole = _whole_line(text[at:end])
        if whole:
            yield from whole
            at = end + 1
        else:
            pieces, at = _values(text, at)
            yield from pieces


def _whole_line(line: bytes) -> list[bytes]:
    """A line that is certainly one record or none, as it stands; nothing where it has to be looked at."""
    text = line.strip(BLANKS)
    if text[:1] not in (b"{", b"["):
        # A carriage return alone ends lines on old systems; here it is a blank between values.
        return [line.removesuffix(b"\r")]
    one = text[:1] == b"{" and text.endswith(b"}") and text.count(b"{") == text.count(b"}")
    return [line.removesuffix(b"\r")] if one and not _SECOND_VALUE.search(text) else []


def _values(text: bytes, start: int) -> tuple[list[bytes], int]:
    """The values that begin on the line at ``start``, and where the next line begins behind them."""
    pieces: list[bytes] = []
    at = _skip(text, start)
    alone = True
    while at < len(text) and text[at : at + 1] != b"\n":
        if text[at : at + 1] not in (b"{", b"["):
            end = text.find(b"\n", at)
            end = len(text) if end < 0 else end
            if alone and len(pieces) == 1:  # a record and something else: broken as a whole
                return [text[start:end].removesuffix(b"\r")], end + 1
            return [*pieces, text[at:end].strip(BLANKS)], end + 1
        end, closed = _end_of_value(text, at)
        if not closed and end < len(
            text
        ):  # another record begins at the start of a line: these lines are broken
            return [*pieces, *(line.removesuffix(b"\r") for line in text[at : end - 1].split(b"\n"))], end
        value = text[at:end]
        alone = alone and value[:1] == b"{" and b"\n" not in value.rstrip(BLANKS)
        pieces += cut_array(value).pieces if value[:1] == b"[" else [value.rstrip(BLANKS)]
        at = _skip(text, end)
    if alone and len(pieces) == 1:
        pieces = [text[start:at].rstrip(b"\n").removesuffix(b"\r")]
    return pieces, at + 1


def _end_of_value(text: bytes, start: int) -> tuple[int, bool]:
    """Find the end of the object or array at ``start``, closed (true) or where another value begins a line (false)."""
    depth = 0
    for match in _LINE_TOKEN.finditer(text, start):
        token = match.group()
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                return match.end(), True
        elif token == b"\n" and text[match.end() : match.end() + 1] in (b"{", b"["):
            return match.end(), False
    return len(text), False


def _is_one_value(text: bytes) -> bool:
    """Tell whether a text of several lines is one JSON value (which may have lines that look like records)."""
    first, _, more = text.lstrip(BLANKS).partition(b"\n")
    if not more.strip(BLANKS) or _whole_line(first):
        return False
    try:
        json.loads(text.decode("utf-8", "replace"), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return True


def _ends_open(text: bytes) -> bool:
    """Tell whether the last object or array of a text is not closed."""
    at = 0
    while _first(text, at) == b"[":
        array = cut_array(text, at)
        if not array.closed:
            return True
        at = array.end
    while at < len(text):
        if _first(text, at) not in (b"{", b"["):
            at = text.find(b"\n", at) + 1 or len(text)
            continue
        end, closed = _end_of_value(text, _skip(text, at))
        if not closed and end == len(text):
            line = text[at:].rstrip(BLANKS)
            # A line that is broken but ended, alone: its writer is past it.
            return b"\n" in line or not text.endswith(b"\n") or line.strip(BLANKS) == b"{"
        at = end
    return False


def _breaks_at_its_end(text: bytes) -> bool:
    """Tell whether a text that is no JSON could become JSON by what would come behind it."""
    try:
        json.loads(text.decode("utf-8", "surrogateescape"))
    except RecursionError:
        return False
    except json.JSONDecodeError as error:
        rest = error.doc[error.pos :].strip()
        return (
            not rest
            or error.msg.startswith("Unterminated")
            or (error.msg.startswith("Invalid \\") and len(rest) < len("\\u0000"))
            or any(word.startswith(rest) for word in ("true", "false", "null", "-"))
            or re.fullmatch(r"[.eE][-+]?", rest) is not None
        )
    return False


def _first(text: bytes, start: int) -> bytes:
    """The first byte from ``start`` that is no blank."""
    while start < len(text):
        block = text[start : start + 4096].lstrip(BLANKS)
        if block:
            return block[:1]
        start += 4096
    return b""


def _skip(text: bytes, start: int) -> int:
    """Find the end of the blanks at ``start``, on that line."""
    return _INDENT.match(text, start).end()  # type: ignore[union-attr]
