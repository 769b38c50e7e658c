"""Prints what the reference says of the Python library, as JSON: errors, tables, functions."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines import check, run, tasks
from pipelines.actions.doctor import DoctorError
from pipelines.config.load import load_document
from pipelines.errors import PipelineError
from pipelines.job.summary import summarize
from pipelines.maintenance.owner import OwnerError
from pipelines.ops import tables
from pipelines.registry.store import RegistryBusy, RegistryDamaged

FUNCTIONS: Mapping[str, Sequence[Callable[..., Any]]] = {
    "runs": (run.run_once, run.run_loop, run.run_from_widgets, summarize),
    "tasks": (tasks.prepare, tasks.bronze, tasks.silver, tasks.gold, tasks.finish),
    "checks": (load_document, check.files_of, check.version_of, check.check_files),
}
"""Functions that users call, by the part of the page that shows them."""


def errors() -> Iterator[dict[str, str]]:
    """Yield each error that an operator meets, general ones before special ones."""
    elsewhere = {DoctorError, OwnerError, RegistryBusy, RegistryDamaged}
    found: list[type[PipelineError]] = []
    waiting = [PipelineError]
    while waiting:
        found.append(error := waiting.pop(0))
        waiting += error.__subclasses__()
    for error in dict.fromkeys(found):
        if error.__module__ == "pipelines.errors" or error in elsewhere:
            yield {
                "name": error.__name__,
                "text": in_markdown(error),
                "retry": error.retry.name,
                "remedy": error.remedy,
            }


def described_tables() -> Iterator[dict[str, Any]]:
    """Yield the tables that every pipeline has."""
    topic = {
        "bronze.<topic>": (tables.BRONZE, "Raw records of a topic, as they stood. Append-only.", "bronze"),
        "bronze.<topic>_quarantine": (
            tables.QUARANTINE,
            "Records that could not reach silver, with the reason.",
            "quarantine",
        ),
    }
    ops = {f"ops.{name}": (*table, name) for name, table in tables.ops_tables().items()}
    registry = json.loads((Path(run.__file__).parent / "registry_columns.json").read_text(encoding="utf-8"))
    of_registry = {column["name"]: column["comment"] for column in registry}
    meanings = {**tables.MEANINGS, "schema_registry": of_registry}
    for name, (columns, comment, key) in {**topic, **ops}.items():
        yield {
            "name": name,
            "comment": comment,
            "columns": [[column, type_, meanings[key][column]] for column, type_ in columns.items()],
        }


def described_functions(functions: Sequence[Callable[..., Any]]) -> Iterator[Mapping[str, str]]:
    """Yield the name, signature and documentation of each function."""
    for function in functions:
        signature = str(inspect.signature(function)).replace("'", "")
        yield {
            "name": f"{function.__module__}.{function.__name__}",
            "signature": signature,
            "text": in_markdown(function),
        }


def in_markdown(documented: Any) -> str:
    """The documentation of a thing, with its roles and double backticks as code of Markdown."""
    text = re.sub(r":\w+:`([^`]+)`", r"`\1`", inspect.getdoc(documented) or "")
    return text.replace("``", "`")


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "errors": list(errors()),
                "tables": list(described_tables()),
                "functions": {part: list(described_functions(them)) for part, them in FUNCTIONS.items()},
            }
        )
    )
