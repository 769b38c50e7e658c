"""What an operator asks of the job by its parameter ``action``. ``prepare`` carries it out, once everything exists.

``run``               the pipeline itself; nothing to do here
``check``             what the files of a folder would do to a topic; nothing is written
``replay``            quarantined records evaluated again; the good ones go to silver, once
``accept_batch``      a batch that a rule with onViolation fail refused goes through as it is, once
``quarantine_batch``  what such a rule refused goes into quarantine, the rest of the batch through
``full_refresh``      silver derived again from bronze, then gold again; bronze stays as it is
``forget``            the rows of some keys erased, wherever this pipeline keeps them
``doctor``            checks, in the real workspace, every assumption that cannot be tested outside one
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
