"""What is owed: written in the transaction of the fact, claimed with a lease, done at least once, recorded once.

A worker that dies leaves its lease to run out; another then does the work again, and the work is idempotent by its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from portal.db.tables import due

LEASE = timedelta(minutes=5)
"""Longer than the longest piece of work: a whole dialogue with a mail server (`portal.adapters.mail.DIALOGUE`) above all."""
BACK_OFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1))


@dataclass(frozen=True)
class Due:
    """One piece of work."""

    id: int
    letter_number: int
    kind: str
    """``dispatch:1``, ``seal:AR:1``, ``mail:received:1``, ``neglect:1``: what, for which fact."""
    due_at: datetime
    attempts: int


def owe(conn: sa.Connection, number: int, kind: str, *, at: datetime) -> None:
    """Owe a piece of work once: a second call for the same letter and kind does nothing."""
    make = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    owed = make(due).values(letter_number=number, kind=kind, due_at=at, attempts=0)
    conn.execute(owed.on_conflict_do_nothing(index_elements=["letter_number", "kind"]))


def waiting(conn: sa.Connection, *, now: datetime) -> bool:
    """Whether anything is due that nobody holds: asked before a write is begun for nothing."""
    return conn.execute(_free(now).limit(1)).first() is not None


def claim(conn: sa.Connection, *, now: datetime, limit: int) -> list[Due]:
    """Lease up to `limit` pieces of work that are due and that nobody holds."""
    free = _free(now).order_by(due.c.due_at, due.c.id).limit(limit).with_for_update(skip_locked=True)
    leased = (
        due.update()
        .where(due.c.id.in_(free.scalar_subquery()))
        .values(leased_until=now + LEASE, attempts=due.c.attempts + 1)
        .returning(due.c.id, due.c.letter_number, due.c.kind, due.c.due_at, due.c.attempts)
    )
    return sorted((Due(*row) for row in conn.execute(leased)), key=lambda one: one.id)


def done(conn: sa.Connection, one: Due, *, at: datetime) -> bool:
    """Mark a piece of work done: True for exactly one of those who try, and for its present holder alone."""
    return conn.execute(_held(one).values(done_at=at, fault=None)).rowcount == 1


def failed(conn: sa.Connection, one: Due, *, now: datetime, fault: str) -> None:
    """Put a piece of work off, longer each time, and keep what kind of fault it was; it is never dropped."""
    wait = BACK_OFF[min(one.attempts, len(BACK_OFF)) - 1]
    conn.execute(_held(one).values(leased_until=None, due_at=now + wait, fault=fault[:200]))


def stuck(conn: sa.Connection, *, attempts: int) -> list[dict[str, Any]]:
    """Return open work that has failed at least `attempts` times."""
    query = sa.select(due).where(due.c.done_at.is_(None), due.c.attempts >= attempts, due.c.fault.is_not(None))
    return [dict(row._mapping) for row in conn.execute(query)]


def pending(conn: sa.Connection) -> int:
    """Return how many pieces of work are open."""
    return int(conn.scalar(sa.select(sa.func.count()).select_from(due).where(due.c.done_at.is_(None))) or 0)


def _held(one: Due) -> sa.Update:
    """What its claimant may write: whoever claims counts an attempt, so that one who held on too long changes nothing."""
    return due.update().where(due.c.id == one.id, due.c.attempts == one.attempts, due.c.done_at.is_(None))


def _free(now: datetime) -> sa.Select[tuple[int]]:
    return sa.select(due.c.id).where(
        due.c.done_at.is_(None),
        due.c.due_at <= now,
        sa.or_(due.c.leased_until.is_(None), due.c.leased_until < now),
    )
