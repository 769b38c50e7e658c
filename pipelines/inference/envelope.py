"""Records inside of documents: an envelope around them is cut away, to the letter (``records`` and ``carry`` of a topic)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.errors import counted
from pipelines.inference import faults
from pipelines.inference.faults import Fault
from pipelines.inference.json_array import BLANKS, cut, cut_array, members
from pipelines.inference.paths import steps_of
from pipelines.inference.values import text_shape


class EnvelopeError(Exception):
    """A document that cannot be cut; ``path`` is what is not in it, empty where it is no well-formed JSON."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True)
class Envelope:
    """Paths of the records of a document, and of what goes along with each."""

    records: str
    """Path of the records, such as ``$.Records[*]``. An array at the top of a document is always cut first."""
    carry: Mapping[str, str]
    """Name in the record -> path in the document."""

    def records_of(self, text: bytes, encoding: str = "utf-8") -> list[bytes]:
        """The records of all documents of a text. Raises :class:`EnvelopeError` where one of them cannot be cut."""
        documents = [piece for piece in cut(text) if piece.strip(BLANKS)]
        if not documents and not text.strip(BLANKS).startswith(b"["):
            raise EnvelopeError("")
        return [record for document in documents for record in self.cut(document, encoding)]

    def cut(self, document: bytes, encoding: str = "utf-8") -> list[bytes]:
        """The records of one document, each as it stands in it, behind what it carries.

        Raises :class:`EnvelopeError` where the document is no JSON, or has no array at ``records``, or lacks what ``carry`` names.
        """
        document = document.strip(BLANKS)
        try:
            json.loads(document.decode(encoding, "replace"), parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            raise EnvelopeError("") from None
        first, *more = steps_of(self.records)
        found = [document] if first is None else _at(document, [first], self.records, encoding)
        if first is None and document[:1] == b"[":
            more = [first, *more]
        found = [value for each in found for value in _at(each, more, self.records, encoding)]
        if not self.carry:
            return found
        carried = b",".join(
            json.dumps(name).encode() + b":" + _at(document, steps_of(path), path, encoding)[0]
            for name, path in self.carry.items()
        )
        return [_with(carried, record) for record in found]


def record_of(text: str, envelope: Envelope) -> str | Fault:
    """The one record of a document that bronze has as a whole, or why it has none. A row of bronze is one record."""
    try:
        records = envelope.records_of(text.encode())
    except EnvelopeError as error:
        return Fault(faults.BROKEN_ENVELOPE, error.path, text_shape(text)) if error.path else text
    if len(records) == 1:
        return records[0].decode()
    return Fault(faults.BROKEN_ENVELOPE, envelope.records, text_shape(text), counted(len(records), "record"))


def _at(value: bytes, steps: Sequence[str | None], path: str, encoding: str) -> list[bytes]:
    """The values at the end of ``steps``, from ``value`` on."""
    found = [value]
    for step in steps:
        inner: list[bytes] = []
        for each in found:
            if step is None and each[:1] == b"[":
                inner += cut_array(each).pieces
            elif step is not None and each[:1] == b"{":
                named = [item for name, item in members(each) if _is(name, step, encoding)]
                if len(named) != 1:  # two of one name: which of them is meant?
                    raise EnvelopeError(path)
                inner += named
            else:
                raise EnvelopeError(path)
        found = inner
    return found


def _is(name: bytes, wanted: str, encoding: str) -> bool:
    return bool(json.loads(name.decode(encoding, "replace")) == wanted)


def _with(carried: bytes, record: bytes) -> bytes:
    """A record that begins with what it carries. What is no object stays as it is: it becomes no row of silver anyway."""
    if record[:1] != b"{":
        return record
    rest = record[1:].lstrip(BLANKS)
    return b"{" + carried + (b"" if rest == b"}" else b",") + record[1:]
