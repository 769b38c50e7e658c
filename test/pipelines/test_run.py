"""The loop itself, without Spark: it survives failing iterations, backs off, and stops on a signal."""

from __future__ import annotations

import os
import signal
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines import run
from pipelines.errors import Retry, SettingsError, TasksFailedError


def _context() -> SimpleNamespace:
    return SimpleNamespace(parameters=SimpleNamespace(run_id="r1"))


@pytest.fixture
def iterations(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Iterations that were made; replaces the pipeline behind the loop."""
    made: list[Any] = []
    monkeypatch.setattr(run, "create_context", lambda *_: _context())
    monkeypatch.setattr(run, "next_iteration", lambda ctx: ctx)

    def iterate(ctx: Any) -> dict[str, str]:
        made.append(ctx)
        return {"status": "succeeded"}

    monkeypatch.setattr(run, "iterate", iterate)
    return made


def test_it_runs_as_often_as_asked(iterations: list[Any]) -> None:
    assert run.run_loop(None, None, 0, max_iterations=3) == {"status": "succeeded"}
    assert len(iterations) == 3


def test_a_failing_tick_is_survived_with_a_longer_pause(
    monkeypatch: pytest.MonkeyPatch, iterations: list[Any]
) -> None:
    pauses: list[float] = []
    outcomes = iter([ValueError("no"), ValueError("no"), None])

    def iterate(ctx: Any) -> dict[str, str]:
        problem = next(outcomes)
        if problem:
            raise problem
        return {"status": "succeeded"}

    def wait(event: threading.Event, seconds: float) -> bool:
        pauses.append(seconds)
        return False

    monkeypatch.setattr(run, "iterate", iterate)
    monkeypatch.setattr(threading.Event, "wait", wait)
    assert run.run_loop(None, None, 10, max_iterations=3) == {"status": "succeeded"}
    assert pauses == [20, 40]


def test_sigterm_lets_the_tick_end_and_restores_the_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def iterate(ctx: Any) -> dict[str, str]:
        os.kill(os.getpid(), signal.SIGTERM)
        done.append("whole iteration")
        return {"status": "succeeded"}

    monkeypatch.setattr(run, "create_context", lambda *_: _context())
    monkeypatch.setattr(run, "iterate", iterate)
    before = signal.getsignal(signal.SIGTERM)
    run.run_loop(None, None, 60)
    assert done == ["whole iteration"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_summary_of_a_failed_tick_says_why(
    monkeypatch: pytest.MonkeyPatch, iterations: list[Any]
) -> None:
    drawn_up = {"run_id": "r1", "status": "failed", "errors": [{"task": "silver_orders", "message": "no"}]}
    outcomes = iter([TasksFailedError([("silver_orders", "no")], drawn_up), ValueError("broken")])

    def iterate(ctx: Any) -> dict[str, str]:
        raise next(outcomes)

    monkeypatch.setattr(run, "iterate", iterate)
    assert run.run_loop(None, None, 0, max_iterations=1) == drawn_up
    assert run.run_loop(None, None, 0, max_iterations=1) == {
        "run_id": "r1",
        "status": "failed",
        "errors": [{"task": "run_pipeline", "message": "ValueError: broken"}],
    }


@pytest.mark.parametrize(
    ("retry", "made"), [(Retry.NEVER, 1), (Retry.OTHER_DATA, 3), (Retry.ANY_TIME, 3)], ids=str
)
def test_sql_that_does_not_compile_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, iterations: list[Any], retry: Retry, made: int
) -> None:
    def iterate(ctx: Any) -> dict[str, str]:
        iterations.append(ctx)
        raise TasksFailedError([("gold_m", "no")], {"status": "failed"}, retry)

    monkeypatch.setattr(run, "iterate", iterate)
    assert run.run_loop(None, None, 0, max_iterations=3) == {"status": "failed"}
    assert len(iterations) == made


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"volumeroot": "/tmp"}, r"option is 'volumeroot'; allowed: run_id, action, "),
        ({"action": "explode", "catalog": "c"}, r"action is 'explode'; allowed: run"),
        ({"pipeline_document": "/nowhere.json", "catalog": "c"}, r"/nowhere\.json"),
    ],
)
def test_what_was_told_wrong_is_not_tried_again(options: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        run.run_loop(None, None, 3600, **options)
