"""Row accounting: every bronze row has exactly one fate, and a run whose sum does not hold fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.errors import AccountingError
from pipelines.silver.outcomes import Fates


@dataclass(frozen=True)
class Account:
    """``read = silver + quarantined + deduplicated + dropped``; field faults are counted apart."""

    read: int
    silver: int
    quarantined: int
    deduplicated: int
    dropped: int
    field_faults: int
    schema_version: int | None
    codes: dict[str, int]

    def counts(self) -> dict[str, int | None]:
        """The figures, by their columns of ``ops.run_log``."""
        return {
            "read_rows": self.read,
            "silver_rows": self.silver,
            "quarantined_rows": self.quarantined,
            "deduplicated_rows": self.deduplicated,
            "dropped_rows": self.dropped,
            "field_faults": self.field_faults,
            "schema_version": self.schema_version,
        }

    def log_fields(self) -> dict[str, Any]:
        """The account as columns of ``ops.run_log``."""
        return {**self.counts(), "details": {"quarantine_codes": self.codes} if self.codes else None}


def settle(
    topic: str, read: int, fates: Fates, candidates: int, applied: int, schema_version: int | None
) -> Account:
    """Draw up the account of a batch and check it. The figures come from different places on purpose:

    ``read`` is counted by the observing pass, ``fates`` by the judging pass, ``candidates`` (rows that the write saw,
    -1 where it does not say) and ``applied`` by Delta's own metrics of the write. Raises :class:`AccountingError`.
    """
    offered = fates.good if candidates < 0 else candidates
    sums = {"for silver": offered, "quarantined": fates.quarantined, "dropped": fates.dropped}
    if sum(sums.values()) != read:
        raise AccountingError(topic, read, sums)
    if applied > offered:
        raise AccountingError(topic, offered, {"applied": applied})
    return Account(
        read=read,
        silver=applied,
        quarantined=fates.quarantined,
        deduplicated=offered - applied,
        dropped=fates.dropped,
        field_faults=fates.field_faults,
        schema_version=schema_version,
        codes=fates.codes,
    )
