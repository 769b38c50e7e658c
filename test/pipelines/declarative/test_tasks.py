"""The tasks around a declarative pipeline, as far as they need no Spark."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, cast

import pytest

from pipelines.config.load import load_document
from pipelines.context import Context
from pipelines.declarative import tasks
from pipelines.errors import ParameterError
from pipelines.inference import types as t
from pipelines.ops.progress import ConsumedRange, MemoryProgress
from pipelines.registry import Change, Schema, Version

DOCUMENT = load_document(None)
ORDERS = DOCUMENT.topic("orders")
WHEN = datetime(2024, 4, 1, tzinfo=timezone.utc)


@dataclass
class World:
    """As much of a context as is asked."""

    history: list[Version] = field(default_factory=list)
    progress: MemoryProgress = field(default_factory=MemoryProgress)

    @property
    def registry(self) -> Any:
        world = self

        class Registry:
            def history(self, topic: str) -> list[Version]:
                return world.history

        return Registry()


def version(number: int, *changes: Change) -> Version:
    return Version("orders", number, Schema(), "f", changes, "none", "r", WHEN)


ADDED = Change("added", "channel", None, t.String(), "a")
PROMOTED = Change("promoted", "total", t.Bigint(), t.String(), "a", rebuilds=True)


@pytest.mark.parametrize(
    ("applied", "expected"),
    [(None, False), (1, True), (2, True), (3, False)],
    ids=["nothing was written yet", "before it was added", "before it became text", "after it became text"],
)
def test_a_column_that_got_another_type_since_the_last_success(applied: int | None, expected: bool) -> None:
    world = World([version(1), version(2, ADDED), version(3, PROMOTED)])
    if applied is not None:
        world.progress.record(ConsumedRange(tasks.APPLIED, "orders", applied, applied, -1), "r")
    assert tasks.needs_reset(cast(Context, world), ORDERS) is expected


def test_a_new_column_starts_nothing_afresh() -> None:
    world = World([version(1), version(2, ADDED)])
    world.progress.record(ConsumedRange(tasks.APPLIED, "orders", 1, 1, -1), "r")
    assert tasks.needs_reset(cast(Context, world), ORDERS) is False


def test_other_actions_are_rejected_by_name() -> None:
    with pytest.raises(ParameterError, match="run, full_refresh, doctor, as the engine is declarative"):
        tasks.check_action("forget")
