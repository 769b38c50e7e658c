"""`python -m local.ask`: answers a question about the tables of an output folder, without Spark."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from local.ask.folder import TableFolder, open_folder
from local.ask.lineage import as_json, as_text, edges_around, edges_of
from local.ask.rows import FORMATS, Target, write_rows
from local.command import FINE, answer
from local.errors import LocalError
from local.stopping import raise_interrupts


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer as asked. Status 0; 2: it cannot be said."""
    parser = argparse.ArgumentParser(
        prog="python -m local.ask", description="Answers questions about tables."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("query", "tables", "describe", "history", "lineage"):
        command = commands.add_parser(name)
        command.add_argument("--out", type=Path, required=True)
        command.add_argument("--output", type=Path)
        command.add_argument(
            "--format", choices=("text", "json") if name == "lineage" else FORMATS, default=None
        )
        if name == "query":
            command.add_argument("--file", type=Path)
            command.add_argument("sql", nargs="?")
        if name in ("describe", "history", "lineage"):
            command.add_argument("table", nargs="?" if name == "lineage" else None)
    options = parser.parse_args(arguments)
    raise_interrupts()
    try:
        return answer(lambda: _answer(options))
    except BrokenPipeError:
        # Whoever reads has enough; Python would say so again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _answer(options: argparse.Namespace) -> int:
    folder = open_folder(options.out)
    if options.command == "lineage":
        _print(_lineage(folder, options), options.output)
        return FINE
    if options.command == "query" and options.sql is None and options.file is None and sys.stdin.isatty():
        from local.ask.shell import run_shell

        return run_shell(folder)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() and options.output is None else None
    _print(write_rows(_rows(folder, options), Target(options.format or "table", options.output, width)))
    return FINE


def _rows(folder: TableFolder, options: argparse.Namespace) -> pa.Table:
    if options.command == "query":
        from local.ask.engine import run_query

        return run_query(folder, _statement(options))
    from local.ask.inventory import describe_table, list_tables, list_versions

    if options.command == "tables":
        return list_tables(folder)
    ask = describe_table if options.command == "describe" else list_versions
    return ask(folder, folder.resolve(options.table.split(".")))


def _statement(options: argparse.Namespace) -> str:
    if options.file is not None and options.sql is not None:
        raise LocalError("Give a statement or a file of one, not both.")
    if options.sql is not None:
        return str(options.sql)
    try:
        return str(sys.stdin.read() if options.file is None else options.file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LocalError(
            f"The statement cannot be read from {options.file or 'standard input'}: {error}."
        ) from error


def _lineage(folder: TableFolder, options: argparse.Namespace) -> str:
    edges = edges_of(folder.document)
    if options.table is not None:
        known = {name for edge in edges for name in (edge.source, edge.target)}
        # A table that has no data yet has lineage too.
        name = options.table.lower()
        table, _, column = options.table.rpartition(".")
        if name not in known and table.lower() in known:
            from local.ask.columns import ColumnLineage

            edges = ColumnLineage(folder.paths, folder.document).edges_around(table.lower(), column)
        else:
            edges = edges_around(edges, name if name in known else folder.resolve(options.table.split(".")))
    return as_json(edges) if options.format == "json" else as_text(edges)


def _print(text: str, output: Path | None = None) -> None:
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LocalError(f"{output} cannot be written: {error.strerror or error}.") from error


if __name__ == "__main__":
    sys.exit(main())
