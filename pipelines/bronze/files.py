"""Files of a landing folder into bronze: list, compare with the ledger, read what is new, commit.

No stream: the ledger knows what a stream's checkpoint would know and more (content, not just names), an idempotent append
is as exact as a streaming sink, and a file can be read again when it changed. See docs/adr/0030.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial, reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from pipelines import delta
from pipelines.bronze.content import reason_unread
from pipelines.bronze.file_changes import Content, Discovery, Rules, classify, inspect_files
from pipelines.bronze.ledger import (
    Entry,
    Ledger,
    Segment,
    entries_from_sources,
    ingested_details,
    skipped_details,
)
from pipelines.bronze.listing import LandedFile, Listing, list_files
from pipelines.bronze.lock import locked
from pipelines.bronze.records import escaped, explode_records, read_files, relative_path, source_name
from pipelines.config.document import Topic
from pipelines.context import Context
from pipelines.delta.sql import literal
from pipelines.errors import SourceError, counted
from pipelines.failpoints import failpoint
from pipelines.ops.run_log import details_of

#: New bytes of one run up to which files are hashed in this process; above it Spark does it.
HASHED_HERE = 256 << 20
#: Key in the user metadata of a commit: the ledger segment whose records the commit holds.
SEGMENT = "segment"


def ingest_files(ctx: Context, topic: Topic) -> delta.Commit | None:
    """Take what is new in the topic's folder. The newest commit afterwards; nothing where nothing was taken."""
    ledger_folder = os.path.join(ctx.parameters.checkpoints, "ledger", topic.name)
    with locked(ledger_folder, topic.name):
        try:
            folder = _Folder(ctx, topic, ledger_folder)
            commit = folder.take()
            if commit is None and folder.is_ahead_of_table():
                commit = _Folder(ctx, topic, ledger_folder).take()
            ledger = ctx.cached(BronzeCache).ledgers.get(topic.name)
            if ledger is not None and ledger.unlogged:
                ctx.log.when_written(partial(ledger.mark_logged, ledger.unlogged[-1].number))
            return commit
        except BaseException:
            ctx.cached(BronzeCache).ledgers.pop(topic.name, None)  # it may not be what the disk says
            raise


@dataclass
class BronzeCache:
    """Cache of bronze between the iterations of a loop: its files, per topic."""

    ledgers: dict[str, Ledger] = field(default_factory=dict)
    waiting: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """Files that were said to wait, with the reason."""
    unread: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """Files that were said to be unread, with the reason."""


class _Folder:
    """One topic's landing folder in one run."""

    def __init__(self, ctx: Context, topic: Topic, ledger_folder: str) -> None:
        self.ctx = ctx
        self.topic = topic
        self.table = ctx.parameters.tables.bronze(topic.name)
        self.folder = os.path.join(ctx.parameters.landing, str(topic.files))
        self.ledger_folder = ledger_folder
        self.ledger = ctx.cached(BronzeCache).ledgers.get(topic.name) or self._open()
        ctx.cached(BronzeCache).ledgers[topic.name] = self.ledger

    def take(self) -> delta.Commit | None:
        """See :func:`ingest_files`."""
        topic = self.topic
        assert topic.on_changed is not None
        assert topic.settle_seconds is not None
        rules = Rules(
            topic.format,
            topic.encoding,
            topic.duplicate_content,
            topic.on_changed,
            topic.settle_seconds,
        )
        discovery = classify(self._list(), self.ledger, self.folder, rules, time.time(), self._inspect)
        self._say_what_waits(discovery)
        if not discovery.take:
            self._note(discovery)
            return None
        started = time.monotonic()
        had_taken = self._has_taken()
        size = self.ctx.document.settings.max_files_per_trigger
        batches = [discovery.take[i : i + size] for i in range(0, len(discovery.take), size)]
        for batch in batches:
            segment = self.ledger.intend(batch, self.ctx.parameters.run_id)
            failpoint("bronze.intended")
            self._append(segment)
            failpoint("bronze.committed")
            self.ledger.close()
            failpoint("bronze.closed")
        # Not before: a copy is passed over because its original is in bronze.
        self._note(discovery)
        commit = delta.last_commit(self.ctx.spark, self.table)
        self._verify(segment, commit)
        duration = int((time.monotonic() - started) * 1000)
        self.ctx.log.event(
            "bronze",
            "ingested",
            topic=self.topic.name,
            duration_ms=duration,
            details=ingested_details(discovery.take, commit.version, segment),
        )
        if had_taken and commit.version <= len(batches):
            self._forget("the bronze table is younger than the ledger; the next run takes all files again")
        return commit

    def _note(self, discovery: Discovery) -> None:
        if discovery.note:
            segment = self.ledger.note(discovery.note, self.ctx.parameters.run_id if discovery.copies else "")
            for copy in segment.copies:
                self._log("file_skipped", **skipped_details(copy, segment))

    def is_ahead_of_table(self) -> bool:
        """Tell whether the ledger knows of files, but the table was made anew and is empty. The ledger is thrown away then."""
        ahead = self.ctx.bronze_versions.newest(self.topic.name).version == 0 and self._has_taken()
        if ahead:
            self._forget("the bronze table was made anew: all files are taken again")
        return ahead

    def _has_taken(self) -> bool:
        return any(entry.taken for entry in self.ledger.entries.values())

    def _list(self) -> Listing:
        try:
            return list_files(self.folder)
        except FileNotFoundError as error:
            if self.ledger.entries:
                raise SourceError(
                    f"Topic {self.topic.name}: its landing folder {self.folder} is gone, although files were taken from it. "
                    "Nothing is lost. Bring the volume or the folder back (an empty folder will do), and run again."
                ) from error
            return Listing()

    def _open(self) -> Ledger:
        """The ledger as the disk has it, brought to where the bronze table is."""
        ledger = Ledger.open(self.ledger_folder)
        if ledger.pending is not None:  # a run was killed between intent and close
            committed = ledger.pending.token in self._committed()
            details = {"segment": ledger.pending.number, "committed": committed}
            ledger.close() if committed else ledger.withdraw()
            self.ctx.log.event("bronze", "ledger_recovered", topic=self.topic.name, details=details)
        if ledger.is_new:
            has_rows = self.ctx.bronze_versions.newest(self.topic.name).version > 0
            entries = self._entries_of_bronze() if has_rows else []
            if entries:
                ledger.note(entries)
                details = {"files": len(entries)}
                self.ctx.log.event("bronze", "ledger_rebuilt", topic=self.topic.name, details=details)
        self._log_what_is_missing(ledger)
        return ledger

    def _log_what_is_missing(self, ledger: Ledger) -> None:
        """Log what runs have taken that were killed before they wrote their log: under their ids, since bronze's rows have those."""
        if not ledger.unlogged:
            return
        commits = delta.commits(self.ctx.spark, self.table)
        versions = {commit.user_metadata.get(SEGMENT): commit.version for commit in commits}
        name, log, here = self.topic.name, self.ctx.log, self.ctx.parameters.run_id
        table = self.ctx.parameters.tables.ops("run_log")
        for run_id in dict.fromkeys(segment.run_id for segment in ledger.unlogged):
            told = details_of(self.ctx.spark, table, run_id, name, ("ingested", "file_skipped"))
            last = max((int(details.get("segment", 0)) for details in told), default=0)
            missing = [s for s in ledger.unlogged if s.run_id == run_id and s.number > last]
            taken = [segment for segment in missing if segment.taken]
            if taken:
                entries = [entry for segment in taken for entry in segment.taken]
                details = ingested_details(entries, versions.get(taken[-1].token), taken[-1])
                log.event(
                    "bronze", "ingested", topic=name, run_id=run_id, details={**details, "recovered_by": here}
                )
            for segment in missing:
                for copy in segment.copies:
                    self._log("file_skipped", run_id, **skipped_details(copy, segment), recovered_by=here)

    def _entries_of_bronze(self) -> list[Entry]:
        """Rebuild the entries of a lost ledger: the sources that bronze has, with the files' times."""
        newest = F.unix_micros(F.max("event_ts"))
        rows = self.ctx.spark.table(self.table).groupBy("source").agg(newest).collect()
        return entries_from_sources(
            {str(row[0]): int(row[1] or 0) for row in rows}, os.path.basename(self.folder)
        )

    def _inspect(self, files: Sequence[LandedFile]) -> Mapping[str, Content]:
        if sum(file.size for file in files) <= HASHED_HERE:
            return inspect_files(self.folder, files)
        reason = F.udf(lambda content: reason_unread(io.BytesIO(content)), "string", useArrow=False)
        path = relative_path(F.col("_metadata.file_path"), self.folder)
        files_there = self._files([file.path for file in files])
        rows = files_there.select(path, F.sha2("content", 256), reason("content")).collect()
        return {str(row[0]): Content(str(row[1]), row[2]) for row in rows}

    def _append(self, segment: Segment) -> None:
        """Read the segment's files and append their records, in one commit that carries the segment's token."""
        app = f"bronze/{self.topic.name}/{self.ledger.id}"
        try:
            stamped = self._records(segment.entries).crossJoin(F.broadcast(self._stamp()))
            delta.append(stamped, self.table, app, segment.number, {SEGMENT: segment.token})
        except Exception as error:
            paths = [entry.path for entry in segment.entries]
            gone = [path for path in paths if not os.path.exists(os.path.join(self.folder, path))]
            if gone:
                raise SourceError(
                    f"Topic {self.topic.name}: {counted(len(gone), 'file')} vanished between listing and reading, such as {gone[0]} "
                    f"in {self.folder}. Nothing of this batch was taken; the next run takes what is there then."
                ) from error
            raise

    def _stamp(self) -> DataFrame:
        """Return the time and the run that take the records. A row, since Spark would write a constant into the code that
        it generates, and compile that anew in each run.
        """
        now = datetime.now(timezone.utc).isoformat(sep=" ", timespec="microseconds")
        return self.ctx.spark.sql(
            f"SELECT * FROM VALUES (TIMESTAMP{literal(now)}, {literal(self.ctx.parameters.run_id)}) AS t(ingest_ts, run_id)"
        )

    def _records(self, entries: Sequence[Entry]) -> DataFrame:
        fresh = [entry.path for entry in entries if entry.revision == 1]
        parts = [self._read(fresh)] if fresh else []
        parts += [self._new_in(entry) for entry in entries if entry.revision > 1]
        return reduce(DataFrame.unionByName, parts)

    def _read(self, paths: Sequence[str], revision: int = 1) -> DataFrame:
        return explode_records(self._files(paths), self.topic, self.folder, revision)

    def _files(self, paths: Sequence[str]) -> DataFrame:
        return read_files(self.ctx.spark, [escaped(os.path.join(self.folder, path)) for path in paths])

    def _new_in(self, entry: Entry) -> DataFrame:
        """Records of a changed file that did not stand at their position before it changed."""
        path = os.path.join(os.path.basename(self.folder), entry.path)
        sources = [source_name(path, revision) for revision in range(1, entry.revision)]
        before = self.ctx.spark.table(self.table).where(F.col("source").isin(sources))
        letter = F.coalesce("_raw_bytes", F.col("raw").cast("binary"))
        stood = before.groupBy("position").agg(F.max_by(letter, "source").alias("_letter"))
        now = self._read([entry.path], entry.revision).withColumn("_letter", letter)
        return now.join(stood, ["position", "_letter"], "left_anti").drop("_letter")

    def _committed(self) -> set[str | None]:
        """Return the tokens of the segments whose records bronze has."""
        return {metadata.get(SEGMENT) for metadata in delta.user_metadata(self.ctx.spark, self.table)}

    def _verify(self, segment: Segment, commit: delta.Commit) -> None:
        """Delta skips an append that another run has made under the same number; then the ledger is not the table's."""
        if commit.user_metadata.get(SEGMENT) == segment.token:
            return
        if segment.token in self._committed():
            return  # something else has committed since, such as OPTIMIZE
        self.ledger.discard()
        raise SourceError(
            f"Topic {self.topic.name}: another run has written to its bronze table at the same time. The ledger of its files "
            "is rebuilt from the table by the next run, which takes what is missing; see that only one run goes at a time."
        )

    def _say_what_waits(self, discovery: Discovery) -> None:
        told = self.ctx.cached(BronzeCache)
        for event, word, known, found in (
            ("file_waiting", "reason", told.waiting, frozenset(discovery.waiting)),
            ("file_unread", "why", told.unread, frozenset(discovery.unread.items())),
        ):
            for path, text in sorted(found - known.get(self.topic.name, frozenset())):
                self._log(event, path=path, **{word: text})
            known[self.topic.name] = found

    def _log(self, event: str, run_id: str | None = None, **details: object) -> None:
        run_id = run_id or self.ctx.parameters.run_id
        self.ctx.log.event("bronze", event, topic=self.topic.name, run_id=run_id, details=details)

    def _forget(self, why: str) -> None:
        self.ledger.discard()
        self.ctx.cached(BronzeCache).ledgers.pop(self.topic.name, None)
        self._log("ledger_discarded", why=why)
