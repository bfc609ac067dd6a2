"""Open visits of recipients to their letters, and the one-time codes that bind a letter anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.db.tables import rebind_codes, visits

_CODE = (rebind_codes.c.digest, rebind_codes.c.sealed, rebind_codes.c.expires_at)


@dataclass(frozen=True)
class Visit:
    """A browser that may read one letter, while its address, or its grace, allows."""

    letter_number: int
    grace_until: datetime | None


@dataclass(frozen=True)
class Code:
    """A one-time code that is waiting."""

    digest: bytes
    sealed: bytes
    expires_at: datetime


def open_visit(
    conn: sa.Connection,
    digest: bytes,
    number: int,
    *,
    now: datetime,
    expires_at: datetime,
    grace_until: datetime | None,
) -> None:
    conn.execute(
        visits.insert().values(
            digest=digest, letter_number=number, created_at=now, expires_at=expires_at, grace_until=grace_until
        )
    )


def visit(conn: sa.Connection, digest: bytes, number: int, *, now: datetime) -> Visit | None:
    """Return the visit that this ticket opened to this letter, while it lasts."""
    query = sa.select(visits.c.letter_number, visits.c.grace_until).where(
        visits.c.digest == digest, visits.c.letter_number == number, visits.c.expires_at > now
    )
    row = conn.execute(query).one_or_none()
    return Visit(*row) if row else None


def put_code(conn: sa.Connection, number: int, *, digest: bytes, sealed: bytes, expires_at: datetime) -> None:
    """Store the newest code for a letter; an older one is worth nothing from now on."""
    spend_code(conn, number)
    conn.execute(
        rebind_codes.insert().values(letter_number=number, digest=digest, sealed=sealed, expires_at=expires_at, tries=0)
    )


def code(conn: sa.Connection, number: int) -> Code | None:
    """Return the code that waits for a letter's recipient."""
    row = conn.execute(sa.select(*_CODE).where(rebind_codes.c.letter_number == number)).one_or_none()
    return Code(*row) if row else None


def use_try(conn: sa.Connection, number: int, *, of: int) -> Code | None:
    """Use up one of the `of` tries that a code allows and return the code; None where no code, or no try, is left.

    The row stays locked until the transaction ends, so that those who try at once are counted one after the other.
    """
    where = (rebind_codes.c.letter_number == number, rebind_codes.c.tries < of)
    tried = rebind_codes.update().where(*where).values(tries=rebind_codes.c.tries + 1).returning(*_CODE)
    row = conn.execute(tried).one_or_none()
    return Code(*row) if row else None


def spend_code(conn: sa.Connection, number: int) -> None:
    """Use a code up."""
    conn.execute(rebind_codes.delete().where(rebind_codes.c.letter_number == number))
