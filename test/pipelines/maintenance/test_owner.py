"""Tables of a run are handed over to the owner of the pipeline.

The statements are those of Unity Catalog, which Spark on this machine does not know: a session that records them stands in.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.config.parameters import resolve
from pipelines.maintenance.owner import OwnerError, hand_over

ROWS = [SimpleNamespace(table_schema="silver", table_name="orders", member=True)]


class Session:
    """Records statements; the catalog answers with ``rows``."""

    def __init__(self, rows: list[SimpleNamespace]) -> None:
        self.rows = rows
        self.statements: list[str] = []

    def sql(self, statement: str) -> Session:
        self.statements.append(statement)
        return self

    def collect(self) -> list[SimpleNamespace]:
        return self.rows


def _context(rows: list[SimpleNamespace], **options: str) -> Any:
    events: list[tuple[Any, ...]] = []
    log = SimpleNamespace(
        event=lambda stage, event, **more: events.append((stage, event, more)), events=events
    )
    return SimpleNamespace(spark=Session(rows), parameters=resolve(None, options, {}, "main", "run"), log=log)


def test_the_group_becomes_the_owner_of_what_this_identity_owns() -> None:
    ctx = _context(ROWS, owner="data`platform's")
    hand_over(ctx)
    question, change = ctx.spark.statements
    assert "table_schema IN ('bronze', 'silver', 'gold', 'ops')" in question
    assert "table_owner = current_user() AND table_owner <> 'data`platform\\'s'" in question
    assert change == "ALTER TABLE `main`.`silver`.`orders` SET OWNER TO `data``platform's`"
    assert ctx.log.events == [("finish", "owner_set", {"details": {"owner": "data`platform's", "tables": 1}})]


def test_nothing_is_handed_to_a_group_that_it_is_no_member_of() -> None:
    ctx = _context(
        [SimpleNamespace(table_schema="silver", table_name="orders", member=False)], owner="others"
    )
    with pytest.raises(
        OwnerError, match=r"1 table cannot be handed over to the group 'others'.*Add it to the group"
    ):
        hand_over(ctx)
    assert len(ctx.spark.statements) == 1


@pytest.mark.parametrize("options", [{}, {"owner": "group", "volume_root": "/data"}])
def test_without_an_owner_or_a_workspace_nothing_is_asked(options: dict[str, str]) -> None:
    ctx = _context(ROWS, **options)
    hand_over(ctx)
    assert ctx.spark.statements == []
