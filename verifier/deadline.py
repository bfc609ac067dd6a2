"""The fifteen calendar days a recipient has, as one rule that the service applies and the verifier checks.

The day of presentation is not counted and the last day ends at 24:00 legal time, so the deadline is the midnight that
opens the sixteenth day after it. An act exactly at the deadline is in time.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = 15


def deadline(presented_at: datetime, zone: str) -> datetime:
    """Return the instant (aware UTC) at which a letter presented at `presented_at` (aware) stops waiting.

    `zone` is an IANA name, such as ``Pacific/Noumea``. The sum is made on dates, not on hours, so a change of legal time
    in between moves the instant and not the midnight.

    >>> deadline(datetime(2026, 3, 26, 22, 54, 5, tzinfo=UTC), "Pacific/Noumea").isoformat()
    '2026-04-11T13:00:00+00:00'
    """
    legal = ZoneInfo(zone)
    day = presented_at.astimezone(legal).date() + timedelta(days=DAYS + 1)
    return datetime.combine(day, time.min, tzinfo=legal).astimezone(UTC)
