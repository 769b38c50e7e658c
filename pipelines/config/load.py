"""Loads the pipeline document: JSON that is checked by its schema becomes a :class:`~pipelines.config.document.Document`.

The schema is generated from the definitions of ``spec/``: keys, choices, bounds and defaults stand there alone. Here are the
rules between keys, which a schema cannot say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.config.document import (
    TOMBSTONE,
    Document,
    DriftWebhook,
    GoldInput,
    GoldModel,
    KafkaAuth,
    KafkaSource,
    OpsRetention,
    QualityRule,
    SchemaSettings,
    SecretRef,
    Settings,
    SilverSettings,
    Topic,
    TopicRetention,
)
from pipelines.config.schema_check import Schema, check_json
from pipelines.config.user_sql import Written
from pipelines.delta.sql import quote
from pipelines.errors import DocumentError
from pipelines.inference import Lift, path_name, path_of, setting_steps
from pipelines.inference.change_events import CHANGE, DEBEZIUM, DELETES, OP, OWN_COLUMNS, SEQUENCE, Unwrap
from pipelines.inference.envelope import Envelope

_PACKAGE = Path(__file__).parents[1]
DEFAULT_DOCUMENT = _PACKAGE / "default_document.json"


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
    value, faults = check_json(raw, document_schema())
    faults = faults or _faults_between(value)
    if faults:
        raise DocumentError(origin, faults)
    return _document(value)


@cache
def document_schema() -> Schema:
    """Return the JSON Schema of the document."""
    schema: Schema = json.loads((_PACKAGE / "pipeline-document.schema.json").read_text(encoding="utf-8"))
    return schema


def _faults_between(value: Mapping[str, Any]) -> list[str]:
    """Return what is wrong between keys that are right by themselves."""
    faults = []
    names = [item["name"] for item in (*value["topics"], *value["gold"])]
    for name in sorted({name for name in names if names.count(name) > 1}):
        times = names.count(name)
        faults.append(f"$: the name {name!r} is used {times} times; names of topics and models are unique")
    for i, model in enumerate(value["gold"]):
        for need in model["needs"]:
            if need["input"] not in names:
                faults.append(
                    f"$.gold[{i}]: model {model['name']} needs {need['input']!r}, which is not here"
                )
    for i, topic in enumerate(value["topics"]):
        silver, kafka = topic["silver"], topic["source"].get("kafka")
        if silver["mode"] != "append" and not silver["keys"]:
            faults.append(f"$.topics[{i}].silver.keys: mode {silver['mode']} needs at least one key")
        order = silver.get("sequenceBy", [])
        ordered = [order] if isinstance(order, str) else order
        paths = {"keys": silver["keys"], "sequenceBy": ordered, "rename": silver["rename"]}
        for key, names in {**paths, "track": silver.get("track", [])}.items():
            for name in names:
                if None in setting_steps(name):
                    rule = f"{name} names many values; a path of one field has no []"
                    faults.append(f"$.topics[{i}].silver.{key}: {rule}")
        if silver["merge"] == "present_fields" and silver["mode"] != "upsert":
            faults.append(f"$.topics[{i}].silver.merge: present_fields needs mode upsert")
        if "track" in silver and silver["mode"] != "history":
            faults.append(f"$.topics[{i}].silver.track: needs mode history")
        deletes = kafka is not None and kafka["tombstones"] == "delete"
        if deletes and (silver["mode"] == "append" or "sequenceBy" in silver):
            rule = "delete needs mode upsert or history, without sequenceBy"
            faults.append(f"$.topics[{i}].source.kafka.tombstones: {rule}")
        auth = (kafka or {}).get("auth", {})
        if "username" in auth and "mechanism" not in auth:
            faults.append(f"$.topics[{i}].source.kafka.auth.mechanism: user name and password need one")
    return faults


def _document(value: Mapping[str, Any]) -> Document:
    topics = tuple(map(_topic, value["topics"]))
    renames = {topic.name: tuple(topic.silver.rename.items()) for topic in topics}
    return Document(
        name=value["name"],
        settings=_settings(value["settings"]),
        topics=topics,
        gold=tuple(_model(model, renames) for model in value["gold"]),
    )


def _settings(value: Mapping[str, Any]) -> Settings:
    retention, webhook = value["retention"], value.get("driftWebhook")
    return Settings(
        time_zone=value["timeZone"],
        examples=value["examples"],
        heartbeat_minutes=value["heartbeatMinutes"],
        max_files_per_trigger=value["maxFilesPerTrigger"],
        compact_every=value["compactEvery"],
        retention=OpsRetention(retention.get("runLogDays"), retention.get("qualityDays")),
        drift_webhook=webhook and DriftWebhook(webhook.get("url"), _secret(webhook.get("secret"))),
    )


def _topic(value: Mapping[str, Any]) -> Topic:
    name, source, positions = value["name"], value["source"], value.get("positions", {})

    def written(key: str, sql: str) -> Written:
        at = positions.get(key, {})
        return Written(sql, f"config/topics/{name}.yaml", at.get("line"), at.get("column"))

    kafka = _kafka(source["kafka"]) if "kafka" in source else None
    silver = _silver(value["silver"])
    if silver.delete_when is not None:
        silver = replace(silver, delete_written=written("silver.deleteWhen", silver.delete_when))
    if kafka is not None and kafka.tombstones == "delete":
        # One more condition on which a row deletes its key (see ``pipelines.silver.kafka_deletes``).
        also = f"coalesce({silver.delete_when}, false) OR " if silver.delete_when else ""
        silver = replace(silver, delete_when=f"{also}coalesce({quote(TOMBSTONE)}, false)")
    unwrap = _unwrap(value["unwrap"], silver.mode) if "unwrap" in value else None
    schema = _schema(value["schema"])
    if unwrap is not None:
        silver, schema = _with_change_events(silver, schema, unwrap)
    # Without a key, two events may be the same letter by letter.
    copies = "take" if silver.mode == "append" and not silver.keys else "skip"
    retention = value["retention"]
    return Topic(
        name=name,
        description=value.get("description", ""),
        files=source.get("files"),
        kafka=kafka,
        format=value["format"],
        silver=silver,
        schema=schema,
        quality=tuple(
            _rule(rule, written(f"quality[{i}].expect", rule["expect"]))
            for i, rule in enumerate(value["quality"])
        ),
        retention=TopicRetention(retention.get("bronzeDays"), retention.get("quarantineDays")),
        on_changed=source.get("onChanged"),
        settle_seconds=source.get("settleSeconds"),
        encoding=value["encoding"],
        duplicate_content=source.get("duplicateContent", copies),
        tags=value["tags"],
        envelope=Envelope(value["records"], value.get("carry", {})) if "records" in value else None,
        unwrap=unwrap,
        decode=value.get("decode"),
    )


def _unwrap(value: str | Mapping[str, str], mode: str) -> Unwrap:
    parts = (
        DEBEZIUM
        if isinstance(value, str)
        else Unwrap(value["value"], value.get("before"), value.get("op"), value.get("sequence"))
    )
    return replace(parts, keeps_op=mode == "append")


def _with_change_events(
    silver: SilverSettings, schema: SchemaSettings, unwrap: Unwrap
) -> tuple[SilverSettings, SchemaSettings]:
    """The settings of a topic with change events: what an event says of its row are fields of the row, and conditions."""
    fields = {SEQUENCE: unwrap.sequence, OP: unwrap.op if unwrap.keeps_op else None}
    own_columns = {name: OWN_COLUMNS[name] for name, path in fields.items() if path is not None}
    silver = replace(silver, rename={**silver.rename, **own_columns})
    if unwrap.sequence is not None:
        silver = replace(silver, sequence_by=(SEQUENCE,))
        if unwrap.sequence == DEBEZIUM.sequence and OWN_COLUMNS[SEQUENCE] not in schema.hints:
            schema = replace(schema, hints={**schema.hints, SEQUENCE: "timestamp_millis"})
    if not unwrap.keeps_op:
        also = f"coalesce({silver.delete_when}, false) OR " if silver.delete_when else ""
        gone = f"coalesce({quote(CHANGE)} = '{DELETES}', false)"
        silver = replace(silver, delete_when=f"{also}{gone}")
    return silver, schema


def _kafka(value: Mapping[str, Any]) -> KafkaSource:
    return KafkaSource(
        topic=value["topic"],
        bootstrap_servers=value["bootstrapServers"],
        starting_offsets=value["startingOffsets"],
        max_offsets_per_trigger=value.get("maxOffsetsPerTrigger"),
        fail_on_data_loss=value["failOnDataLoss"],
        tombstones=value["tombstones"],
        auth=_kafka_auth(value["auth"]) if "auth" in value else None,
    )


def _kafka_auth(value: Mapping[str, Any]) -> KafkaAuth:
    return KafkaAuth(
        protocol=value["protocol"],
        mechanism=value.get("mechanism"),
        username=_secret(value.get("username")),
        password=_secret(value.get("password")),
        ca_certificate=_secret(value.get("caCertificate")),
        client_certificate=_secret(value.get("clientCertificate")),
        client_key=_secret(value.get("clientKey")),
        service_credential=value.get("serviceCredential"),
    )


def _secret(value: Mapping[str, str] | None) -> SecretRef | None:
    return None if value is None else SecretRef(value["scope"], value["key"])


def _silver(value: Mapping[str, Any]) -> SilverSettings:
    order = value.get("sequenceBy", [])
    keys, rename = tuple(value["keys"]), _rename(value["rename"])
    sequence_by = (order,) if isinstance(order, str) else tuple(order)
    track = tuple(value.get("track", ()))
    return SilverSettings(
        mode=value["mode"],
        keys=keys,
        sequence_by=sequence_by,
        sequence_type=value.get("sequenceType"),
        rename=rename,
        merge=value["merge"],
        track=track,
        delete_when=value.get("deleteWhen"),
        lifts=_lifts([*keys, *sequence_by, *track, *value["rename"]], rename),
    )


def _rename(value: Mapping[str, str]) -> dict[str, str]:
    """Field: its column. A path is the name of the field that is taken out by it."""
    return {path_name(setting_steps(name)): column for name, column in value.items()}


def _lifts(names: Sequence[str], rename: Mapping[str, str]) -> tuple[Lift, ...]:
    """The fields that are taken out of objects by their paths."""
    paths = dict.fromkeys(path_of(name, rename) for name in names)
    return tuple(
        Lift(path_name(path), tuple(step for step in path if step is not None))
        for path in paths
        if len(path) > 1
    )


def _schema(value: Mapping[str, Any]) -> SchemaSettings:
    return SchemaSettings(
        on_new_field=value["onNewField"],
        on_type_conflict=value["onTypeConflict"],
        compatibility=value["compatibility"],
        quoted=value["quoted"],
        decimal_separator=value["decimalSeparator"],
        hints=value["hints"],
    )


def _rule(value: Mapping[str, Any], written: Written) -> QualityRule:
    return QualityRule(value["name"], value["expect"], value["scope"], value["onViolation"], written)


def _model(value: Mapping[str, Any], renames: Mapping[str, Sequence[tuple[str, str]]]) -> GoldModel:
    return GoldModel(
        name=value["name"],
        description=value["description"],
        grain=tuple(value["grain"]),
        inputs=tuple(
            GoldInput(
                need["input"],
                tuple((column["name"], column["type"]) for column in need["columns"]),
                tuple(renames.get(need["input"], ())),
            )
            for need in value["needs"]
        ),
        sql=value["sql"],
        line=value["line"],
        column=value["column"],
        allow_nulls=tuple(value.get("allowNulls", ())),
        units=tuple(value.get("units", ())),
        refresh=value["refresh"],
    )
