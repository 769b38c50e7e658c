"""Store of versions: the port, its in-memory twin, and the loop that registers a plan against other writers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pipelines.errors import PipelineError, counted
from pipelines.vocabulary import Mode

from .contract import Plan
from .diff import Change
from .schema import Schema


@dataclass(frozen=True)
class Version:
    """One immutable version of a topic's schema: one row of the registry table."""

    topic: str
    version: int
    schema: Schema
    fingerprint: str
    changes: tuple[Change, ...]
    compatibility: Mode
    run_id: str
    registered_at: datetime

    def to_row(self) -> dict[str, Any]:
        """The row, with the columns of `registry_columns.json`."""
        changes = [change.to_json() for change in self.changes]
        return {
            "topic": self.topic,
            "version": self.version,
            "schema": self.schema.to_json(),
            "fingerprint": self.fingerprint,
            "changes": json.dumps(changes, separators=(",", ":"), ensure_ascii=False),
            "compatibility": self.compatibility,
            "run_id": self.run_id,
            "registered_at": self.registered_at,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Version:
        """The version that a row holds. Raises :class:`RegistryDamaged` where somebody has edited it."""
        try:
            if hashlib.sha256(row["schema"].encode()).hexdigest() != row["fingerprint"]:
                raise ValueError("schema does not have the fingerprint beside it")
            return cls._decode(row)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RegistryDamaged(row["topic"], row["version"], f"the row was edited ({error})") from error

    @classmethod
    def _decode(cls, row: Mapping[str, Any]) -> Version:
        return cls(
            row["topic"],
            int(row["version"]),
            Schema.from_json(row["schema"]),
            row["fingerprint"],
            tuple(Change.from_json(change) for change in json.loads(row["changes"])),
            row["compatibility"],
            row["run_id"],
            row["registered_at"],
        )


class RegistryDamaged(PipelineError):
    """Rows of a topic were edited, deleted or doubled by hand; they are appended by the pipeline and never change."""

    remedy = 'Run the action doctor with {"repair": "true"} (medallion doctor --repair).'

    def __init__(self, topic: str, version: int, reason: str) -> None:
        self.topic, self.version, self.reason = topic, version, reason
        super().__init__(
            f"ops.schema_registry, topic {topic}, version {version}: {reason}. Nothing is written for this topic until "
            "the registry is repaired: run medallion doctor --repair (in a workspace the job with action doctor and "
            'action_arguments {"repair": "true"}), which derives the schema of the topic again from bronze and silver.'
        )


@dataclass
class History:
    """Contents of the registry table for one topic."""

    sound: list[Version] = field(default_factory=list)
    """Versions that can be read, oldest first."""
    damage: list[RegistryDamaged] = field(default_factory=list)

    def versions(self) -> Sequence[Version]:
        """All versions, oldest first. Raises :class:`RegistryDamaged` where one cannot be read."""
        if self.damage:
            raise self.damage[0]
        return tuple(self.sound)


def histories(rows: Iterable[Mapping[str, Any]]) -> dict[str, History]:
    """The topics' histories, from rows of the registry table in any order."""
    found: dict[str, History] = {}
    for row in sorted(rows, key=lambda row: (str(row["topic"]), row["version"] or 0)):
        history = found.setdefault(row["topic"], History())
        try:
            version = Version.from_row(row)
        except RegistryDamaged as damage:
            history.damage.append(damage)
            continue
        if history.sound and history.sound[-1].version == version.version:
            history.damage.append(RegistryDamaged(version.topic, version.version, "there are two such rows"))
        else:
            history.sound.append(version)
    return found


class RegistryStore(Protocol):
    """Registry as the data plane uses it."""

    def latest(self, topic: str) -> Version | None:
        """The newest version of a topic."""

    def history(self, topic: str) -> Sequence[Version]:
        """Every version of a topic, oldest first."""

    def register(
        self,
        topic: str,
        expected_version: int,
        schema: Schema,
        changes: Sequence[Change],
        compatibility: Mode,
        run_id: str,
        at: datetime,
    ) -> Version:
        """Append version `expected_version + 1`, where `expected_version` is the newest one known (0: none).

        Returns the version that stands: the new one; the newest one, where that has the same fingerprint (a no-op); or the
        winner's, where another writer was faster. The caller compares fingerprints, and plans again when it lost.
        """

    def start_empty(self) -> None:
        """The table was just made: nothing is registered, and nobody need look."""


class InMemoryRegistry:
    """The twin for tests: the same semantics, no table."""

    def __init__(self) -> None:
        self._versions: dict[str, list[Version]] = {}

    def latest(self, topic: str) -> Version | None:
        """The newest version of a topic."""
        versions = self._versions.get(topic)
        return versions[-1] if versions else None

    def history(self, topic: str) -> Sequence[Version]:
        """Every version of a topic, oldest first."""
        return tuple(self._versions.get(topic, ()))

    def register(
        self,
        topic: str,
        expected_version: int,
        schema: Schema,
        changes: Sequence[Change],
        compatibility: Mode,
        run_id: str,
        at: datetime,
    ) -> Version:
        """See `RegistryStore.register`."""
        versions = self._versions.setdefault(topic, [])
        fingerprint = schema.fingerprint()
        if versions and versions[-1].fingerprint == fingerprint:
            return versions[-1]
        if expected_version < len(versions):
            return versions[expected_version]
        if expected_version > len(versions):
            raise ValueError(f"topic {topic} has {counted(len(versions), 'version')}, not {expected_version}")
        number = expected_version + 1
        version = Version(topic, number, schema, fingerprint, tuple(changes), compatibility, run_id, at)
        versions.append(version)
        return version

    def start_empty(self) -> None:
        """See `RegistryStore.start_empty`: nothing to do."""


class RegistryBusy(PipelineError):
    """Another run registered a schema version of the topic at every attempt; the topic's batch is not marked as consumed."""

    remedy = (
        "Let only one run write to the schemas at a time: wait until the other run has ended, and run again."
    )

    def __init__(self, topic: str, attempts: int) -> None:
        self.topic, self.attempts = topic, attempts
        super().__init__(
            f"Topic {topic}: another run registered a schema version at each of {attempts} attempts of this run. Nothing "
            "was registered. Two runs write to the same schemas: wait until the other run has ended, and run again."
        )


def retyped_since(history: Sequence[Version], applied: int) -> bool:
    """Tell whether a version after ``applied`` gives a column another type."""
    return any(
        change.rebuilds for version in history if version.version > applied for change in version.changes
    )


def register_plan(
    store: RegistryStore,
    topic: str,
    make_plan: Callable[[Schema | None, Sequence[Schema]], Plan],
    *,
    compatibility: Mode,
    run_id: str,
    now: Callable[[], datetime],
    attempts: int = 20,
) -> tuple[Plan, Version | None]:
    """Plan against the newest version and register the result, again and again until nobody was faster.

    Returns the plan that stands and its version; None where nothing is registered (a topic without any field). A plan with
    an error registers nothing.
    """
    for _ in range(attempts):
        versions = store.history(topic)
        newest = versions[-1] if versions else None
        plan = make_plan(newest.schema if newest else None, [version.schema for version in versions])
        fingerprint = plan.next_schema.fingerprint()
        nothing_new = newest.fingerprint == fingerprint if newest else not len(plan.next_schema)
        if plan.error is not None or nothing_new:
            return plan, newest
        expected = newest.version if newest else 0
        stands = store.register(topic, expected, plan.next_schema, plan.changes, compatibility, run_id, now())
        if stands.fingerprint == fingerprint and stands.version == expected + 1:
            return plan, stands
    raise RegistryBusy(topic, attempts)
