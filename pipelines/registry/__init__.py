"""The schema registry: versions of a topic's schema, what changed, and what a contract lets change. Pure Python."""

import json
from pathlib import Path

from .compatibility import MODES, Violation, check
from .contract import ContractError, Plan, plan
from .diff import Change, ChangeKind, diff, needs_rebuild
from .evolve import Contract, RejectedChange
from .schema import Field, Schema
from .store import (
    History,
    InMemoryRegistry,
    RegistryBusy,
    RegistryDamaged,
    RegistryStore,
    Version,
    histories,
    register_plan,
    retyped_since,
)


def registry_columns() -> dict[str, str]:
    """Columns of ``ops.schema_registry`` with their types: the one list that Terraform reads too."""
    path = Path(__file__).resolve().parent.parent / "registry_columns.json"
    return {column["name"]: column["type"] for column in json.loads(path.read_text(encoding="utf-8"))}


__all__ = [
    "MODES",
    "Change",
    "ChangeKind",
    "Contract",
    "ContractError",
    "Field",
    "History",
    "InMemoryRegistry",
    "Plan",
    "RegistryBusy",
    "RegistryDamaged",
    "RegistryStore",
    "RejectedChange",
    "Schema",
    "Version",
    "Violation",
    "check",
    "diff",
    "histories",
    "needs_rebuild",
    "plan",
    "register_plan",
    "registry_columns",
    "retyped_since",
]
