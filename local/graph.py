"""Runs the graph of a job: tasks in threads, as many at a time as the machine bears, in the order of their edges."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from enum import Enum

from local.job import Task
from local.notebook import ANY_TIME, explain, retry_of

# The wait before a retry is meant for a cloud that recovers; on a laptop, half a minute helps nobody.
_LONGEST_RETRY_WAIT_S = 2.0


class Status(str, Enum):
    """Status of a task."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class TaskResult:
    """A task of one run, as far as it has come."""

    key: str
    status: Status = Status.PENDING
    reason: str | None = None
    """Reason of a skipped task: `upstream_failed`, `excluded`, `stopped`."""
    started: float | None = None
    """Seconds after the start of the run."""
    duration_s: float = 0.0
    attempts: int = 0
    output: str | None = None
    error: str | None = None
    exception: BaseException | None = None


RunTask = Callable[[Task], "str | None"]
OnChange = Callable[[TaskResult], None]

# Databricks' conditions over the states of the tasks before: does this one run?
_CONDITIONS: Mapping[str, Callable[[list[Status]], bool]] = {
    "ALL_SUCCESS": lambda before: all(status is Status.SUCCEEDED for status in before),
    "ALL_DONE": lambda before: True,
    "NONE_FAILED": lambda before: Status.FAILED not in before,
    "AT_LEAST_ONE_SUCCESS": lambda before: Status.SUCCEEDED in before,
    "AT_LEAST_ONE_FAILED": lambda before: Status.FAILED in before,
    "ALL_FAILED": lambda before: all(status is Status.FAILED for status in before),
}


def run_graph(
    tasks: Sequence[Task],
    run_task: RunTask,
    *,
    workers: int = 3,
    on_change: OnChange = lambda result: None,
    stop: threading.Event | None = None,
    on_stop: Callable[[], None] = lambda: None,
    done: Mapping[str, TaskResult] | None = None,
) -> dict[str, TaskResult]:
    """Run every task once its dependencies are done; returns all results by key, in the order of `tasks`. Those in `done` have
    run before, and keep their results.

    A task raises to fail. When `stop` is set, no further one is started, and `on_stop` is called again and again until
    the running ones have ended: what it cancels, a task may answer by trying another way.
    """
    workers = max(1, workers)
    run = _GraphRun(tasks, run_task, workers, on_change, stop or threading.Event(), done or {})
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="task") as pool:
        run.drive(pool, on_stop)
    return run.results


class _GraphRun:
    """One run. Only the driving thread changes `results`; workers hand theirs back."""

    def __init__(
        self,
        tasks: Sequence[Task],
        run_task: RunTask,
        workers: int,
        on_change: OnChange,
        stop: threading.Event,
        done: Mapping[str, TaskResult],
    ) -> None:
        self.results = {task.key: done.get(task.key, TaskResult(task.key)) for task in tasks}
        self._done = frozenset(done)
        self._tasks = tasks
        self._run_task = run_task
        self._workers = workers
        self._on_change = on_change
        self._stop = stop
        self._began = time.monotonic()

    def drive(self, pool: ThreadPoolExecutor, on_stop: Callable[[], None]) -> None:
        """Until every task is done or skipped."""
        running: dict[Future[TaskResult], str] = {}
        waiting = [task for task in self._tasks if task.key not in self._done]
        while waiting or running:
            waiting = self._decide(waiting, pool, running)
            if running:
                done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    running.pop(future)
                    self._set_result(future.result())
                if self._stop.is_set() and running:
                    on_stop()

    def _decide(
        self, waiting: list[Task], pool: ThreadPoolExecutor, running: dict[Future[TaskResult], str]
    ) -> list[Task]:
        """Start or skip what can be decided now; returns the rest. Tasks stand after the ones they wait for."""
        rest = []
        for task in waiting:
            before = [self.results[key].status for key in task.depends_on]
            if self._stop.is_set():
                self._set_result(TaskResult(task.key, Status.SKIPPED, reason="stopped"))
            elif any(status in (Status.PENDING, Status.RUNNING) for status in before):
                rest.append(task)
            elif self._excluded(task):
                self._set_result(TaskResult(task.key, Status.SKIPPED, reason="excluded"))
            elif _CONDITIONS[task.run_if](before):
                if len(running) >= self._workers:
                    rest.append(task)
                    continue
                self._set_result(replace(self.results[task.key], status=Status.RUNNING))
                running[pool.submit(self._work, task)] = task.key
            else:
                upstream = any(status in (Status.FAILED, Status.SKIPPED) for status in before)
                reason = "upstream_failed" if upstream else "excluded"
                self._set_result(TaskResult(task.key, Status.SKIPPED, reason=reason))
        return rest

    def _excluded(self, task: Task) -> bool:
        """Tell whether a condition that it waits for came out otherwise."""
        return any(
            self.results[key].status is Status.SUCCEEDED and self.results[key].output != wanted
            for key, wanted in task.outcomes.items()
        )

    def _work(self, task: Task) -> TaskResult:
        """In a worker thread: the attempts of one task."""
        began = time.monotonic()
        attempt = 1
        while True:
            try:
                output = self._run_task(task)
                return self._result(task, Status.SUCCEEDED, began, attempt, output=output)
            except Exception as error:
                if self._stop.is_set():  # cancelled, as a rule; its log has the error
                    return self._result(task, Status.SKIPPED, began, attempt, reason="stopped")
                if attempt > task.max_retries or retry_of(error) < ANY_TIME:
                    where, message = explain(error, task.key)
                    told = f"{where}: {message}" if where else message
                    return self._result(task, Status.FAILED, began, attempt, error=told, exception=error)
            self._stop.wait(min(task.retry_interval_s, _LONGEST_RETRY_WAIT_S))
            attempt += 1

    def _result(
        self,
        task: Task,
        status: Status,
        began: float,
        attempts: int,
        *,
        reason: str | None = None,
        output: str | None = None,
        error: str | None = None,
        exception: BaseException | None = None,
    ) -> TaskResult:
        return TaskResult(
            key=task.key,
            status=status,
            reason=reason,
            started=began - self._began,
            duration_s=time.monotonic() - began,
            attempts=attempts,
            output=output,
            error=error,
            exception=exception,
        )

    def _set_result(self, result: TaskResult) -> None:
        self.results[result.key] = result
        self._on_change(result)
