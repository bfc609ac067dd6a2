"""When what is due is due: the deadline, the link's life, the archive's term."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.domain.lifecycle import OPEN, SETTLED, Status
from verifier.deadline import DAYS, deadline

__all__ = ["DAYS", "deadline", "is_over", "link_expiry", "link_lives"]


def is_over(deadline: datetime | None, *, now: datetime) -> bool:
    """Whether the fifteen days are over; an act exactly at the deadline is still in time."""
    return deadline is not None and now > deadline


def link_expiry(presented_at: datetime, access_days: int) -> datetime:
    """Latest instant at which a link sent at `presented_at` can be of any use, opened on the last day."""
    return presented_at + timedelta(days=DAYS + 2 + access_days)


def link_lives(
    status: Status, *, deadline: datetime | None, opened_at: datetime | None, access_days: int, now: datetime
) -> bool:
    """Whether the individual link still leads to something.

    An unopened link dies at the deadline, an opened letter stays readable for `access_days`; a letter that was refused or
    left uncollected keeps a page that says so, until its deadline has passed.
    """
    if deadline is None:  # never presented: the link never lived
        return False
    if status is Status.RECEIVED:
        return opened_at is not None and now <= opened_at + timedelta(days=access_days)
    if status in OPEN or status in SETTLED:
        return not is_over(deadline, now=now)
    return False
