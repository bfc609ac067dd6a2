"""Payments: what was asked of the bank, and the notices it sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.db.tables import notices, payments

_ORDERS = sa.select(payments.c.letter_number, payments.c.trans_id, payments.c.amount, payments.c.created_at)


@dataclass(frozen=True)
class Payment:
    """One order form given to the bank."""

    letter_number: int
    trans_id: str
    amount: int
    created_at: datetime


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


def known_notice(conn: sa.Connection, *, trans_uuid: str, trans_status: str) -> bool:
    """Whether this notice was received before."""
    where = (notices.c.trans_uuid == trans_uuid, notices.c.trans_status == trans_status)
    return conn.execute(sa.select(notices.c.id).where(*where)).first() is not None


def put_notice(
    conn: sa.Connection, *, trans_uuid: str, trans_status: str, number: int, at: datetime, applied: bool
) -> None:
    conn.execute(
        notices.insert().values(
            trans_uuid=trans_uuid, trans_status=trans_status, letter_number=number, received_at=at, applied=applied
        )
    )


def _payment(row: Any) -> Payment | None:
    return Payment(**row._mapping) if row else None
