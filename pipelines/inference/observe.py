"""Collects what a batch looks like. Works by columns, because most values of a column repeat or are alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Final

from . import kinds
from .convert import MISFIT, Converter, scalar_converter
from .naming import fold
from .options import TypingOptions
from .paths import Path
from .profile import MAX_SPELLINGS, FieldProfile, Profile, shape_order
from .types import Json, Map, Type
from .values import MAX_SHAPE, Integer, Real, Record, Value, text_shape, text_shapes, value_shape

_FLUSH_AFTER: Final = 4096
_NOT_REPEATED: Final = frozenset({dict, list})


class _Hints:
    """The hint of a field, and those of what is inside."""

    __slots__ = ("closed", "converter", "inner")

    def __init__(self) -> None:
        self.converter: Converter | None = None
        self.closed = False  # what is inside objects and arrays is no evidence: a hint says it
        self.inner: dict[str | None, _Hints] = {}

    @classmethod
    def of(cls, options: TypingOptions) -> _Hints:
        """The hints of a topic, as a tree."""
        root = cls()
        types: dict[Path, Type] = {(name,): type_ for name, type_ in options.hint_types.items()}
        for path, type_ in {**types, **options.inner_types}.items():
            node = root
            for step in path:
                node = node.inner.setdefault(step, cls())
            node.converter = scalar_converter(type_, options, hinted=True)
            node.closed = isinstance(type_, Map | Json)
        return root


_NO_HINTS: Final = _Hints()


class _Node:
    """The evidence about one field, while it grows."""

    __slots__ = ("_classify", "_hints", "element", "fields", "kinds", "spellings")

    def __init__(self, classify: Callable[[str], str], hints: _Hints = _NO_HINTS) -> None:
        self._classify = classify
        self._hints = hints
        self.kinds: dict[str, str] = {}
        self.spellings: set[str] = set()
        self.fields: dict[str, _Node] = {}
        self.element: _Node | None = None

    def observe(self, values: list[Value]) -> None:
        types = set(map(type, values))
        for python_type in types:
            same = values if len(types) == 1 else [value for value in values if type(value) is python_type]
            if python_type is str:
                self._texts(same)  # type: ignore[arg-type]
            elif python_type is Integer:
                self._numbers(same, kinds.integer_kind)  # type: ignore[arg-type]
            elif python_type is Real:
                self._numbers(same, kinds.real_kind)  # type: ignore[arg-type]
            elif python_type is dict or python_type is Record:
                self._objects(same)  # type: ignore[arg-type]
            elif python_type is list:
                self._arrays(same)  # type: ignore[arg-type]
            else:
                self._note(kinds.BOOLEAN if python_type is bool else kinds.NULL, value_shape(same[0]))
            if self._hints.converter is not None:
                self._note_misfits(self._hints.converter, same)

    def freeze(self) -> FieldProfile:
        return FieldProfile(
            dict(self.kinds),
            tuple(sorted(self.spellings)[:MAX_SPELLINGS]),
            {name: node.freeze() for name, node in self.fields.items()},
            None if self.element is None else self.element.freeze(),
        )

    def _note(self, kind: str, shape: str) -> None:
        known = self.kinds.get(kind)
        if known is None or shape_order(shape) < shape_order(known):
            self.kinds[kind] = shape

    def _texts(self, values: list[str]) -> None:
        classify = self._classify
        by_kind: defaultdict[str, list[str]] = defaultdict(list)
        for text in set(values):
            by_kind[classify(text)].append(text)
        for kind, texts in by_kind.items():
            self._note(kind, _smallest_shape(texts))

    def _numbers(self, values: list[str], kind_of: Callable[[str], str]) -> None:
        by_kind: defaultdict[str, list[str]] = defaultdict(list)
        for token in set(values):
            by_kind[kind_of(token)].append(token)
        for kind, tokens in by_kind.items():
            self._note(kind, _smallest_shape(tokens))

    def _objects(self, values: list[dict[str, Value]]) -> None:
        for shape in {value_shape(value) for value in values}:
            self._note(kinds.STRUCT, shape)
        if self._hints.closed:
            return
        columns: defaultdict[str, list[Value]] = defaultdict(list)
        for value in values:
            for key, item in value.items():
                columns[key].append(item)
        for key, items in columns.items():
            self.child(fold(key), key).observe(items)

    def _arrays(self, values: list[list[Value]]) -> None:
        for shape in {value_shape(value) for value in values}:
            self._note(kinds.ARRAY, shape)
        if self._hints.closed:
            return
        elements = list(chain.from_iterable(values))
        if elements:
            if self.element is None:
                self.element = _Node(self._classify, self._hints.inner.get(None, _NO_HINTS))
            self.element.observe(elements)

    def _note_misfits(self, converter: Converter, values: list[Value]) -> None:
        unique: Iterable[Value] = values if type(values[0]) in _NOT_REPEATED else set(values)
        misfits = [value for value in unique if value is not None and converter(value) is MISFIT]
        if misfits:
            self._note(kinds.MISFIT, min(map(value_shape, misfits), key=shape_order))

    def child(
        self,
        name: str,
        spelling: str,
        classify: Callable[[str], str] | None = None,
    ) -> _Node:
        """The evidence about a field inside this one."""
        node = self.fields.get(name)
        if node is None:
            node = self.fields[name] = _Node(
                classify or self._classify, self._hints.inner.get(name, _NO_HINTS)
            )
        node.spellings.add(spelling)
        if len(node.spellings) > 4 * MAX_SPELLINGS:
            node.spellings = set(sorted(node.spellings)[:MAX_SPELLINGS])
        return node


def _smallest_shape(texts: list[str]) -> str:
    """The smallest shape among texts. A shape is as long as its text, so only the shortest ones can have it."""
    length = min(map(len, texts))
    if length == 0 or length > MAX_SHAPE:
        return min(map(text_shape, texts))
    alike = [text for text in texts if len(text) == length]
    # One translation of all of them is much faster than one of each.
    shapes = text_shapes("".join(alike))
    return min([shapes[start : start + length] for start in range(0, len(shapes), length)])


class Observer:
    """Accumulates evidence: `add` every record of a batch (as `parse_record` gave it), then ask for the `profile`."""

    def __init__(self, options: TypingOptions | None = None) -> None:
        self._options = options or TypingOptions()
        self._root = _Node(kinds.text_classifier(self._options), _Hints.of(self._options))
        self._classifiers = dict.fromkeys(
            self._options.sequence, kinds.text_classifier(self._options, sequence=True)
        )
        self._waiting: list[dict[str, Value]] = []

    def add(self, record: dict[str, Value]) -> None:
        """Take one record into account."""
        self._waiting.append(record)
        if len(self._waiting) >= _FLUSH_AFTER:
            self._flush()

    def profile(self) -> Profile:
        """The evidence so far."""
        self._flush()
        return Profile({name: node.freeze() for name, node in self._root.fields.items()})

    def _flush(self) -> None:
        columns: defaultdict[tuple[str, str], list[Value]] = defaultdict(list)
        plain: defaultdict[str, list[Value]] = defaultdict(list)
        for record in self._waiting:
            if isinstance(record, Record):
                for name, value in record.items():
                    columns[name, record.spellings.get(name, name)].append(value)
            else:
                for name, value in record.items():
                    plain[name].append(value)
        self._waiting = []
        for name, values in plain.items():
            columns[name, name].extend(values)
        for (name, spelling), values in columns.items():
            node = self._root.child(name, spelling, self._classifiers.get(name))
            node.observe(values)


def observe(records: Iterable[dict[str, Value]], options: TypingOptions | None = None) -> Profile:
    """The profile of some records."""
    observer = Observer(options)
    for record in records:
        observer.add(record)
    return observer.profile()
