"""Classifies a file by its bytes, not by its name: packed or not, in which encoding, JSON or something else."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import count
from typing import BinaryIO, Final, cast

from pipelines.inference.encoding import as_text, as_utf8, message_text
from pipelines.inference.envelope import Envelope, EnvelopeError
from pipelines.inference.json_array import BLANKS, cut

_PACKINGS: Final = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bzip2"))
_DAMAGE: Final = (OSError, EOFError, zlib.error, ValueError)
_FORMATS: Final = (
    (b"PAR1", "Parquet"),
    (b"Obj\x01", "Avro"),
    (b"ORC", "ORC"),
    (b"ARROW1", "Arrow"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xfd7zXZ\x00", "packed by xz"),
    (b"\x04\x22\x4d\x18", "packed by lz4"),
    (b"\xff\x06\x00\x00sNaPpY", "packed by snappy"),
    (b"%PDF-", "PDF"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_DELIMITED: Final = ((",", "CSV"), ("\t", "TSV"), (";", "CSV with semicolons"), ("|", "text with bars"))
#: Bytes at the beginning of a file that tell its format, and the number of their lines that are looked at.
_HEAD, _LINES = 4096, 20
#: Number of records inside of one Kafka message, at most.
MOST_IN_MESSAGE: Final = 1_000_000


#: Position, text, and the bytes where the text does not give them back.
Piece = tuple[int, str, bytes | None]


class PackingError(Exception):
    """A packed file that cannot be unpacked."""


def records_of(
    content: bytes, format_: str, encoding: str, envelope: Envelope | None = None
) -> Iterator[Piece]:
    """The records of a file, to the letter. What is no text, or is packed and damaged, is one record as a whole.

    With an ``envelope``, those inside of the file's documents, by their number in the file; a document that cannot be cut is
    one piece as a whole, at a position below 0.
    """
    try:
        content = unpacked(content)
        if is_binary(content):
            raise PackingError
        text, encoding = as_utf8(content, encoding)
    except (PackingError, UnicodeDecodeError):
        yield 0 if envelope is None else -1, content.decode("utf-8", "replace"), content
        return
    pieces: Iterable[tuple[int, bytes]] = enumerate(cut(text, format_))
    if envelope is not None:
        pieces = _inside(pieces, encoding, envelope)
    for position, piece in pieces:
        if piece.strip(BLANKS):
            yield position, *as_text(piece, encoding)


def _inside(
    documents: Iterable[tuple[int, bytes]], encoding: str, envelope: Envelope
) -> Iterator[tuple[int, bytes]]:
    number = count()
    for at, document in documents:
        if document.strip(BLANKS):
            try:
                for record in envelope.cut(document, encoding):
                    yield next(number), record
            except EnvelopeError:
                yield -1 - at, document


def message_pieces(
    message: bytes | None, offset: int, encoding: str, envelope: Envelope
) -> list[tuple[int, str | None, bytes | None]]:
    """The records inside of a Kafka message, by the message's offset times :data:`MOST_IN_MESSAGE` and their number in it.

    One that cannot be cut, or has more, is one piece as a whole, at a position below 0. A tombstone stays one.
    """
    first = offset * MOST_IN_MESSAGE
    if message is None:
        return [(first, None, None)]
    try:
        text, encoding_ = as_utf8(message, encoding)
        records = envelope.records_of(text, encoding_)
    except (UnicodeDecodeError, EnvelopeError):
        records = None
    if records is None or len(records) > MOST_IN_MESSAGE:
        return [(-1 - offset, *message_text(message, encoding))]
    return [(first + number, *as_text(record, encoding_)) for number, record in enumerate(records)]


def reason_unread(file: BinaryIO) -> str | None:
    """Return why a file holds no readable records, in one sentence; nothing where it may. A packed one is read through."""
    head = file.read(_HEAD)
    file.seek(0)
    packing = _packing(head)
    if packing is not None:
        try:
            with _opened(file, packing) as inner:
                head = inner.read(_HEAD)
                while inner.read(1 << 20):
                    pass
        except _DAMAGE:
            return (
                f"it is packed by {packing}, and damaged or not whole; land it again, under a name that begins with . or _ "
                "until it is"
            )
    found = _other_format(head)
    return found and (
        f"it is {found}, and a topic reads JSON (format: auto, json-lines or json-array; as it is, or packed by gzip, zstd "
        "or bzip2); land it as JSON Lines"
    )


def unpacked(content: bytes) -> bytes:
    """The content of a packed file; other content as it is. Raises :class:`PackingError` where it is damaged."""
    packing = _packing(content)
    if packing is None:
        return content
    try:
        with _opened(io.BytesIO(content), packing) as inner:
            return inner.read()
    except _DAMAGE as error:
        raise PackingError(packing) from error


def is_packed(head: bytes) -> bool:
    """Tell whether content that begins like this is packed."""
    return _packing(head) is not None


def is_binary(content: bytes) -> bool:
    """Tell whether content is in a format that has no lines and no text."""
    return content.startswith(tuple(mark for mark, _ in _FORMATS))


def _packing(head: bytes) -> str | None:
    return next((name for mark, name in _PACKINGS if head.startswith(mark)), None)


def _opened(file: BinaryIO, packing: str) -> BinaryIO:
    if packing == "gzip":
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    if packing == "bzip2":
        return cast("BinaryIO", bz2.BZ2File(file))
    import pyarrow as pa  # only where it is needed: it takes a while to load

    return cast("BinaryIO", pa.input_stream(file, compression=packing))


def _other_format(head: bytes) -> str | None:
    name = next((name for mark, name in _FORMATS if head.startswith(mark)), None)
    if name is not None:
        return name
    try:
        text = as_utf8(head[: len(head) & ~3], "latin-1")[0].decode("latin-1")
    except UnicodeDecodeError:
        return None
    text = text.lstrip(BLANKS.decode())
    if re.match(r"<([?!]|[A-Za-z])", text):
        return "XML or HTML"
    return _delimited(text, cut_off=len(head) == _HEAD)


def _delimited(text: str, cut_off: bool) -> str | None:
    """The name of a format whose lines have the same number of fields, under a line of names."""
    lines = text.splitlines()[: -1 if cut_off else None][:_LINES]
    lines = [line for line in lines if line.strip()]
    if len(lines) < 2 or any(line.lstrip()[:1] in ("{", "[") or _is_json(line) for line in lines):
        return None
    for delimiter, name in _DELIMITED:
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        names = rows[0]
        if len(names) > 1 and all(names) and {len(row) for row in rows} == {len(names)} and _are_names(names):
            return name
    return None


def _are_names(fields: list[str]) -> bool:
    return len(set(fields)) == len(fields) and all(
        re.fullmatch(r"[\w .#()/-]{1,64}", field) for field in fields
    )


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
