"""Payment: the sender leaves for the bank, and only the bank's own signed notice moves a letter; the way back does not."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from portal import failpoint
from portal.adapters.gateway import Notice
from portal.db import due, letters, payments
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
    """Authentic, kept, and for the operator to look at."""


def begin(office: Office, *, sender_id: int, reference: str) -> None:
    """Open an order at the bank; raise `StepImpossible` where nothing is to pay."""
    now = office.now()
    with office.db.write() as conn:
        opened = register.by_reference(conn, office, reference, sender_id=sender_id)
        letter = opened.letter
        enter, _ = step(letter.status, Act.PAY)
        if not letters.advance(conn, letter.number, leave=[letter.status], enter=enter, at=now):
            raise StepImpossible("pay")
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
        opened = register.by_number(conn, office, order.letter_number)
        if opened.letter.reference != notice.reference or order.amount != notice.amount:
            raise NoticeRejected("reference or amount differ from the order")
        if payments.known_notice(conn, trans_uuid=notice.trans_uuid, trans_status=notice.trans_status):
            return Heard.REPEATED
        applied = _apply(conn, office, opened, notice)
        payments.put_notice(
            conn,
            trans_uuid=notice.trans_uuid,
            trans_status=notice.trans_status,
            number=opened.letter.number,
            at=office.now(),
            applied=applied,
        )
        failpoint.reached("notice:before-commit")
    return Heard.APPLIED if applied else Heard.NO_STEP


def _apply(conn: sa.Connection, office: Office, opened: Opened, notice: Notice) -> bool:
    """Make the step that the notice means; False where it means none, or none any more (after dispatch, above all)."""
    letter, act, now = opened.letter, notice.act, office.now()
    if act is None or letter.status not in sources(act):
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
