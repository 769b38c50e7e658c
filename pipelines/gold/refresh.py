"""Gold: each model is one SELECT over silver topics or other models, kept as a table.

A model whose inputs and SQL are as they were is left alone. Where its plan allows it (``gold_plan``), the groups that
changed rows touch are found (``gold_changes``), computed again and replaced (``gold_write``), in one commit; otherwise
the whole table is, and the log says why. Either way the table is what a full refresh would make of the inputs.

Killed between that commit and the record of it, the next run goes over the same changes, or more of them: the same
groups are computed again from all their rows, and come out the same. Inputs are read as they are, not as of a version:
gold follows its inputs within a run, and only one run writes at a time; whatever else may come in between is read
again by the next run, since the recorded version is never newer than what was read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines import clock, delta
from pipelines.config.document import GoldModel
from pipelines.context import Context
from pipelines.delta.driver_rows import LocalRows
from pipelines.errors import StrictRefreshError
from pipelines.failpoints import failpoint
from pipelines.gold.casts import (
    CastCount,
    CastInput,
    CountedCasts,
    check_casts,
    count_casts,
    from_details,
    not_fitting,
    to_details,
)
from pipelines.gold.changes import Source, affected, analyse_model, columns_read
from pipelines.gold.compile import compile_model, user_sql_of
from pipelines.gold.costs import Costs
from pipelines.gold.plan import Analysis
from pipelines.gold.result import GoldResult
from pipelines.gold.sql import bind
from pipelines.gold.state import has_incremental_reader, source_table, state_of, version_of
from pipelines.gold.write import Groups, merge, rewrite
from pipelines.ops.descriptions import of_gold
from pipelines.ops.progress import GOLD, ConsumedRange
from pipelines.registry import retyped_since


@dataclass
class _Cache:
    """Cache of gold between the iterations of a loop."""

    rows: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    """Versions of the tables, as their readers get to know them."""


def refresh_again(ctx: Context, model: GoldModel) -> None:
    """Forget what the model has seen, so that its next run refreshes it in full."""
    consumed = ctx.progress.last(GOLD, model.name)
    if consumed is not None:
        ctx.progress.record(replace(consumed, details={}), ctx.parameters.run_id)


def run_gold(ctx: Context, model: GoldModel, costs: Costs | None = None) -> GoldResult:
    """Refresh a model where its inputs or its SQL changed since the last time, and count its rows."""
    done = write_gold(ctx, model, costs)
    return done if isinstance(done, GoldResult) else count_rows(ctx, [done])[0]


def write_gold(ctx: Context, model: GoldModel, costs: Costs | None = None) -> GoldResult | Refresh:
    """Refresh a model where its inputs or its SQL changed since the last time.

    Returns the refresh itself where its write does not say how many rows the table has now: it is recorded and logged once
    :func:`count_rows` has asked for them. A refresh that is never counted is done again in full.
    """
    started = time.monotonic()
    consumed = ctx.progress.last(GOLD, model.name)
    now = state_of(ctx, model)
    if consumed is not None and all(consumed.details.get(key) == now[key] for key in ("inputs", "sql")):
        return GoldResult(
            model.name,
            "skipped",
            int(consumed.details.get("rows", 0)),
            "nothing new",
            not_fitting=not_fitting(from_details(consumed.details.get("casts", {}))),
        )
    compile_model(ctx.spark, model)
    refresh = Refresh(ctx, model, consumed, now, costs or Costs(), started)
    refresh.run()
    return refresh if refresh.rows is None else refresh.conclude(refresh.rows)


def count_rows(ctx: Context, refreshes: Sequence[Refresh]) -> list[GoldResult]:
    """Count the rows of the tables that these refreshes wrote, in one statement, and conclude them."""
    # Bare counts, beside nothing else: Delta answers these from its log, and opens no file.
    counts = (f"(SELECT count(*) FROM {each.table}) AS n{i}" for i, each in enumerate(refreshes))
    rows = ctx.spark.sql(f"SELECT {', '.join(counts)}").collect()[0]
    return [each.conclude(int(count)) for each, count in zip(refreshes, rows, strict=True)]


class Refresh:
    """One refresh of a model that needs one: it is written, then concluded."""

    def __init__(
        self,
        ctx: Context,
        model: GoldModel,
        consumed: ConsumedRange | None,
        now: dict[str, Any],
        costs: Costs,
        started: float,
    ) -> None:
        self.ctx, self.model, self.consumed, self.now = ctx, model, consumed, now
        self.costs = costs.for_model(model)
        self.table = ctx.parameters.tables.gold(model.name)
        #: rows of the table after the write; ``None`` where it does not say
        self.rows: int | None = None
        self.casts: Mapping[str, CastCount] = {}
        #: what the log should know besides the result
        self.said: dict[str, Any] = {}
        self.before: Mapping[str, Any] = consumed.details if consumed else {}
        #: the table's version, where this refresh wrote it anew and another model reads its changes
        self.written: int | None = None
        self.wait = min(int(self.before.get("wait", 0)), self.costs.back_off)
        #: how long the last full refresh took
        self.last_full_s = float(self.before.get("last_full_refresh_s", 0))
        self._details: dict[str, Any] = {}
        self._started, self._took_ms, self._ended = started, 0, clock.now()
        self._how, self._reason = "full", ""
        self._groups_found: int | None = None
        seen = self.before.get("inputs", {})
        self.sources = {
            name: Source(
                source_table(ctx, name) if version is not None else None,
                _next(seen.get(name)),
                version != seen.get(name),
            )
            for name, version in now["inputs"].items()
        }

    def run(self) -> None:
        """Write the table, and leave its new version to those who read it."""
        started = time.monotonic()
        reason, groups = self._why_full(), None
        if reason is None:
            reason, groups = self._groups()
        self._groups_found = None if groups is None else groups.count
        self.casts = self._count_casts(whole=reason is not None)
        check_casts(self.model, self.casts)
        if reason is None and groups is not None:
            try:
                self.rows, committed = self._refresh_groups(groups)
                if time.monotonic() - started > self.last_full_s:
                    self.wait = self.costs.back_off
                self._leave(committed)
                self._how, self._reason = "incremental", "changed groups"
                return
            except Exception as error:  # the table is not what it was left as: make it anew
                reason = f"changes could not be applied ({type(error).__name__})"
        started = time.monotonic()
        self.rows = self._all()
        self.last_full_s = time.monotonic() - started
        self._leave(committed=True)
        self._reason = str(reason)

    def conclude(self, rows: int) -> GoldResult:
        """Record what the model has seen, and log the refresh.

        Args:
            rows: Rows that its table has now.
        """
        ctx, name = self.ctx, self.model.name
        ctx.cached(_Cache).rows[name] = rows
        left = ctx.progress.last(GOLD, name)
        assert left is not None
        ctx.progress.record(replace(left, details={**self._details, "rows": rows}), ctx.parameters.run_id)
        result = GoldResult(name, self._how, rows, self._reason, self._groups_found, not_fitting(self.casts))
        unexpected = set(result.not_fitting or ()) - set(self.model.allow_nulls)
        ctx.log.event(
            GOLD,
            "refreshed",
            level="warning" if unexpected else "info",
            model=name,
            duration_ms=self._took_ms,
            details={**result.details(), **self.said, "inputs": self.now["inputs"]},
            ts=self._ended,
        )
        return result

    def _count_casts(self, whole: bool) -> dict[str, CastCount]:
        """Count the values of each input column that do not fit: of the changes where these are followed, else of all."""
        inputs = {
            name: CastInput(source.table, source.first, self.now["inputs"][name])
            for name, source in self.sources.items()
            if source.table is not None
        }
        before = None if whole else from_details(self.before.get("casts", {}))
        counted = self.ctx.cached(CountedCasts)
        return count_casts(self.ctx.spark, self.model, inputs, before, counted, self.ctx.document.gold)

    def _why_full(self) -> str | None:
        """Return the reason why changes cannot, or should not, be followed."""
        if self.model.refresh == "strict":  # told at the first refresh already
            self._check_strict(analyse_model(self.ctx.spark, self.model).reason)
        if self.consumed is None:
            return "first refresh"
        if not self.before:
            return "asked for"
        if self.before.get("sql") != self.now["sql"]:
            return "the model changed"
        analysis = analyse_model(self.ctx.spark, self.model)
        if analysis.reason is not None:
            return analysis.reason
        for name, source in self.sources.items():
            if source.changed:
                reason = self._why_not(name, source, analysis)
                if reason is not None:
                    return reason
        if self.wait > 0:
            self.wait -= 1
            return "a full refresh was cheaper lately"
        return None

    def _check_strict(self, reason: str | None) -> None:
        """Raise an error for the reason of a full refresh, where the model allows none."""
        if reason is not None and self.model.refresh == "strict":
            raise StrictRefreshError(self.model.name, reason)

    def _why_not(self, name: str, source: Source, analysis: Analysis) -> str | None:
        if _next(self.now["inputs"][name]) < source.first:
            return f"{name} was made anew"
        schema, known = self.now["schemas"].get(name), self.before.get("schemas", {}).get(name)
        if schema != known and retyped_since(self.ctx.registry.history(name), known or 0):
            return f"a column of {name} has another type"
        reason = analysis.why_full(name)
        self._check_strict(reason)
        return reason

    def _groups(self) -> tuple[str | None, LocalRows | None]:
        """The groups to compute again, or why all of them."""
        analysis, costs = analyse_model(self.ctx.spark, self.model), self.costs
        try:
            groups = affected(self.ctx.spark, self.model, self.sources, analysis, costs.most_groups)
        except Exception as error:  # versions that are gone, types that changed, or whatever else
            reason = f"changes cannot be read ({type(error).__name__})"
            self._check_strict(reason)
            return reason, None
        if groups.count > min(costs.most_groups, costs.most_share * int(self.before.get("rows", 0))):
            self.wait = costs.back_off
            self._check_strict("too many groups changed")
            return "too many groups changed", groups
        return None, groups

    def _refresh_groups(self, groups: LocalRows) -> tuple[int | None, bool]:
        """Replace groups. Returns the table's rows, where they are known, and whether it has a new version."""
        if groups.count == 0:
            return int(self.before["rows"]), False
        ctx, model = self.ctx, self.model
        known = ctx.cached(_Cache).rows.pop(model.name, None)
        chosen = Groups(ctx.spark, model, groups)
        rows = chosen.rows(self._query())
        if int(self.before["rows"]) <= self.costs.rewrite_rows and not has_incremental_reader(ctx, model):
            self.said["write"] = "rewrite"
            rewrite(chosen, rows, self.table)
            return self._written(), True
        self.said["write"] = "merge"
        change = merge(chosen, rows, self.table)
        self.said.update(inserted=change.inserted, updated=change.updated, deleted=change.deleted)
        return (
            None if known is None else known + change.inserted - change.deleted,
            change.inserted + change.updated + change.deleted > 0,
        )

    def _all(self) -> int | None:
        self.said["write"] = "overwrite"
        self.ctx.cached(_Cache).rows.pop(self.model.name, None)
        query = self._query()
        try:
            # Not recorded as said: whether a writer's option is heeded is the platform's matter (see maintenance).
            delta.overwrite(self.ctx.spark.sql(query), self.table, comment=of_gold(self.model).comment)
        except Exception as error:
            located = user_sql_of(self.model).error(error, query)
            raise error if located is None else located from error
        return self._written()

    def _query(self) -> str:
        sources = {name: source.table for name, source in self.sources.items()}
        return bind(self.ctx.spark, self.model, sources)

    def _written(self) -> int | None:
        """Rows of the table after it was written anew, where another model reads its changes: its commit says them with its
        version, which has to be known then.
        """
        if not has_incremental_reader(self.ctx, self.model):
            return None
        commit = delta.last_commit(self.ctx.spark, self.table)
        self.written = commit.version
        return commit.metric("numOutputRows")

    def _leave(self, committed: bool) -> None:
        """Leave the table's version to its readers, and what the model has seen to :meth:`conclude`.

        Until then nothing is known to be seen, as after :func:`refresh_again`.
        """
        failpoint("gold.committed")
        ctx, name = self.ctx, self.model.name
        number = self.consumed.last + 1 if self.consumed else 1
        version = self._version(committed)
        own = {
            "wait": self.wait,
            "last_full_refresh_s": round(self.last_full_s, 3),
            "feed": bool(self.before.get("feed")),
        }
        self._details = {**self.now, **own, "columns": self._columns_read()}
        if self.casts:
            self._details["casts"] = to_details(self.casts)
        if not self._details["feed"] and has_incremental_reader(ctx, self.model):
            ctx.spark.sql(
                f"ALTER TABLE {self.table} SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
            )
            self._details["feed"] = True
        ctx.progress.record(ConsumedRange(GOLD, name, number, number, version), ctx.parameters.run_id)
        self._took_ms, self._ended = int((time.monotonic() - self._started) * 1000), clock.now()

    def _columns_read(self) -> Mapping[str, Sequence[Sequence[str]]] | None:
        """Column -> [input, column] of what it comes from, as it is known since the model has this SQL."""
        if self.before.get("sql") == self.now["sql"] and "columns" in self.before:
            known: Mapping[str, Sequence[Sequence[str]]] | None = self.before["columns"]
            return known
        return columns_read(self.ctx.spark, self.model)

    def _version(self, committed: bool) -> int:
        """A version for those who read this table: never above the real one, and another one after every change."""
        ctx, name = self.ctx, self.model.name
        known = ctx.cached(_Cache).versions.get(name)
        if self.written is not None:
            known = self.written
        elif known is None and has_incremental_reader(ctx, self.model):
            known = delta.last_commit(ctx.spark, self.table).version
        else:
            last = known if known is not None else version_of(self.consumed)
            known = last + committed if last is not None else 0
        ctx.cached(_Cache).versions[name] = known
        return known


def _next(seen: int | None) -> int:
    """Return the first version after the one that was consumed."""
    return 0 if seen is None else seen + 1
