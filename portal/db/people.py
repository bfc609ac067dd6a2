"""People with an account, and their sign-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.db.tables import people, sessions
from portal.domain.people import Person


def by_email(conn: sa.Connection, email: str) -> Person | None:
    return _person(conn.execute(sa.select(people).where(people.c.email == email.strip().lower())).one_or_none())


def by_id(conn: sa.Connection, person_id: int) -> Person | None:
    return _person(conn.execute(sa.select(people).where(people.c.id == person_id)).one_or_none())


def insert(conn: sa.Connection, **values: Any) -> int:
    """Store a new account; the address is kept in lower case, by which it is found."""
    values["email"] = values["email"].strip().lower()
    return int(conn.execute(people.insert().values(**values)).inserted_primary_key[0])  # type: ignore[index]


def sign_in(conn: sa.Connection, digest: bytes, person_id: int, *, now: datetime, expires_at: datetime) -> None:
    conn.execute(sessions.insert().values(digest=digest, person_id=person_id, created_at=now, expires_at=expires_at))


def signed_in(conn: sa.Connection, digest: bytes, *, now: datetime) -> Person | None:
    """Return whose sign-in this is, while it lasts."""
    query = (
        sa.select(people)
        .join(sessions, sessions.c.person_id == people.c.id)
        .where(sessions.c.digest == digest, sessions.c.expires_at > now)
    )
    return _person(conn.execute(query).one_or_none())


def sign_out(conn: sa.Connection, digest: bytes) -> None:
    conn.execute(sessions.delete().where(sessions.c.digest == digest))


def _person(row: Any) -> Person | None:
    return Person(**row._mapping) if row else None
