"""The text of an analysed plan: its nodes, and expressions that are known to be safe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.gold.functions import BY_POSITION, RANKS, SAFE

UNREADABLE = "its plan is written in a way that is not known"


class FullRefresh(Exception):
    """The model can only be refreshed in full, for the reason that this says."""


# ---- the text ----

# A literal or a quoted name goes into the plan without its quotes, where it must not look like a part of the plan.
_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|(?P<quoted>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`]|``)*`)", re.DOTALL
)
_HARMLESS = re.compile(r"[\w\s.,:;/%+*<>=!?@&~^|{}$€£-]*")
_MOMENTS = ("now", "today", "tomorrow", "yesterday")


def check_text(sql: str) -> None:
    """Raise where a text of the SQL cannot be told from the plan around it, or depends on when it runs."""
    for inner in check_quoted(sql):
        if inner.strip().lower() in _MOMENTS:
            raise FullRefresh(f"{inner.strip()!r} depends on when it runs")


def check_quoted(sql: str) -> list[str]:
    """Return the literals and quoted names of the SQL. Raises where one cannot be told from the plan around it."""
    quoted = [match["quoted"][1:-1] for match in _TOKEN.finditer(sql) if match["quoted"] is not None]
    if any("\n" in inner or not _HARMLESS.fullmatch(inner) for inner in quoted):
        raise FullRefresh("a text in it has characters that cannot be told from the plan's own")
    return quoted


@dataclass(frozen=True)
class Node:
    name: str
    text: str
    children: tuple[Node, ...]
    #: plans of the subqueries in its expressions
    subqueries: tuple[Node, ...] = ()


_LINE = re.compile(r"(?P<indent>(?::  |   )*)(?P<branch>:- |\+- )?(?P<text>\S.*)")


def parse_plan(plan: str) -> Node:
    """The tree of the analyzed plan."""
    _, found, rest = plan.partition("== Analyzed Logical Plan ==\n")
    lines = rest.partition("\n== Optimized Logical Plan ==")[0].rstrip("\n").split("\n")[1:]
    if not found or not lines:
        raise FullRefresh("it has no plan that can be read")
    items = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise FullRefresh(UNREADABLE)
        depth = len(match["indent"]) // 3 + (1 if match["branch"] else 0)
        items.append((depth, match["text"]))
    root, end = _tree(items, 0)
    if end != len(items):
        raise FullRefresh(UNREADABLE)
    return root


def _tree(items: Sequence[tuple[int, str]], at: int) -> tuple[Node, int]:
    depth, text = items[at]
    children: list[Node] = []
    subqueries: list[Node] = []
    at += 1
    while at < len(items) and items[at][0] > depth:
        below = items[at][0] - depth
        if below > 2:
            raise FullRefresh(UNREADABLE)
        child, at = _tree(items, at)
        (children if below == 1 else subqueries).append(child)  # a subquery is printed deeper than a child
    name, _, rest = text.partition(" ")
    return Node(name, rest, tuple(children), tuple(subqueries)), at


# ---- expressions ----

_FUNCTION = re.compile(r"([A-Za-z_][\w.]*)\(")
COLUMN = re.compile(r"#(\d+)")
BARE = re.compile(r"[^#]*#(\d+)L?")
_SUBQUERY = re.compile(r"(scalar-subquery|exists|list|lateral-subquery)#|outer\(|(?<!\w)dynamicpruning")
#: Written like functions, without being any.
_WRITTEN = ("Some", "lateralAliasReference")
_CUT = re.compile(r"\.\.\. \d+ more fields")


def is_cut(text: str) -> bool:
    """Tell whether Spark has left out columns of a node: it prints 25."""
    return _CUT.search(text) is not None


def check_expression(text: str) -> None:
    """Raise unless an expression is known to be a function of its row, or of its group."""
    if _SUBQUERY.search(text):
        raise FullRefresh("a subquery looks across groups")
    if is_cut(text):
        raise FullRefresh("it has more than 25 columns, and Spark cuts its plan there")
    for name in _FUNCTION.findall(text):
        if name.lower() not in SAFE and name not in _WRITTEN:
            raise FullRefresh(f"{name.lower()}() may give something else the next time, or for other rows")


#: Direction of an expression in the order of a window.
ORDERED = re.compile(r" (ASC|DESC) NULLS (FIRST|LAST)$")
_FRAME = re.compile(
    r"specifiedwindowframe\((RangeFrame,|RowFrame, unboundedpreceding\$\(\), unboundedfollowing\$\(\)\))"
)
_SPEC = re.compile(r"\bwindowspecdefinition\(|\bspecifiedwindowframe\(")


def check_window(text: str, total: bool) -> None:
    """Raise unless a window function gives the same whenever it is computed. ``total``: no two rows are equal in its order."""
    function = text.partition("(")[0]
    if total:
        if function in BY_POSITION:
            text = text.removeprefix(function)
    elif function in BY_POSITION:
        raise FullRefresh(f"{function}() depends on the order of rows that its window leaves open")
    elif function not in RANKS and not _FRAME.search(text):
        raise FullRefresh("a window of ROWS depends on the order of rows that it leaves open")
    check_expression(_SPEC.sub("(", text.removeprefix(function) if function in RANKS else text))


def list_of(text: str) -> tuple[list[str], str]:
    """Return the items of a bracketed list at the start of ``text``, and what follows it."""
    if not text.startswith("["):
        raise FullRefresh(UNREADABLE)
    items, depth, start = [], 0, 1
    for at, char in enumerate(text):
        if char in "[(":
            depth += 1
        elif char in ")]":
            depth -= 1
            if depth == 0:
                items.append(text[start:at].strip())
                return [item for item in items if item], text[at + 1 :]
        elif char == "," and depth == 1:
            items.append(text[start:at].strip())
            start = at + 1
    raise FullRefresh(UNREADABLE)


def value_of(item: str) -> tuple[str, int]:
    """Return the expression of a list's item, and the id of the column that it becomes."""
    depth = 0
    for at, char in enumerate(item):
        depth += (char in "[(") - (char in ")]")
        # Names that Spark made up may hold " AS " as well, but in parentheses.
        if depth == 0 and item.startswith(" AS ", at):
            return item[:at], id_of(item[at + 4 :])
    return item, id_of(item)


def id_of(text: str) -> int:
    """Return the id of the column that a text is, and nothing else."""
    bare = BARE.fullmatch(text)
    if bare is None:
        raise FullRefresh(UNREADABLE)
    return int(bare[1])


def ids_in(text: str) -> frozenset[int]:
    """Return the ids of the columns in an expression."""
    return frozenset(int(i) for i in COLUMN.findall(text))
