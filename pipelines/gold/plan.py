"""What a change of an input means for a gold model, read from the plan of its SQL. Pure: a text in, an answer out.

A model can follow its changes where every row of its result belongs to a group that each changed row names by itself.
Then the groups to recompute are those of the model's body run over the changed rows alone. Whether that is so is decided
conservatively, from a list of what is known to be safe: a node or a function that is not in it means a full refresh.

The plan is the analyzed one, before any optimizer: its words are the same on all Sparks, and it still says what the SQL
means. In it, columns are followed by their number: a *figure* is a column that comes out of an aggregate. Nothing that
decides about rows or groups (a filter, a join's condition, a GROUP BY) may look at a figure, since over the changed rows
alone it has another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.gold.functions import SAFE

#: Where the ranges begin that stand for the inputs in the plan that is analysed; no model has one of its own there.
INPUT_MARK = 1_000_000


@dataclass(frozen=True)
class Analysis:
    """How a model can be refreshed."""

    #: why every refresh is a full one; nothing where changes can be followed
    reason: str | None = None
    #: inputs whose own change asks for a full refresh, with the reason
    fixed: Mapping[str, str] = field(default_factory=dict)
    #: per input, those that a join brings together with it: all their rows matter for its changed ones
    joined: Mapping[str, frozenset[str]] = field(default_factory=dict)


def analyse(plan: str, sql: str, grain: Sequence[str], inputs: Sequence[str]) -> Analysis:
    """Analyse ``EXPLAIN EXTENDED`` of ``SELECT <grain> FROM (<body>)``.

    In ``plan``, input number n is ``range(INPUT_MARK + n, INPUT_MARK + n)``. ``sql`` is the body; ``grain`` the columns.
    """
    try:
        _check_text(sql)
        reader = _Reader(inputs)
        key, columns = reader.root(_parse(plan))
        if len(columns) != len(grain):
            raise _Full(_UNREADABLE)
        if key is None or not key <= {c.id for c in columns}:
            raise _Full(f"{', '.join(grain)} is not what the model groups by")
        for name, column in zip(grain, columns, strict=True):
            if column.figure:
                raise _Full(f"{name} is a figure of its groups, not their name")
    except _Full as full:
        return Analysis(reason=str(full))
    return Analysis(None, reader.fixed, {name: frozenset(others) for name, others in reader.joined.items()})


_UNREADABLE = "its plan is written in a way that is not known"


class _Full(Exception):
    """The model can only be refreshed in full, for the reason that this says."""


# ---- the text ----

# A literal or a quoted name goes into the plan without its quotes, where it must not look like a part of the plan.
_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|(?P<quoted>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`]|``)*`)", re.DOTALL
)
_HARMLESS = re.compile(r"[\w\s.,:;/%+*<>=!?@&~^|{}$€£-]*")
_MOMENTS = ("now", "today", "tomorrow", "yesterday")


def _check_text(sql: str) -> None:
    for match in _TOKEN.finditer(sql):
        quoted = match["quoted"]
        if quoted is None:
            continue
        inner = quoted[1:-1]
        if "\n" in inner or not _HARMLESS.fullmatch(inner):
            raise _Full("a text in it has characters that cannot be told from the plan's own")
        if inner.strip().lower() in _MOMENTS:
            raise _Full(f"{inner.strip()!r} depends on when it runs")


@dataclass(frozen=True)
class _Node:
    name: str
    text: str
    children: tuple[_Node, ...]


_LINE = re.compile(r"(?P<indent>(?::  |   )*)(?P<branch>:- |\+- )?(?P<text>\S.*)")


def _parse(plan: str) -> _Node:
    """The tree of the analyzed plan."""
    _, found, rest = plan.partition("== Analyzed Logical Plan ==\n")
    lines = rest.partition("\n== Optimized Logical Plan ==")[0].rstrip("\n").split("\n")[1:]
    if not found or not lines:
        raise _Full("it has no plan that can be read")
    items = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise _Full(_UNREADABLE)
        depth = len(match["indent"]) // 3 + (1 if match["branch"] else 0)
        items.append((depth, match["text"]))
    root, end = _tree(items, 0)
    if end != len(items):
        raise _Full(_UNREADABLE)
    return root


def _tree(items: Sequence[tuple[int, str]], at: int) -> tuple[_Node, int]:
    depth, text = items[at]
    children = []
    at += 1
    while at < len(items) and items[at][0] > depth:
        if items[at][0] != depth + 1:
            raise _Full("a subquery looks across groups")  # printed deeper than a child
        child, at = _tree(items, at)
        children.append(child)
    name, _, rest = text.partition(" ")
    return _Node(name, rest, tuple(children)), at


# ---- expressions ----

_FUNCTION = re.compile(r"([A-Za-z_][\w.]*)\(")
_COLUMN = re.compile(r"#(\d+)")
_BARE = re.compile(r"[^#]*#(\d+)L?")
_SUBQUERY = re.compile(r"(scalar-subquery|exists|list|lateral-subquery)#|outer\(|(?<!\w)dynamicpruning")
#: Written like functions, without being any.
_WRITTEN = ("Some", "lateralAliasReference")
_CUT = re.compile(r"\.\.\. \d+ more fields")


def _check(text: str) -> None:
    """That an expression is known to be a function of its row, or of its group."""
    if _SUBQUERY.search(text):
        raise _Full("a subquery looks across groups")
    if _CUT.search(text):
        raise _Full("it has more than 25 columns, and Spark cuts its plan there")
    for name in _FUNCTION.findall(text):
        if name.lower() not in SAFE and name not in _WRITTEN:
            raise _Full(f"{name.lower()}() may give something else the next time, or for other rows")


def _list(text: str) -> tuple[list[str], str]:
    """The items of a bracketed list at the start of ``text``, and what follows it."""
    if not text.startswith("["):
        raise _Full(_UNREADABLE)
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
    raise _Full(_UNREADABLE)


# ---- meaning ----


@dataclass(frozen=True)
class _Column:
    id: int
    #: whether it comes out of an aggregate
    figure: bool


@dataclass(frozen=True)
class _Rows:
    """What a part of the plan gives."""

    columns: tuple[_Column, ...]
    inputs: frozenset[str]
    #: ids of columns of which no two rows have the same values, where that is known
    key: frozenset[int] | None = None

    @property
    def rowwise(self) -> frozenset[int]:
        """Columns that are not figures."""
        return frozenset(c.id for c in self.columns if not c.figure)


_UNKNOWN_NODES = {
    "Window": "a window function looks across groups",
    "GlobalLimit": "LIMIT looks across groups",
    "LocalLimit": "LIMIT looks across groups",
    "Offset": "OFFSET looks across groups",
    "Sample": "a sample is another one each time",
    "Expand": "grouping sets, ROLLUP and CUBE put a row into several groups",
    "Except": "EXCEPT compares rows with others",
    "Intersect": "INTERSECT compares rows with others",
}


class _Reader:
    """Follows columns from the inputs up to the result."""

    def __init__(self, inputs: Sequence[str]) -> None:
        self.inputs = inputs
        self.fixed: dict[str, str] = {}
        self.joined: dict[str, set[str]] = {name: set() for name in inputs}
        self._named: dict[str, _Rows] = {}

    def root(self, node: _Node) -> tuple[frozenset[int] | None, tuple[_Column, ...]]:
        """Key and columns of the whole plan."""
        rows = self.read(node)
        return rows.key, rows.columns

    def read(self, node: _Node) -> _Rows:
        """What a node gives."""
        if node.name in _UNKNOWN_NODES:
            raise _Full(_UNKNOWN_NODES[node.name])
        method = getattr(self, f"_{node.name.lower()}", None)
        if method is None:
            raise _Full(f"{node.name} in its plan is not known to be safe")
        if node.name != "CTERelationDef":
            _check(node.text)
        rows = method(node)
        assert isinstance(rows, _Rows)
        return rows

    def _only(self, node: _Node) -> _Rows:
        if len(node.children) != 1:
            raise _Full("a subquery looks across groups")
        return self.read(node.children[0])

    def _withcte(self, node: _Node) -> _Rows:
        *definitions, last = node.children
        for definition in definitions:
            if definition.name != "CTERelationDef":
                raise _Full(_UNREADABLE)
            self._named[definition.text.partition(",")[0]] = self._only(definition)
        return self.read(last)

    def _cterelationref(self, node: _Node) -> _Rows:
        rows = self._named.get(node.text.partition(",")[0])
        ids = [int(i) for i in _COLUMN.findall(node.text)]
        if rows is None or len(ids) != len(rows.columns):
            raise _Full(_UNREADABLE)
        new = {c.id: i for c, i in zip(rows.columns, ids, strict=True)}
        columns = tuple(_Column(new[c.id], c.figure) for c in rows.columns)
        key = None if rows.key is None else frozenset(new[i] for i in rows.key)
        return _Rows(columns, rows.inputs, key)

    def _range(self, node: _Node) -> _Rows:
        match = re.match(r"\((\d+), (\d+), step=1", node.text)
        number = int(match[1]) - INPUT_MARK if match and match[1] == match[2] else -1
        if not 0 <= number < len(self.inputs):
            raise _Full("it reads rows that are none of its inputs")
        return _Rows((), frozenset({self.inputs[number]}))

    def _subqueryalias(self, node: _Node) -> _Rows:
        return self._only(node)

    _sort = _subqueryalias
    _resolvedhint = _subqueryalias

    def _project(self, node: _Node) -> _Rows:
        child = self._only(node)
        columns, renamed = self._outputs(_list(node.text)[0], child)
        key = None
        if child.key is not None and all(i in renamed for i in child.key):
            key = frozenset(renamed[i] for i in child.key)
        return _Rows(columns, child.inputs, key)

    def _outputs(
        self, items: Iterable[str], child: _Rows, groups: Sequence[str] | None = None
    ) -> tuple[tuple[_Column, ...], dict[int, int]]:
        """The columns of a list, and which columns of the child go on in it under which id."""
        columns: list[_Column] = []
        renamed: dict[int, int] = {}
        for item in items:
            value, own = _value(item)
            if groups is not None:
                figure = value not in groups
            else:
                figure = not _refs(value) <= child.rowwise or "lateralAliasReference(" in value
            bare = _BARE.fullmatch(value)
            if bare:
                renamed.setdefault(int(bare[1]), own)
            columns.append(_Column(own, figure))
        return tuple(columns), renamed

    def _filter(self, node: _Node) -> _Rows:
        child = self._only(node)
        if not _refs(node.text) <= child.rowwise:
            raise _Full("HAVING, or a filter on a figure, decides by the whole group")
        return child

    def _aggregate(self, node: _Node) -> _Rows:
        child = self._only(node)
        groups, rest = _list(node.text)
        if not rest.startswith(", ["):
            raise _Full("it is one group over everything")
        for group in groups:
            if not _refs(group) <= child.rowwise:
                raise _Full("it groups by a figure")
        items = _list(rest[2:])[0]
        columns, _ = self._outputs(items, child, groups)
        shown = dict(map(_value, items))
        key = frozenset(shown[g] for g in groups) if all(g in shown for g in groups) else None
        return _Rows(columns, child.inputs, key)

    def _distinct(self, node: _Node) -> _Rows:
        child = self._only(node)
        if any(c.figure for c in child.columns):
            raise _Full("DISTINCT compares figures")
        return _Rows(child.columns, child.inputs, frozenset(c.id for c in child.columns))

    def _union(self, node: _Node) -> _Rows:
        parts = [self.read(child) for child in node.children]
        if len({len(part.columns) for part in parts}) != 1:
            raise _Full(_UNREADABLE)
        columns = tuple(
            _Column(same[0].id, any(c.figure for c in same))
            for same in zip(*(part.columns for part in parts), strict=True)
        )
        return _Rows(columns, frozenset().union(*(part.inputs for part in parts)))

    def _join(self, node: _Node) -> _Rows:
        kind = node.text.partition(",")[0]
        if len(node.children) != 2 or kind not in _JOINS:
            raise _Full(f"a join of kind {kind} is not known to be safe")
        left, right = (self.read(child) for child in node.children)
        both = _Rows(left.columns + right.columns, left.inputs | right.inputs)
        if not _refs(node.text) <= both.rowwise:
            raise _Full("it joins by a figure")
        for one in left.inputs:
            for other in right.inputs:
                if one == other:
                    raise _Full(f"{one} is joined with itself")
                self.joined[one].add(other)
                self.joined[other].add(one)
        for side in _JOINS[kind]:
            for name in (left, right)[side].inputs:
                self.fixed.setdefault(name, f"a row of {name} may be missing in a join of kind {kind}")
        return both if kind not in ("LeftSemi", "LeftAnti") else _Rows(left.columns, both.inputs, left.key)


#: Kinds of join with the sides (0 left, 1 right) whose absence counts: a change there moves rows of the other side.
_JOINS: Mapping[str, tuple[int, ...]] = {
    "Inner": (),
    "Cross": (),
    "LeftOuter": (1,),
    "RightOuter": (0,),
    "FullOuter": (0, 1),
    "LeftSemi": (1,),
    "LeftAnti": (1,),
}


def _value(item: str) -> tuple[str, int]:
    """The expression of a list's item, and the id of the column that it becomes."""
    depth = 0
    for at, char in enumerate(item):
        depth += (char in "[(") - (char in ")]")
        # Names that Spark made up may hold " AS " as well, but in parentheses.
        if depth == 0 and item.startswith(" AS ", at):
            return item[:at], _id(item[at + 4 :])
    return item, _id(item)


def _id(text: str) -> int:
    bare = _BARE.fullmatch(text)
    if bare is None:
        raise _Full(_UNREADABLE)
    return int(bare[1])


def _refs(text: str) -> frozenset[int]:
    return frozenset(int(i) for i in _COLUMN.findall(text))
