"""Errors of the data plane. Each carries fields and builds its own sentence: what happened, where, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any


class Retry(IntEnum):
    """Condition under which failed work may succeed when it is tried again."""

    NEVER = 0
    """Not before what the user wrote is another: a loop ends."""
    OTHER_DATA = 1
    """Not over the same data: a task is not tried again, a later run may succeed."""
    ANY_TIME = 2

    def told(self) -> dict[str, str]:
        """Return what logs and summaries say of a failure, where trying again may not succeed at any time."""
        return {} if self is Retry.ANY_TIME else {"retry": self.name.lower()}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Retry:
        """Return what :meth:`told` has said, among other things."""
        return cls[told.get("retry", cls.ANY_TIME.name).upper()]


class PipelineError(Exception):
    """A failure that an operator can act on. ``str(error)`` is a whole sentence, fit for a log or an alert."""

    retry: Retry = Retry.ANY_TIME
    remedy: str = "Read the sentence of the error, correct the cause that it names, and run again."
    """Advice to an operator for every error of the class, shown in the reference of errors."""


class SettingsError(PipelineError):
    """Settings that cannot work, now or later: a loop ends with this error instead of trying again."""

    retry = Retry.NEVER
    remedy = "Correct the setting that the error names and start again."


class DocumentError(SettingsError):
    """The pipeline document is not usable. Carries every fault that was found, not just the first."""

    remedy = "Correct the faults in config/ (medallion run and synth name file and line) and deploy again."

    def __init__(self, origin: str, faults: list[str]) -> None:
        self.origin = origin
        self.faults = faults
        lines = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(
            f"The pipeline document {origin} has {counted(len(faults), 'fault')}:\n{lines}\n"
            "It is generated from config/: correct it there and deploy again (npm run generate for the default)."
        )


class ParameterError(SettingsError):
    """A job or notebook parameter has a value that is not allowed."""

    remedy = "Give the parameter one of the allowed values, in the job or in the call."

    def __init__(self, name: str, value: str, allowed: str) -> None:
        self.name = name
        self.value = value
        super().__init__(f"Parameter {name} is {value!r}; allowed: {allowed}.")


class NoVolumesError(SettingsError):
    """Landing data and checkpoints are to lie in volumes of Unity Catalog, which this Spark does not have."""

    remedy = "Outside of Databricks, give volume_root: a folder of this machine."

    def __init__(self, folder: str) -> None:
        self.folder = folder
        super().__init__(
            f"{folder} does not exist, and this Spark has no volumes of Unity Catalog to make it in: outside of "
            "Databricks, say below which folder landing data and checkpoints lie, such as "
            'run_once(spark, volume_root="/tmp/medallion") (--volume-root on the command line, MEDALLION_VOLUME_ROOT '
            "in the environment)."
        )


class ForgottenTablesError(SettingsError):
    """The folder of a table that is to be made has files of an earlier run, and the session's catalog knows no such table."""

    remedy = (
        "Make the session with enableHiveSupport() (docs/guides/own-spark.md), or begin with empty folders."
    )

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            f"The folder of {table} has files already, and the catalog of this session does not know the table. Outside of "
            "Databricks, Spark forgets its tables with each process unless the session has a metastore: make it with "
            "enableHiveSupport() from the first run on (docs/guides/own-spark.md). No data was read; to begin anew, give "
            "an empty folder as spark.sql.warehouse.dir and another volume_root."
        )


class AccountingError(PipelineError):
    """Rows of a batch do not add up: every bronze row must have exactly one outcome (data-plane rule 1)."""

    remedy = "Run again: the batch is not marked as consumed. If it stays, report it with the run log."

    def __init__(self, topic: str, read: int, outcomes: dict[str, int]) -> None:
        self.topic = topic
        total = " + ".join(f"{name} {count}" for name, count in outcomes.items())
        super().__init__(
            f"Topic {topic}: read {read} bronze rows, but {total} = {sum(outcomes.values())}. The batch is not marked as "
            "consumed; run again, and report this with the run log if it stays."
        )


class QualityError(PipelineError):
    """Quality rules with ``onViolation: fail`` were violated; silver and gold are as they were before."""

    retry = Retry.OTHER_DATA
    remedy = "Correct the source or the rule; or run the action accept_batch or quarantine_batch."

    def __init__(self, topic: str, violations: Sequence[str]) -> None:
        """``violations``: a clause for each rule: its name, how many rows violate it, examples."""
        self.topic = topic
        self.violations = tuple(violations)
        super().__init__(
            f"Topic {topic}: quality rule {'; quality rule '.join(violations)}. Silver and gold were not changed; the "
            "batch waits in bronze, and every run evaluates it again. Correct the source or the rule in config/topics and "
            f"run; or let it through as it is (medallion accept-batch --topic {topic}; the job with action "
            f"accept_batch); or quarantine what violates the rule and let the rest through (medallion quarantine-batch "
            f"--topic {topic}; action quarantine_batch)."
        )


class CastError(PipelineError):
    """No value of a column fits the type that a gold model needs; its table was not changed."""

    retry = Retry.OTHER_DATA
    remedy = "Ask for the column as string and convert it in the SQL, or add -- allow: nulls(input.column)."

    def __init__(self, model: str, columns: Mapping[str, Mapping[str, Any]]) -> None:
        """``columns``: by ``input.column`` its ``from_type``, ``to_type``, number of ``values`` and the ``shape`` of one."""
        self.model = model
        self.columns = columns
        broken = "; ".join(
            f"{name} is {column['from_type']}, and none of its {column['values']} values fits {column['to_type']} "
            f"(a value looks like {column['shape']!r})"
            for name, column in columns.items()
        )
        super().__init__(
            f"Model {model}: {broken}. Its table was not changed. Ask for the column as string in the header line needs, "
            "and make the type of it in the SQL (such as try_to_timestamp with a format); or let the column be null: "
            f"-- allow: nulls({', '.join(columns)})."
        )


class TasksFailedError(PipelineError):
    """Raised when a task of the run failed, after everything was logged. ``summary`` is the run's, where one was drawn up;
    ``retry``: when the first of what failed may succeed.
    """

    remedy = "Look at the errors of its tasks: each is of one of the other classes."

    def __init__(
        self,
        errors: list[tuple[str, str]],
        summary: Mapping[str, Any] | None = None,
        retry: Retry = Retry.ANY_TIME,
    ) -> None:
        self.errors = errors
        self.summary = summary
        self.retry = retry
        lines = "\n".join(f"  {task}: {message}" for task, message in errors)
        super().__init__(f"{counted(len(errors), 'task')} failed:\n{lines}")


class ActionError(PipelineError):
    """An action of the job cannot be carried out as it was asked."""

    remedy = "Correct action_arguments as the error says and run the action again."

    def __init__(self, action: str, reason: str) -> None:
        self.action = action
        super().__init__(f"Action {action}: {reason}.")


#: Characters of a line of the user's that are shown with an error: with the indent, they fit a narrow terminal.
_SHOWN = 54


class UserSqlError(PipelineError):
    """SQL of the user failed over the data. Lines and columns count from 1."""

    retry = Retry.OTHER_DATA
    remedy = (
        "Correct the SQL at the file, line and column that the error shows, or the data that it failed over."
    )

    def __init__(self, file: str, line: int, column: int, cause: str, text: str) -> None:
        """``text``: the line of the file, shown with a mark below the column."""
        self.file = file
        self.line = line
        self.column = column
        self.cause = cause
        super().__init__(f"{file}:{line}:{column}: {cause}\n{marked_line(text, column)}")


class SqlNotCompiledError(UserSqlError, SettingsError):
    """SQL of the user does not compile, whatever the data."""

    retry = Retry.NEVER
    remedy = "Correct the SQL at the file, line and column that the error shows."


def marked_line(text: str, column: int) -> str:
    """A line with a mark below one of its columns (from 1), indented; of a long line the part around that column."""
    begin = max(0, min(column - 1 - _SHOWN // 2, len(text) - _SHOWN)) if len(text) > _SHOWN else 0
    part = text[begin : begin + _SHOWN].replace("\t", " ")
    shown = f"\u2026{part[1:]}" if begin else part
    if begin + _SHOWN < len(text):
        shown = f"{shown[:-1]}\u2026"
    return f"    {shown}\n    {' ' * (column - 1 - begin)}^"


class SourceError(PipelineError):
    """Contents of a landing folder, or of a broker, that cannot be ingested. Nothing was taken, nothing is lost."""

    remedy = "Give access to the folder, the broker or the secret, or correct the file that the error names, and run again."


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return a number with its noun: ``1 file``, ``1,200 files``. ``nouns``: the plural, where it is no ``s`` behind it."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def describe(error: BaseException) -> str:
    """An error in one line: the sentence of our own errors, class and first lines of others, without a JVM trace."""
    text = str(error).split("\n\tat ")[0].split("JVM stacktrace:")[0].strip()
    return (
        text[:2000]
        if type(error).__module__.startswith("pipelines")
        else f"{type(error).__name__}: {text}"[:2000]
    )


class StrictRefreshError(PipelineError):
    """A model with ``refresh: strict`` cannot be refreshed incrementally; its table is as it was before."""

    retry = Retry.OTHER_DATA
    remedy = "Write the model so that it can be refreshed incrementally (docs/guides/gold.md), or set refresh to auto."

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(
            f"Model {model}: refresh is strict, and an incremental refresh is not possible: {reason}. Its table was not changed. "
            "Write the model so that it is (docs/guides/gold.md), or allow full refreshes: refresh: incremental, or auto."
        )
