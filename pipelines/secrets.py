"""Secrets by reference: only scope and key are in config; the value is asked for where it is used, and never logged."""

from __future__ import annotations

from typing import Any

from pipelines.document import SecretRef
from pipelines.errors import PipelineError


def read_secret(dbutils: Any, secret: SecretRef) -> str:
    """The value of a secret. ``dbutils`` is the notebook's; without one there are no secrets."""
    if dbutils is None:
        raise PipelineError(
            f"Secret {secret.scope}/{secret.key} cannot be read without dbutils: pass the notebook's dbutils to run_once."
        )
    return str(dbutils.secrets.get(secret.scope, secret.key))
