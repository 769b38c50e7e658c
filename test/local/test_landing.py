"""Files land whole or not at all, once, and never change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from local.errors import LocalError
from local.landing import check_data, land, land_texts, plan_landing
from local.landing_data import FolderData, NoLandingData, SampleData, choose_landing_data

FOLDERS = ["orders", "sales"]


def put(path: Path, text: str = "{}\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_files_land_with_their_folders(tmp_path: Path) -> None:
    data, landing = tmp_path / "data", tmp_path / "landing"
    put(data / "orders" / "a.json")
    put(data / "orders" / "2024" / "b.JSONL")
    put(data / "orders" / "readme.md")
    put(data / "orders" / "packed.json.gz")
    (data / "orders" / "table.csv").write_text("id,name\n1,a\n2,b\n")
    put(data / "orders" / "stream-1")
    put(data / "orders" / ".hidden.json")
    put(data / "returns" / "c.json")
    plan = plan_landing(data, landing, FOLDERS)
    assert not landing.exists()
    assert plan.ignored == [
        "returns: no topic",
        "orders/readme.md: not one of .json, .jsonl, .ndjson (as they are or packed: .gz, .zst, .bz2)",
        "orders/table.csv: it is CSV, and a topic reads JSON (format: auto, json-lines or json-array; as it is, or packed by gzip, "
        "zstd or bzip2); land it as JSON Lines",
    ]
    land(plan.copies)
    assert sorted(str(path.relative_to(landing)) for path in landing.rglob("*") if path.is_file()) == [
        "orders/2024/b.JSONL",
        "orders/a.json",
        "orders/packed.json.gz",
        "orders/stream-1",
    ]
    again = plan_landing(data, landing, FOLDERS)
    assert (again.copies, again.unchanged) == ((), 4)


def test_the_same_content_at_another_time_is_unchanged(tmp_path: Path) -> None:
    source = put(tmp_path / "data" / "orders" / "a.json", "abc")
    land(plan_landing(tmp_path / "data", tmp_path / "landing", FOLDERS).copies)
    os.utime(source, (1, 1))
    assert plan_landing(tmp_path / "data", tmp_path / "landing", FOLDERS).unchanged == 1


@pytest.mark.parametrize("text", ["abd", "longer"])
def test_other_content_under_the_same_name_is_an_error(tmp_path: Path, text: str) -> None:
    source = put(tmp_path / "data" / "orders" / "a.json", "abc")
    land(plan_landing(tmp_path / "data", tmp_path / "landing", FOLDERS).copies)
    source.write_text(text)
    os.utime(source, (1, 1))
    put(tmp_path / "data" / "orders" / "new.json")
    with pytest.raises(
        LocalError, match=r"orders/a.json landed before with other content.*Nothing was copied"
    ):
        plan_landing(tmp_path / "data", tmp_path / "landing", FOLDERS)
    assert not (tmp_path / "landing" / "orders" / "new.json").exists()


def test_missing_empty_and_foreign_folders_are_said_with_what_is_expected(tmp_path: Path) -> None:
    expected = "a subfolder per topic: orders/, sales/"
    with pytest.raises(LocalError, match=f"does not exist; it needs {expected}"):
        check_data(tmp_path / "none", FOLDERS)
    with pytest.raises(LocalError, match=f"is not a folder; --data takes a folder with {expected}"):
        check_data(put(tmp_path / "file"), FOLDERS)
    (tmp_path / "empty").mkdir()
    with pytest.raises(LocalError, match=f"is empty; it needs {expected}"):
        check_data(tmp_path / "empty", FOLDERS)
    put(tmp_path / "other" / "returns" / "a.json")
    with pytest.raises(LocalError, match=f"has no folder of a known topic; it needs {expected}"):
        check_data(tmp_path / "other", FOLDERS)
    (tmp_path / "bare" / "orders").mkdir(parents=True)
    with pytest.raises(LocalError, match=r"No .json / .jsonl / .ndjson files in .* under orders"):
        plan_landing(tmp_path / "bare", tmp_path / "landing", FOLDERS)


def test_many_conflicts_are_named_shortly(tmp_path: Path) -> None:
    for number in range(5):
        put(tmp_path / "data" / "orders" / f"{number}.json", "new")
        put(tmp_path / "landing" / "orders" / f"{number}.json", "older")
    with pytest.raises(
        LocalError, match=r"orders/0.json, orders/1.json, orders/2.json and 2 more landed before"
    ):
        plan_landing(tmp_path / "data", tmp_path / "landing", FOLDERS)


def test_texts_land_once(tmp_path: Path) -> None:
    assert land_texts({"orders/a.json": "ä\n"}, tmp_path) == 1
    assert land_texts({"orders/a.json": "other"}, tmp_path) == 0
    assert (tmp_path / "orders/a.json").read_bytes() == "ä\n".encode()


def test_the_sample_lands_part_by_part(tmp_path: Path) -> None:
    landing_data = choose_landing_data(None, tmp_path, ["customers", "orders", "sales"], sample=True)
    assert isinstance(landing_data, SampleData)
    labels = []
    while label := landing_data.land_next():
        labels.append(label)
        assert landing_data.exhausted() is (len(labels) == 2)
    assert labels == [
        "part 1 of 2 of the sample data: 3 files",
        "part 2 of 2 of the sample data: 10 files",
    ]
    again = choose_landing_data(None, tmp_path, ["customers", "orders", "sales"], sample=True)
    assert again.land_next() is None
    assert again.exhausted()


def test_the_sample_lands_only_for_topics_that_are_there(tmp_path: Path) -> None:
    assert isinstance(choose_landing_data(None, tmp_path, [], sample=True), NoLandingData)
    assert "1 file" in (
        choose_landing_data(None, tmp_path, ["orders", "clicks"], sample=True).land_next() or ""
    )
    assert [path.name for path in tmp_path.iterdir()] == ["orders"]
    with pytest.raises(LocalError, match=r"give your own with --data DIR .a subfolder for each of clicks"):
        choose_landing_data(None, tmp_path, ["clicks"], sample=True)


def test_the_sample_is_not_for_other_projects(tmp_path: Path) -> None:
    """Topics of the same names are not the sample's."""
    with pytest.raises(
        LocalError,
        match=r"No data has landed yet: give a folder with --data DIR .a subfolder for each of orders, sales",
    ):
        choose_landing_data(None, tmp_path / "new", FOLDERS, sample=False)
    assert not (tmp_path / "new").exists()
    put(tmp_path / "old" / "orders" / "mine.json")
    assert isinstance(choose_landing_data(None, tmp_path / "old", FOLDERS, sample=False), NoLandingData)


def test_sample_and_own_data_never_mix(tmp_path: Path) -> None:
    data, landing = tmp_path / "data", tmp_path / "landing"
    put(data / "orders" / "a.json")
    landing_data = choose_landing_data(data, landing, FOLDERS, sample=True)
    assert isinstance(landing_data, FolderData)
    assert landing_data.land_next() == "1 file from data"
    assert landing_data.land_next() is None
    # A later start without --data reads what is there, and lands no sample among it.
    assert isinstance(choose_landing_data(None, landing, FOLDERS, sample=True), NoLandingData)
    other = tmp_path / "other"
    choose_landing_data(None, other, FOLDERS, sample=True).land_next()
    with pytest.raises(LocalError, match=r"holds the sample data.*--reset"):
        choose_landing_data(data, other, FOLDERS, sample=True)
