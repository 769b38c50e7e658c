"""Reading of a row of bronze as a record: its bytes, its envelope, the change event around it, the encoding of its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from . import faults
from .change_events import Ignored, Unwrap, unwrap
from .decoding import Decode, decode
from .encoding import read_text
from .envelope import Envelope, record_of
from .faults import Fault
from .parsing import DEFAULT_LIMITS, Limits, parse_record, spellings_of
from .paths import Lift, lift
from .values import Record, Value, text_shape

Parsed: TypeAlias = dict[str, Value] | Fault | Ignored
"""A record, the reason why a row is none, or that it describes the stream and no row."""


@dataclass(frozen=True)
class Reading:
    """Settings of a topic by which its rows are read."""

    encoding: str = "utf-8"
    envelope: Envelope | None = None
    unwrap: Unwrap | None = None
    decode: Decode | None = None
    lifts: tuple[Lift, ...] = ()
    """Fields that settings take out of objects."""

    def parse(
        self, raw: str | None, kept: bytes | None = None, position: int = 0, limits: Limits = DEFAULT_LIMITS
    ) -> Parsed:
        """Parse a row of bronze or quarantine: its text, or its bytes where it has them, read by today's encoding.

        A ``position`` below 0 is that of a document that could not be cut: it is tried again by today's envelope.
        """
        text = read_text(raw, kept, self.encoding)
        if text is None and kept is not None:
            return Fault(faults.INVALID_UTF8, "", text_shape(raw or ""), f"the bytes are not {self.encoding}")
        return self.parse_text(text, position, limits)

    def parse_text(self, text: str | None, position: int = 0, limits: Limits = DEFAULT_LIMITS) -> Parsed:
        """The same of a text that is read already."""
        record = self._parse_text(text, position, limits)
        if self.lifts and isinstance(record, dict):
            return lift(record, self.lifts) or record
        return record

    def _parse_text(self, text: str | None, position: int, limits: Limits) -> Parsed:
        if text is not None and position < 0 and self.envelope is not None:
            found = record_of(text, self.envelope)
            if isinstance(found, Fault):
                return found
            text = found
        if text is None and self.unwrap is not None:
            return Ignored("tombstone")  # it stands behind a deletion, which has deleted the row
        record = parse_record(text, limits)
        if isinstance(record, Fault) or (self.unwrap is None and self.decode is None):
            return record
        if self.unwrap is not None:
            return unwrap(record, self.unwrap, self.decode, limits)
        assert self.decode is not None
        decoded = decode(record, self.decode)
        spellings = spellings_of(record)
        return decoded if spellings is None or isinstance(decoded, Fault) else Record(decoded, spellings)
