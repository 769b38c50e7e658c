"""Schedules as the API has them: cron expressions of Quartz in a time zone."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, CroniterError, croniter

from workspace.errors import invalid

_ADVICE = (
    'six fields or seven are allowed (seconds, minutes, hours, day of month, month, day of week, year), as in "0 30 6 * * ?", '
    "with ? for the day of month or for the day of week"
)
# The last year of an expression is 2099.
_YEARS = 100
_DAY = re.compile(r"(?<![\d/#])[1-7](?!\d)")


def check(schedule: Mapping[str, Any]) -> None:
    """`ApiError` 400 when a schedule has an expression or a time zone that cannot be read.

    Args:
        schedule: of an alert or a job, as the API has it; empty without one.
    """
    expression = schedule.get("quartz_cron_schedule") or schedule.get("quartz_cron_expression")
    if expression is None:
        return
    fields = expression.split()
    if len(fields) not in (6, 7) or (fields[3] == "?") == (fields[5] == "?"):
        raise invalid(f"The cron expression '{expression}' cannot be read: {_ADVICE}.")
    try:
        if next_time(schedule, time.time()) is None:
            raise invalid(f"The cron expression '{expression}' has no time to come.")
    except (CroniterError, ValueError) as error:
        raise invalid(f"The cron expression '{expression}' cannot be read ({error}): {_ADVICE}.") from error
    except KeyError as error:
        raise invalid(
            f"The time zone '{schedule['timezone_id']}' is not known: Europe/Vienna is of the form of one."
        ) from error


def is_due(schedule: Mapping[str, Any] | None, after: float, now: float) -> bool:
    """Tell whether a schedule has a time in an interval; a paused one has none.

    Args:
        schedule: as the API has it; `None` or empty without one.
        after: begin of the interval in seconds since 1970, not included.
        now: its end, included.
    """
    if not schedule or schedule.get("pause_status") == "PAUSED":
        return False
    at = next_time(schedule, after)
    return at is not None and at <= now


def next_time(schedule: Mapping[str, Any], after: float) -> float | None:
    """The first time after another, in seconds since 1970; `None` without one up to the last year of Quartz."""
    expression = schedule.get("quartz_cron_schedule") or schedule["quartz_cron_expression"]
    zone = ZoneInfo(schedule["timezone_id"])
    begin = datetime.fromtimestamp(after, zone)
    times = croniter(_in_cron(expression), begin, second_at_beginning=True, max_years_between_matches=_YEARS)
    try:
        return float(times.get_next(float))
    except CroniterBadDateError:
        return None


def _in_cron(expression: str) -> str:
    """An expression of Quartz in the form of cron: Sunday is 0 and not 1, and the last Friday is L5 and not 6L."""
    fields = expression.split()
    days = _DAY.sub(lambda found: str(int(found[0]) - 1), fields[5])
    fields[5] = re.sub(r"(\d)L", r"L\1", days)
    # A range of one number is all numbers to croniter.
    return re.sub(r"\b(\d+)-\1\b", r"\1", " ".join(fields))
