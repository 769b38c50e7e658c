"""Versions: immutable, registered once, and raced for."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.inference import observe, parse_record
from pipelines.registry import (
    Change,
    InMemoryRegistry,
    RegistryBusy,
    RegistryDamaged,
    Schema,
    Version,
    histories,
    plan,
    register_plan,
    registry_columns,
)

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)


def planner(*raws):
    profile = observe([parse_record(raw) for raw in raws])
    return lambda registered, history: plan("orders", registered, profile, history=history)


def register(store, *raws, run_id="r1", **more):
    return register_plan(
        store, "orders", planner(*raws), compatibility="none", run_id=run_id, now=lambda: NOW, **more
    )


def test_versions_are_numbered_and_kept():
    store = InMemoryRegistry()
    _, first = register(store, '{"a":1}')
    _, second = register(store, '{"a":0.5}')
    assert [version.version for version in store.history("orders")] == [1, 2]
    assert store.history("orders")[0] == first
    assert store.latest("orders") == second
    assert [change.kind for change in second.changes] == ["widened"]
    assert store.latest("sales") is None


def test_the_same_schema_again_is_a_no_op():
    store = InMemoryRegistry()
    _, first = register(store, '{"a":1}')
    _, again = register(store, '{"a":2}', run_id="r2")
    assert again is first
    stands = store.register("orders", 1, first.schema, (), "none", "r3", NOW)
    assert stands is first


def test_a_new_spelling_is_a_version():
    store = InMemoryRegistry()
    register(store, '{"a":1}')
    plan_made, second = register(store, '{"A":1}')
    assert second.version == 2
    assert [change.kind for change in plan_made.changes] == ["spelling"]
    assert second.schema.get("a").spellings == ("A", "a")


def test_nothing_seen_registers_nothing():
    store = InMemoryRegistry()
    assert register(store)[1] is None
    assert store.history("orders") == ()


def test_who_loses_sees_the_winner_and_joins_it():
    store = InMemoryRegistry()
    register(store, '{"a":1}')
    calls = []

    def late(registered, history):
        made = planner('{"b":"x"}')(registered, history)
        if not calls:  # another writer is faster, between our plan and our registration
            register(store, '{"a":0.5}', run_id="winner")
        calls.append(made)
        return made

    made, version = register_plan(
        store, "orders", late, compatibility="none", run_id="loser", now=lambda: NOW
    )
    assert len(calls) == 2
    assert version.version == 3
    assert dict(made.columns) == {"a": "double", "b": "string"}
    assert [v.run_id for v in store.history("orders")] == ["r1", "winner", "loser"]


def test_the_loser_of_a_direct_registration_gets_the_winners_version():
    store = InMemoryRegistry()
    one, other = (planner(raw)(None, []).next_schema for raw in ('{"a":1}', '{"b":1}'))
    winner = store.register("orders", 0, one, (), "none", "r1", NOW)
    assert store.register("orders", 0, other, (), "none", "r2", NOW) is winner
    with pytest.raises(ValueError, match="has 1 version, not 5"):
        store.register("orders", 5, other, (), "none", "r2", NOW)


def test_many_writers_end_with_the_schema_of_all():
    store = InMemoryRegistry()
    raws = [f'{{"f{i % 7}":{i}}}' for i in range(21)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda raw: register(store, raw, attempts=100), raws))
    final = store.latest("orders")
    assert [field.name for field in final.schema] == [f"f{i}" for i in range(7)]
    assert final.version == len({version.fingerprint for version in store.history("orders")})


def test_endless_losing_is_an_error():
    store = InMemoryRegistry()

    def always_late(registered, history):
        register(store, f'{{"other{len(history)}":1}}')
        return planner('{"b":1}')(registered, history)

    with pytest.raises(
        RegistryBusy, match="Topic orders: another run registered a schema version at each of 3 attempts"
    ):
        register_plan(
            store, "orders", always_late, compatibility="none", run_id="r", now=lambda: NOW, attempts=3
        )


def test_rows_round_trip_and_have_the_registrys_columns():
    store = InMemoryRegistry()
    register(store, '{"a":1,"B c":{"d":[null]}}')
    _, version = register(store, '{"a":"x","b c":{"d":["2024-02-29T00:00:00Z"]}}')
    row = version.to_row()
    assert list(row) == list(registry_columns())
    assert Version.from_row(row) == version
    assert Schema.from_json(row["schema"]).fingerprint() == version.fingerprint
    assert [Change.from_json(change) for change in json.loads(row["changes"])] == list(version.changes)


def test_fingerprints_are_stable():
    schema = planner('{"a":1,"b":"x"}')(None, []).next_schema
    assert schema.to_json() == (
        '{"fields":[{"column":"a","hinted":false,"name":"a","spellings":["a"],"type":"bigint safe"},'
        '{"column":"b","hinted":false,"name":"b","spellings":["b"],"type":"string"}]}'
    )
    assert schema.fingerprint() == Schema(tuple(reversed(schema.fields))).fingerprint()
    assert len(schema.fingerprint()) == 64


def rows_of(*raws):
    store = InMemoryRegistry()
    for raw in raws:
        register(store, raw)
    return [version.to_row() for version in store.history("orders")]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("schema", "{", "fingerprint"),
        ("schema", '{"fields":[]}', "fingerprint"),
        ("schema", None, "edited"),
        ("fingerprint", None, "fingerprint"),
        ("changes", "[", "edited"),
        ("changes", "[{}]", "edited"),
        ("changes", None, "edited"),
        ("version", None, "edited"),
    ],
)
def test_an_edited_row_is_told_with_topic_version_and_remedy(column, value, words):
    rows = rows_of('{"a":1}', '{"a":"x"}')
    rows[1][column] = value
    found = histories([*rows, {**rows[0], "topic": "sound"}])
    assert len(found["sound"].versions()) == 1
    with pytest.raises(RegistryDamaged, match=rf"topic orders, version \w+: .*{words}.*doctor --repair"):
        found["orders"].versions()


def test_a_doubled_row_is_damage_and_order_means_nothing():
    first, second = rows_of('{"a":1}', '{"a":"x"}')
    assert [version.version for version in histories([second, first])["orders"].versions()] == [1, 2]
    with pytest.raises(RegistryDamaged, match="version 2: there are two such rows"):
        histories([second, first, second])["orders"].versions()
