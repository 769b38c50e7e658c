"""Cutting the text of a file into the text of its records, to the letter: ``1.10`` stays ``1.10``.

A JSON parser would rewrite numbers and lose broken parts; this only finds where an element begins and ends. What is not
well-formed comes out as pieces that the strict parser refuses later, so that nothing is lost.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)


def slice_array(text: str | None) -> list[str] | None:
    """The elements of a JSON array as they stand in ``text``, without the white space around them.

    Text after the closing bracket comes as one more piece; an array that does not close gives what is left as its last
    piece. ``None`` (a file of another format) stays ``None``.
    """
    if text is None:
        return None
    start = text.find("[") + 1
    pieces: list[str] = []
    depth = 0
    begin = start
    for match in _TOKEN.finditer(text, start):
        token = match.group()
        if token in ("{", "["):
            depth += 1
        elif token in ("}", "]") and depth > 0:
            depth -= 1
        elif token == "]":
            _add(pieces, text[begin : match.start()], last=True)
            _add(pieces, text[match.end() :], last=True)
            return pieces
        elif token == "," and depth == 0:
            _add(pieces, text[begin : match.start()], last=False)
            begin = match.end()
    _add(pieces, text[begin:], last=True)
    return pieces


def _add(pieces: list[str], piece: str, last: bool) -> None:
    """Keep a piece. A blank one before a comma is a fault of the file and stays visible as a lone comma."""
    stripped = piece.strip()
    if stripped:
        pieces.append(stripped)
    elif not last:
        pieces.append(",")
