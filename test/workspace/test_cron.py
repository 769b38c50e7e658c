"""Cron expressions of Quartz, against a search minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workspace import cron
from workspace.errors import ApiError

BEGIN = datetime(2026, 11, 29, 11, 0, 30, tzinfo=timezone.utc)  # a Sunday


def schedule(expression: str, zone: str = "UTC") -> dict[str, str]:
    return {"quartz_cron_schedule": expression, "timezone_id": zone, "pause_status": "UNPAUSED"}


def after(expression: str, zone: str = "UTC", begin: datetime = BEGIN) -> str:
    found = cron.next_time(schedule(expression, zone), begin.timestamp())
    assert found is not None
    return datetime.fromtimestamp(found, timezone.utc).strftime("%a %Y-%m-%d %H:%M:%S")


@st.composite
def field(draw: st.DrawFn, first: int, last: int) -> tuple[str, set[int]]:
    """A field of numbers, and what it matches."""
    one, other = sorted(draw(st.lists(st.integers(first, last), min_size=2, max_size=2)))
    step = draw(st.integers(1, last - first))
    return draw(
        st.sampled_from(
            [
                ("*", set(range(first, last + 1))),
                (f"{one}", {one}),
                (f"{one},{other}", {one, other}),
                (f"{one}-{other}", set(range(one, other + 1))),
                (f"{one}/{step}", set(range(one, last + 1, step))),
            ]
        )
    )


@given(field(0, 59), field(0, 23), field(1, 31), field(1, 7), st.booleans())
def test_the_next_time_is_the_first_that_matches(minute, hour, day, weekday, by_week):
    expression = f"0 {minute[0]} {hour[0]} " + (f"? * {weekday[0]}" if by_week else f"{day[0]} * ?")
    at = BEGIN.replace(second=0)
    while True:
        at += timedelta(minutes=1)
        assume(at - BEGIN < timedelta(days=63))
        matches = (at.isoweekday() % 7 + 1) in weekday[1] if by_week else at.day in day[1]
        if not matches:
            at = at.replace(hour=23, minute=59)
        elif at.minute in minute[1] and at.hour in hour[1]:
            break
    assert after(expression) == at.strftime("%a %Y-%m-%d %H:%M:%S")
    cron.check(schedule(expression))


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("15 * * * * ?", "Sun 2026-11-29 11:01:15"),
        ("0 0 7 ? * MON-FRI", "Mon 2026-11-30 07:00:00"),
        ("0 0 7 ? * 6L", "Fri 2026-12-25 07:00:00"),
        ("0 0 7 ? * 6#3", "Fri 2026-12-18 07:00:00"),
        ("0 0 7 L * ?", "Mon 2026-11-30 07:00:00"),
        ("0 0 7 1 FEB ? 2028", "Tue 2028-02-01 07:00:00"),
    ],
)
def test_what_only_quartz_writes(expression, first):
    assert after(expression) == first


def test_times_are_those_of_the_time_zone_on_both_sides_of_a_change_of_its_clocks():
    saturday = datetime(2027, 3, 27, 5, 30, tzinfo=timezone.utc)
    assert after("0 0 7 * * ?", "Europe/Vienna", saturday) == "Sat 2027-03-27 06:00:00"
    assert after("0 0 7 * * ?", "Europe/Vienna", saturday + timedelta(hours=1)) == "Sun 2027-03-28 05:00:00"


@pytest.mark.parametrize(
    ("expression", "zone", "said"),
    [
        ("0 7 * * *", "UTC", "'0 7 \\* \\* \\*' cannot be read: six fields or seven"),
        ("0 0 7 * * *", "UTC", r"with \? for the day of month or for the day of week"),
        ("0 0 7 ? * ?", "UTC", r"with \? for the day of month or for the day of week"),
        ("x 0 7 * * ?", "UTC", "cannot be read"),
        ("0 61 7 * * ?", "UTC", "cannot be read"),
        ("0 0 7 31 2 ?", "UTC", "no time to come"),
        ("0 0 7 * * ? 2020", "UTC", "no time to come"),
        ("0 0 7 * * ?", "Mars/Olympus", "'Mars/Olympus' is not known"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_what_is_allowed(expression, zone, said):
    with pytest.raises(ApiError, match=said) as raised:
        cron.check(schedule(expression, zone))
    assert raised.value.status == 400


def test_due_is_what_has_a_time_in_the_interval_unless_it_is_paused():
    hourly = schedule("0 0 * * * ?")
    begin = BEGIN.replace(minute=59, second=59).timestamp()
    assert cron.is_due(hourly, begin, begin + 1)
    assert not cron.is_due(hourly, begin + 1, begin + 2)
    assert not cron.is_due(hourly, begin - 1, begin)
    assert not cron.is_due({**hourly, "pause_status": "PAUSED"}, begin, begin + 1)
    assert not cron.is_due({}, begin, begin + 1)
    assert not cron.is_due(None, begin, begin + 1)
