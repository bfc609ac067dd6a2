"""The dates that a PDF writes (ISO 32000-1, 7.9.4), as aware instants in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pyhanko.pdf_utils import generic

_DATE = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:Z|([+-])(\d{2})'?(\d{2})?'?)?.*\Z")


def of_pdf(dictionary: generic.DictionaryObject | None, key: str) -> datetime | None:
    """Return the date of a dictionary's key; None for one that is missing or no date. Without a zone it is taken as UTC."""
    try:
        text = str(dictionary[key]) if dictionary is not None and key in dictionary else ""
        return read(text)
    except MemoryError:
        raise
    except Exception:  # a value that cannot be read is no date
        return None


def read(text: str) -> datetime | None:
    """Read one date.

    >>> read("D:20260414153905+11'00'").isoformat()
    '2026-04-14T04:39:05+00:00'
    """
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (
        int(part) if part else least for part, least in zip(found.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    sign, hours, minutes = found.groups()[6:]
    away = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC) - away
