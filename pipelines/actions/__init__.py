"""What an operator asks of the job by its parameter ``action``. ``prepare`` carries it out, once everything exists.

``run``           the pipeline itself; nothing to do here
``full_refresh``  silver derived again from bronze, then gold again; bronze stays as it is
``doctor``        checks, in the real workspace, every assumption that cannot be tested outside one
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipelines.context import Context

from .doctor import doctor
from .full_refresh import full_refresh

_WORK: Mapping[str, Callable[[Context], dict[str, Any]]] = {
    "full_refresh": full_refresh,
    "doctor": doctor,
}


def perform(ctx: Context) -> dict[str, Any]:
    """Carry out the action of the context's parameters. Raises where it did not succeed."""
    work = _WORK.get(ctx.parameters.action)
    return {} if work is None else work(ctx)
