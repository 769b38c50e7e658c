"""Inputs from the world's bug reports give their right values, through the command that a user calls (`cases/README.md`).

All cases are topics of one project, which runs three times. What is right was read off the files by a person, or is read
from them by Python's own strict parser: never by the code under test.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.delta_files import read_rows
from test.e2e.support import project_copy, start

pytestmark = [pytest.mark.e2e, pytest.mark.cases]

CASES = Path(__file__).parent / "cases"
#: Files that landed two hours before their run: nobody can still be writing them.
AGED = "c03d_"
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """What three runs left."""

    results: list[dict[str, Any]]
    said: str

    def table(self, name: str) -> Rows:
        """The rows of a table; none where it was never made."""
        path = self.results[-1]["tables"].get(name)
        return read_rows(Path(path)) if path else []

    def silver(self, topic: str, *columns: str) -> list[Any]:
        """Some columns of a topic's silver table, sorted; with one column, its values."""
        rows = self.table(f"silver.{topic}")
        values = [
            row[columns[0]] if len(columns) == 1 else tuple(row[name] for name in columns) for row in rows
        ]
        return sorted(values, key=repr)

    def rejects(self, topic: str) -> Counter[str]:
        """How many records of a topic are in quarantine, by reason."""
        return Counter(row["code"] for row in self.table(f"bronze.{topic}_quarantine"))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The project of all cases, run three times."""
    folder = tmp_path_factory.mktemp("cases")
    with pytest.MonkeyPatch.context() as monkeypatch:
        return _run_all(folder, project_copy(folder / "project", monkeypatch))


def _run_all(folder: Path, copy: Path) -> Outcome:
    for old in [
        *(copy / "config/topics").iterdir(),
        *(copy / "config/dashboards").iterdir(),
        *(copy / "notebooks/gold").glob("*.sql"),
    ]:
        old.unlink()
    shutil.copytree(CASES / "config", copy / "config", dirs_exist_ok=True)
    shutil.copytree(CASES / "notebooks", copy / "notebooks", dirs_exist_ok=True)
    shutil.copytree(CASES / "landing", folder / "landing")
    odd_paths(folder / "landing" / "run1" / "c24_p")
    two_hours_ago = time.time() - 7200
    for path in (folder / "landing").rglob(f"{AGED}*/*"):
        os.utime(path, (two_hours_ago, two_hours_ago))
    results, said = [], []
    for number in (1, 2, 3):
        data, out = folder / "landing" / f"run{number}", folder / "out"
        done = start(["--data", str(data), "--out", str(out), "--json"], copy)
        assert done.stdout.count("\n") == 1, done.stderr[-4000:]
        results.append(json.loads(done.stdout))
        said.append(done.stderr)
    return Outcome(results, "\n".join(said))


#: Names that break listings, patterns and addresses elsewhere; some of them Windows cannot hold.
ODD_NAMES = [
    "event_2024-01-05T10:00:00Z.json", "dt=2024-01-05/a.json", "region=eu/dt=2024-01-06/b.json", "plain/c d.json",
    "100%25.json", "hash#1.json", "plus+1.json", "über.json", "q?.json", "[1].json", "{x}.json", "a,b.json",
    "back\\slash.json", "star*.json", "trail .json",
]  # fmt: skip


def odd_paths(folder: Path) -> None:
    """A file with one record under each of the names."""
    for number, name in enumerate(ODD_NAMES):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"id": number}) + "\n", encoding="utf-8")


def test_no_topic_fails(outcome: Outcome) -> None:
    failed = {
        event["topic"]: event["error"] for event in outcome.table("ops.run_log") if event["level"] == "error"
    }
    assert failed == {}


def test_the_sum_holds_for_every_topic(outcome: Outcome) -> None:
    for result in outcome.results:
        for topic, counts in result["topics"].items():
            fates = ("silver", "quarantined", "deduplicated", "dropped")
            assert counts["read"] == sum(counts[name] for name in fates), topic


def texts(path: str, field: str) -> list[Any]:
    """The values of a field in a file of the cases, as Python's parser reads them."""
    lines = (CASES / "landing" / path).read_text(encoding="utf-8").splitlines()
    return sorted((json.loads(line).get(field) for line in lines), key=repr)


@pytest.mark.parametrize(
    ("topic", "columns", "right"),
    [
        ("c01c_accounts", ("id", "email"), [(1, "b@x.org")]),
        ("c03a_trail", ("eventID",), ["e-1", "e-2", "e-3"]),
        ("c03b_events", ("eventID",), ["e-1", "e-2", "e-3"]),
        ("c03c_trail", ("eventID",), ["e-1", "e-2", "e-3"]),
        ("c03d_trail", ("eventID",), ["e-1", "e-2", "e-3"]),
        ("c03d_trailarr", ("eventID",), ["e-1", "e-2", "e-3"]),
        ("c03d_z", ("eventID",), ["e-1", "e-2", "e-3"]),
        ("c03d_clicks", ("id", "url"), [(n, f"/p/{n}") for n in range(5)]),
        ("c04_clicks", ("id", "url"), [(n, f"/p/{n}") for n in range(5)]),
        ("c05_users", ("name",), ["ann2", "bob", "old"]),
        ("c08_stripe", ("id",), ["evt_1", "evt_2", "evt_3"]),
        ("c12_cdc", ("id", "v"), [(1, "new")]),
        ("c15_releases", ("version", "name"), [("3.1", "Three One"), ("3.10", "Three Ten"), ("3.9", "Three Nine")]),
        ("c15_icd", ("code", "sku", "build", "acct"), [("250.0", "13E2", "2e3", "10.1"), ("250.00", "12E4", "1e5", "10.10")]),
        ("c16_events", ("id", "userId"), [(1, "u1"), (2, "u2"), (3, "u3"), (6, "u6")]),
        ("c17_forms", ("first_name",), ["Anna"]),
        ("c24_p", ("id",), sorted(range(len(ODD_NAMES)), key=repr)),
        ("c25_ticks", ("sensor", "state"), [("s1", "closed"), ("s1", "open"), ("s1", "open")]),
        ("c38_s", ("id", "v"), [(1, "new")]),
        ("c40a_t", ("id", "source"), [(1, "web"), (2, "app")]),
        ("c40b_t", ("id", "position"), [(1, "web"), (2, "app")]),
        ("c40c_t", ("id", "raw"), [(1, "web"), (2, "app")]),
        ("c40d_t", ("id", "key"), [(1, "web"), (2, "app")]),
        ("c41_users", ("name",), ["ann2", "bob", "old"]),
        ("c48_messages", ("ts", "app_version", "text"), [("1712756700.1234", "3.1", "other"), ("1712756700.123400", "3.10", "hi")]),
        ("c48_messages_keep", ("ts", "app_version", "text"), [("1712756700.1234", "3.1", "other"), ("1712756700.123400", "3.10", "hi")]),
        ("c49_forms", ("id",), [1]),
        ("c50_a", ("id",), [1]),
        ("c50_b", ("id",), [1]),
        ("c50_c", ("id",), [1]),
        ("c51_t", ("id",), [1, 2, 3]),
    ],
)  # fmt: skip
def test_silver_is_right(outcome: Outcome, topic: str, columns: tuple[str, ...], right: list[Any]) -> None:
    assert outcome.silver(topic, *columns) == right


@pytest.mark.parametrize(
    ("topic", "right"),
    [
        ("c16_events", {"name_collision": 2}),
        *[(f"c40{letter}_t", {"invalid_json": 1}) for letter in "abcd"],
    ],
)
def test_quarantine_is_right(outcome: Outcome, topic: str, right: dict[str, int]) -> None:
    assert outcome.rejects(topic) == right


@pytest.mark.parametrize(
    ("model", "right"),
    [
        ("c01b_accounts_now", [{"id": "1", "n": 2, "email": "b@x.org"}, {"id": "2", "n": 2, "email": "c@x.org"}]),
        ("c44_by_city2", [{"city": "Oslo", "n": 1}, {"city": "Rome", "n": 1}]),
        ("c47_accounts_now", [{"id": "1", "email": "b@x.org", "balance": Decimal("7.25"), "last_op": "u"}]),
    ],
)  # fmt: skip
def test_gold_is_right(outcome: Outcome, model: str, right: Rows) -> None:
    found = [{name: row[name] for name in right[0]} for row in outcome.table(f"gold.{model}")]
    assert sorted(found, key=repr) == right


def test_03b_an_object_over_many_lines_is_one_record(outcome: Outcome) -> None:
    [row] = outcome.table("silver.c03b_trail")
    [raw] = [row["raw"] for row in outcome.table("bronze.c03b_trail")]
    text = (CASES / "landing/run1/c03b_trail/a.json").read_text(encoding="utf-8")
    assert raw == text.strip()
    assert len(row["Records"]) == len(json.loads(text)["Records"])


def test_08_a_struct_that_met_a_text_is_its_json_text(outcome: Outcome) -> None:
    found = {row["id"]: row["data"]["object"] for row in outcome.table("silver.c08_stripe")}
    assert found["evt_1"]["customer"] == "cus_1"
    assert json.loads(found["evt_2"]["customer"]) == {"id": "cus_2", "email": "x@y.org"}
    assert [found[f"evt_{n}"]["amount"] for n in (1, 2, 3)] == [1999, 500, None]


def test_14_thirteen_spellings_are_thirteen_instants(outcome: Outcome) -> None:
    [row] = outcome.table("silver.c14_times")
    at = datetime(2024, 4, 10, 13, 45, tzinfo=timezone.utc)
    right = {"jackson": at - timedelta(hours=2, milliseconds=-123), "hour_offset": at - timedelta(hours=2)}
    names = json.loads((CASES / "landing" / "run1" / "c14_times" / "a.json").read_text("utf-8"))
    assert len(names) == 13
    assert {name: row[name] for name in names} == {name: right.get(name, at) for name in names}
    assert outcome.silver("c14b_tickets_format", "v") == ["newer"]


def test_14b_an_older_row_never_wins(outcome: Outcome) -> None:
    for topic in ("c14b_tickets", "c14b_tickets_hint", "c14b_tickets_us"):
        kept = outcome.silver(topic, "v") if outcome.table(f"silver.{topic}") else []
        assert all("newer" in text for text in kept), topic
        assert len(kept) == 1 or outcome.rejects(topic) == {"sequence_conflict": 2}, topic


def test_17_an_exact_price_in_a_column_with_a_blank(outcome: Outcome) -> None:
    [row] = outcome.table("silver.c17_forms")
    assert Decimal("2.20") in [value for name, value in row.items() if "unit" in name]
    assert outcome.rejects("c17_forms") == {}


def test_18_bytes_are_kept_or_told(outcome: Outcome) -> None:
    found = outcome.table("silver.c18_enc")
    ids = sorted(row["id"] for row in found if row["id"] is not None)
    assert ids == [1, 2, 3, 4, 6, 7, 8, 9, 10]
    by_id = {row["id"]: row["n"] for row in found}
    assert (by_id[7], by_id[8]) == ("a\0b", "a\u2028b\u0085c")
    assert all("\ufffd" not in (text or "") for text in by_id.values())
    [rejected] = [row for row in outcome.table("bronze.c18_enc_quarantine") if row["code"] == "invalid_utf8"]
    assert rejected["_raw_bytes"] == b'{"id":5,"n":"caf\xe9"}'


@pytest.mark.parametrize("topic", ["c20_eg", "c20_eg_lines"])
def test_20_lines_that_are_arrays_hold_three_events(outcome: Outcome, topic: str) -> None:
    events = [
        event
        for line in (CASES / f"landing/run1/{topic}/a.json").read_text(encoding="utf-8").splitlines()
        for event in json.loads(line)
    ]
    assert outcome.silver(topic, "id") == sorted((event["id"] for event in events), key=repr)


@pytest.mark.parametrize(("topic", "format_name"), [("c23_csv", "CSV"), ("c23_parq", "Parquet")])
def test_23_another_format_is_named(outcome: Outcome, topic: str, format_name: str) -> None:
    assert outcome.silver(topic, "id") == []
    assert any(format_name in line and topic in line for line in outcome.said.splitlines())


def test_38b_a_text_among_sequences_moves_nothing_back(outcome: Outcome) -> None:
    [one] = [row for row in outcome.table("silver.c38b_s") if row["id"] == 1]
    assert one["ver"] == 10
    assert outcome.rejects("c38b_s")["sequence_conflict"] == 1


def test_43_a_field_named_source_appears_later(outcome: Outcome) -> None:
    expected = {}
    for path in sorted((CASES / "landing").glob("run*/c43_t/*.json")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            expected[record["id"]] = record.get("source")
    assert dict(outcome.silver("c43_t", "id", "source")) == expected


def test_49_a_misspelt_column_is_told(outcome: Outcome) -> None:
    assert any("unitprice" in line for line in outcome.said.splitlines())
