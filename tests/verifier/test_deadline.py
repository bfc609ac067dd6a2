"""The fifteen days, in legal time: always a local midnight, whatever the clocks of the place do in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.deadline import DAYS, deadline

ZONES = [
    "Pacific/Noumea",
    "Europe/Paris",
    "America/Caracas",
    "America/Havana",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
]

CASES = [
    # the guide's own letter: 26/03 in Paris is the 27th in Nouméa, and the last day there is 11/04
    ("2026-03-26T22:54:05+00:00", "Pacific/Noumea", "2026-04-11T13:00:00+00:00"),
    ("2026-03-26T22:54:05+00:00", "Europe/Paris", "2026-04-10T22:00:00+00:00"),
    # the first and the last second of one local day give the same deadline
    ("2026-04-13T13:00:00+00:00", "Pacific/Noumea", "2026-04-29T13:00:00+00:00"),
    ("2026-04-14T12:59:59+00:00", "Pacific/Noumea", "2026-04-29T13:00:00+00:00"),
    ("2026-04-14T13:00:00+00:00", "Pacific/Noumea", "2026-04-30T13:00:00+00:00"),
    # clocks go forward, then back, within the fifteen days
    ("2026-03-20T12:00:00+00:00", "Europe/Paris", "2026-04-04T22:00:00+00:00"),
    ("2026-10-20T12:00:00+00:00", "Europe/Paris", "2026-11-04T23:00:00+00:00"),
    # Caracas moved from UTC-4:30 to UTC-4 on 1 May 2016
    ("2016-04-20T12:00:00+00:00", "America/Caracas", "2016-05-06T04:00:00+00:00"),
    # the midnight that ends the last day does not exist in Beirut: the clocks jump from it to one o'clock
    ("2026-03-13T12:00:00+00:00", "Asia/Beirut", "2026-03-28T22:00:00+00:00"),
    # it happens twice in Havana on 1 November 2026: the first one ends the day
    ("2026-10-16T12:00:00+00:00", "America/Havana", "2026-11-01T04:00:00+00:00"),
    # leap day, and a year that has none
    ("2028-02-14T12:00:00+00:00", "Pacific/Noumea", "2028-02-29T13:00:00+00:00"),
    ("2027-02-14T12:00:00+00:00", "Pacific/Noumea", "2027-03-01T13:00:00+00:00"),
    ("2026-12-31T12:00:00+00:00", "Pacific/Noumea", "2027-01-15T13:00:00+00:00"),
]


@pytest.mark.parametrize(("presented", "zone", "expected"), CASES)
def test_a_known_letter_ends_at_a_known_instant(presented: str, zone: str, expected: str) -> None:
    ends = deadline(datetime.fromisoformat(presented), zone)
    assert ends == datetime.fromisoformat(expected)
    assert ends.tzinfo is UTC


@given(st.integers(0, 4_000_000_000), st.sampled_from(ZONES))
def test_fifteen_whole_local_days_always_lie_between_presentation_and_deadline(second: int, zone: str) -> None:
    presented = datetime.fromtimestamp(second, UTC)
    ends = deadline(presented, zone)
    legal = ZoneInfo(zone)
    last = (ends - timedelta(seconds=1)).astimezone(legal)
    assert last.date() - presented.astimezone(legal).date() in (
        timedelta(days=DAYS),
        timedelta(days=DAYS - 1) if _skipped(presented.astimezone(legal).date()) else timedelta(days=DAYS),
    )
    assert timedelta(days=DAYS - 1) < ends - presented <= timedelta(days=DAYS + 1, hours=1)


def _skipped(presented: date) -> bool:
    """Whether Samoa's missing 30 December 2011 is the last day."""
    return presented + timedelta(days=DAYS) == date(2011, 12, 30)


@pytest.mark.parametrize("zone", ZONES)
def test_the_hour_of_presentation_never_moves_the_deadline(zone: str) -> None:
    legal = ZoneInfo(zone)
    for day in (date(2026, 3, 20), date(2026, 10, 24), date(2028, 2, 20)):
        instants = {
            deadline(datetime.combine(day, hour, tzinfo=legal), zone) for hour in (time(0), time(12), time(23, 59, 59))
        }
        assert len(instants) == 1
