"""Actions of the job, chosen by its parameter ``action``. ``prepare`` carries them out, once everything exists.

The vocabulary (``docs/reference/vocabulary.md``) says what each does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipelines.context import Context

from .batch import accept_batch, quarantine_batch
from .check import check
from .doctor import doctor
from .forget import forget
from .full_refresh import full_refresh
from .replay import replay

_WORK: Mapping[str, Callable[[Context], dict[str, Any]]] = {
    "check": check,
    "replay": replay,
    "accept_batch": accept_batch,
    "quarantine_batch": quarantine_batch,
    "full_refresh": full_refresh,
    "forget": forget,
    "doctor": doctor,
}


def perform(ctx: Context) -> dict[str, Any]:
    """Carry out the action of the context's parameters. Raises where it did not succeed."""
    work = _WORK.get(ctx.parameters.action)
    return {} if work is None else work(ctx)
