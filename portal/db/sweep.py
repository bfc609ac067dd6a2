"""Rows that count for nothing once their time is over."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from portal.db.tables import sessions, visits


def expired(conn: sa.Connection, *, now: datetime) -> int:
    """Delete the sessions and visits that are over, and return how many there were."""
    return sum(conn.execute(table.delete().where(table.c.expires_at < now)).rowcount for table in (sessions, visits))
