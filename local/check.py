"""`python -m local.check`: what files would do to a topic of a stack, without Spark and without writing anything."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from local.command import FINE, STOPPED, answer
from local.delta_files import UnreadableTableError, read_rows
from local.errors import LocalError
from local.outdir import MARKER
from local.result import tables_on_disk
from local.stack import load_stack
from local.topics import find_topic, read_document

if TYPE_CHECKING:
    from pipelines.config.document import Topic
    from pipelines.registry import Version


def main(arguments: Sequence[str] | None = None) -> int:
    """Check as asked. Status 0: nothing to stop at; 3: types would change, records be rejected, values be null, or settings mean nothing; 2: it cannot be said."""
    parser = argparse.ArgumentParser(
        prog="python -m local.check", description="Says what files would do to a topic."
    )
    parser.add_argument("--stack-dir", type=Path, required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--data", type=Path, required=True)
    against = parser.add_mutually_exclusive_group(required=True)
    against.add_argument("--out", type=Path)
    against.add_argument("--base", type=Path)
    parser.add_argument(
        "--allow", action="append", default=[], choices=("types", "rejects", "nulls", "settings")
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    return answer(lambda: _check(options))


def _check(options: argparse.Namespace) -> int:
    from pipelines.check import check_files, version_of
    from pipelines.config.load import parse_document

    stack = load_stack(options.stack_dir)
    raw = read_document(stack)
    find_topic(raw, options.topic)
    pipeline = parse_document(json.dumps(raw))
    topic = pipeline.topic(options.topic)
    files = _files(options.data, topic)
    if options.base is not None:
        history = [version_of(topic, _files(options.base, topic))]
    else:
        history = registered_versions(options.out, stack.job.parameters, topic.name)
    report = check_files(topic, files, history, pipeline.gold)
    problems = report.problems(options.allow)
    if options.json:
        print(json.dumps({**report.to_json(), "problems": problems}, ensure_ascii=False))
    else:
        print("\n".join([*report.lines(), *(f"Stopped: {problem}." for problem in problems if problem)]))
    return STOPPED if problems else FINE


def _files(data: Path, topic: Topic) -> list[Path]:
    from pipelines.check import files_of

    if not data.exists():
        raise LocalError(f"There is no {data}: give a folder of JSON files, or one file.")
    folder = data / (topic.files or topic.name)
    return files_of(folder if folder.is_dir() else data)


def registered_versions(out: Path, parameters: Mapping[str, str], topic: str) -> list[Version]:
    """The versions of a topic in an output folder, oldest first; none where nothing has run there yet."""
    from pipelines.registry import History, histories

    if not (out / MARKER).exists():
        return []
    table = tables_on_disk(out, parameters).get("ops.schema_registry")
    if table is None:
        return []
    try:
        rows = read_rows(table, where={"topic": topic})
    except UnreadableTableError as error:
        raise LocalError(f"The schema registry in {out} cannot be read: {error}.") from error
    return list(histories(rows).get(topic, History()).versions())


if __name__ == "__main__":
    sys.exit(main())
