"""Derives from the plan of a gold model's SQL what a change of an input means for it. Pure: a text in, an answer out.

A model can be refreshed incrementally where every row of its result belongs to a group that each changed row names by itself.
Then the groups to recompute are those of the model's body run over the changed rows alone. Whether that is so is decided
conservatively, from a list of what is known to be safe: a node or a function that is not in it means a full refresh.

The plan is the analyzed one, before any optimizer: its words are the same on all Sparks, and it still says what the SQL
means. In it, columns are followed by their number: an *aggregate column* comes out of an aggregate function. Nothing that
decides about rows or groups (a filter, a join's condition, a GROUP BY) may look at an aggregate column, since over the changed rows
alone it has another value.

A window gives each row something that depends on all rows of its partition. So a change of one row reaches the others of its
partition, and these have to be in the same group: above a window only the columns of its PARTITION BY may decide about rows
and groups, and all others count as aggregate columns. What a window computes must also be the same whenever it is computed:
ranks, and aggregates of whole partitions or by value (RANGE), always are; what goes by the position of rows (ROWS,
row_number, lag) is where the order leaves no two rows equal, that is, where partition and order together hold a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.gold.plan_text import (
    BARE,
    COLUMN,
    ORDERED,
    UNREADABLE,
    FullRefresh,
    Node,
    check_expression,
    check_text,
    check_window,
    ids_in,
    list_of,
    parse_plan,
    value_of,
)

#: Beginning of the ranges that stand for the inputs in the plan that is analysed; no model has one of its own there.
INPUT_MARK = 1_000_000


@dataclass(frozen=True)
class Analysis:
    """Ways in which a model can be refreshed."""

    #: why every refresh is a full one; nothing where an incremental refresh is possible
    reason: str | None = None
    #: inputs whose own change asks for a full refresh, with the reason
    fixed: Mapping[str, str] = field(default_factory=dict)
    #: per input, those that a join brings together with it: all their rows matter for its changed ones
    joined: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def why_full(self, name: str) -> str | None:
        """Return the reason why a change of an input asks for a full refresh; nothing where it does not."""
        return self.reason or self.fixed.get(name)


def analyse(plan: str, sql: str, grain: Sequence[str], inputs: Sequence[str]) -> Analysis:
    """Analyse ``EXPLAIN EXTENDED`` of ``SELECT <grain> FROM (<body>)``.

    In ``plan``, input number n is ``range(INPUT_MARK + n, INPUT_MARK + n)``. ``sql`` is the body; ``grain`` the columns.
    """
    reader = _Reader(inputs)
    try:
        check_text(sql)
        key, columns = reader.root(parse_plan(plan))
        if len(columns) != len(grain):
            raise FullRefresh(UNREADABLE)
        if key is None or not key <= {c.id for c in columns}:
            raise FullRefresh(f"{', '.join(grain)} is not what the model groups by")
        for name, column in zip(grain, columns, strict=True):
            if column.aggregate:
                raise FullRefresh(f"{name} is an aggregate column of its groups, not their name")
    except FullRefresh as full:
        note = "; beside a window, only the columns of its PARTITION BY name rows and groups"
        return Analysis(reason=f"{full}{note if reader.windows else ''}")
    return Analysis(None, reader.fixed, {name: frozenset(others) for name, others in reader.joined.items()})


@dataclass(frozen=True)
class _Column:
    id: int
    #: whether it comes out of an aggregate
    aggregate: bool


@dataclass(frozen=True)
class _Rows:
    """Output of a part of the plan."""

    columns: tuple[_Column, ...]
    inputs: frozenset[str]
    #: ids of columns of which no two rows have the same values, where that is known
    key: frozenset[int] | None = None

    @property
    def rowwise(self) -> frozenset[int]:
        """Columns that are no aggregate columns."""
        return frozenset(c.id for c in self.columns if not c.aggregate)


_UNKNOWN_NODES = {
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
        #: whether the plan has a window
        self.windows = False
        self._named: dict[str, _Rows] = {}
        #: ids of columns that are always equal to an earlier one, with the id of that
        self._same: dict[int, int] = {}

    def root(self, node: Node) -> tuple[frozenset[int] | None, tuple[_Column, ...]]:
        """Key and columns of the whole plan."""
        rows = self.read(node)
        return rows.key, rows.columns

    def read(self, node: Node) -> _Rows:
        """Return the output of a node."""
        if node.subqueries:
            raise FullRefresh("a subquery looks across groups")
        if node.name in _UNKNOWN_NODES:
            raise FullRefresh(_UNKNOWN_NODES[node.name])
        method = getattr(self, f"_{node.name.lower()}", None)
        if method is None:
            raise FullRefresh(f"{node.name} in its plan is not known to be safe")
        if node.name not in ("CTERelationDef", "Window"):
            check_expression(node.text)
        rows = method(node)
        assert isinstance(rows, _Rows)
        return rows

    def _only(self, node: Node) -> _Rows:
        if len(node.children) != 1:
            raise FullRefresh("a subquery looks across groups")
        return self.read(node.children[0])

    def _withcte(self, node: Node) -> _Rows:
        *definitions, last = node.children
        for definition in definitions:
            if definition.name != "CTERelationDef":
                raise FullRefresh(UNREADABLE)
            self._named[definition.text.partition(",")[0]] = self._only(definition)
        return self.read(last)

    def _cterelationref(self, node: Node) -> _Rows:
        rows = self._named.get(node.text.partition(",")[0])
        ids = [int(i) for i in COLUMN.findall(node.text)]
        if rows is None or len(ids) != len(rows.columns):
            raise FullRefresh(UNREADABLE)
        new = {c.id: i for c, i in zip(rows.columns, ids, strict=True)}
        columns = tuple(_Column(new[c.id], c.aggregate) for c in rows.columns)
        key = None if rows.key is None else frozenset(new[i] for i in rows.key)
        return _Rows(columns, rows.inputs, key)

    def _range(self, node: Node) -> _Rows:
        match = re.match(r"\((\d+), (\d+), step=1", node.text)
        number = int(match[1]) - INPUT_MARK if match and match[1] == match[2] else -1
        if not 0 <= number < len(self.inputs):
            raise FullRefresh("it reads rows that are none of its inputs")
        return _Rows((), frozenset({self.inputs[number]}))

    def _subqueryalias(self, node: Node) -> _Rows:
        return self._only(node)

    _sort = _subqueryalias
    _resolvedhint = _subqueryalias

    def _project(self, node: Node) -> _Rows:
        child = self._only(node)
        columns, renamed = self._outputs(list_of(node.text)[0], child)
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
        first: dict[str, int] = {}
        for item in items:
            value, own = value_of(item)
            if first.setdefault(value, own) != own:
                self._same[own] = self._first(first[value])
            if groups is not None:
                aggregate = value not in groups
            else:
                aggregate = not ids_in(value) <= child.rowwise or "lateralAliasReference(" in value
            bare = BARE.fullmatch(value)
            if bare:
                renamed.setdefault(int(bare[1]), own)
            columns.append(_Column(own, aggregate))
        return tuple(columns), renamed

    def _filter(self, node: Node) -> _Rows:
        child = self._only(node)
        if not ids_in(node.text) <= child.rowwise:
            raise FullRefresh("HAVING, or a filter on an aggregate column, decides by the whole group")
        return child

    def _aggregate(self, node: Node) -> _Rows:
        child = self._only(node)
        groups, rest = list_of(node.text)
        if not rest.startswith(", ["):
            raise FullRefresh("it is one group over everything")
        for group in groups:
            if not ids_in(group) <= child.rowwise:
                raise FullRefresh("it groups by an aggregate column")
        items = list_of(rest[2:])[0]
        columns, _ = self._outputs(items, child, groups)
        shown = dict(map(value_of, reversed(items)))  # of equal ones, the first
        key = frozenset(shown[g] for g in groups) if all(g in shown for g in groups) else None
        return _Rows(columns, child.inputs, key)

    def _window(self, node: Node) -> _Rows:
        child = self._only(node)
        self.windows = True
        items, rest = list_of(node.text)
        lists = []
        while rest.startswith(", ["):
            found, rest = list_of(rest[2:])
            lists.append(found)
        # An empty list is not written. In that of the order, each expression is followed by its direction.
        partition = self._bare(lists[0]) if lists else frozenset()
        order = (
            self._bare(ORDERED.sub("", item) for item in lists[-1] if ORDERED.search(item)) if lists else ()
        )
        total = child.key is not None and child.key <= partition.union(order)
        for item in items:
            check_window(item, total)
        columns = tuple(
            _Column(c.id, c.aggregate or self._first(c.id) not in partition) for c in child.columns
        )
        computed = tuple(_Column(value_of(item)[1], True) for item in items)
        return _Rows(columns + computed, child.inputs, child.key)

    def _bare(self, expressions: Iterable[str]) -> frozenset[int]:
        """The columns among expressions, each by the first one that is equal to it."""
        found = map(BARE.fullmatch, expressions)
        return frozenset(self._first(int(bare[1])) for bare in found if bare)

    def _first(self, column: int) -> int:
        return self._same.get(column, column)

    def _distinct(self, node: Node) -> _Rows:
        child = self._only(node)
        if any(c.aggregate for c in child.columns):
            raise FullRefresh("DISTINCT compares aggregate columns")
        return _Rows(child.columns, child.inputs, frozenset(c.id for c in child.columns))

    def _union(self, node: Node) -> _Rows:
        parts = [self.read(child) for child in node.children]
        if len({len(part.columns) for part in parts}) != 1:
            raise FullRefresh(UNREADABLE)
        columns = tuple(
            _Column(same[0].id, any(c.aggregate for c in same))
            for same in zip(*(part.columns for part in parts), strict=True)
        )
        for column in columns:  # equal in the first branch, whose ids the columns keep, but not in the others
            self._same.pop(column.id, None)
        return _Rows(columns, frozenset().union(*(part.inputs for part in parts)))

    def _join(self, node: Node) -> _Rows:
        kind = node.text.partition(",")[0]
        if len(node.children) != 2 or kind not in _JOINS:
            raise FullRefresh(f"a join of kind {kind} is not known to be safe")
        left, right = (self.read(child) for child in node.children)
        both = _Rows(left.columns + right.columns, left.inputs | right.inputs)
        if not ids_in(node.text) <= both.rowwise:
            raise FullRefresh("it joins by an aggregate column")
        for one in left.inputs:
            for other in right.inputs:
                if one == other:
                    raise FullRefresh(f"{one} is joined with itself")
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
