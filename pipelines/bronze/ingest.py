"""Bronze: what lands flows into an append-only table, record by record, to the letter.

Exactly once, whatever the source: files by their ledger and one idempotent commit per segment of it, Kafka and Auto
Loader by a stream with a checkpoint. Bronze never fails on content: what is not JSON is evaluated later, by silver.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.bronze import auto_loader
from pipelines.bronze import files as file_source
from pipelines.bronze import kafka as kafka_source
from pipelines.config.document import Topic
from pipelines.context import Context


@dataclass(frozen=True)
class BronzeResult:
    """``version`` is the table's newest version; ``idle`` says that nothing was taken."""

    topic: str
    version: int
    idle: bool


def run_bronze(ctx: Context, topic: Topic) -> BronzeResult:
    """Bring everything that has arrived for ``topic`` into its bronze table."""
    if topic.kafka is not None:
        commit = kafka_source.ingest_messages(ctx, topic)
    elif ctx.parameters.file_source == "cloudFiles" and ctx.parameters.in_workspace:
        commit = auto_loader.ingest_files(ctx, topic)
    else:
        commit = file_source.ingest_files(ctx, topic)
    newest = commit or ctx.bronze_versions.newest(topic.name)
    ctx.bronze_versions.set(topic.name, newest)
    return BronzeResult(topic.name, newest.version, idle=commit is None)
