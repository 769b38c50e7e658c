"""Names in a topic's settings that mean nothing in its data, and expressions that cannot be evaluated, are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from pipelines.config.document import Topic
from pipelines.config.user_sql import SqlFault
from pipelines.inference import Path as InnerPath
from pipelines.inference import field_of, fold, original_name, own, path_name, path_of
from pipelines.inference.types import Array, Struct
from pipelines.quality.expressions import Evaluation
from pipelines.quality.sql_names import Path, paths_in
from pipelines.registry import Schema
from pipelines.silver.outcomes import DELETE_WHEN, expressions_of


def unmatched_settings(topic: Topic, schema: Schema) -> list[str]:
    """A sentence for each name in keys, track, hints and rename that no record of the topic has had."""
    silver = topic.silver
    named: list[tuple[str, Iterable[str]]] = [
        ("silver.keys", silver.keys),
        ("silver.track", silver.track),
        ("silver.rename", silver.rename),
    ]
    told = [
        _unmatched(topic, setting, name, schema)
        for setting, names in named
        for name in names
        if schema.get(field_of(name, {} if setting == "silver.rename" else silver.rename)) is None
    ]
    for name in topic.schema.hints:
        path = path_of(name, silver.rename)
        if schema.type_at(path) is None and schema.get(path_name(path)) is None:
            told.append(_unmatched(topic, "schema.hints", name, schema) + _inside_array(name, path, schema))
    return told


def _inside_array(name: str, path: InnerPath, schema: Schema) -> str:
    """Say that a path leads into an array without saying so."""
    for length in range(1, len(path)):
        if path[length] is not None and isinstance(schema.type_at(path[:length]), Array):
            array = path_name(path[:length])
            return f"; {array} is an array, whose elements are {array}[]"
    return ""


def told_of_names(topic: Topic, schema: Schema) -> list[str]:
    """A sentence for each name in settings, rules and ``deleteWhen`` that no record has had, as far as it is known without
    Spark.
    """
    if not len(schema):
        return []
    told = unmatched_settings(topic, schema)
    expressions = expressions_of(topic.rules("row"), topic.silver.delete_when)
    for name, sql in expressions.items():
        # A nested name may mean the inside of anything but an object, which only Spark knows.
        paths = [path for path in paths_in(sql) if own(path[0]) != path[0] and _lacks(path, schema)]
        told += [_unmatched(topic, _what(name), ".".join(path), schema) for path in dict.fromkeys(paths)]
    return told


def _lacks(path: Path, schema: Schema) -> bool:
    """Tell whether the schema has no field of that name, or one that is an object without the rest of the path."""
    field = _field(path[0], schema)
    if field is None:
        return True
    steps: tuple[str, ...] = (field,)
    for name in path[1:]:
        if not isinstance(schema.type_at(steps), Struct):
            return False
        steps = (*steps, _inner_name(name, steps, schema))
        if schema.type_at(steps) is None:
            return True
    return False


def _inner_name(name: str, outer: tuple[str, ...], schema: Schema) -> str:
    """The folded name of the field inside of an object that silver or the source calls so."""
    return fold(name) if schema.type_at((*outer, fold(name))) is not None else original_name(name)


def told_of_expressions(topic: Topic, evaluation: Evaluation, schema: Schema) -> Iterator[str]:
    """A sentence for each name in a rule or ``deleteWhen`` that no record has had, and for what cannot be evaluated."""
    for name, paths in evaluation.missing.items():
        for path in paths:
            if not _had(path, schema):
                yield _unmatched(topic, _what(name), ".".join(path), schema)
    yield from told_of_broken(topic, evaluation.broken)


def told_of_broken(topic: Topic, broken: Mapping[str, SqlFault]) -> Iterator[str]:
    """A sentence for each rule, or ``deleteWhen``, that cannot be evaluated."""
    of_batch = {rule.name for rule in topic.rules("batch")}
    for name, fault in broken.items():
        what = "the batch" if name in of_batch else "every row"
        so = "no row deletes its key by it" if name == DELETE_WHEN else f"{what} counts as violating it"
        reason = _describe(topic, name, fault)
        yield f"Topic {topic.name}: {_what(name)} cannot be evaluated, so {so}: {reason}"


def _describe(topic: Topic, expression: str, fault: SqlFault) -> str:
    """Tell why an expression cannot be evaluated, and where in the topic's file."""
    if expression == DELETE_WHEN:
        written, evaluated = topic.silver.delete_written, topic.silver.delete_when
    else:
        rule = next(rule for rule in topic.quality if rule.name == expression)
        written, evaluated = rule.written, rule.expect
    return fault.cause if written is None else written.describe(fault, evaluated or "")


def _what(expression: str) -> str:
    return "silver.deleteWhen" if expression == DELETE_WHEN else f"quality rule {expression}"


def _had(path: Path, schema: Schema) -> bool:
    field = _field(path[0], schema)
    if field is None:
        return False
    steps: tuple[str, ...] = (field,)
    for name in path[1:]:
        steps = (*steps, _inner_name(name, steps, schema))
    return schema.type_at(steps) is not None


def _field(name: str, schema: Schema) -> str | None:
    """The folded name of the field that silver or the source calls so."""
    columns = {fold(field.column): field.name for field in schema}
    names = (columns.get(fold(name)), fold(name), original_name(name))
    return next((known for known in names if known is not None and schema.get(known)), None)


def _unmatched(topic: Topic, setting: str, name: str, schema: Schema) -> str:
    known = {fold(name): field.column for field in schema for name in (*field.spellings, field.column)}
    near = get_close_matches(fold(name.split(".")[0]), known, n=3)
    hint = f"; near it: {', '.join(dict.fromkeys(known[match] for match in near))}" if near else ""
    return f"Topic {topic.name}: {setting} names {name}, which no record has had: it reads as null{hint}"


def unordered_words(fields: Iterable[str]) -> str:
    """Say that fields of ``sequenceBy`` order nothing, and what to do."""
    return (
        f"no record has a number or a time in {', '.join(fields)}; name another field in silver.sequenceBy, "
        "give it a hint, or set sequenceType: text"
    )
