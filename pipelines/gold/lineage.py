"""Derives from the plan of a gold model's SQL which columns of its inputs each of its columns comes from. Pure.

A column comes from the columns that its expression names, in any step: those of a window's PARTITION BY and ORDER BY and of a
CASE among them. What only decides which rows there are (WHERE, the condition of a join, GROUP BY) is not part of it: the
count of rows comes from no column.

Everything is followed by the numbers that columns have in the analysed plan. Where a node or a text of it is not known, nothing
is said: a wrong answer would be worse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from pipelines.config.document import GoldInput
from pipelines.gold.plan import INPUT_MARK
from pipelines.gold.plan_text import (
    UNREADABLE,
    FullRefresh,
    Node,
    check_quoted,
    ids_in,
    is_cut,
    list_of,
    parse_plan,
)

Lineage = Mapping[str, Sequence[tuple[str, str]]]
"""Column of a model -> (input, column) of what it comes from, sorted."""

Column = TypeVar("Column")

_OWN = re.compile(r"#(\d+)L?$")
_RANGE = re.compile(r"\((\d+), (\d+), step=1")
_ALIAS = re.compile(r"lateralAliasReference\(([^()]*)\)")
_SUBQUERY = re.compile(r"(?:scalar-subquery|exists|list|lateral-subquery)#(\d+)")
#: Nodes whose output is that of their first child.
_THROUGH = frozenset({
    "SubqueryAlias", "Filter", "Sort", "Distinct", "GlobalLimit", "LocalLimit", "Offset", "Sample", "ResolvedHint", "Except",
    "Intersect",
})  # fmt: skip

_Output = list[tuple[str, int]]


def lineage(plan: str, sql: str, inputs: Sequence[GoldInput]) -> Lineage | None:
    """Return the columns that each column of a model comes from; ``None`` where the plan does not tell.

    ``plan`` is ``EXPLAIN EXTENDED`` of ``SELECT <grain> FROM (<body>)``, in which input number n is a projection of
    ``range(INPUT_MARK + n, INPUT_MARK + n)``; ``sql`` is the body.
    """
    reader = _Reader(inputs)
    try:
        check_quoted(sql)
        root = reader.body(parse_plan(plan))
        return {name: sorted(reader.sources(own)) for name, own in root}
    except FullRefresh:
        return None


def reached(start: Column, steps: Mapping[Column, Iterable[Column]]) -> set[Column]:
    """Return a column and all columns that steps from it lead to, near and far."""
    seen: set[Column] = set()
    waiting = [start]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += steps.get(one, ())
    return seen


class _Reader:
    """Reads the outputs of nodes, and notes what each column is made of."""

    def __init__(self, inputs: Sequence[GoldInput]) -> None:
        self._inputs = inputs
        self._made_of: dict[int, set[int]] = {}
        self._leaves: dict[int, tuple[str, str]] = {}
        self._named: dict[str, _Output] = {}

    def body(self, node: Node) -> _Output:
        """Read the plan. Returns names and numbers of the columns of the body, which is below the projection of the grain."""
        while node.name == "WithCTE":
            self._define(node.children[:-1])
            node = node.children[-1]
        if node.name != "Project" or len(node.children) != 1:
            raise FullRefresh(UNREADABLE)
        return self.read(node.children[0])

    def sources(self, column: int) -> set[tuple[str, str]]:
        """Columns of inputs that a column comes from."""
        return {self._leaves[one] for one in reached(column, self._made_of) if one in self._leaves}

    def read(self, node: Node) -> _Output:
        """Return the columns of a node's output."""
        if is_cut(node.text):
            raise FullRefresh(UNREADABLE)
        inner = [self.read(subquery) for subquery in node.subqueries]
        self._note_subqueries(node, inner)
        if node.name == "WithCTE":
            self._define(node.children[:-1])
            return self.read(node.children[-1])
        if node.name == "CTERelationRef":
            return self._reference(node)
        if node.name == "Project" and [child.name for child in node.children] == ["Range"]:
            return self._input(node)
        below = [self.read(child) for child in node.children]
        if node.name in _THROUGH and below:
            return below[0]
        if node.name == "Union" and below:
            return self._union(below)
        if node.name in ("Join", "LateralJoin"):
            semi = node.text.startswith(("LeftSemi", "LeftAnti"))
            return below[0] if semi else [column for part in (*below, *inner) for column in part]
        method = getattr(self, f"_{node.name.lower()}", None)
        if method is None or len(below) != 1:
            raise FullRefresh(UNREADABLE)
        output: _Output = method(node.text, below[0])
        return output

    def _define(self, definitions: Iterable[Node]) -> None:
        for definition in definitions:
            if definition.name != "CTERelationDef" or len(definition.children) != 1:
                raise FullRefresh(UNREADABLE)
            self._named[definition.text.partition(",")[0]] = self.read(definition.children[0])

    def _reference(self, node: Node) -> _Output:
        defined = self._named.get(node.text.partition(",")[0])
        if defined is None:
            raise FullRefresh(UNREADABLE)
        columns = self._columns(_first_list(node.text))
        self._same(columns, defined)
        return columns

    def _input(self, node: Node) -> _Output:
        match = _RANGE.match(node.children[0].text)
        number = int(match[1]) - INPUT_MARK if match else -1
        if not 0 <= number < len(self._inputs):
            raise FullRefresh(UNREADABLE)
        input_ = self._inputs[number]
        columns = self._columns(_first_list(node.text))
        if len(columns) != len(input_.columns):
            raise FullRefresh(UNREADABLE)
        for (_, own), (name, _) in zip(columns, input_.columns, strict=True):
            self._leaves[own] = (input_.name, name)
        return columns

    def _project(self, text: str, below: _Output) -> _Output:
        return self._with_aliases(_first_list(text), below)

    def _aggregate(self, text: str, below: _Output) -> _Output:
        groups, rest = list_of(text)
        return self._with_aliases(_first_list(rest) if "[" in rest else groups, below)

    def _with_aliases(self, items: Sequence[str], below: _Output) -> _Output:
        """Columns of a list that may name others of the same SELECT, which the plan gives by name instead of number."""
        columns = self._columns(items)
        for item, (_, own) in zip(items, columns, strict=True):
            names = _ALIAS.findall(item)
            meant = [[number for name, number in (*below, *columns) if name == one] for one in names]
            if len(names) != item.count("lateralAliasReference(") or not all(meant):
                raise FullRefresh(UNREADABLE)
            self._made_of[own].update(number for numbers in meant for number in numbers if number != own)
        return columns

    def _window(self, text: str, below: _Output) -> _Output:
        return below + self._columns(_first_list(text))

    def _generate(self, text: str, below: _Output) -> _Output:
        made = text.rindex("[")
        columns = self._columns(list_of(text[made:])[0])
        for _, own in columns:
            self._made_of.setdefault(own, set()).update(ids_in(text[:made]))
        return below + columns

    def _expand(self, text: str, _below: _Output) -> _Output:
        rows, rest = list_of(text)
        columns = self._columns(_first_list(rest))
        for row in rows:
            values = list_of(row)[0]
            if len(values) != len(columns):
                raise FullRefresh(UNREADABLE)
            for (_, own), value in zip(columns, values, strict=True):
                self._made_of.setdefault(own, set()).update(ids_in(value))
        return columns

    def _union(self, parts: Sequence[_Output]) -> _Output:
        first, *others = parts
        for other in others:
            self._same(first, other)
        return first

    def _same(self, columns: _Output, others: _Output) -> None:
        """Note that columns come from others, one by one."""
        if len(columns) != len(others):
            raise FullRefresh(UNREADABLE)
        for (_, own), (_, other) in zip(columns, others, strict=True):
            self._made_of.setdefault(own, set()).add(other)

    def _note_subqueries(self, node: Node, inner: Sequence[_Output]) -> None:
        found = [int(number) for number in _SUBQUERY.findall(node.text)]
        for at, number in enumerate(found):
            # Each is printed where it occurs; where that is not so, each may come from any.
            answers = [inner[at]] if len(found) == len(inner) else inner
            self._made_of.setdefault(number, set()).update(own for answer in answers for _, own in answer)

    def _columns(self, items: Iterable[str]) -> _Output:
        """Columns of a list: `name#1`, or an expression and what it is called: `sum(amount#2) AS total#3`."""
        columns = []
        for item in items:
            match = _OWN.search(item)
            if match is None:
                raise FullRefresh(UNREADABLE)
            own = int(match[1])
            self._made_of.setdefault(own, set()).update(ids_in(item) - {own})
            columns.append((item[: match.start()].rpartition(" AS ")[2], own))
        return columns


def _first_list(text: str) -> list[str]:
    at = text.find("[")
    if at < 0:
        raise FullRefresh(UNREADABLE)
    return list_of(text[at:])[0]
