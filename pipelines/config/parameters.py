"""Parameters of a run, from widgets, environment variables or defaults.

A value is taken from the first source that has it: an argument of the call, the widget of that name, the environment
variable ``MEDALLION_<NAME>``, the defaults that a rendered notebook carries, the defaults here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.config.names import LAYERS, Tables
from pipelines.errors import ParameterError
from pipelines.vocabulary import ACTIONS, FILE_SOURCES, PARAMETERS

#: Every job parameter by name. They are the options of ``run_once`` and ``run_loop``, too.
NAMES = tuple(PARAMETERS)
_IDENTIFIER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,254}")


@dataclass(frozen=True)
class Parameters:
    """Resolved parameters of a task.

    ``landing`` and ``checkpoints`` are folders; ``topics`` and ``models`` limit a task to some (empty: all).
    ``file_source`` says what finds new files: the ``ledger``, or Auto Loader (``cloudFiles``, in a workspace only).
    """

    run_id: str
    action: str
    action_arguments: str
    tables: Tables
    landing: str
    checkpoints: str
    pipeline_document: str
    library_hash: str
    topics: tuple[str, ...]
    models: tuple[str, ...]
    file_source: str = PARAMETERS["file_source"]
    owner: str = ""
    """Group that owns the tables, in a workspace; whoever makes them where it is empty."""

    @property
    def in_workspace(self) -> bool:
        """Tell whether the pipeline works on volumes of Databricks, not on folders of this machine."""
        return self.landing.startswith("/Volumes/")


def read_parameter(
    name: str, dbutils: Any, options: Mapping[str, Any], defaults: Mapping[str, Any], fallback: str = ""
) -> str:
    """One parameter as text, by the order of the module's description."""
    if options.get(name) is not None:
        return str(options[name])
    value = _widget(dbutils, name)
    if value is None:
        value = os.environ.get(f"MEDALLION_{name.upper()}")
    if value is None and defaults.get(name) is not None:
        value = str(defaults[name])
    return fallback if value is None else value


def _widget(dbutils: Any, name: str) -> str | None:
    """A widget's value, or nothing: ``get`` raises for a widget that the notebook does not have."""
    if dbutils is None:
        return None
    try:
        value = dbutils.widgets.get(name)
    except Exception:  # each runtime raises a class of its own for an unknown widget
        return None
    return None if value is None else str(value)


def resolve(
    dbutils: Any,
    options: Mapping[str, Any],
    defaults: Mapping[str, Any],
    current_catalog: str,
    new_run_id: str,
) -> Parameters:
    """Resolve all parameters. Raises :class:`ParameterError` for a value that is not allowed."""

    def read(name: str) -> str:
        # A value that is blank is none.
        return read_parameter(name, dbutils, options, defaults).strip() or PARAMETERS[name]

    catalog = _identifier("catalog", read("catalog") or current_catalog)
    schemas = {layer: _identifier(f"schema_{layer}", read(f"schema_{layer}")) for layer in LAYERS}
    root = read("volume_root").rstrip("/")
    action = read("action") or "run"
    if action not in ACTIONS:
        raise ParameterError("action", action, ", ".join(ACTIONS))
    file_source = read("file_source")
    if file_source not in FILE_SOURCES:
        raise ParameterError("file_source", file_source, ", ".join(FILE_SOURCES))
    return Parameters(
        run_id=read("run_id") or new_run_id,
        action=action,
        action_arguments=read("action_arguments"),
        tables=Tables(catalog, schemas),
        landing=f"{root}/{read('landing') or f'{catalog}/' + schemas['bronze'] + '/landing'}",
        checkpoints=f"{root}/{read('checkpoints') or f'{catalog}/' + schemas['ops'] + '/checkpoints'}",
        pipeline_document=read("pipeline_document"),
        library_hash=read("library_hash"),
        topics=_names(read("topics")),
        models=_names(read("models")),
        file_source=file_source,
        owner=read("owner"),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def check_names(name: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Raise :class:`ParameterError` for a name that is not among those ``known``."""
    for one in given:
        if one not in known:
            raise ParameterError(name, one, ", ".join(known) or "none")


def _identifier(name: str, value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise ParameterError(name, value, "a Unity Catalog name of letters, digits, underscore, dash")
    return value
