"""The one clock of the pipeline."""

from __future__ import annotations

from datetime import datetime, timezone


def now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(timezone.utc)
