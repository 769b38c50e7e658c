"""The text of records, from bytes in the encoding of their topic."""

from __future__ import annotations

import codecs
from typing import Final

#: Encodings that a topic may name. Files that begin with a byte order mark are read by it, whatever the topic says.
ENCODINGS: Final = ("utf-8", "latin-1", "windows-1252", "utf-16", "utf-16le", "utf-16be")
_SINGLE_BYTE: Final = ("latin-1", "windows-1252")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like the next one
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_REPLACED: Final = "\ufffd"


def as_utf8(content: bytes, encoding: str) -> tuple[bytes, str]:
    """Content without its byte order mark, in an encoding that can be cut (ASCII bytes are ASCII), and which that is.

    Raises ``UnicodeDecodeError`` for UTF-16 and UTF-32 that is broken.
    """
    for mark, marked in _MARKS:
        if content.startswith(mark):
            encoding = marked
            break
    else:
        encoding = _unmarked_utf16(content[:2]) or encoding
    if encoding.startswith(("utf-16", "utf-32")):
        return content.decode(encoding).removeprefix("\ufeff").encode(), "utf-8"
    return (content[3:] if content.startswith(codecs.BOM_UTF8) else content), encoding


def as_text(piece: bytes, encoding: str) -> tuple[str, bytes | None]:
    """The text of a record, and its bytes where the text does not give them back in UTF-8."""
    if encoding in _SINGLE_BYTE and piece.isascii():
        encoding = "utf-8"
    try:
        text = piece.decode(encoding)
    except UnicodeDecodeError:
        return piece.decode(encoding, "replace"), piece
    return text, None if encoding == "utf-8" else piece


def message_text(message: bytes | None, encoding: str) -> tuple[str | None, bytes | None]:
    """The text of a message, and its bytes where the text does not give them back: like a file of one record."""
    if message is None:
        return None, None
    try:
        return as_text(*as_utf8(message, encoding))
    except UnicodeDecodeError:
        return message.decode("utf-8", "replace"), message


def read_text(raw: str | None, kept: bytes | None, encoding: str) -> str | None:
    """The text of a row of bronze or quarantine by today's encoding; ``None`` where its bytes are no text in it.

    The bytes count, where there are any, unless an operator has repaired the text.
    """
    if kept is None or raw is None:
        return raw
    if _REPLACED not in raw and raw not in {kept.decode(each, "replace") for each in _SINGLE_BYTE}:
        return raw
    try:
        return kept.decode(encoding)
    except UnicodeDecodeError:
        return None


def _unmarked_utf16(head: bytes) -> str | None:
    """JSON begins with two ASCII characters: a zero byte says which UTF-16 it is in."""
    if len(head) == 2 and (head[0] == 0) != (head[1] == 0):
        return "utf-16be" if head[0] == 0 else "utf-16le"
    return None
