"""Letters: their numbers, references, and the one conditional UPDATE by which they move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from portal.db.tables import drafts, due, letters, references, visits
from portal.domain.letter import Letter
from portal.domain.lifecycle import Status

_COLUMNS = [column for column in letters.c if column.name not in ("recipient_index", "draft_id")]
_BY_NUMBER = sa.select(*_COLUMNS).where(letters.c.number == sa.bindparam("n"))
_BY_PUBLIC_ID = sa.select(*_COLUMNS).where(letters.c.public_id == sa.bindparam("p"))
_BY_REFERENCE = sa.select(*_COLUMNS).where(letters.c.reference == sa.bindparam("r"))
_WAITING = sa.select(letters.c.number, letters.c.presentation).where(
    letters.c.status == sa.bindparam("s"), letters.c.deadline < sa.bindparam("now")
)


@dataclass(frozen=True)
class Draft:
    """A letter that is not deposited yet: an envelope under its key, and no number."""

    id: str
    sender_id: int
    created_at: datetime
    key_id: str
    wrapped_key: bytes
    sealed: bytes


@dataclass(frozen=True)
class Search:
    """What a sender asks of the list; None asks nothing."""

    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    recipient_index: bytes | None = None
    status: Status | None = None
    below: int | None = None
    """Only letters of a smaller number: where the previous page ended."""


def by_number(conn: sa.Connection, number: int) -> Letter | None:
    return _letter(conn.execute(_BY_NUMBER, {"n": number}).one_or_none())


def by_public_id(conn: sa.Connection, public_id: bytes) -> Letter | None:
    return _letter(conn.execute(_BY_PUBLIC_ID, {"p": public_id}).one_or_none())


def by_reference(conn: sa.Connection, reference: str) -> Letter | None:
    return _letter(conn.execute(_BY_REFERENCE, {"r": reference}).one_or_none())


def hold(conn: sa.Connection, number: int) -> None:
    """Keep every other transaction from moving a letter until this one ends; what is read of it after this stays true."""
    conn.execute(sa.select(letters.c.number).where(letters.c.number == number).with_for_update(key_share=True))


def of_draft(conn: sa.Connection, draft_id: str, sender_id: int) -> Letter | None:
    """Return the letter that a sender's draft has become."""
    where = (letters.c.draft_id == draft_id, letters.c.sender_id == sender_id)
    return _letter(conn.execute(sa.select(*_COLUMNS).where(*where)).one_or_none())


def of_sender(conn: sa.Connection, sender_id: int, search: Search, *, limit: int) -> list[Letter]:
    """Return a page of a sender's letters, newest first."""
    query = sa.select(*_COLUMNS).where(letters.c.sender_id == sender_id).order_by(letters.c.number.desc()).limit(limit)
    if search.reference:
        query = query.where(letters.c.reference == search.reference)
    if search.since:
        query = query.where(letters.c.created_at >= search.since)
    if search.until:
        query = query.where(letters.c.created_at < search.until)
    if search.recipient_index is not None:
        query = query.where(letters.c.recipient_index == search.recipient_index)
    if search.status:
        query = query.where(letters.c.status == search.status.value)
    if search.below is not None:
        query = query.where(letters.c.number < search.below)
    return [letter for letter in map(_letter, conn.execute(query)) if letter]


def expired(conn: sa.Connection, status: Status, *, now: datetime, owed: str) -> list[tuple[int, int]]:
    """Return number and presentation of the letters in `status` whose deadline lies before `now`.

    A letter is left out once the work ``<owed>:<presentation>`` is owed for it, whether done or not.
    """
    kind = sa.literal(f"{owed}:") + sa.cast(letters.c.presentation, sa.Text)
    known = sa.exists().where(due.c.letter_number == letters.c.number, due.c.kind == kind)
    return [
        (row.number, row.presentation) for row in conn.execute(_WAITING.where(~known), {"s": status.value, "now": now})
    ]


def in_status(conn: sa.Connection, status: Status, *, limit: int = 1000) -> list[Letter]:
    """Return letters in `status`, oldest first."""
    query = sa.select(*_COLUMNS).where(letters.c.status == status.value).order_by(letters.c.number).limit(limit)
    return [letter for letter in map(_letter, conn.execute(query)) if letter]


def insert(conn: sa.Connection, values: dict[str, Any]) -> int:
    """Store a new letter and return its number, which no other letter ever has."""
    return int(conn.execute(letters.insert().values(**values)).inserted_primary_key[0])  # type: ignore[index]


def next_in_day(conn: sa.Connection, day: str) -> int:
    """Return the next daily sequence number; two calls never return the same."""
    make = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    counted = make(references).values(day=day, last=1)
    counted = counted.on_conflict_do_update(index_elements=[references.c.day], set_={"last": references.c.last + 1})
    return int(conn.execute(counted.returning(references.c.last)).scalar_one())


def advance(
    conn: sa.Connection, number: int, *, leave: Sequence[Status], enter: Status, at: datetime, **seen: Any
) -> bool:
    """Move a letter one step, unless someone moved it first: True for exactly one of those who try at once.

    `seen` are further columns set by the same UPDATE. The caller acts on True only.
    """
    moved = conn.execute(
        letters.update()
        .where(letters.c.number == number, letters.c.status.in_([status.value for status in leave]))
        .values(status=enter.value, status_at=at, **seen)
    )
    return moved.rowcount == 1


def rebind(conn: sa.Connection, number: int, *, bound: bytes) -> None:
    """Bind a consulted letter to another address."""
    conn.execute(letters.update().where(letters.c.number == number).values(bound=bound))


def revoke(conn: sa.Connection, number: int) -> None:
    """Outdate every link of a letter; the browsers that may read it lose their visits too."""
    conn.execute(letters.update().where(letters.c.number == number).values(link_version=letters.c.link_version + 1))
    conn.execute(visits.delete().where(visits.c.letter_number == number))


def put_draft(conn: sa.Connection, draft: Draft, *, new: bool) -> bool:
    """Store a new draft, or the newer state of one: False where that is a letter by now, or was never there."""
    values = {
        "sender_id": draft.sender_id,
        "created_at": draft.created_at,
        "key_id": draft.key_id,
        "wrapped_key": draft.wrapped_key,
        "sealed": draft.sealed,
    }
    if new:
        conn.execute(drafts.insert().values(id=draft.id, **values))
        return True
    changed = conn.execute(
        drafts.update().where(drafts.c.id == draft.id, drafts.c.sender_id == draft.sender_id).values(**values)
    )
    return changed.rowcount == 1


def draft(conn: sa.Connection, draft_id: str, sender_id: int, *, lock: bool = False) -> Draft | None:
    """Return a sender's own draft; with `lock`, nobody else changes or takes it before this transaction ends."""
    query = sa.select(drafts).where(drafts.c.id == draft_id, drafts.c.sender_id == sender_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return Draft(**row._mapping) if row else None


def drafts_before(conn: sa.Connection, moment: datetime, *, limit: int) -> list[Draft]:
    """Return drafts that nobody saved since `moment`, oldest first; nobody else changes them before this transaction ends."""
    query = sa.select(drafts).where(drafts.c.created_at < moment).order_by(drafts.c.created_at).limit(limit)
    return [Draft(**row._mapping) for row in conn.execute(query.with_for_update(skip_locked=True))]


def take_draft(conn: sa.Connection, draft_id: str, sender_id: int) -> bool:
    """Remove a draft that becomes a letter: True for exactly one of those who try at once."""
    return conn.execute(drafts.delete().where(drafts.c.id == draft_id, drafts.c.sender_id == sender_id)).rowcount == 1


def _letter(row: Any) -> Letter | None:
    if row is None:
        return None
    values = dict(row._mapping)
    return Letter(**{**values, "status": Status(values["status"])})
