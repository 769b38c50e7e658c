"""The pipeline document: what the config says, as the library gets it (JSON, the same words as the YAML).

``load_document`` finds it, ``parse_document`` checks it. The shape is described by ``pipeline-document.schema.json``,
generated from the definitions of ``spec/``; both languages are tested against the same fixtures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

from pipelines.config.checker import Checker
from pipelines.config.user_sql import Written
from pipelines.delta.sql import quote
from pipelines.errors import DocumentError
from pipelines.inference import field_of, own
from pipelines.inference.encoding import ENCODINGS
from pipelines.registry import Mode, OnNewField, OnTypeConflict

#: Column of rows on their way to silver: whether a row is a Kafka tombstone. Only topics have it that delete by them.
TOMBSTONE = own("tombstone")

DEFAULT_DOCUMENT = Path(__file__).parents[1] / "default_document.json"


@dataclass(frozen=True)
class QualityRule:
    """One expectation: a SQL expression that must be true for a row (or for the figures of a batch)."""

    name: str
    expect: str
    scope: str = "row"
    on_violation: str = "warn"
    written: Written | None = field(default=None, compare=False)
    """Where the user wrote it."""


@dataclass(frozen=True)
class SilverSettings:
    """How a topic becomes a silver table. ``keys``, ``sequence_by`` and ``rename`` name fields as in the YAML: as the source
    does, or as silver does.
    """

    mode: str
    keys: tuple[str, ...] = ()
    sequence_by: tuple[str, ...] = ()
    sequence_type: Literal["number", "time", "text"] | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    delete_when: str | None = None
    delete_written: Written | None = field(default=None, compare=False)
    """Where the user wrote it."""

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The folded names of the fields that are the key."""
        return tuple(field_of(name, self.rename) for name in self.keys)

    @property
    def sequence_fields(self) -> tuple[str, ...]:
        """The folded names of the fields that order the rows of a key."""
        return tuple(field_of(name, self.rename) for name in self.sequence_by)


@dataclass(frozen=True)
class SchemaSettings:
    """The contract of a topic's schema: what happens when records bring something new."""

    on_new_field: OnNewField = "add"
    on_type_conflict: OnTypeConflict = "promote"
    compatibility: Mode = "none"
    quoted: Literal["infer", "keep"] = "infer"
    decimal_separator: Literal[".", ","] = "."
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TopicRetention:
    """Days after which records are deleted; nothing: kept for ever."""

    bronze_days: int | None = None
    quarantine_days: int | None = None


@dataclass(frozen=True)
class SecretRef:
    """Where a secret is kept; never the secret."""

    scope: str
    key: str


@dataclass(frozen=True)
class KafkaAuth:
    """How to sign in at the brokers: by user name and password, by certificate, or by a service credential."""

    protocol: str = "SASL_SSL"
    mechanism: str = "PLAIN"
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
    starting_offsets: str = "earliest"
    max_offsets_per_trigger: int | None = None
    fail_on_data_loss: bool = True
    #: a message without a value goes to ``quarantine``, or deletes the row of its key
    tombstones: Literal["quarantine", "delete"] = "quarantine"
    auth: KafkaAuth | None = None


@dataclass(frozen=True)
class Topic:
    """One stream of JSON records. Exactly one of ``files`` (folder in the landing volume) and ``kafka`` is set."""

    name: str
    description: str
    files: str | None
    kafka: KafkaSource | None
    format: str
    silver: SilverSettings
    schema: SchemaSettings
    quality: tuple[QualityRule, ...] = ()
    retention: TopicRetention = TopicRetention()
    #: what happens when a file changed after it was taken
    on_changed: Literal["error", "reingest"] = "error"
    #: a file is left alone until it is that many seconds old
    settle_seconds: int = 0
    #: encoding of files and messages that have no byte order mark
    encoding: str = "utf-8"
    #: what happens to a file whose content was taken under another name
    duplicate_content: Literal["skip", "take"] = "skip"

    @property
    def deletes_by_tombstone(self) -> bool:
        """Whether a Kafka message without a value deletes the row of its key."""
        return self.kafka is not None and self.kafka.tombstones == "delete"

    def rules(self, scope: str) -> list[QualityRule]:
        """The quality rules of one scope, ``row`` or ``batch``."""
        return [rule for rule in self.quality if rule.scope == scope]


@dataclass(frozen=True)
class GoldInput:
    """A topic or gold model that a model reads, with exactly the columns (name, Spark type) that it needs."""

    input: str
    columns: tuple[tuple[str, str], ...]
    rename: tuple[tuple[str, str], ...] = ()
    """Fields and columns of a topic's ``rename``: a column may be named as either."""


@dataclass(frozen=True)
class GoldModel:
    """One business metric: a SELECT over its inputs, one row per grain."""

    name: str
    description: str
    grain: tuple[str, ...]
    needs: tuple[GoldInput, ...]
    sql: str
    #: line and column, from 1, at which ``sql`` begins in notebooks/gold/<name>.sql
    line: int = 1
    column: int = 1
    allow_nulls: tuple[str, ...] = ()
    """``input.column`` of which no value need fit the needed type."""


@dataclass(frozen=True)
class OpsRetention:
    """Days after which rows of the ops tables are deleted; nothing: kept for ever."""

    run_log_days: int | None = None
    quality_days: int | None = None


@dataclass(frozen=True)
class DriftWebhook:
    """Where drifts are posted to: an address, or the scope and key of a secret that holds it."""

    url: str | None = None
    secret: SecretRef | None = None


@dataclass(frozen=True)
class Settings:
    """Settings of the whole pipeline. ``time_zone`` is the business zone in which gold cuts days and weeks."""

    time_zone: str = "UTC"
    examples: str = "shapes"
    heartbeat_minutes: int = 10
    max_files_per_trigger: int = 1000
    compact_every: int = 100
    retention: OpsRetention = OpsRetention()
    drift_webhook: DriftWebhook | None = None


@dataclass(frozen=True)
class Document:
    """The whole pipeline: topics by name, gold models in dependency order."""

    name: str
    description: str
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


def load_document(path: str | None) -> Document:
    """Read the document at ``path``; without one, the default that stands inside the package."""
    origin = Path(path) if path else DEFAULT_DOCUMENT
    try:
        text = origin.read_text(encoding="utf-8")
    except OSError as error:
        raise DocumentError(str(origin), [f"cannot be read: {error.strerror or error}"]) from error
    return parse_document(text, str(origin))


def parse_document(text: str, origin: str = "document") -> Document:
    """Check and build the document. Raises :class:`DocumentError` with every fault."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise DocumentError(origin, [f"is not JSON: {error}"]) from error
    check = Checker()
    document = _document(check, raw)
    if check.faults or document is None:
        raise DocumentError(origin, check.faults)
    return document


def _document(check: Checker, raw: object) -> Document | None:
    top = check.mapping(raw, "$", {"documentVersion", "name", "description", "settings", "topics", "gold"})
    if top is None:
        return None
    check.one_of(top.get("documentVersion"), "$.documentVersion", (1,))
    topics = [
        _topic(check, t, f"$.topics[{i}]") for i, t in enumerate(check.items(top.get("topics"), "$.topics"))
    ]
    gold = [_model(check, m, f"$.gold[{i}]") for i, m in enumerate(check.items(top.get("gold"), "$.gold"))]
    names = [item.name for item in [*topics, *gold] if item]
    check.unique(names, "$")
    for model in gold:
        for need in model.needs if model else ():
            if need.input not in names:
                check.fault(
                    "$.gold", f"model {model.name if model else ''} needs {need.input!r}, which is not here"
                )
    renames = {topic.name: tuple(topic.silver.rename.items()) for topic in topics if topic}
    return Document(
        name=check.name(top.get("name"), "$.name"),
        description=check.text(top.get("description", ""), "$.description", empty=True),
        settings=_settings(check, top.get("settings", {})),
        topics=tuple(t for t in topics if t),
        gold=tuple(_with_renames(model, renames) for model in gold if model),
    )


def _with_renames(model: GoldModel, renames: Mapping[str, tuple[tuple[str, str], ...]]) -> GoldModel:
    needs = (replace(need, rename=renames.get(need.input, ())) for need in model.needs)
    return replace(model, needs=tuple(needs))


def _settings(check: Checker, raw: object) -> Settings:
    path = "$.settings"
    keys = {
        "timeZone",
        "examples",
        "heartbeatMinutes",
        "maxFilesPerTrigger",
        "compactEvery",
        "retention",
        "driftWebhook",
    }
    value = check.mapping(raw, path, keys) or {}
    return Settings(
        time_zone=check.text(value.get("timeZone", "UTC"), f"{path}.timeZone"),
        examples=check.one_of(value.get("examples", "shapes"), f"{path}.examples", ("shapes", "raw")),
        heartbeat_minutes=check.positive(value.get("heartbeatMinutes", 10), f"{path}.heartbeatMinutes"),
        max_files_per_trigger=check.positive(
            value.get("maxFilesPerTrigger", 1000), f"{path}.maxFilesPerTrigger"
        ),
        compact_every=check.positive(value.get("compactEvery", 100), f"{path}.compactEvery"),
        retention=_ops_retention(check, value.get("retention", {}), f"{path}.retention"),
        drift_webhook=_webhook(check, value.get("driftWebhook"), f"{path}.driftWebhook"),
    )


def _ops_retention(check: Checker, raw: object, path: str) -> OpsRetention:
    value = check.mapping(raw, path, {"runLogDays", "qualityDays"}) or {}
    return OpsRetention(
        run_log_days=check.optional_positive(value.get("runLogDays"), f"{path}.runLogDays"),
        quality_days=check.optional_positive(value.get("qualityDays"), f"{path}.qualityDays"),
    )


def _webhook(check: Checker, raw: object, path: str) -> DriftWebhook | None:
    if raw is None:
        return None
    value = check.mapping(raw, path, {"url", "secret"}) or {}
    if len(value) != 1:
        check.fault(path, "give exactly one of url, secret")
    if "secret" in value:
        return DriftWebhook(secret=_secret(check, value["secret"], f"{path}.secret"))
    url = check.text(value.get("url"), f"{path}.url")
    if not re.fullmatch(r"https://\S+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/\S*)?", url):
        check.fault(
            f"{path}.url", "must be an address that begins with https:// (http:// for this machine alone)"
        )
    return DriftWebhook(url=url)


def _topic_retention(check: Checker, raw: object, path: str) -> TopicRetention:
    value = check.mapping(raw, path, {"bronzeDays", "quarantineDays"}) or {}
    return TopicRetention(
        bronze_days=check.optional_positive(value.get("bronzeDays"), f"{path}.bronzeDays"),
        quarantine_days=check.optional_positive(value.get("quarantineDays"), f"{path}.quarantineDays"),
    )


_SOURCE_KEYS = {"files", "onChanged", "settleSeconds", "duplicateContent", "kafka"}


def _topic(check: Checker, raw: object, path: str) -> Topic | None:
    keys = {
        "name",
        "description",
        "source",
        "format",
        "encoding",
        "silver",
        "schema",
        "quality",
        "retention",
        "tags",
        "positions",
    }
    value = check.mapping(raw, path, keys)
    if value is None:
        return None
    name = check.name(value.get("name"), f"{path}.name")

    def written(key: str, sql: str) -> Written:
        return Written(sql, f"config/topics/{name}.yaml", *positions.get(key, (None, None)))

    positions = _positions(check, value.get("positions", {}), f"{path}.positions")
    source = check.mapping(value.get("source"), f"{path}.source", _SOURCE_KEYS) or {}
    if ("files" in source) == ("kafka" in source):
        check.fault(f"{path}.source", "give exactly one of files, kafka")
    files = source.get("files")
    rules = check.items(value.get("quality", []), f"{path}.quality")
    kafka = _kafka(check, source["kafka"], f"{path}.source.kafka") if "kafka" in source else None
    silver = _silver(check, value.get("silver"), f"{path}.silver")
    if silver.delete_when is not None:
        silver = replace(silver, delete_written=written("silver.deleteWhen", silver.delete_when))
    if kafka is not None and kafka.tombstones == "delete":
        silver = _deleting_by_tombstone(check, silver, f"{path}.source.kafka.tombstones")
    return Topic(
        name=name,
        description=check.text(value.get("description", ""), f"{path}.description", empty=True),
        files=check.text(files, f"{path}.source.files") if files is not None else None,
        kafka=kafka,
        format=check.one_of(
            value.get("format", "auto"), f"{path}.format", ("auto", "json-lines", "json-array")
        ),
        silver=silver,
        schema=_schema(check, value.get("schema", {}), f"{path}.schema"),
        quality=tuple(
            replace(rule, written=written(f"quality[{i}].expect", rule.expect))
            for i, rule in enumerate(_rule(check, raw, f"{path}.quality[{i}]") for i, raw in enumerate(rules))
        ),
        retention=_topic_retention(check, value.get("retention", {}), f"{path}.retention"),
        on_changed=check.one_of(
            source.get("onChanged", "error"), f"{path}.source.onChanged", ("error", "reingest")
        ),
        settle_seconds=check.natural(source.get("settleSeconds", 0), f"{path}.source.settleSeconds"),
        encoding=check.one_of(value.get("encoding", "utf-8"), f"{path}.encoding", ENCODINGS),
        duplicate_content=check.one_of(
            # Without a key, two events may be the same letter by letter.
            source.get("duplicateContent", "take" if silver.mode == "append" and not silver.keys else "skip"),
            f"{path}.source.duplicateContent",
            ("skip", "take"),
        ),
    )


def _positions(check: Checker, raw: object, path: str) -> dict[str, tuple[int | None, int | None]]:
    """Line and column, from 1, by the key of what stands there."""
    found: dict[str, tuple[int | None, int | None]] = {}
    for key, item in (check.mapping(raw, path, raw if isinstance(raw, dict) else ()) or {}).items():
        at = check.mapping(item, f"{path}.{key}", {"line", "column"}) or {}
        column = check.optional_positive(at.get("column"), f"{path}.{key}.column")
        found[key] = (check.positive(at.get("line"), f"{path}.{key}.line"), column)
    return found


def _kafka(check: Checker, raw: object, path: str) -> KafkaSource:
    keys = {
        "topic",
        "bootstrapServers",
        "startingOffsets",
        "maxOffsetsPerTrigger",
        "failOnDataLoss",
        "tombstones",
        "auth",
    }
    value = check.mapping(raw, path, keys) or {}
    most = value.get("maxOffsetsPerTrigger")
    return KafkaSource(
        topic=check.text(value.get("topic"), f"{path}.topic"),
        bootstrap_servers=check.text(value.get("bootstrapServers"), f"{path}.bootstrapServers"),
        starting_offsets=check.text(value.get("startingOffsets", "earliest"), f"{path}.startingOffsets"),
        max_offsets_per_trigger=None
        if most is None
        else check.positive(most, f"{path}.maxOffsetsPerTrigger"),
        fail_on_data_loss=check.boolean(value.get("failOnDataLoss", True), f"{path}.failOnDataLoss"),
        tombstones=check.one_of(
            value.get("tombstones", "quarantine"), f"{path}.tombstones", ("quarantine", "delete")
        ),
        auth=_kafka_auth(check, value["auth"], f"{path}.auth") if "auth" in value else None,
    )


def _deleting_by_tombstone(check: Checker, silver: SilverSettings, path: str) -> SilverSettings:
    """A tombstone is one more condition on which a row deletes its key (see ``pipelines.silver.kafka_deletes``)."""
    if silver.mode == "append" or silver.sequence_by:
        check.fault(path, "delete needs mode upsert or history, without sequenceBy")
    also = f"coalesce({silver.delete_when}, false) OR " if silver.delete_when else ""
    return replace(silver, delete_when=f"{also}coalesce({quote(TOMBSTONE)}, false)")


def _kafka_auth(check: Checker, raw: object, path: str) -> KafkaAuth:
    secrets = ("username", "password", "caCertificate", "clientCertificate", "clientKey")
    value = check.mapping(raw, path, {*secrets, "mechanism", "protocol", "serviceCredential"}) or {}
    username, password, ca_certificate, client_certificate, client_key = (
        _secret(check, value[name], f"{path}.{name}") if name in value else None for name in secrets
    )
    mechanisms = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
    protocols = ("PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT")
    return KafkaAuth(
        protocol=check.one_of(value.get("protocol", "SASL_SSL"), f"{path}.protocol", protocols),
        mechanism=check.one_of(value.get("mechanism", "PLAIN"), f"{path}.mechanism", mechanisms),
        username=username,
        password=password,
        ca_certificate=ca_certificate,
        client_certificate=client_certificate,
        client_key=client_key,
        service_credential=check.optional_text(value.get("serviceCredential"), f"{path}.serviceCredential"),
    )


def _secret(check: Checker, raw: object, path: str) -> SecretRef:
    value = check.mapping(raw, path, {"scope", "key"}) or {}
    return SecretRef(
        check.text(value.get("scope"), f"{path}.scope"), check.text(value.get("key"), f"{path}.key")
    )


_SILVER_KEYS = ("mode", "keys", "sequenceBy", "sequenceType", "rename", "deleteWhen")


def _silver(check: Checker, raw: object, path: str) -> SilverSettings:
    value = check.mapping(raw, path, set(_SILVER_KEYS)) or {}
    keys = tuple(
        check.text(key, f"{path}.keys[{i}]")
        for i, key in enumerate(check.items(value.get("keys", []), f"{path}.keys"))
    )
    mode = check.one_of(value.get("mode"), f"{path}.mode", ("append", "upsert", "history"))
    if mode != "append" and not keys:
        check.fault(f"{path}.keys", f"mode {mode} needs at least one key")
    order, type_ = value.get("sequenceBy"), value.get("sequenceType")
    fields = order if isinstance(order, list) else [] if order is None else [order]
    return SilverSettings(
        mode=mode,
        keys=keys,
        sequence_by=tuple(
            check.text(name, f"{path}.sequenceBy" + (f"[{i}]" if isinstance(order, list) else ""))
            for i, name in enumerate(fields)
        ),
        sequence_type=None
        if type_ is None
        else check.one_of(type_, f"{path}.sequenceType", ("number", "time", "text")),
        rename=check.text_map(value.get("rename", {}), f"{path}.rename"),
        delete_when=check.optional_text(value.get("deleteWhen"), f"{path}.deleteWhen"),
    )


_COMPATIBILITY = (
    "none",
    "backward",
    "forward",
    "full",
    "backward_transitive",
    "forward_transitive",
    "full_transitive",
)


def _schema(check: Checker, raw: object, path: str) -> SchemaSettings:
    keys = {"onNewField", "onTypeConflict", "compatibility", "quoted", "decimalSeparator", "hints"}
    value = check.mapping(raw, path, keys) or {}
    one_of = check.one_of
    conflicts = ("promote", "rescue", "quarantine", "fail")
    return SchemaSettings(
        on_new_field=one_of(
            value.get("onNewField", "add"), f"{path}.onNewField", ("add", "rescue", "ignore", "fail")
        ),
        on_type_conflict=one_of(value.get("onTypeConflict", "promote"), f"{path}.onTypeConflict", conflicts),
        compatibility=one_of(value.get("compatibility", "none"), f"{path}.compatibility", _COMPATIBILITY),
        quoted=one_of(value.get("quoted", "infer"), f"{path}.quoted", ("infer", "keep")),
        decimal_separator=one_of(value.get("decimalSeparator", "."), f"{path}.decimalSeparator", (".", ",")),
        hints=check.text_map(value.get("hints", {}), f"{path}.hints"),
    )


def _rule(check: Checker, raw: object, path: str) -> QualityRule:
    value = check.mapping(raw, path, {"name", "expect", "scope", "onViolation"}) or {}
    violations = ("warn", "drop", "quarantine", "fail")
    return QualityRule(
        name=check.name(value.get("name"), f"{path}.name"),
        expect=check.text(value.get("expect"), f"{path}.expect"),
        scope=check.one_of(value.get("scope", "row"), f"{path}.scope", ("row", "batch")),
        on_violation=check.one_of(value.get("onViolation", "warn"), f"{path}.onViolation", violations),
    )


def _model(check: Checker, raw: object, path: str) -> GoldModel | None:
    keys = {"name", "description", "grain", "needs", "sql", "line", "column", "allowNulls"}
    value = check.mapping(raw, path, keys)
    if value is None:
        return None
    grain = [
        check.text(g, f"{path}.grain[{i}]")
        for i, g in enumerate(check.items(value.get("grain"), f"{path}.grain"))
    ]
    needs = [
        _need(check, n, f"{path}.needs[{i}]")
        for i, n in enumerate(check.items(value.get("needs"), f"{path}.needs"))
    ]
    for what, items in (("grain", grain), ("needs", needs)):
        if not items:
            check.fault(f"{path}.{what}", "must name at least one")
    return GoldModel(
        name=check.name(value.get("name"), f"{path}.name"),
        description=check.text(value.get("description", ""), f"{path}.description", empty=True),
        grain=tuple(grain),
        needs=tuple(needs),
        sql=check.text(value.get("sql"), f"{path}.sql"),
        line=check.positive(value.get("line", 1), f"{path}.line"),
        column=check.positive(value.get("column", 1), f"{path}.column"),
        allow_nulls=tuple(
            check.text(name, f"{path}.allowNulls[{i}]")
            for i, name in enumerate(check.items(value.get("allowNulls", []), f"{path}.allowNulls"))
        ),
    )


def _need(check: Checker, raw: object, path: str) -> GoldInput:
    value = check.mapping(raw, path, {"input", "columns"}) or {}
    columns: list[tuple[str, str]] = []
    for i, item in enumerate(check.items(value.get("columns"), f"{path}.columns")):
        column = check.mapping(item, f"{path}.columns[{i}]", {"name", "type"}) or {}
        name = check.text(column.get("name"), f"{path}.columns[{i}].name")
        columns.append((name, check.text(column.get("type"), f"{path}.columns[{i}].type")))
    if not columns:
        check.fault(f"{path}.columns", "must name at least one")
    return GoldInput(input=check.name(value.get("input"), f"{path}.input"), columns=tuple(columns))
