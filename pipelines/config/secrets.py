"""Secrets by reference: only scope and key are in config; the value is asked for where it is used, and never logged."""

from __future__ import annotations

from typing import Any

from pipelines.config.document import SecretRef
from pipelines.errors import SourceError


def read_secret(dbutils: Any, secret: SecretRef, what_for: str) -> str:
    """The value of a secret, for a topic or a setting (named in errors). ``dbutils`` is the notebook's.

    Raises :class:`SourceError` where there is no ``dbutils``, or where it does not give the secret.
    """
    where = f"{what_for}: the secret {secret.key} of scope {secret.scope}"
    if dbutils is None:
        raise SourceError(f"{where} cannot be read without dbutils: pass it to run_once(spark, dbutils).")
    try:
        return str(dbutils.secrets.get(scope=secret.scope, key=secret.key))
    except Exception as error:
        raise SourceError(
            f"{where} cannot be read: {str(error).splitlines()[0][:200]} Put it into the scope, and let whoever runs "
            "the pipeline read that."
        ) from error
