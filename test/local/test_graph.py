"""The scheduler, with tasks that only say what they did."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from local.graph import Status, TaskResult, run_graph
from local.job import RUN_IF, NotebookTask, Task
from test.local.support import task

FAIL = "fail"


def run(tasks: list[Task], *failing: str, **options: object) -> tuple[dict[str, TaskResult], list[str]]:
    order: list[str] = []

    def work(one: Task) -> str:
        order.append(one.key)
        if one.key in failing:
            raise ValueError(f"{one.key} broke")
        return one.key.upper()

    return run_graph(tasks, work, **options), order  # type: ignore[arg-type]


def test_order_and_outputs() -> None:
    results, order = run([task("a"), task("b", "a"), task("c", "a"), task("d", "b", "c")])
    assert order[0] == "a"
    assert order[-1] == "d"
    assert {result.status for result in results.values()} == {Status.SUCCEEDED}
    assert results["d"].output == "D"
    assert list(results) == ["a", "b", "c", "d"]


def test_tasks_run_side_by_side_but_bounded() -> None:
    together = threading.Barrier(2, timeout=5)
    peak, running, lock = 0, 0, threading.Lock()

    def work(one: Task) -> None:
        nonlocal peak, running
        with lock:
            running += 1
            peak = max(peak, running)
        together.wait()
        with lock:
            running -= 1

    results = run_graph([task(key) for key in "abcd"], work, workers=2)
    assert all(result.status is Status.SUCCEEDED for result in results.values())
    assert peak == 2


def test_what_depends_on_a_failure_is_skipped_and_the_rest_goes_on() -> None:
    results, order = run([task("a"), task("x"), task("b", "a"), task("c", "b"), task("y", "x")], "a")
    assert results["a"].status is Status.FAILED
    assert results["a"].error == "ValueError: a broke"
    assert isinstance(results["a"].exception, ValueError)
    assert [results[key].reason for key in "bc"] == ["upstream_failed", "upstream_failed"]
    assert results["y"].status is Status.SUCCEEDED
    assert set(order) == {"a", "x", "y"}


@pytest.mark.parametrize(
    ("run_if", "all_well", "one_failed", "all_failed"),
    [
        ("ALL_SUCCESS", True, False, False),
        ("ALL_DONE", True, True, True),
        ("NONE_FAILED", True, False, False),
        ("AT_LEAST_ONE_SUCCESS", True, True, False),
        ("AT_LEAST_ONE_FAILED", False, True, True),
        ("ALL_FAILED", False, False, True),
    ],
)
def test_run_if(run_if: str, all_well: bool, one_failed: bool, all_failed: bool) -> None:
    tasks = [task("a"), task("b"), task("end", "a", "b", run_if=run_if)]
    for failing, expected in ((), all_well), (("a",), one_failed), (("a", "b"), all_failed):
        results, order = run(tasks, *failing)
        assert ("end" in order) is expected
        assert (results["end"].status is Status.SKIPPED) is not expected


def test_every_run_if_is_known_to_the_scheduler() -> None:
    for run_if in RUN_IF:
        run([task("a"), task("b", "a", run_if=run_if)])


def test_all_done_waits_for_skipped_tasks_too() -> None:
    results, order = run([task("a"), task("b", "a"), task("finish", "b", run_if="ALL_DONE")], "a")
    assert order == ["a", "finish"]
    assert results["finish"].status is Status.SUCCEEDED


def test_retries() -> None:
    attempts = []

    def flaky(one: Task) -> str:
        attempts.append(one.key)
        if len(attempts) < 3:
            raise OSError("not yet")
        return "done"

    results = run_graph([task("a", retries=2)], flaky)
    assert results["a"].status is Status.SUCCEEDED
    assert results["a"].attempts == 3
    results, order = run([task("a", retries=1)], "a")
    assert order == ["a", "a"]
    assert results["a"].attempts == 2


def test_changes_are_told_in_order_from_one_thread() -> None:
    told: list[tuple[str, str, int]] = []

    def on_change(result: TaskResult) -> None:
        told.append((result.key, result.status.value, threading.get_ident()))

    run([task("a"), task("b", "a")], on_change=on_change)
    assert [(key, status) for key, status, _ in told] == [
        ("a", "running"), ("a", "succeeded"), ("b", "running"), ("b", "succeeded"),
    ]  # fmt: skip
    assert len({thread for _, _, thread in told}) == 1


def test_stop_starts_nothing_more_and_hurries_what_runs() -> None:
    stop, hurried = threading.Event(), []
    release = threading.Event()

    def work(one: Task) -> None:
        stop.set()
        release.wait(5)

    def hurry() -> None:
        hurried.append(1)
        if len(hurried) == 2:  # a task may answer the first time by trying another way
            release.set()

    results = run_graph([task("a"), task("b", "a"), task("c")], work, workers=1, stop=stop, on_stop=hurry)
    assert results["a"].status is Status.SUCCEEDED
    assert [results[key].reason for key in "bc"] == ["stopped", "stopped"]
    assert hurried == [1, 1]


def test_durations_and_starts_are_measured() -> None:
    work: Callable[[Task], None] = lambda one: time.sleep(0.05)  # noqa: E731  (a short one)
    results = run_graph([task("a"), task("b", "a")], work)
    assert 0.04 < results["a"].duration_s < 2
    assert (results["b"].started or 0) >= 0.04


def test_a_thousand_tasks_are_quick() -> None:
    tasks = [task("prepare")]
    for number in range(333):
        tasks += [task(f"bronze_{number}", "prepare"), task(f"silver_{number}", f"bronze_{number}")]
    tasks.append(task("finish", *(one.key for one in tasks), run_if="ALL_DONE"))
    began = time.monotonic()
    results, _ = run(tasks)
    assert all(result.status is Status.SUCCEEDED for result in results.values())
    assert time.monotonic() - began < 20


def test_a_condition_leaves_out_what_waits_for_another_outcome() -> None:
    tasks = [
        task("condition"),
        Task("yes", task("x").work, ("condition",), outcomes={"condition": "true"}),
        Task("no", task("x").work, ("condition",), outcomes={"condition": "false"}),
        task("after_no", "no"),
        task("finish", "yes", "no", run_if="ALL_DONE"),
    ]
    results = run_graph(tasks, lambda one: "true" if one.key == "condition" else None)
    assert {key: (result.status, result.reason) for key, result in results.items()} == {
        "condition": (Status.SUCCEEDED, None),
        "yes": (Status.SUCCEEDED, None),
        "no": (Status.SKIPPED, "excluded"),
        "after_no": (Status.SKIPPED, "upstream_failed"),
        "finish": (Status.SUCCEEDED, None),
    }


def test_a_condition_that_failed_excludes_nothing_but_stops_what_waits() -> None:
    def work(one: Task) -> str | None:
        raise ValueError(one.key)

    waiting = Task("yes", task("x").work, ("condition",), outcomes={"condition": "true"})
    results = run_graph([task("condition"), waiting], work)
    assert (results["yes"].status, results["yes"].reason) == (Status.SKIPPED, "upstream_failed")


def test_a_task_that_is_done_keeps_its_result_and_is_not_run() -> None:
    tasks = [task("condition"), task("a"), Task("b", NotebookTask("/b"), ("a",)), task("c", "condition")]
    left_out = Task("d", NotebookTask("/d"), ("condition",), outcomes={"condition": "false"})
    done = {
        "condition": TaskResult("condition", Status.SUCCEEDED, output="true"),
        "a": TaskResult("a", Status.FAILED),
    }
    ran = []
    results = run_graph([*tasks, left_out], lambda one: ran.append(one.key), done=done)
    assert ran == ["c"]
    assert (results["a"], results["b"].reason) == (done["a"], "upstream_failed")
    assert (results["c"].status, results["d"].reason) == (Status.SUCCEEDED, "excluded")
