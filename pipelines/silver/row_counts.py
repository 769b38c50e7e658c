"""Row accounting: every bronze row has exactly one outcome, and a run whose sum does not hold fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.errors import AccountingError
from pipelines.silver.outcomes import RowOutcomes


@dataclass(frozen=True)
class RowCounts:
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
        """Return the counts by their columns of ``ops.run_log``."""
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
        """Return the columns of ``ops.run_log``."""
        return {**self.counts(), "details": {"quarantine_codes": self.codes} if self.codes else None}


def reconcile_counts(
    topic: str,
    read: int,
    outcomes: RowOutcomes,
    offered: int | None,
    applied: int,
    schema_version: int | None,
) -> RowCounts:
    """Draw up the row counts of a batch and check them. They come from different sources on purpose.

    Args:
        read: Rows that the observing pass counted.
        outcomes: What the evaluating pass counted.
        offered: Rows that the write saw; ``None`` where it does not say.
        applied: Rows that made a difference, by Delta's own metrics of the write.

    Raises:
        AccountingError: The sum does not hold.
    """
    offered = outcomes.good if offered is None else offered
    sums = {"for silver": offered, "quarantined": outcomes.quarantined, "dropped": outcomes.dropped}
    if sum(sums.values()) != read:
        raise AccountingError(topic, read, sums)
    if applied > offered:
        raise AccountingError(topic, offered, {"applied": applied})
    return RowCounts(
        read=read,
        silver=applied,
        quarantined=outcomes.quarantined,
        deduplicated=offered - applied,
        dropped=outcomes.dropped,
        field_faults=outcomes.field_faults,
        schema_version=schema_version,
        codes=outcomes.codes,
    )
