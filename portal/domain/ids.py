"""The names of a letter: its reference for people, its random public id for links."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

REFERENCE = re.compile(r"LSE\d{6}-\d{6,}\Z")


def reference_day(now: datetime, zone: str) -> str:
    """Return the local date that a reference carries: ``260414``."""
    return now.astimezone(ZoneInfo(zone)).strftime("%y%m%d")


def reference(day: str, sequence: int) -> str:
    """Return ``LSE260414-000006``: LSE, local date, daily sequence (gaps are allowed, repeats are not)."""
    return f"LSE{day}-{sequence:06d}"
