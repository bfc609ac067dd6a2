"""Payment: the sender leaves for the bank, and only the bank's own signed notice moves a letter; the way back does not."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from portal import failpoint
from portal.adapters.gateway import BY_HAND, SETTLING, Notice
from portal.db import due, letters, payments
from portal.db.payments import Concern
from portal.domain.errors import NotFound, NoticeRejected, StepImpossible
from portal.domain.letter import Letter
from portal.domain.lifecycle import Act, Status, sources, step
from portal.office import Office
from portal.services import journal, register
from portal.services.register import Opened
from verifier.statement import EventName

_ALPHABET = string.ascii_lowercase + string.digits
_EVENTS = {Act.DECLINE: "payment-refused", Act.CANCEL: "payment-abandoned"}


class Heard(StrEnum):
    """What a notice led to."""

    APPLIED = "applied"
    REPEATED = "repeated"
    NO_STEP = "no-step"
    """Authentic and kept; nothing has to follow."""
    CONCERN = "concern"
    """Authentic, kept, and for the operator to look at: `flask lse doctor` shows it."""


def begin(office: Office, *, sender_id: int, reference: str) -> None:
    """Open an order at the bank; raise `StepImpossible` where nothing is to pay."""
    now = office.now()
    with office.db.write() as conn:
        opened, enter = _moved(conn, office, sender_id=sender_id, reference=reference, act=Act.PAY, now=now)
        _open_order(conn, office, opened, now=now)
        journal.record(
            conn, office, opened, journal.own_event("payment-begun"), at=now, actor=f"sender:{sender_id}", status=enter
        )
        failpoint.reached("pay:before-commit")


def order_form(office: Office, *, sender_id: int, reference: str) -> tuple[Letter, dict[str, str]]:
    """Return a letter and the signed fields of its open order; raise `NotFound` where none is open."""
    with office.db.read() as conn:
        opened = register.by_reference(conn, office, reference, sender_id=sender_id)
        letter = opened.letter
        order = payments.latest(conn, letter.number)
    if order is None or letter.status is not Status.CHECKING_PAYMENT:
        raise NotFound("order")
    fields = office.gateway.order(
        reference=letter.reference,
        trans_id=order.trans_id,
        amount=order.amount,
        email=opened.envelope.sender.email,
        now=order.created_at,
    )
    return letter, fields


def hear(office: Office, form: Mapping[str, str]) -> Heard:
    """Act on a notice of the bank, once; raise `NoticeRejected` where it is not authentic or not about an order of ours."""
    notice = office.gateway.read_notice(form)
    with office.db.write() as conn:
        order = payments.order(conn, trans_id=notice.trans_id, trans_day=notice.trans_day)
        if order is None:
            raise NoticeRejected("no such order")
        letters.hold(conn, order.letter_number)  # two notices about one letter are heard one after the other
        opened = register.by_number(conn, office, order.letter_number)
        if opened.letter.reference != notice.reference or order.amount != notice.amount:
            raise NoticeRejected("reference or amount differ from the order")
        notice_id = payments.put_notice(
            conn,
            trans_uuid=notice.trans_uuid,
            trans_status=notice.trans_status,
            number=opened.letter.number,
            at=office.now(),
        )
        if notice_id is None:
            return Heard.REPEATED
        latest = payments.latest(conn, order.letter_number) == order
        applied = _apply(conn, office, opened, notice, latest=latest)
        concern = not applied and _concerns(conn, opened.letter, notice)
        payments.judge_notice(conn, notice_id, applied=applied, concern=concern)
        failpoint.reached("notice:before-commit")
    return Heard.APPLIED if applied else Heard.CONCERN if concern else Heard.NO_STEP


def _apply(conn: sa.Connection, office: Office, opened: Opened, notice: Notice, *, latest: bool) -> bool:
    """Make the step that the notice means; False where it means none, or none any more (after dispatch, above all).

    Money counts for whichever order it came; that an order failed counts for the `latest` alone, as an older one was given
    up for it and says nothing about the one that the sender is paying.
    """
    letter, act, now = opened.letter, notice.act, office.now()
    if act is None or letter.status not in sources(act) or not (latest or act is Act.SETTLE):
        return False
    enter, _ = step(letter.status, act)
    seen = {"paid_at": now} if act is Act.SETTLE else {}
    if not letters.advance(conn, letter.number, leave=[letter.status], enter=enter, at=now, **seen):
        return False
    event = EventName.SUBMISSION_ACCEPTANCE.uri if act is Act.SETTLE else journal.own_event(_EVENTS[act])
    entry_id = journal.record(
        conn,
        office,
        opened,
        event,
        at=now,
        actor="bank",
        status=enter,
        transaction=notice.trans_uuid,
        said=notice.trans_status,
    )
    if act is Act.SETTLE:
        due.owe(conn, letter.number, f"dispatch:{entry_id}", at=now)
        due.owe(conn, letter.number, "mail:payment:1", at=now)
    return True


def _concerns(conn: sa.Connection, letter: Letter, notice: Notice) -> bool:
    """Whether a notice that led to no step is the operator's to look at.

    A status that we do not know or that waits for a hand at the bank; money for a letter that was paid by another
    transaction; a payment that is taken back after it counted.
    """
    if not notice.known or notice.trans_status in BY_HAND:
        return True
    counted = payments.was_applied(conn, trans_uuid=notice.trans_uuid, statuses=SETTLING)
    if notice.act is Act.SETTLE:
        return not counted
    return notice.act is not None and counted


def concerns(office: Office) -> list[Concern]:
    """Return the notices that the operator has still to look at."""
    with office.db.read() as conn:
        return payments.concerns(conn)


def looked_at(office: Office, notice_id: int) -> None:
    """Take a notice off the operator's list; raise `NotFound`."""
    with office.db.write() as conn:
        if not payments.looked_at(conn, notice_id):
            raise NotFound("notice")


def cancel(office: Office, *, sender_id: int, reference: str) -> None:
    """Give up a letter that is not paid; raise `StepImpossible` once it is.

    A payment that the bank confirms after this counts all the same (see `hear`): money is never kept for nothing.
    """
    now = office.now()
    with office.db.write() as conn:
        opened, enter = _moved(conn, office, sender_id=sender_id, reference=reference, act=Act.CANCEL, now=now)
        journal.record(
            conn, office, opened, journal.own_event("cancelled"), at=now, actor=f"sender:{sender_id}", status=enter
        )


def _moved(
    conn: sa.Connection, office: Office, *, sender_id: int, reference: str, act: Act, now: datetime
) -> tuple[Opened, Status]:
    """Hold a sender's letter and move it by `act`; return it as it was, and what it became. Raises `StepImpossible`."""
    number = register.by_reference(conn, office, reference, sender_id=sender_id).letter.number
    letters.hold(conn, number)
    opened = register.by_number(conn, office, number)
    enter, _ = step(opened.letter.status, act)
    if not letters.advance(conn, number, leave=[opened.letter.status], enter=enter, at=now):
        raise StepImpossible(act.value)
    return opened, enter


def _open_order(conn: sa.Connection, office: Office, opened: Opened, *, now: datetime) -> None:
    """Draw transaction ids until one is free for this UTC day."""
    day = now.astimezone(UTC).strftime("%Y%m%d")
    drawn = False
    while not drawn:
        drawn = payments.open_order(
            conn,
            number=opened.letter.number,
            trans_id="".join(secrets.choice(_ALPHABET) for _ in range(6)),
            trans_day=day,
            amount=opened.letter.amount,
            at=now,
        )
