"""The order of work, without Spark: everything as soon as what it needs is done, and nothing after what failed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.context import Context
from pipelines.job import stages
from pipelines.ops.run_log import RunLog


def context(topics: list[str], models: dict[str, list[str]]) -> Context:
    """A world of names: topics, and models with what they read."""
    world: Any = SimpleNamespace(
        topics=[SimpleNamespace(name=name) for name in topics],
        models=[
            SimpleNamespace(name=name, inputs=[SimpleNamespace(name=need) for need in needs])
            for name, needs in models.items()
        ],
        log=RunLog("r", "test"),
        not_compiled=set(),
        failures=[],
    )
    return world


def refreshing(monkeypatch: pytest.MonkeyPatch, work: Callable[[str], None]) -> None:
    """Let ``work`` be done for each model instead of a refresh, and nothing for bronze."""
    monkeypatch.setattr(stages, "gold_stage", lambda _, model: work(model.name))
    monkeypatch.setattr(stages, "bronze_stage", lambda _, topic: None)


def test_a_model_does_not_wait_for_topics_that_it_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = context(["fast", "slow"], {"early": ["fast"], "after": ["early"], "late": ["fast", "slow"]})
    done: list[str] = []
    refreshed = threading.Event()

    def silver(_: Context, topic: Any) -> None:
        if topic.name == "slow":
            assert refreshed.wait(10), "the models of the other topic wait for this one"
        done.append(topic.name)

    def refresh(name: str) -> None:
        done.append(name)
        if name == "after":
            refreshed.set()

    refreshing(monkeypatch, refresh)
    monkeypatch.setattr(stages, "silver_stage", silver)
    stages.each_topic_and_model(ctx)
    assert done == ["fast", "early", "after", "slow", "late"]
    assert not ctx.log.events


def test_what_follows_a_failure_is_left_alone_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = context(["good", "bad"], {"fine": ["good"], "mixed": ["good", "bad"], "above": ["mixed", "fine"]})
    done: list[str] = []

    def silver(_: Context, topic: Any) -> None:
        if topic.name == "bad":
            raise ValueError("no")

    refreshing(monkeypatch, done.append)
    monkeypatch.setattr(stages, "silver_stage", silver)
    stages.each_topic_and_model(ctx)
    assert done == ["fine"]
    errors = {event["topic"] or event["model"]: event["error"] for event in ctx.log.events}
    assert errors == {
        "bad": "ValueError: no",
        "mixed": "not refreshed, because bad failed",
        "above": "not refreshed, because mixed failed",
    }


def test_models_alone_know_what_failed_before_them(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = context([], {"fine": ["good"], "mixed": ["good", "bad"], "above": ["mixed"]})
    done: list[str] = []
    refreshing(monkeypatch, done.append)
    assert stages.each_model(ctx, ["bad"]) == ["above", "mixed"]
    assert done == ["fine"]


def test_tables_are_counted_together_and_the_failure_of_one_is_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ctx = context([], {"a": [], "gone": [], "c": ["a"], "known": []})
    asked: list[list[str]] = []

    def count_rows(_: Context, refreshes: Any) -> None:
        names = sorted(each.model.name for each in refreshes)
        asked.append(names)
        if "gone" in names:
            raise ValueError("no table")

    def gold_stage(_: Context, model: Any) -> Any:
        return None if model.name == "known" else SimpleNamespace(model=model)

    monkeypatch.setattr(stages, "gold_stage", gold_stage)
    monkeypatch.setattr(stages, "count_rows", count_rows)
    assert stages.each_model(ctx) == ["gone"]
    assert (asked[0], sorted(asked[1:])) == (["a", "c", "gone"], [["a"], ["c"], ["gone"]])
    assert [(event["model"], event["error"]) for event in ctx.log.events] == [
        ("gone", "ValueError: no table")
    ]
    assert [failure.task for failure in ctx.failures] == ["gold_gone"]
