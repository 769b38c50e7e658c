"""The pipeline document: what the config says, as the library has it. Defaults are those of its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pipelines.config.user_sql import Written
from pipelines.inference import Lift, field_of, own
from pipelines.inference.change_events import Unwrap
from pipelines.inference.decoding import Decode
from pipelines.inference.envelope import Envelope
from pipelines.inference.reading import Reading
from pipelines.vocabulary import Mode, OnNewField, OnTypeConflict

#: Column of rows on their way to silver: whether a row is a Kafka tombstone. Only topics have it that delete by them.
TOMBSTONE = own("tombstone")


@dataclass(frozen=True)
class QualityRule:
    """One expectation: a SQL expression that must be true for a row (or for the aggregates of a batch)."""

    name: str
    expect: str
    scope: Literal["row", "batch"]
    on_violation: Literal["warn", "drop", "quarantine", "fail", "accept", "reject"]
    """``accept`` and ``reject`` are overrides of ``fail`` (:mod:`pipelines.quality.overrides`), never config."""
    written: Written | None = field(default=None, compare=False)
    """Position in the user's file."""


@dataclass(frozen=True)
class SilverSettings:
    """Settings of a topic's silver table. ``keys``, ``sequence_by``, ``track`` and ``rename`` name fields as in the YAML: as the
    source does, or as silver does.
    """

    mode: Literal["append", "upsert", "history"]
    keys: tuple[str, ...]
    sequence_by: tuple[str, ...]
    sequence_type: Literal["number", "time", "text"] | None
    rename: Mapping[str, str]
    merge: Literal["replace", "present_fields"] = "replace"
    """``present_fields``: an event sets the fields that it has, the others keep their values. Mode upsert alone."""
    track: tuple[str, ...] = ()
    """Fields whose changes make a version; none: every row is one. Mode history alone."""
    delete_when: str | None = None
    delete_written: Written | None = field(default=None, compare=False)
    """Position in the user's file."""
    lifts: tuple[Lift, ...] = ()
    """Fields that ``keys``, ``sequence_by``, ``track`` and ``rename`` take out of objects by their paths."""

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The folded names of the fields that are the key."""
        return tuple(field_of(name, self.rename) for name in self.keys)

    @property
    def sequence_fields(self) -> tuple[str, ...]:
        """The folded names of the fields that order the rows of a key."""
        return tuple(field_of(name, self.rename) for name in self.sequence_by)

    @property
    def track_fields(self) -> tuple[str, ...]:
        """The folded names of the fields whose changes make a version."""
        return tuple(field_of(name, self.rename) for name in self.track)


@dataclass(frozen=True)
class SchemaSettings:
    """The contract of a topic's schema: what happens when records bring something new."""

    on_new_field: OnNewField
    on_type_conflict: OnTypeConflict
    compatibility: Mode
    quoted: Literal["infer", "keep"]
    decimal_separator: Literal[".", ","]
    hints: Mapping[str, str]


@dataclass(frozen=True)
class TopicRetention:
    """Days after which records are deleted; nothing: kept for ever."""

    bronze_days: int | None = None
    quarantine_days: int | None = None


@dataclass(frozen=True)
class SecretRef:
    """Scope and key of a secret; never the secret."""

    scope: str
    key: str


@dataclass(frozen=True)
class KafkaAuth:
    """Authentication at the brokers: by user name and password, by certificate, or by a service credential."""

    protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT"]
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    """That of user name and password; ``None`` without them."""
    username: SecretRef | None = None
    password: SecretRef | None = None
    ca_certificate: SecretRef | None = None
    client_certificate: SecretRef | None = None
    client_key: SecretRef | None = None
    service_credential: str | None = None


@dataclass(frozen=True)
class KafkaSource:
    """A topic at Kafka brokers."""

    topic: str
    bootstrap_servers: str
    starting_offsets: str
    max_offsets_per_trigger: int | None
    fail_on_data_loss: bool
    #: a message without a value goes to ``quarantine``, or deletes the row of its key
    tombstones: Literal["quarantine", "delete"]
    auth: KafkaAuth | None = None


@dataclass(frozen=True)
class Topic:
    """One stream of JSON records. Exactly one of ``files`` (folder in the landing volume) and ``kafka`` is set."""

    name: str
    description: str
    files: str | None
    kafka: KafkaSource | None
    format: Literal["auto", "json-lines", "json-array"]
    silver: SilverSettings
    schema: SchemaSettings
    quality: tuple[QualityRule, ...]
    retention: TopicRetention
    #: what happens when a file changed after it was taken
    on_changed: Literal["error", "reingest"] | None
    #: a file is left alone until it is that many seconds old
    settle_seconds: int | None
    #: encoding of files and messages that have no byte order mark
    encoding: Literal["utf-8", "latin-1", "windows-1252", "utf-16", "utf-16le", "utf-16be"]
    #: what happens to a file whose content was taken under another name
    duplicate_content: Literal["skip", "take"]
    tags: Mapping[str, str]
    envelope: Envelope | None = None
    """Paths of the records inside of documents; None: a document is a record, or an array of them."""
    unwrap: Unwrap | None = None
    """Paths of the parts of a change event; None: a record is a row."""
    decode: Decode | None = None
    """Encoding of the values; None: they are plain JSON."""

    @property
    def reading(self) -> Reading:
        """Settings by which a row of bronze becomes a record."""
        return Reading(self.encoding, self.envelope, self.unwrap, self.decode, self.silver.lifts)

    @property
    def deletes_by_tombstone(self) -> bool:
        """True if a Kafka message without a value deletes the row of its key."""
        return self.kafka is not None and self.kafka.tombstones == "delete"

    def rules(self, scope: str) -> list[QualityRule]:
        """The quality rules of one scope, ``row`` or ``batch``."""
        return [rule for rule in self.quality if rule.scope == scope]


@dataclass(frozen=True)
class GoldInput:
    """A topic or gold model that a model reads, with exactly the columns (name, Spark type) that it needs."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rename: tuple[tuple[str, str], ...] = ()
    """Fields and columns of a topic's ``rename``: a column may be named as either."""


@dataclass(frozen=True)
class GoldModel:
    """One business metric: a SELECT over its inputs, one row per grain."""

    name: str
    description: str
    grain: tuple[str, ...]
    inputs: tuple[GoldInput, ...]
    sql: str
    #: line and column, from 1, at which ``sql`` begins in notebooks/gold/<name>.sql
    line: int
    column: int
    allow_nulls: tuple[str, ...] = ()
    """``input.column`` of which no value need fit the needed type."""
    units: tuple[str, ...] = ()
    """Columns of the result that have a unit, which the document names."""
    refresh: Literal["auto", "incremental", "full", "strict"] = "auto"
    """``strict``: like ``incremental``, and an error where that is not possible."""


@dataclass(frozen=True)
class OpsRetention:
    """Days after which rows of the ops tables are deleted; nothing: kept for ever."""

    run_log_days: int | None = None
    quality_days: int | None = None


@dataclass(frozen=True)
class DriftWebhook:
    """Address that drifts are posted to: the address itself, or the scope and key of a secret that holds it."""

    url: str | None = None
    secret: SecretRef | None = None


@dataclass(frozen=True)
class Settings:
    """Settings of the whole pipeline. ``time_zone`` is the business zone in which gold cuts days and weeks."""

    time_zone: str
    examples: Literal["shapes", "raw"]
    heartbeat_minutes: int
    max_files_per_trigger: int
    compact_every: int
    retention: OpsRetention
    drift_webhook: DriftWebhook | None = None


@dataclass(frozen=True)
class Document:
    """The whole pipeline: topics by name, gold models in dependency order."""

    name: str
    settings: Settings
    topics: tuple[Topic, ...]
    gold: tuple[GoldModel, ...]

    def topic(self, name: str) -> Topic:
        """The topic of that name; ``KeyError`` names those that exist."""
        return _by_name(self.topics, name, "topic")

    def model(self, name: str) -> GoldModel:
        """The gold model of that name; ``KeyError`` names those that exist."""
        return _by_name(self.gold, name, "gold model")


_Named = TypeVar("_Named", "Topic", "GoldModel")


def _by_name(items: tuple[_Named, ...], name: str, what: str) -> _Named:
    for item in items:
        if item.name == name:
            return item
    raise KeyError(f"no {what} {name!r}; there are: {', '.join(i.name for i in items) or 'none'}")
