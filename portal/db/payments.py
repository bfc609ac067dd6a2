"""Payments: what was asked of the bank, and the notices it sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from portal.db.tables import letters, notices, payments

_ORDERS = sa.select(
    payments.c.id, payments.c.letter_number, payments.c.trans_id, payments.c.amount, payments.c.created_at
)


@dataclass(frozen=True)
class Payment:
    """One order form given to the bank."""

    id: int
    letter_number: int
    trans_id: str
    amount: int
    created_at: datetime


@dataclass(frozen=True)
class Concern:
    """An authentic notice that no step answered and that somebody has to look at: money may lie at the bank."""

    id: int
    reference: str
    trans_uuid: str
    trans_status: str
    received_at: datetime


def open_order(conn: sa.Connection, *, number: int, trans_id: str, trans_day: str, amount: int, at: datetime) -> bool:
    """Record an order; False where the transaction id is taken that UTC day, so that the caller draws another."""
    try:
        with conn.begin_nested():
            conn.execute(
                payments.insert().values(
                    letter_number=number, trans_id=trans_id, trans_day=trans_day, amount=amount, created_at=at
                )
            )
    except IntegrityError:
        return False
    return True


def order(conn: sa.Connection, *, trans_id: str, trans_day: str) -> Payment | None:
    """Return the order that a notice names."""
    where = (payments.c.trans_id == trans_id, payments.c.trans_day == trans_day)
    return _payment(conn.execute(_ORDERS.where(*where)).one_or_none())


def latest(conn: sa.Connection, number: int) -> Payment | None:
    """Return a letter's newest order."""
    query = _ORDERS.where(payments.c.letter_number == number).order_by(payments.c.id.desc()).limit(1)
    return _payment(conn.execute(query).one_or_none())


def put_notice(conn: sa.Connection, *, trans_uuid: str, trans_status: str, number: int, at: datetime) -> int | None:
    """Keep a notice and return its row id; None where it was received before, also by somebody else at this moment."""
    make = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    kept = make(notices).values(
        trans_uuid=trans_uuid,
        trans_status=trans_status,
        letter_number=number,
        received_at=at,
        applied=False,
        concern=False,
    )
    kept = kept.on_conflict_do_nothing(index_elements=["trans_uuid", "trans_status"])
    return conn.execute(kept.returning(notices.c.id)).scalar_one_or_none()


def judge_notice(conn: sa.Connection, notice_id: int, *, applied: bool, concern: bool) -> None:
    """Write down what a notice led to, and whether the operator has to look at it."""
    conn.execute(notices.update().where(notices.c.id == notice_id).values(applied=applied, concern=concern))


def was_applied(conn: sa.Connection, *, trans_uuid: str, statuses: Collection[str]) -> bool:
    """Whether a notice of this transaction with one of these statuses led to a step."""
    where = (notices.c.trans_uuid == trans_uuid, notices.c.trans_status.in_(statuses), notices.c.applied.is_(True))
    return conn.execute(sa.select(notices.c.id).where(*where).limit(1)).first() is not None


def concerns(conn: sa.Connection) -> list[Concern]:
    """Return the notices that the operator has still to look at, oldest first."""
    columns = (notices.c.id, letters.c.reference, notices.c.trans_uuid, notices.c.trans_status, notices.c.received_at)
    query = sa.select(*columns).join(letters, letters.c.number == notices.c.letter_number)
    return [Concern(*row) for row in conn.execute(query.where(notices.c.concern.is_(True)).order_by(notices.c.id))]


def looked_at(conn: sa.Connection, notice_id: int) -> bool:
    """Take a notice off the operator's list; False where it does not stand there."""
    where = (notices.c.id == notice_id, notices.c.concern.is_(True))
    return conn.execute(notices.update().where(*where).values(concern=False)).rowcount == 1


def _payment(row: Any) -> Payment | None:
    return Payment(**row._mapping) if row else None
