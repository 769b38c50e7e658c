"""What serverless compute (and Spark Connect, on which it stands) does not have, found in source by its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

ALLOWED_CONFS = frozenset(
    {
        "spark.sql.shuffle.partitions",
        "spark.sql.session.timeZone",
        "spark.sql.ansi.enabled",
        "spark.sql.files.maxPartitionBytes",
        "spark.sql.legacy.timeParserPolicy",
        "spark.databricks.execution.timeout",
    }
)

ATTRIBUTES = {
    "_jvm": "there is no JVM behind Spark Connect",
    "_jdf": "there is no JVM behind Spark Connect",
    "_jsparkSession": "there is no JVM behind Spark Connect",
    "_sc": "there is no Spark context",
    "sparkContext": "there is no Spark context",
    "rdd": "there are no RDDs",
    "cache": "caching is rejected",
    "persist": "caching is rejected",
    "localCheckpoint": "it needs executors' local disks",
    "createGlobalTempView": "there are no global temporary views",
    "createOrReplaceGlobalTempView": "there are no global temporary views",
    "input_file_name": "rejected; use the _metadata column",
    "foreachBatch": "it runs in another process there and pickles what it captures",
}
"""Attribute -> why not."""

MODULES = ("py4j", "pyspark.rdd", "pyspark.context", "pyspark.java_gateway")
NAMES = frozenset({"SparkContext", "SparkConf", "SQLContext", "RDD"})

SQL = (
    (re.compile(r"\brefresh\s+table\b", re.I), "REFRESH TABLE is rejected"),
    (re.compile(r"\b(un)?cache\s+(lazy\s+)?table\b", re.I), "caching is rejected"),
    (re.compile(r"\bglobal_temp\b|\bglobal\s+temp(orary)?\b", re.I), "there are no global temporary views"),
    (re.compile(r"\binput_file_(name|block)", re.I), "rejected; use the _metadata column"),
    (
        re.compile(r"^\s*set\s+(spark|hive)\.", re.I),
        "settings go through spark.conf.set, where they are checked",
    ),
)


class Finding(NamedTuple):
    """One thing that would fail on serverless."""

    line: int
    what: str
    why: str


def python_findings(source: str) -> list[Finding]:
    """Everything in a Python file that serverless would reject."""
    tree = ast.parse(source)
    docstrings = {id(text) for text in _docstrings(tree)}
    found: list[Finding] = []
    for node in ast.walk(tree):
        found.extend(_findings_of(node, docstrings))
    return sorted(found)


def sql_findings(text: str) -> list[Finding]:
    """The same for SQL, in a file or in a string."""
    return [
        Finding(text[: match.start()].count("\n") + 1, match.group(0).strip(), why)
        for pattern, why in SQL
        if (match := pattern.search(text))
    ]


def _findings_of(node: ast.AST, docstrings: set[int]) -> Iterator[Finding]:
    match node:
        # functools.cache is no Spark cache.
        case ast.Attribute(value=ast.Name(id="functools"), attr="cache"):
            return
        case ast.Attribute(attr=attr) if attr in ATTRIBUTES:
            yield Finding(node.lineno, attr, ATTRIBUTES[attr])
        case ast.Import(names=names):
            yield from (_import(node.lineno, alias.name) for alias in names if _banned(alias.name))
        case ast.ImportFrom(module=str(module), names=names):
            if _banned(module):
                yield _import(node.lineno, module)
            yield from (
                _import(node.lineno, alias.name)
                for alias in names
                if module.startswith("pyspark") and (alias.name in NAMES or alias.name in ATTRIBUTES)
            )
        case ast.Constant(value=str(text)) if id(node) not in docstrings:
            yield from (
                Finding(node.lineno + found.line - 1, found.what, found.why) for found in sql_findings(text)
            )
        case ast.Call(func=ast.Attribute(attr="set" | "unset" | "config" as method, value=target)):
            yield from _conf(node, method, target)
        case ast.Call(func=ast.Attribute(attr="trigger"), keywords=keywords):
            if [keyword.arg for keyword in keywords] != ["availableNow"]:
                yield Finding(node.lineno, "trigger", "only trigger(availableNow=True) is allowed")


def _conf(call: ast.Call, method: str, target: ast.expr) -> Iterator[Finding]:
    """`<something>.conf.set(key, ...)`: the key is a literal, and one of the six."""
    if method != "config" and not (isinstance(target, ast.Attribute) and target.attr == "conf"):
        return
    key = call.args[0] if call.args else None
    if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
        yield Finding(
            call.lineno, f"conf.{method}", "the setting must be a literal, so that it can be checked"
        )
    elif key.value not in ALLOWED_CONFS:
        yield Finding(call.lineno, key.value, "serverless allows six session settings; this is none of them")


def _banned(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in MODULES)


def _import(line: int, name: str) -> Finding:
    return Finding(line, f"import {name}", "not in Spark Connect")


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Strings that stand as statements: they only tell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
