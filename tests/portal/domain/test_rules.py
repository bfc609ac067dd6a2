"""The small rules: price, deadline, link, reference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import ids
from portal.domain.deadlines import deadline, is_over, link_expiry, link_lives
from portal.domain.lifecycle import SETTLED, Status
from portal.domain.tariff import Tariff

SENT = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
UNTIL = deadline(SENT, "Pacific/Noumea")
SECOND = timedelta(seconds=1)


def test_four_hundred_francs_are_377_and_23_of_tax() -> None:
    assert (Tariff(400, 6).net, Tariff(400, 6).tax) == (377, 23)


@given(st.integers(0, 10**9), st.integers(0, 100))
def test_the_parts_of_a_price_always_make_the_price(total: int, percent: int) -> None:
    tariff = Tariff(total, percent)
    assert tariff.net + tariff.tax == total
    assert 0 <= tariff.net <= total
    # the nearest franc: no other whole net is nearer to total / (1 + rate)
    assert abs(tariff.net * (100 + percent) - total * 100) * 2 <= 100 + percent


def test_an_act_exactly_at_the_deadline_is_in_time() -> None:
    assert not is_over(UNTIL, now=UNTIL - SECOND)
    assert not is_over(UNTIL, now=UNTIL)
    assert is_over(UNTIL, now=UNTIL + SECOND)
    assert not is_over(None, now=UNTIL)


def lives(status: Status, *, now: datetime, until: datetime | None = UNTIL, opened: datetime | None = None) -> bool:
    return link_lives(status, deadline=until, opened_at=opened, access_days=365, now=now)


def test_an_unopened_link_dies_at_the_deadline() -> None:
    for status in (Status.SENT, Status.UNDELIVERED, Status.REFUSED, Status.IGNORED):
        assert lives(status, now=UNTIL)
        assert not lives(status, now=UNTIL + SECOND)


def test_an_opened_letter_stays_readable_for_its_days_and_no_longer() -> None:
    opened, last = SENT + timedelta(hours=1), SENT + timedelta(hours=1, days=365)
    assert lives(Status.RECEIVED, now=last, opened=opened)
    assert not lives(Status.RECEIVED, now=last + SECOND, opened=opened)
    assert not lives(Status.RECEIVED, now=SENT, opened=None)


def test_a_link_that_was_never_presented_never_lives() -> None:
    assert [status for status in Status if lives(status, until=None, now=SENT, opened=SENT)] == []


def test_no_link_lives_before_dispatch_or_in_error() -> None:
    alive = {status for status in Status if lives(status, now=SENT, opened=SENT)}
    assert alive == {Status.SENT, Status.UNDELIVERED, *SETTLED}


@given(st.integers(0, 15 * 86400), st.integers(1, 4000))
def test_a_token_outlives_every_use_of_its_letter(seconds: int, days: int) -> None:
    last = min(SENT + timedelta(seconds=seconds), UNTIL) + timedelta(days=days)
    assert last <= link_expiry(SENT, days)


def test_a_reference_carries_the_local_date_and_its_number() -> None:
    assert ids.reference_day(datetime(2026, 4, 13, 13, 0, tzinfo=UTC), "Pacific/Noumea") == "260414"
    assert ids.reference_day(datetime(2026, 4, 13, 12, 59, 59, tzinfo=UTC), "Pacific/Noumea") == "260413"
    assert ids.reference("260414", 6) == "LSE260414-000006"
    assert ids.reference("260414", 1_234_567) == "LSE260414-1234567"


@pytest.mark.parametrize("text", ["LSE260414-000006", "LSE260414-1234567"])
def test_references_have_one_shape(text: str) -> None:
    assert ids.REFERENCE.match(text)


@pytest.mark.parametrize("text", ["LSE260414-00006", "lse260414-000006", "LSE260414-000006\n", "LSE2604144-000006", ""])
def test_nothing_else_is_a_reference(text: str) -> None:
    assert ids.REFERENCE.match(text) is None
