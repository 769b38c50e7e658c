"""Commands that answer a question and end: their exit status, and a fault as one sentence on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable

from local.errors import LocalError

FINE, CANNOT, STOPPED = 0, 2, 3


def answer(work: Callable[[], int]) -> int:
    """Return the status of ``work``; ``CANNOT`` after a fault that a user can act on."""
    from pipelines.errors import PipelineError

    try:
        return work()
    except (LocalError, PipelineError) as error:
        sys.stderr.write(f"medallion: {error}\n")
        return CANNOT
