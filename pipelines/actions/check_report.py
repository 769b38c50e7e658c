"""The report of a check: how it reads as text and JSON, and the problems that a gate stops at."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines.bronze.listing import PACKED, SUFFIXES
from pipelines.config.document import GoldModel, Topic
from pipelines.errors import PipelineError, counted
from pipelines.gold.casts import Counts, not_fitting
from pipelines.inference import plain_name
from pipelines.inference.faults import meaning
from pipelines.registry import Plan, Version
from pipelines.silver.arrow_pass import Observation
from pipelines.silver.plan import planner, unordered_fields
from pipelines.silver.settings import unordered_words


@dataclass(frozen=True)
class Nulled:
    """Number of values of a field that do not fit its column and would be null in silver, and the shape of one."""

    values: int
    shape: str


@dataclass(frozen=True)
class Rejects:
    """Records that would not reach silver, by reason, and fields that would be nulled."""

    quarantined: Mapping[str, int] = field(default_factory=dict)
    dropped: int = 0
    field_faults: int = 0
    nulled: Mapping[str, Nulled] = field(default_factory=dict)
    """By field, the values that would be lost to silver; an empty text in a column of another type says nothing."""


@dataclass(frozen=True)
class RuleOutcome:
    """Expected result of a quality rule."""

    name: str
    on_violation: str
    checked: int
    failed: int


@dataclass(frozen=True)
class CheckReport:
    """The answer of a check. ``rules`` is nothing where they were not evaluated."""

    topic: Topic
    files: int
    records: int
    registered: Version | None
    plan: Plan
    rejects: Rejects
    rules: Sequence[RuleOutcome] | None
    unordered: Sequence[str] = ()
    """Fields of ``sequenceBy`` in which no record has a number or a time."""
    settings: Sequence[str] = ()
    """Sentences on names in the topic's settings that no record has had."""
    casts: Mapping[str, Counts] = field(default_factory=dict)
    """By gold model: how the values would fare that it needs in another type."""
    allowed_nulls: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By gold model: input columns of which values need not fit."""

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Changes of the schema that people should hear of."""
        return [
            {
                "change": change.kind,
                "field": change.field,
                "from": change.from_name,
                "to": change.to_name,
                "value_shape": change.value_shape,
                "rebuilds": change.rebuilds,
            }
            for change in self.plan.changes
            if change.drift
        ]

    @property
    def rejected_changes(self) -> list[dict[str, Any]]:
        """Return what the files ask for and the topic's contract does not give."""
        return [
            {
                "reason": change.reason,
                "field": change.field,
                "from": None if change.from_type is None else plain_name(change.from_type),
                "to": plain_name(change.to_type),
                "value_shape": change.value_shape,
            }
            for change in self.plan.rejected
        ]

    @property
    def retypes(self) -> bool:
        """Tell whether a registered field would get another type, name or hint."""
        return self.registered is not None and any(
            change["change"] not in ("added", "flags") or change["rebuilds"] for change in self.changes
        )

    @property
    def fails(self) -> list[str]:
        """Tell why a run over these files would fail; empty where it would not."""
        reasons = [] if self.plan.error is None else [str(self.plan.error)]
        return reasons + [
            f"quality rule {rule.name} (onViolation fail) is violated by {rule.failed} of {rule.checked}"
            for rule in self.rules or ()
            if rule.failed and rule.on_violation == "fail"
        ]

    @property
    def rejected(self) -> int:
        """Records that would not reach silver."""
        return sum(self.rejects.quarantined.values()) + self.rejects.dropped

    def problems(self, allow: Iterable[str] = ()) -> list[str]:
        """Return what a gate stops at, but for the kinds in ``allow`` (``types``, ``rejects``, ``nulls``, ``settings``)."""
        found = list(self.fails)
        if self.unordered:
            found.append(f"sequenceBy orders nothing: {unordered_words(self.unordered)}")
        if self.retypes and "types" not in allow:
            found.append("registered fields would get other types; silver would be derived again from bronze")
        if self.rejected and "rejects" not in allow:
            found.append(f"{self.rejected} of {counted(self.records, 'record')} would not reach silver")
        if "nulls" not in allow:
            found += [
                f"{nulled.values} value{'' if nulled.values == 1 else 's'} of {name} would be null in silver, which its column "
                f"does not take (one looks like {nulled.shape!r}); correct the hint or the source"
                for name, nulled in sorted(self.rejects.nulled.items())
            ]
        if "settings" not in allow:
            found += [sentence.removeprefix(f"Topic {self.topic.name}: ") for sentence in self.settings]
        return found + [
            f"model {model} would read {count.nulls} of {count.values} values of {name} as null, which is {count.from_type} "
            f"and needed as {count.to_type} (one looks like {count.shape!r}); correct the source or the hint, make the type "
            f"in the SQL, or allow it: -- allow: nulls({name})"
            for model, counts in sorted(self.casts.items())
            for name, count in sorted(counts.items())
            if count.nulls and name not in self.allowed_nulls.get(model, ())
        ]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON can say it."""
        return {
            "topic": self.topic.name,
            "files": self.files,
            "records": self.records,
            "schema_version": self.registered.version if self.registered else None,
            "would_register": self._registers,
            "compatibility": self.topic.schema.compatibility,
            "changes": self.changes,
            "rejected_changes": self.rejected_changes,
            "fails": self.fails,
            "quarantined": dict(self.rejects.quarantined),
            "dropped": self.rejects.dropped,
            "field_faults": self.rejects.field_faults,
            "nulled": {name: asdict(nulled) for name, nulled in self.rejects.nulled.items()},
            "unordered": list(self.unordered),
            "settings": list(self.settings),
            "not_fitting": {
                model: not_fitting(counts) for model, counts in self.casts.items() if not_fitting(counts)
            },
            "rules": None
            if self.rules is None
            else [
                {"rule": r.name, "onViolation": r.on_violation, "checked": r.checked, "failed": r.failed}
                for r in self.rules
            ],
        }

    @property
    def _registers(self) -> bool:
        if self.plan.error is not None:
            return False
        return (
            self.registered is None or self.registered.fingerprint != self.plan.next_schema.fingerprint()
        ) and len(self.plan.next_schema) > 0

    def lines(self) -> list[str]:
        """The report in plain words."""
        version = f"version {self.registered.version}" if self.registered else "nothing registered yet"
        said = [
            f"Topic {self.topic.name}: {counted(self.records, 'record')} in {counted(self.files, 'file')} against {version}."
        ]
        said += [f"  {_change_line(change)}" for change in self.changes]
        said += [f"  {_rejected_line(change)}" for change in self.rejected_changes]
        if self._registers:
            number = self.registered.version + 1 if self.registered else 1
            said.append(
                f"Schema: version {number} would be registered (compatibility {self.topic.schema.compatibility})."
            )
        elif self.plan.error is None:
            said.append("Schema: nothing new.")
        if self.plan.error is None:
            good = self.records - self.rejected
            said.append(
                f"Records: {good} for silver, {sum(self.rejects.quarantined.values())} to quarantine"
                + (f", {self.rejects.dropped} dropped" if self.rejects.dropped else "")
                + f"; {counted(self.rejects.field_faults, 'field')} nulled."
            )
            said += [
                f"  quarantine {code}: {count} ({meaning(code)})"
                for code, count in sorted(self.rejects.quarantined.items())
            ]
        if self.unordered:
            said.append(f"Order: {unordered_words(self.unordered)}.")
        if self.rules is None and self.topic.quality:
            said.append(
                f"Quality: {counted(len(self.topic.quality), 'rule')} not evaluated here, since that takes Spark (--rules does)."
            )
        for rule in self.rules or ():
            state = "holds" if not rule.failed else f"violated by {rule.failed} of {rule.checked}"
            said.append(f"Quality: {rule.name} {state} (onViolation {rule.on_violation}).")
        return said


def _change_line(change: Mapping[str, Any]) -> str:
    before = f"{change['from']} -> " if change["from"] else ""
    shape = f" (a value looks like {change['value_shape']!r})" if change["value_shape"] else ""
    rebuilds = ", silver is derived again" if change["rebuilds"] else ""
    return f"{change['change']} {change['field']}: {before}{change['to']}{shape}{rebuilds}"


def _rejected_line(change: Mapping[str, Any]) -> str:
    looks = f"(a value looks like {change['value_shape']!r})"
    if change["reason"] == "bad_cast":
        return f"rejected {change['field']}: a value does not fit the hint {change['to']} {looks}"
    before = f"{change['from']} -> " if change["from"] else ""
    return f"rejected {change['field']}: {before}{change['to']}, {change['reason']} {looks}"


def plan_for(topic: Topic, observed: Observation, history: Sequence[Version]) -> Plan:
    """Return what the topic's contract makes of what was observed."""
    make = planner(topic, observed)
    schemas = [version.schema for version in history]
    return make(schemas[-1] if schemas else None, schemas)


def report_of(
    topic: Topic,
    files: int,
    observed: Observation,
    history: Sequence[Version],
    plan: Plan,
    rejects: Rejects,
    rules: Sequence[RuleOutcome] | None,
    settings: Sequence[str],
    casts: Mapping[str, Counts],
    models: Iterable[GoldModel],
) -> CheckReport:
    """The report on what was observed and evaluated, whichever way."""
    return CheckReport(
        topic,
        files,
        observed.rows,
        history[-1] if history else None,
        plan,
        rejects,
        rules,
        unordered_fields(topic, observed),
        settings,
        casts,
        {model.name: model.allow_nulls for model in models},
    )


def files_of(folder: Path) -> list[Path]:
    """The JSON files of a folder and its sub-folders, or the one file that is named; an error where there is none."""
    if folder.is_file():
        return [folder]
    found = sorted(
        Path(root) / name
        for root, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(SUFFIXES + PACKED) and not name.startswith((".", "_"))
    )
    if not found:
        raise PipelineError(f"There is no {' / '.join(SUFFIXES)} file in {folder}: nothing to check.")
    return found
