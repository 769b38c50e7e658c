"""The ledger of files: each content once, whatever happens in the folder and whenever the process dies."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.bronze import ledger as ledgers
from pipelines.bronze.file_changes import Content, Rules, classify, inspect_files
from pipelines.bronze.ledger import Entry, Ledger, entries_from_sources
from pipelines.bronze.listing import LandedFile, list_files
from pipelines.bronze.lock import locked
from pipelines.errors import SourceError

NOW = 2_000_000_000.0
OLD = NOW - 100_000


class World:
    """A landing folder, its ledger on disk, and a bronze table that is a list of (path, revision, content)."""

    def __init__(self, root: Path, rules: Rules | None = None) -> None:
        self.folder = root / "landing"
        self.place = str(root / "ledger")
        self.folder.mkdir(parents=True)
        self.rules = rules or Rules(on_changed="reingest")
        self.bronze: dict[str, list[tuple[str, int, str]]] = {}
        self.clock = 0

    def land(self, name: str, content: str, age: float | None = None) -> None:
        self.clock += 1
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        when = NOW - age if age is not None else OLD + self.clock
        os.utime(path, (when, when))

    def open(self) -> Ledger:
        """What file_source does, with the list for a table."""
        ledger = Ledger.open(self.place)
        if ledger.pending is not None:
            if ledger.pending.token in self.bronze:
                ledger.close()
            else:
                ledger.withdraw()
        return ledger

    def run(self, killed: str = "never") -> list[tuple[str, int]]:
        """One run, which dies before or after its commit, or lives."""
        ledger, folder = self.open(), str(self.folder)
        discovery = classify(
            list_files(folder), ledger, folder, self.rules, NOW, lambda files: inspect_files(folder, files)
        )
        read: list[tuple[str, int, str]] = []
        if discovery.take:
            segment = ledger.intend(discovery.take)
            if killed == "after intent":
                return []
            read = [(e.path, e.revision, (self.folder / e.path).read_text()) for e in segment.entries]
            self.bronze[segment.token] = read
            if killed == "after commit":
                return []
            ledger.close()
        if discovery.note:
            ledger.note(discovery.note)
        return [(path, revision) for path, revision, _ in read]

    @property
    def contents(self) -> list[str]:
        return sorted(content for rows in self.bronze.values() for _, _, content in rows)


NAMES = st.sampled_from(["a.json", "b.json", "deep/a.json"])
CONTENTS = st.sampled_from(['{"n": 1}', '{"n": 2}\n', "[3]", "{broken\n"])
KILLS = st.sampled_from(["never", "never", "after intent", "after commit"])
STEPS = st.one_of(
    st.tuples(st.just("land"), NAMES, CONTENTS),
    st.tuples(st.just("remove"), NAMES, st.none()),
    st.tuples(st.just("run"), KILLS, st.none()),
)


@settings(max_examples=200, deadline=None)
@given(steps=st.lists(STEPS, max_size=25), compact_after=st.integers(1, 4))
@example(  # the original of a copy changes before it was taken
    steps=[
        ("land", "a.json", '{"n": 1}'),
        ("land", "b.json", '{"n": 1}'),
        ("run", "after intent", None),
        ("land", "a.json", '{"n": 2}\n'),
    ],
    compact_after=1,
)
def test_each_content_is_taken_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list, compact_after: int
) -> None:
    world = World(tmp_path_factory.mktemp("world"))
    seen_by_a_run: set[str] = set()
    before, ledgers.COMPACT_AFTER = ledgers.COMPACT_AFTER, compact_after
    try:
        for what, first, content in [*steps, ("run", "never", None), ("run", "never", None)]:
            if what == "land":
                world.land(first, content)
            elif what == "remove":
                (world.folder / first).unlink(missing_ok=True)
            else:
                world.run(first)
                if first == "never":
                    seen_by_a_run |= {p.read_text() for p in world.folder.rglob("*.json")}
    finally:
        ledgers.COMPACT_AFTER = before
    # A content that came back under a path that held another one in between is taken again: that is a later revision.
    sources = [(path, revision) for rows in world.bronze.values() for path, revision, _ in rows]
    assert len(set(sources)) == len(sources)
    assert set(world.contents) >= seen_by_a_run
    holders: dict[str, set[str]] = {}
    for rows in world.bronze.values():
        for path, _, content in rows:
            holders.setdefault(content, set()).add(path)
    assert all(len(paths) == 1 for paths in holders.values())
    assert world.run() == []
    assert len(list(Path(world.place).glob("*.jsonl"))) <= compact_after + 1


def test_a_file_that_changed_stops_the_topic_until_it_is_put_right(tmp_path: Path) -> None:
    world = World(tmp_path, Rules(on_changed="error"))
    world.land("a.json", '{"n": 1}')
    assert world.run() == [("a.json", 1)]
    world.land("a.json", '{"n": 1}')  # touched
    assert world.run() == []
    world.land("a.json", '{"n": 2}')
    world.land("new.json", '{"n": 3}')
    with pytest.raises(
        SourceError, match=r"Changed after it was taken: a\.json.*source\.onChanged: reingest"
    ):
        world.run()
    assert world.contents == ['{"n": 1}']
    world.land("a.json", '{"n": 1}')
    assert world.run() == [("new.json", 1)]


def test_a_changed_file_is_taken_again_where_the_topic_says_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    taken = []
    for content in ("1", "2", "1", "1"):
        world.land("a.json", content)
        taken += world.run()
    assert taken == [("a.json", 1), ("a.json", 2), ("a.json", 3)]
    world.land("copy.json", "2")
    assert world.run() == []
    assert world.open().entries["copy.json"].of == "a.json"


def test_unfinished_and_fresh_files_wait(tmp_path: Path) -> None:
    world = World(tmp_path, Rules(settle_seconds=30))
    world.land("half.json", '{"n": 1}\n{"n":', age=60)
    world.land("old half.json", '{"n": 2}\n{"n":', age=4000)
    world.land("fresh.json", '{"n": 3}', age=10)
    world.land("from the future.json", '{"n": 4}', age=-1e8)
    ledger, folder = world.open(), str(world.folder)
    files = list_files(folder)
    discovery = classify(files, ledger, folder, world.rules, NOW, lambda files: inspect_files(folder, files))
    assert [entry.path for entry in discovery.take] == ["from the future.json", "old half.json"]
    assert discovery.waiting == [("fresh.json", "settling"), ("half.json", "unfinished")]
    world.run()
    world.land("half.json", '{"n": 1}\n{"n": 5}\n', age=31)
    assert world.run() == [("half.json", 1)]


def test_a_file_that_vanishes_before_it_is_hashed_is_left_out(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.land("a.json", "1")
    files, ledger, folder = list_files(str(world.folder)), world.open(), str(world.folder)
    (world.folder / "a.json").unlink()
    discovery = classify(files, ledger, folder, world.rules, NOW, lambda files: inspect_files(folder, files))
    assert (discovery.take, discovery.note, discovery.waiting) == ([], [], [])


def test_a_file_that_cannot_be_read_stops_no_other_and_is_taken_once_it_can(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.land("a.json", '{"n": 1}')
    world.land("table.csv", "id,name\n1,a\n")
    ledger, folder = world.open(), str(world.folder)
    looked: list[str] = []

    def look(files: Sequence[LandedFile]) -> dict[str, Content]:
        looked.extend(file.path for file in files)
        found = inspect_files(folder, files)
        closed = {"closed.json": Content(None, "Permission denied")}
        return {**found, **{path: content for path, content in closed.items() if path in found}}

    world.land("closed.json", '{"n": 2}')
    for _ in range(2):  # what is closed may be opened; what is CSV stays it
        discovery = classify(list_files(folder), ledger, folder, world.rules, NOW, look)
        assert [entry.path for entry in discovery.take] == ["a.json"]
        assert discovery.unread["closed.json"] == "Permission denied"
        assert discovery.unread["table.csv"].startswith("it is CSV")
    assert looked == ["a.json", "closed.json", "table.csv", "a.json", "closed.json"]
    world.land("table.csv", '{"n": 3}')
    assert world.run() == [("a.json", 1), ("closed.json", 1), ("table.csv", 1)]


def test_events_of_equal_bytes_are_all_taken_where_the_topic_says_so(tmp_path: Path) -> None:
    world = World(tmp_path, Rules(duplicates="take"))
    for name in ("a.json", "b.json"):
        world.land(name, '{"n": 1}')
    assert world.run("after intent") == []
    assert world.run("after commit") == []
    world.land("c.json", '{"n": 1}')
    world.land("a.json", '{"n": 1}')  # touched: the same event
    assert world.run() == [("c.json", 1)]
    assert world.contents == ['{"n": 1}'] * 3


def test_a_ledger_rebuilt_from_bronze_takes_nothing_twice_and_sees_what_changed(tmp_path: Path) -> None:
    world = World(tmp_path)
    for name in ("a.json", "b.json", "c.json"):
        world.land(name, name)
    stamps = {f.path: f.mtime_ns for f in list_files(str(world.folder)).files}
    sources = {f"landing/{name}": int(stamps[name]) // 1000 for name in ("a.json", "b.json")}
    sources["landing/b.json@0002"] = sources["landing/b.json"]
    sources["kafka:x-0"] = 5
    ledger = world.open()
    ledger.note(entries_from_sources(sources, "landing"))
    assert {e.path: e.revision for e in ledger.entries.values()} == {"a.json": 1, "b.json": 2}
    world.land("a copy of b.json", "b.json")
    world.land("a.json", "changed")
    assert world.run() == [("a.json", 2), ("c.json", 1)]
    assert world.open().entries["a copy of b.json"].of == "b.json"


def test_a_damaged_ledger_is_an_error_that_says_the_way_out(tmp_path: Path) -> None:
    ledger = Ledger.open(str(tmp_path / "l"))
    ledger.note([Entry("a", 1, 1, "x", ("x",)), Entry("\n\u2028\udc80", 1, 1, "y", ("y",))])
    assert set(Ledger.open(str(tmp_path / "l")).entries) == {"a", "\n\u2028\udc80"}
    segment = tmp_path / "l" / "000000001.jsonl"
    segment.write_text(segment.read_text()[:-30])
    with pytest.raises(SourceError, match="Remove the folder"):
        Ledger.open(str(tmp_path / "l"))


@pytest.mark.skipif(os.name == "nt", reason="no locks of this kind")
def test_one_run_at_a_time(tmp_path: Path) -> None:
    held = pytest.raises(SourceError, match="Topic orders: another run is reading its source")
    with locked(str(tmp_path), "orders"), held, locked(str(tmp_path), "orders"):
        pass
    with locked(str(tmp_path), "orders"):
        pass
