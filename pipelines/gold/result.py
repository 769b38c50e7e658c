"""Result of a refresh of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class GoldResult:
    """Result of a refresh: ``full``, ``incremental`` or ``skipped``, and why; rows now in the model's table.

    ``affected`` is the number of groups that changes touched, where they were looked at.
    """

    model: str
    refresh: str
    rows: int
    reason: str
    affected: int | None = None
    not_fitting: Mapping[str, Any] | None = None
    """Input columns of which values do not fit the needed type, with their counts (``gold_casts``)."""

    def details(self) -> dict[str, Any]:
        """Details for the log and the summary."""
        said = {
            "refresh": self.refresh,
            "reason": self.reason,
            "rows": self.rows,
            "affected": self.affected,
            "not_fitting": self.not_fitting or None,
        }
        return {name: value for name, value in said.items() if value is not None}
