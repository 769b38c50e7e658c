"""Infers the schema and settings of a topic from a sample: ``python -m pipelines.sample FILE`` writes them as JSON.

`medallion new-topic` asks this rather than guessing types by itself, so that what it writes is what a run will infer.
Plain Python, no Spark. Values never leave: a field comes with its type, counts and the shape of a value.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, TextIO

from pipelines.bronze.content import reason_unread, records_of
from pipelines.bronze.listing import open_file
from pipelines.inference import (
    Fault,
    FieldProfile,
    Observer,
    Record,
    Value,
    column_name,
    fold,
    parse_hint,
    path_name,
    plain_name,
    storable,
)
from pipelines.inference.change_events import DEBEZIUM, SEQUENCE, Ignored
from pipelines.inference.envelope import Envelope
from pipelines.inference.paths import document_path, steps_of
from pipelines.inference.reading import Reading
from pipelines.inference.types import STRING, common_type_of

MOST_RECORDS: Final = 100_000
_MOST_DISTINCT: Final = 100_000
_SHOWN_FAULTS: Final = 5
#: Number of keys of an object that are data for sure; a smaller one does where hardly a key is in two of enough objects.
_MANY_KEYS: Final = 100
_SOME_KEYS, _ENOUGH_OBJECTS = 10, 5
#: Fields inside of objects that are told of, and how far inside they are.
_MOST_INNER, _DEEPEST = 500, 4
#: Documents that are looked at to tell whether they are envelopes.
_MOST_DOCUMENTS: Final = 1_000
#: Names of the array in an envelope that has more fields.
_AROUND: Final = ("records", "value", "values", "results", "data", "events", "rows")
_ID: Final = re.compile(r"(?i:(^|[_\W])(id|uuid|guid|key)$)|[a-z](Id|ID|Uuid|Key)$")


def describe(records: Iterator[str], reading: Reading | None = None) -> dict[str, Any]:
    """Fields in the order in which they first appear, and the records that would be quarantined."""
    reading = reading or Reading()
    observer = Observer()
    fields: dict[str, _Field] = {}
    inner: dict[tuple[str, ...], _Field] = {}
    faults: list[dict[str, Any]] = []
    count = unusable = 0
    for raw in records:
        if count == MOST_RECORDS:
            break
        record = reading.parse(raw)
        if isinstance(record, Ignored):
            continue
        count += 1
        if isinstance(record, Fault):
            unusable += 1
            if len(faults) < _SHOWN_FAULTS:
                faults.append({"record": count, "code": record.code, "detail": record.detail})
            continue
        record.pop(SEQUENCE, None)
        observer.add(record)
        spellings = record.spellings if isinstance(record, Record) else {}
        for name, value in record.items():
            fields.setdefault(name, _Field(spellings.get(name, name))).add(value)
            if isinstance(value, dict):
                _add_inner(inner, value, (spellings.get(name, name),))
    profiles = observer.profile().fields
    maps = {folded for folded, field in fields.items() if field.map_hint(profiles[folded]) is not None}
    return {
        "records": count,
        "unusable": unusable,
        "faults": faults,
        "fields": [
            {
                "name": field.name,
                "column": column_name(field.name),
                "type": None if (type_ := storable(profiles[folded].type)) is None else plain_name(type_),
                "values": field.values,
                "distinct": len(field.seen),
                "shape": profiles[folded].example_beyond(profiles[folded].type),
                "map": field.map_hint(profiles[folded]),
            }
            for folded, field in fields.items()
        ],
        "inner": [
            {
                "name": field.name,
                "leaf": path[-1],
                "column": column_name(path_name(path)),
                "type": None if (type_ := storable(profile.type)) is None else plain_name(type_),
                "values": field.values,
                "distinct": len(field.seen),
                "shape": profile.example_beyond(profile.type),
            }
            for path, field in inner.items()
            if path[0] not in maps and (profile := profiles[path[0]].at(path[1:])) is not None
        ],
    }


def _add_inner(found: dict[tuple[str, ...], _Field], value: dict[str, Value], outer: tuple[str, ...]) -> None:
    """Count the scalars inside of an object, by their folded paths."""
    for name, item in value.items():
        spelled = (*outer, name)
        path = tuple(map(fold, spelled))
        if isinstance(item, dict) and len(path) < _DEEPEST:
            _add_inner(found, item, spelled)
        elif not isinstance(item, (dict, list)) and (path in found or len(found) < _MOST_INNER):
            found.setdefault(path, _Field(path_name(spelled))).add(item)


class _Field:
    """Counts of one field."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.values = 0
        self.seen: set[int] = set()
        self.keys: set[str] = set()
        self.objects = self.pairs = 0

    def add(self, value: Value) -> None:
        if value is None:
            return
        self.values += 1
        if isinstance(value, dict):
            self.objects += 1
            self.pairs += len(value)
            if len(self.keys) < _MOST_DISTINCT:
                self.keys.update(value)
        if len(self.seen) < _MOST_DISTINCT:
            self.seen.add(hash(str(value)))

    def map_hint(self, profile: FieldProfile) -> str | None:
        """The hint for an object whose keys are data: there are very many, or each is in few of the objects."""
        many = len(self.keys) >= _MANY_KEYS or (
            self.objects >= _ENOUGH_OBJECTS and len(self.keys) >= max(_SOME_KEYS, self.pairs / 2)
        )
        if not many or self.objects < self.values:
            return None
        values = storable(common_type_of(inner.type for inner in profile.fields.values()))
        try:
            type_ = plain_name(parse_hint(plain_name(values or STRING)))
        except ValueError:  # objects or arrays
            type_ = "json"
        return f"map<string, {type_}>"


def guess_unwrap(documents: Iterable[str]) -> bool:
    """Tell whether every document is an event of Debezium, or what it says beside them."""
    found = [Reading(unwrap=DEBEZIUM).parse(text) for text in islice(documents, _MOST_DOCUMENTS)]
    return any(isinstance(each, dict) for each in found) and not any(
        isinstance(each, Fault) for each in found
    )


def guess_envelope(documents: Iterable[str]) -> str | None:
    """Path of the records where every document is an envelope around one array of objects; ``None`` where one is not.

    The array is alone in its object, or has a name that envelopes have and no id beside it: an order with items is none.
    """
    path, level = "$", [_parsed(text) for text in islice(documents, _MOST_DOCUMENTS)]
    while level and all(isinstance(each, dict) for each in level):
        names = {name for each in level for name in each}
        arrays = [name for name in names if any(isinstance(each.get(name), list) for each in level)]
        if len(names) == 1:
            [name] = names
        elif len(arrays) == 1 and arrays[0].lower() in _AROUND and not any(map(_ID.search, names)):
            [name] = arrays
        else:
            return None
        path += f".{name}" if re.fullmatch(r"\w+", name) else f"['{name}']"
        if "'" in name or not all(name in each for each in level):
            return None
        level = [each[name] for each in level]
        if all(isinstance(each, list) for each in level):
            records = [record for each in level for record in each]
            return f"{path}[*]" if records and all(isinstance(each, dict) for each in records) else None
    return None


def guess_carry(documents: Iterable[str], records: str) -> dict[str, str]:
    """Paths of the scalars that stand beside the records in every document, by the names that records would get."""
    level = [_parsed(text) for text in islice(documents, _MOST_DOCUMENTS)]
    found: dict[str, str] = {}
    outer: tuple[str, ...] = ()
    for step in steps_of(records):
        if step is None or not all(isinstance(each, dict) for each in level):
            break
        for name in level[0] if level else ():
            scalar = all(not isinstance(each.get(name, []), (dict, list)) for each in level)
            if scalar and "'" not in name and not name.startswith("@"):
                found.setdefault(re.sub(r"\W+", "_", name), document_path((*outer, name)))
        outer, level = (*outer, step), [each.get(step) for each in level]
    taken = {fold(name) for each in level if isinstance(each, list) for one in each for name in one}
    return {f"document_{name}" if fold(name) in taken else name: path for name, path in found.items()}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def texts_of(content: bytes, envelope: Envelope | None = None) -> Iterator[str]:
    """The records of a file as ``format: auto`` reads them. Raises ``ValueError`` for one that is not UTF-8."""
    for _, text, kept in records_of(content, "auto", "utf-8", envelope):
        if kept is not None:
            raise ValueError("it is not UTF-8")
        yield text


def main(argv: list[str], out: TextIO) -> int:
    """Describe the file that is named; status 1 with one sentence when it cannot be read.

    A second argument is the path of the records in its documents, empty where a document is a record; without it, it is guessed.
    """
    try:
        with open_file(argv[0]) as file:
            reason = reason_unread(file)
            file.seek(0)
            if reason is not None:
                raise ValueError(reason)
            content = file.read()
            path = (argv[1] or None) if len(argv) > 1 else guess_envelope(texts_of(content))
            envelope = None if path is None else Envelope(path, {})
            unwraps = guess_unwrap(texts_of(content, envelope))
            found = describe(texts_of(content, envelope), Reading(unwrap=DEBEZIUM if unwraps else None))
            found["envelope"] = path
            found["unwrap"] = "debezium" if unwraps else None
            found["carry"] = {} if path is None or unwraps else guess_carry(texts_of(content), path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        sys.stderr.write(f"{argv[0]} cannot be read: {reason}\n")
        return 1
    json.dump(found, out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout))
