"""What the sources of the declarative flavour declare, against the real API of open-source pipelines, without Spark."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipelines.declarative.graph import GoldTable, Graph, SilverTable

dp = pytest.importorskip("pyspark.pipelines", reason="this Spark has no declarative pipelines")
registry = pytest.importorskip("pyspark.pipelines.graph_element_registry")

SOURCES = Path(__file__).resolve().parents[3] / "notebooks" / "declarative"


@dataclass
class Declared(registry.GraphElementRegistry):  # type: ignore[misc, name-defined]
    """Keeps what is declared."""

    outputs: list[Any] = field(default_factory=list)
    flows: list[Any] = field(default_factory=list)
    changes: list[Any] = field(default_factory=list)

    def register_output(self, output: Any) -> None:
        self.outputs.append(output)

    def register_flow(self, flow: Any) -> None:
        self.flows.append(flow)

    def register_auto_cdc_flow(self, flow: Any) -> None:
        self.changes.append(flow)

    def register_sql(self, sql_text: str, file_path: Path) -> None:
        raise AssertionError("no source is SQL")


class OneGraph:
    """Stands for the graph of a session."""

    def __init__(self, silver: list[SilverTable], gold: list[GoldTable]) -> None:
        self._silver, self._gold = silver, gold

    def silver(self) -> list[SilverTable]:
        return self._silver

    def gold(self) -> list[GoldTable]:
        return self._gold


def table(kind: Any, **expectations: str) -> SilverTable:
    name = f"c.silver.{kind}"
    rows: Any = f"rows of {kind}"
    sequence: Any = "at"
    comment, tags = f"A {kind} table.", {"medallion.tag.team": "shop"}
    return SilverTable(name, kind, kind, comment, tags, rows, ("id",), sequence, expectations)


Load = Callable[..., Declared]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a source over given tables; returns what it declared."""

    def loaded(
        name: str, silver: list[SilverTable] | None = None, gold: list[GoldTable] | None = None
    ) -> Declared:
        monkeypatch.setattr(Graph, "of", lambda spark: OneGraph(silver or [], gold or []))
        spec = importlib.util.spec_from_file_location(f"source_{name}", SOURCES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module: ModuleType = importlib.util.module_from_spec(spec)
        module.__dict__["spark"] = FakeSpark()
        declared = Declared()
        with registry.graph_element_registration_context(declared):
            spec.loader.exec_module(module)
        return declared

    return loaded


class FakeSpark:
    def sql(self, text: str) -> str:
        return f"ran {text}"


def kinds(declared: Declared) -> list[tuple[str, str]]:
    return [(type(output).__name__, output.name) for output in declared.outputs]


def test_an_append_topic_is_a_streaming_table_of_its_rows(load: Load) -> None:
    declared = load("silver", [table("append")])
    assert kinds(declared) == [("StreamingTable", "c.silver.append")]
    assert declared.outputs[0].comment == "A append table."
    assert declared.outputs[0].table_properties == {"medallion.tag.team": "shop"}
    assert declared.flows[0].func() == "rows of append"


def test_an_upsert_topic_is_a_streaming_table_with_a_change_flow_from_a_view(load: Load) -> None:
    pytest.importorskip("pyspark.sql.connect.functions.builtin", reason="needs the Connect client")
    if not hasattr(dp, "create_auto_cdc_flow"):
        pytest.skip("this Spark has no change flows")
    declared = load("silver", [table("auto_cdc")])
    assert kinds(declared) == [("TemporaryView", "auto_cdc_changes"), ("StreamingTable", "c.silver.auto_cdc")]
    (flow,) = declared.changes
    assert (flow.target, flow.source, flow.stored_as_scd_type) == ("c.silver.auto_cdc", "auto_cdc_changes", 1)
    assert flow.apply_as_deletes is None


def test_where_there_are_no_change_flows_it_is_a_view_of_the_latest_rows(load: Load) -> None:
    declared = load("silver", [table("latest")])
    assert kinds(declared) == [("MaterializedView", "c.silver.latest")]
    assert declared.flows[0].func() == "rows of latest"


def test_every_table_keeps_its_own_rows(load: Load) -> None:
    declared = load("silver", [table("append"), table("latest")])
    assert [flow.func() for flow in declared.flows] == ["rows of append", "rows of latest"]


def test_rules_that_warn_are_expectations_where_there_are_any(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []

    def expect_all(rules: dict[str, str]) -> Callable[[Any], Any]:
        seen.append(rules)
        return lambda function: function

    load("silver", [table("latest", has_id="id IS NOT NULL")])
    monkeypatch.setattr(dp, "expect_all", expect_all, raising=False)
    load("silver", [table("latest", has_id="id IS NOT NULL"), table("append")])
    assert seen == [{"has_id": "id IS NOT NULL"}]


def test_models_are_materialized_views_of_their_sql(load: Load) -> None:
    models = [GoldTable("c.gold.a", "A.", "SELECT 1"), GoldTable("c.gold.b", "", "SELECT 2")]
    declared = load("gold", gold=models)
    assert kinds(declared) == [("MaterializedView", "c.gold.a"), ("MaterializedView", "c.gold.b")]
    assert [flow.func() for flow in declared.flows] == ["ran SELECT 1", "ran SELECT 2"]
