"""A range of bronze rows of one topic on its way to silver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import DataFrame

from pipelines.config.document import Topic
from pipelines.inference import TypingOptions
from pipelines.quality.expressions import Trouble
from pipelines.registry import Plan, Version
from pipelines.silver.outcomes import Fates
from pipelines.silver.table import SilverLayout


@dataclass
class Batch:
    """One range of bronze versions of a topic on its way to silver."""

    topic: Topic
    first: int
    last: int
    rows: DataFrame
    options: TypingOptions
    again: bool = False
    """Whether these are all rows of the topic, and silver is derived again from them."""
    replayed: bool = False
    """Whether the rows come from quarantine, and may be in silver already."""
    local: bool = False
    """Whether the batch is small enough to come to the driver."""
    trouble: Trouble = field(default_factory=Trouble)
    """What turned out about rules, and ``deleteWhen``, when they were evaluated over the rows."""


@dataclass(frozen=True)
class Examined:
    """A batch that may go to silver: how its rows are typed, what becomes of each, and the version that they have."""

    read: int
    plan: Plan
    layout: SilverLayout
    judged: DataFrame
    fates: Fates
    version: Version | None
    bounds: Mapping[str, str] = field(default_factory=dict)
    """Ranges of the good rows' keys, where they are known (``LocalRows.bounds``)."""
