"""Dispatch: a mail server is given the notification, and its answer decides what the letter becomes.

*Envoyé* is the one fact written after the world has moved: the fact is the server's acceptance. A crash between the two
repeats the same mail, under the same Message-ID, and writes the fact once.
"""

from __future__ import annotations

from portal import failpoint
from portal.adapters.mail import Accepted, Declined, Mail, NotAcceptedYet, Postponed
from portal.db import due, letters
from portal.domain import bounces
from portal.domain.deadlines import deadline
from portal.domain.lifecycle import Act, Status, step
from portal.office import Office
from portal.services import journal, prove, register
from portal.services.register import Opened
from verifier.statement import Cause, Failure, Handover, Observed, ProofKind


def dispatch(office: Office, number: int) -> None:
    """Hand the notification of a paid letter to the mail server and write down what follows; done before, do nothing."""
    with office.db.read() as conn:
        opened = register.by_number(conn, office, number)
    if opened.letter.status is not Status.AWAITING_DISPATCH:
        return
    if _midnight_is_near(office):
        raise NotAcceptedYet("the deadline that the mail states could be another than that of its acceptance")
    mail = notification(office, opened)
    answer = office.mailer.hand_over(mail, now=office.now())
    failpoint.reached("dispatch:handed-over")
    if isinstance(answer, Postponed):
        raise NotAcceptedYet(answer.reason)
    if isinstance(answer, Accepted):
        _sent(office, opened, answer, mail)
        return
    cause = bounces.cause(answer.code, direct=answer.direct) if answer.at_recipient else None
    if cause is None:
        _failed(office, opened, answer)
    else:
        _undelivered(office, opened, answer, cause)


def _midnight_is_near(office: Office) -> bool:
    """Whether an acceptance at the end of the longest dialogue would count its fifteen days from another day."""
    now, zone = office.now(), office.settings.legal_tz
    return deadline(now, zone) != deadline(now + due.LEASE, zone)


def notification(office: Office, opened: Opened) -> Mail:
    """Return the mail that tells the recipient: who writes, until when, one link, and nothing of the content."""
    letter, envelope, now = opened.letter, opened.envelope, office.now()
    words = office.texts.write(
        "notification",
        envelope.language,
        letter=letter,
        envelope=envelope,
        link=register.link(office, opened.letter, presented_at=now),
        deadline=deadline(now, office.settings.legal_tz),
    )
    domain = office.settings.mail_from.rpartition("@")[2]
    return Mail(
        message_id=f"<lse-{letter.public_id.hex()}-{letter.presentation + 1}@{domain}>",
        sender=office.settings.mail_from,
        sender_name=f"{envelope.sender.name} via LSE",
        to=envelope.recipient.email,
        subject=words.subject,
        text=words.text,
        html=words.html,
        language=envelope.language,
        reply_to=envelope.sender.email,
    )


def _sent(office: Office, opened: Opened, answer: Accepted, mail: Mail) -> None:
    letter, now = opened.letter, office.now()
    enter, kind = step(letter.status, Act.DISPATCH)
    until = deadline(now, office.settings.legal_tz)
    with office.db.write() as conn:
        moved = letters.advance(
            conn,
            letter.number,
            leave=[letter.status],
            enter=enter,
            at=now,
            presentation=letter.presentation + 1,
            presented_at=now,
            deadline=until,
        )
        if moved and kind:
            prove.owe(
                conn,
                office,
                opened,
                kind,
                times=(letter.paid_at or letter.created_at, now),
                actor="service",
                status=enter,
                presented_at=now,
                deadline=until,
                presentation=letter.presentation + 1,
                detail={"to": mail.to, "answer": answer.reply},
                handover=Handover(answer.host, answer.direct, answer.reply, mail.message_id),
            )
        if not moved:  # somebody wrote down another answer first: what this server took is a fact all the same
            journal.record(
                conn,
                office,
                register.by_number(conn, office, letter.number),
                journal.own_event("late-acceptance"),
                at=now,
                actor="service",
                answer=answer.reply,
                host=answer.host,
            )
        failpoint.reached("dispatch:before-commit")
    failpoint.reached("dispatch:committed")


def _undelivered(office: Office, opened: Opened, answer: Declined, cause: Cause) -> None:
    """The recipient's address was refused at once: a proof of non-delivery alone, and the link never lives."""
    letter, now = opened.letter, office.now()
    enter, _ = step(letter.status, Act.BOUNCE)
    with office.db.write() as conn:
        if letters.advance(conn, letter.number, leave=[letter.status], enter=enter, at=now):
            prove.owe(
                conn,
                office,
                opened,
                ProofKind.NON_DELIVERY,
                times=(now,),
                actor="service",
                status=enter,
                presented_at=letter.presented_at,
                deadline=letter.deadline,
                presentation=letter.presentation + 1,
                detail={"to": opened.envelope.recipient.email, "answer": answer.reply},
                failure=Failure(cause, answer.code, answer.reply, Observed.SYNCHRONOUS),
            )


def _failed(office: Office, opened: Opened, answer: Declined) -> None:
    """The fault is the sender's or ours: no proof blames the recipient, the operator mends."""
    letter, now = opened.letter, office.now()
    enter, _ = step(letter.status, Act.FAIL)
    with office.db.write() as conn:
        if letters.advance(conn, letter.number, leave=[letter.status], enter=enter, at=now):
            journal.record(
                conn,
                office,
                opened,
                journal.own_event("dispatch-failed"),
                at=now,
                actor="service",
                status=enter,
                code=answer.code,
                answer=answer.reply,
            )
