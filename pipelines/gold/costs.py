"""Limits of incremental refreshes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from pipelines.config.document import GoldModel


@dataclass(frozen=True)
class Costs:
    """Limits beyond which a full refresh is cheaper than an incremental one."""

    #: groups that one refresh may touch: they pass through the driver
    most_groups: int = 200_000
    #: share of a table's groups that one refresh may touch
    most_share: float = 0.4
    #: tables of at most this many rows are written anew, the untouched rows with the others: that is one pass, MERGE is two
    rewrite_rows: int = 500_000
    #: number of full refreshes, before changes are looked at again, where an incremental one took longer than the last full refresh
    #: or touched too much: what changes cost depends on the data, the model and the machine, so it is measured
    back_off: int = 4

    def for_model(self, model: GoldModel) -> Costs:
        """Return the limits for a model: no cost is too high for one that asks for incremental refreshes."""
        return (
            replace(self, most_share=inf, back_off=0) if model.refresh in ("incremental", "strict") else self
        )
