"""Checks files against a topic: its schema, its contract, the outcome of each record. Nothing is registered or written.

Pure Python over the same observing, planning and coercing as a run, so that it answers in a second, without Spark. Row
rules are SQL: they are evaluated where Spark is there (the action ``check``), and named as not evaluated elsewhere.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipelines.actions.check_report import CheckReport, Nulled, Rejects, files_of, plan_for, report_of
from pipelines.bronze.content import reason_unread, records_of
from pipelines.bronze.listing import open_file
from pipelines.clock import now
from pipelines.config.document import GoldModel, Topic
from pipelines.errors import PipelineError
from pipelines.gold.casts import CastCount, Counts
from pipelines.gold.nested import is_nested, nested_fits
from pipelines.gold.python_casts import fits
from pipelines.gold.sql import column_of
from pipelines.inference import Coercer, Fault, plain_name, value_shape
from pipelines.inference.change_events import Deletion, Ignored
from pipelines.inference.faults import EMPTY_TEXT, MISSING_KEY
from pipelines.inference.reading import Parsed
from pipelines.registry import Plan, Version
from pipelines.silver.arrow_pass import Observation, Watcher
from pipelines.silver.plan import layout_of, typing_options
from pipelines.silver.settings import told_of_names

__all__ = ["CheckReport", "check_files", "files_of", "report_of", "version_of"]


def check_files(
    topic: Topic, files: Sequence[Path], history: Sequence[Version], models: Sequence[GoldModel] = ()
) -> CheckReport:
    """Observe, plan and type the records of ``files`` against the registered versions of the topic, oldest first, and cast
    them as ``models`` would.
    """

    def records() -> Iterator[Parsed]:
        for path in files:
            for position, raw, kept in records_of(_read(path), topic.format, topic.encoding, topic.envelope):
                yield topic.reading.parse(raw, kept, position)

    observed = _observe(topic, records())
    plan = plan_for(topic, observed, history)
    casts = _Casts(topic, plan, models)
    rejects = Rejects() if plan.error is not None else _evaluate(topic, plan, records(), casts)
    settings = [] if plan.error is not None else told_of_names(topic, plan.next_schema)
    return report_of(
        topic, len(files), observed, history, plan, rejects, None, settings, casts.counts(), models
    )


def version_of(topic: Topic, files: Sequence[Path]) -> Version:
    """The schema version that ``files`` would make of a topic without one: a base to check other files against."""
    plan = check_files(topic, files, ()).plan
    if plan.error is not None:
        raise plan.error
    schema = plan.next_schema
    compatibility = topic.schema.compatibility
    return Version(topic.name, 1, schema, schema.fingerprint(), plan.changes, compatibility, "check", now())


def _read(path: Path) -> bytes:
    try:
        with open_file(os.fspath(path)) as file:
            reason = reason_unread(file)
            file.seek(0)
            content = file.read()
    except OSError as error:
        raise PipelineError(f"{path} cannot be read: {error.strerror or error}.") from error
    if reason is not None:
        raise PipelineError(f"{path} cannot be read: {reason}.")
    return content


def _observe(topic: Topic, records: Iterator[Parsed]) -> Observation:
    watcher = Watcher(typing_options(topic))
    for record in records:
        watcher.see(record)
    return watcher.observation()


class _Casts:
    """Counts how values of a topic would fit in the models that need them in another type."""

    def __init__(self, topic: Topic, plan: Plan, models: Sequence[GoldModel]) -> None:
        plans = {p.column: (at, plain_name(p.type)) for at, p in enumerate(plan.field_plans)}
        self._casts: list[tuple[str, str, int, str, str]] = []
        for model, input_ in (
            (m, input_) for m in models for input_ in m.inputs if input_.name == topic.name
        ):
            for name, type_ in input_.columns:
                column = column_of(input_, name, plans)
                if column is not None and plans[column][1] != type_:
                    self._casts.append((model.name, f"{input_.name}.{name}", *plans[column], type_))
        self._values: Counter[tuple[str, str]] = Counter()
        self._nulls: Counter[tuple[str, str]] = Counter()
        self._shapes: dict[tuple[str, str], str] = {}

    def see(self, values: Sequence[object]) -> None:
        """Count a row of silver."""
        for model, name, at, _, type_ in self._casts:
            value = values[at]
            if value is not None:
                self._values[model, name] += 1
                if not (nested_fits if is_nested(type_) else fits)(value, type_):
                    self._nulls[model, name] += 1
                    self._shapes.setdefault((model, name), value_shape(str(value)))

    def counts(self) -> dict[str, Counts]:
        """Return what was counted, by model."""
        found: dict[str, dict[str, CastCount]] = {}
        for model, name, _, from_type, to_type in self._casts:
            key = (model, name)
            count = CastCount(from_type, to_type, self._values[key], self._nulls[key], self._shapes.get(key))
            found.setdefault(model, {})[name] = count
        return dict(found)


def _evaluate(topic: Topic, plan: Plan, records: Iterator[Parsed], casts: _Casts) -> Rejects:
    layout, missing_keys = layout_of(topic, plan)
    has_key = _key_test(layout.keys, [p.column for p in plan.field_plans], missing_keys)
    coercer = Coercer(plan.field_plans, typing_options(topic), plan.unexpected_fields)
    codes: Counter[str] = Counter()
    faults = dropped = 0
    nulled: dict[str, Nulled] = {}
    for record in records:
        if isinstance(record, Fault):
            codes[record.code] += 1
            continue
        if isinstance(record, Ignored):
            dropped += 1
            continue
        row = coercer.row(record)
        if row.row_fault is not None:
            codes[row.row_fault.code] += 1
        elif not has_key(row.values):
            codes[MISSING_KEY] += 1
        else:
            faults += len(row.field_faults)
            for fault in row.field_faults:
                if fault.code != EMPTY_TEXT:
                    before = nulled.get(fault.field, Nulled(0, fault.shape))
                    nulled[fault.field] = Nulled(before.values + 1, before.shape)
            if not isinstance(record, Deletion):
                casts.see(row.values)
    return Rejects(dict(codes), dropped, faults, nulled)


def _key_test(
    keys: Sequence[str], columns: Sequence[str], missing: bool
) -> Callable[[Sequence[object]], bool]:
    if missing:
        return lambda values: False
    positions = [columns.index(key) for key in keys]
    return lambda values: all(values[at] is not None for at in positions)
