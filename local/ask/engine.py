"""One SELECT over the tables that it names, by DuckDB. It can read nothing else, and writes nothing."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from local.ask.folder import TableFolder
from local.delta_files import UnreadableTableError, read_table, versions
from local.errors import LocalError

_IDENTIFIER = r'(?:[A-Za-z_]\w*|"(?:[^"]|"")*")'
# Text in which nothing is a statement; one that is not closed goes on to the end.
_TEXT = r"'(?:[^']|'')*(?:'|\Z)|\$\$.*?(?:\$\$|\Z)|--[^\n]*|/\*.*?(?:\*/|\Z)"
_NO_CODE = re.compile(rf'{_TEXT}|"(?:[^"]|"")*(?:"|\Z)', re.DOTALL)
_TRAVEL = re.compile(
    rf"""(?P<text>{_TEXT})
    | (?P<before>(?:{_IDENTIFIER}\.)?) (?P<schema>{_IDENTIFIER}) \. (?P<table>{_IDENTIFIER})
      \s+ (?:FOR\s+)? (?P<kind>VERSION|TIMESTAMP) \s+ AS \s+ OF \s+ (?:'(?P<quoted>[^']*)' | (?P<number>\d+))
    | "(?:[^"]|"")*(?:"|\Z)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_AT = "@"
_READS_ONLY = "query only reads: it takes one SELECT (WITH, FROM, VALUES, DESCRIBE and SUMMARIZE of a table are such too)"


def run_query(folder: TableFolder, sql: str) -> pa.Table:
    """Run one statement and return its rows.

    Raises :class:`LocalError` with the line and a caret where the statement is wrong.
    """
    text = _with_versions(sql)
    with duckdb.connect() as connection:
        try:
            names = _named_tables(connection, text)
            _open(connection, folder, names)
            rows = _execute(connection, text)
        except duckdb.PermissionException as error:
            raise LocalError(
                f"query reads the tables of the output folder, and no files: {_described(error)}"
            ) from error
        except duckdb.Error as error:
            raise LocalError(_described(error)) from error
    return rows


def _execute(connection: duckdb.DuckDBPyConnection, text: str) -> pa.Table:
    """Run a statement in another thread, so that Ctrl-C stops it at once: DuckDB itself looks for signals between parts of
    its work, which can be minutes apart.
    """
    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=1) as pool:
        # It costs a copy of the answer; the other way, errors have no line.
        warnings.filterwarnings("ignore", message="Arrow output")
        answer = pool.submit(lambda: connection.execute(text).to_arrow_table())
        try:
            return answer.result()
        except KeyboardInterrupt:
            connection.interrupt()
            raise


def is_complete(text: str) -> bool:
    """Tell whether a statement that is being typed ends in a semicolon, outside of texts and comments."""
    return _NO_CODE.sub(lambda found: " " if found[0][0] in "-/" else "''", text).rstrip().endswith(";")


def _with_versions(sql: str) -> str:
    """Put a version into the schema's name, which keeps the table's own name for its columns: DuckDB has no
    `VERSION AS OF`. `silver.orders VERSION AS OF 3` becomes `"silver@3".orders`; what follows keeps its position.
    """

    def rewritten(found: re.Match[str]) -> str:
        if found["kind"] is None:
            return found[0]
        if found["kind"].upper() == "VERSION" and found["number"] is None and not found["quoted"].isdigit():
            raise LocalError(f"VERSION AS OF takes a number, not '{found['quoted']}'.")
        at = found["number"] or found["quoted"]
        name = f'{found["before"]}"{_plain(found["schema"])}{_AT}{at}".{found["table"]}'
        lines = "\n" * found[0].count("\n")
        return f"{name}{lines}" if lines else name.ljust(len(found[0]))

    return _TRAVEL.sub(rewritten, sql)


def _named_tables(connection: duckdb.DuckDBPyConnection, text: str) -> list[list[str]]:
    """The tables that a statement names, part by part; an error unless it is a single SELECT."""
    statements = connection.extract_statements(text)
    if len(statements) != 1:
        raise LocalError(
            f"{len(statements)} statements: {_READS_ONLY}." if statements else "There is no statement."
        )
    if statements[0].type != duckdb.StatementType.SELECT:
        raise LocalError(f"{statements[0].type.name} is not possible: {_READS_ONLY}.")
    [answer] = connection.execute("SELECT json_serialize_sql(?)", [text]).fetchone() or ("{}",)
    tree = json.loads(answer)
    if tree.get("error"):  # as a PIVOT, which comes apart into several statements
        raise LocalError(f"{tree['error_message']} {_READS_ONLY[0].upper()}{_READS_ONLY[1:]}.")
    nodes = list(_nodes(tree))
    common = {entry["key"].lower() for node in nodes for entry in node.get("cte_map", {}).get("map", ())}
    names = {
        tuple(filter(None, (node["catalog_name"], node["schema_name"], node["table_name"])))
        for node in nodes
        if node.get("type") == "BASE_TABLE"
    }
    return [list(parts) for parts in sorted(names) if len(parts) > 1 or parts[0].lower() not in common]


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every node of a syntax tree."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, (dict, list)):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _nodes(child)


def _open(connection: duckdb.DuckDBPyConnection, folder: TableFolder, names: list[list[str]]) -> None:
    """Read the named tables, bind them under the names that the statement has for them, and close everything else."""
    for catalog in folder.catalogs:
        connection.execute(f"ATTACH ':memory:' AS {_quoted(catalog)}")
    for setting in (
        f"USE {_quoted(folder.catalogs[0])}",
        "SET TimeZone = 'UTC'",
        "SET temp_directory = ''",
        "SET python_enable_replacements = false",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(setting)
    for index, parts in enumerate(names):
        schema, at = parts[-2].partition(_AT)[::2] if len(parts) > 1 else ("", "")
        name = folder.resolve([*parts[:-2], schema, parts[-1]] if len(parts) > 1 else parts)
        connection.register(f"table_{index}", _read(folder, name, at))
        *prefix, table = map(_quoted, parts)
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {'.'.join(prefix)}")
        view = f"{'.'.join(prefix)}.{table}"
        connection.execute(f"CREATE VIEW IF NOT EXISTS {view} AS SELECT * FROM temp.main.table_{index}")


def _read(folder: TableFolder, name: str, at: str) -> pa.Table:
    path = folder.paths[name]
    try:
        return read_table(path, version=_version(path, name, at) if at else None)
    except UnreadableTableError as error:
        raise LocalError(f"{name} cannot be read without Spark: {error}") from error


def _version(path: Path, name: str, at: str) -> int:
    """The version of a table that a statement asks for, by number or by time (UTC where it has no zone)."""
    known = versions(path)
    first, last = known[-1], known[0]
    if at.isdigit():
        if int(at) not in (found.version for found in known):
            raise LocalError(f"{name} has no version {at}; it has {first.version} to {last.version}.")
        return int(at)
    try:
        moment = datetime.fromisoformat(at.strip().replace("Z", "+00:00"))
    except ValueError:
        raise LocalError(
            f"TIMESTAMP AS OF '{at}' is no time; write it as '2026-01-31' or '2026-01-31 13:00:00' (UTC)."
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    for found in known:
        if found.at <= moment:
            return found.version
    raise LocalError(
        f"{name} is younger than {at}; its first version is of {first.at:%Y-%m-%d %H:%M:%S} UTC."
    )


def _plain(identifier: str) -> str:
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _described(error: duckdb.Error) -> str:
    return str(error).strip()
