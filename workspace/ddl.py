"""The few statements about tables that Terraform sends: create, drop, comment, properties. Others are not done here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r"\s*('(?:[^'\\]|\\.|'')*'|`(?:[^`]|``)*`|[\w.]+|[^\s\w])")
_TYPES = {"BIGINT": "LONG", "INTEGER": "INT", "SMALLINT": "SHORT", "TINYINT": "BYTE", "REAL": "FLOAT"}


class StatementError(Exception):
    """A statement that is not one of those that this file knows."""


@dataclass
class Statement:
    """One statement: `create`, `drop`, `comment` or `properties`, and what it says of a table."""

    what: str
    table: str
    replace: bool = False
    quiet: bool = False
    """`IF EXISTS`, `IF NOT EXISTS`."""
    fields: dict[str, Any] = field(default_factory=dict)


def parse(text: str) -> Statement:
    """Read a statement; `StatementError` when it is none of those that are known."""
    return _Parser(text).statement()


def column_info(name: str, type_text: str, position: int) -> dict[str, Any]:
    """A column as the API describes it, by the name that its type has in SQL."""
    type_name = type_text.split("(")[0].split("<")[0].upper()
    return {
        "name": name,
        "position": position,
        "nullable": True,
        "type_text": type_text,
        "type_name": _TYPES.get(type_name, type_name),
    }


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKEN.findall(text.rstrip().removesuffix(";"))
        self._at = 0

    def statement(self) -> Statement:
        if self._take("CREATE"):
            replace = self._take("OR", "REPLACE")
            self._need("TABLE")
            quiet = self._take("IF", "NOT", "EXISTS")
            return Statement("create", self._name(), replace, quiet, self._definition())
        if self._take("DROP", "TABLE"):
            quiet = self._take("IF", "EXISTS")
            return self._end(Statement("drop", self._name(), quiet=quiet))
        if self._take("COMMENT", "ON", "TABLE"):
            table = self._name()
            self._need("IS")
            return self._end(Statement("comment", table, fields={"comment": self._string()}))
        if self._take("ALTER", "TABLE"):
            table = self._name()
            self._need("SET", "TBLPROPERTIES")
            return self._end(Statement("properties", table, fields={"properties": self._properties()}))
        raise self._unknown()

    def _definition(self) -> dict[str, Any]:
        found: dict[str, Any] = {"columns": self._columns() if self._take("(") else [], "properties": {}}
        while self._at < len(self._tokens):
            if self._take("USING"):
                found["data_source_format"] = self._next().upper()
            elif self._take("COMMENT"):
                found["comment"] = self._string()
            elif self._take("TBLPROPERTIES"):
                found["properties"] = self._properties()
            elif self._take("CLUSTER", "BY"):
                self._group()
            else:
                raise self._unknown()
        return found

    def _columns(self) -> list[dict[str, Any]]:
        columns: list[dict[str, Any]] = []
        while True:
            name, type_ = self._identifier(), self._next().lower()
            column = column_info(
                name, type_ + (self._group() if self._peek() in ("(", "<") else ""), len(columns)
            )
            if self._take("NOT", "NULL"):
                column["nullable"] = False
            if self._take("COMMENT"):
                column["comment"] = self._string()
            columns.append(column)
            if self._take(")"):
                return columns
            self._need(",")

    def _properties(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        self._need("(")
        while not self._take(")"):
            key = self._string()
            self._need("=")
            found[key] = self._string()
            self._take(",")
        return found

    def _group(self) -> str:
        """Everything up to the bracket that closes the next one, as it stands."""
        depth, text = 0, ""
        while True:
            token = self._next()
            depth += (token in "(<") - (token in ")>")
            text += token
            if depth <= 0:
                return text

    def _name(self) -> str:
        parts = [self._identifier()]
        while self._take("."):
            parts.append(self._identifier())
        return ".".join(parts).lower()

    def _identifier(self) -> str:
        token = self._next()
        return token[1:-1].replace("``", "`") if token.startswith("`") else token

    def _string(self) -> str:
        token = self._next()
        if not token.startswith("'"):
            raise self._unknown()
        return re.sub(r"\\(.)", r"\1", token[1:-1].replace("''", "'"))

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise self._unknown()
        self._at += 1
        return str(token)

    def _take(self, *words: str) -> bool:
        found = [token.upper() for token in self._tokens[self._at : self._at + len(words)]]
        if found != list(words):
            return False
        self._at += len(words)
        return True

    def _need(self, *words: str) -> None:
        if not self._take(*words):
            raise self._unknown()

    def _end(self, statement: Statement) -> Statement:
        if self._at < len(self._tokens):
            raise self._unknown()
        return statement

    def _unknown(self) -> StatementError:
        near = " ".join(self._tokens[self._at : self._at + 5]) or "its end"
        return StatementError(
            f"the local workspace runs CREATE TABLE, DROP TABLE, COMMENT ON TABLE and ALTER TABLE ... SET TBLPROPERTIES; near {near!r}: {self._text[:200]}"
        )
