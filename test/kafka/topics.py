"""The topics of the Kafka tests, as their documents write them."""

from __future__ import annotations

from typing import Any

PER_BATCH = 150

#: Sign-in by user name and password; `dbutils` gives both from the scope `kafka`.
SIGN_IN: dict[str, Any] = {
    "protocol": "SASL_PLAINTEXT",
    "mechanism": "PLAIN",
    "username": {"scope": "kafka", "key": "user"},
    "password": {"scope": "kafka", "key": "password"},
}


def plain(address: str) -> dict[str, Any]:
    """Messages without sign-in, the newest of each key."""
    silver = {"mode": "upsert", "keys": ["id"], "sequenceBy": "at"}
    return _topic(silver, bootstrapServers=address, maxOffsetsPerTrigger=PER_BATCH)


def signed_in(address: str) -> dict[str, Any]:
    """Messages behind a sign-in, in the order of Kafka; a tombstone deletes its key."""
    source = {"bootstrapServers": address, "auth": SIGN_IN, "maxOffsetsPerTrigger": 5000}
    return _topic({"mode": "upsert", "keys": ["id"]}, **source, tombstones="delete")


def enveloped(address: str) -> dict[str, Any]:
    """Messages that are envelopes around records."""
    kafka = {"topic": "pages", "bootstrapServers": address, "startingOffsets": "earliest"}
    cut = {"records": "$.r[*]", "carry": {"account": "$.account"}}
    return {"name": "pages", "source": {"kafka": kafka}, "silver": {"mode": "upsert", "keys": ["id"]}, **cut}


def _topic(silver: dict[str, Any], **kafka: Any) -> dict[str, Any]:
    return {"name": "orders", "source": {"kafka": {"topic": "orders", **kafka}}, "silver": silver}
