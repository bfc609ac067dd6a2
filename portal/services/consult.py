"""The recipient's gestures: look, consult, refuse, read again, bind anew.

Looking changes nothing: it leaves an observation in the journal, and a robot's click makes no proof. The act is one
conditional UPDATE that also binds the address, in one transaction with its journal entries and with what it owes.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal import failpoint
from portal.db import due, letters, visits
from portal.domain import access
from portal.domain.deadlines import is_over, link_lives
from portal.domain.errors import (
    AddressMismatch,
    CodeWrong,
    Denied,
    LetterNotReady,
    LetterSettled,
    LinkExpired,
    LinkForged,
    NotFound,
    NotRecipient,
    OtherDevice,
)
from portal.domain.lifecycle import OPEN, SETTLED, Act, Status, step
from portal.office import Office
from portal.security.login import new_ticket, ticket_digest
from portal.services import journal, prove, register
from portal.services.register import Opened
from verifier.statement import Challenge, EventName

VISIT = timedelta(hours=12)
"""How long a browser may read without opening its link again."""
CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
BOUND = "bound prefix"
CODE = "rebind code"


@dataclass(frozen=True)
class Visitor:
    """What the server sees of whoever asks."""

    prefix: str
    """Canonical network prefix (`portal.domain.access.prefix`)."""
    agent: str = ""
    """User agent as sent, at most 256 characters: a label for the journal, never a filter."""
    method: str = "GET"
    purpose: str = ""
    """Sec-Purpose as sent."""


@dataclass(frozen=True)
class Entered:
    """A recipient who has acted or come back, with the ticket for the cookie."""

    number: int
    ticket: str


def look(office: Office, token: str, visitor: Visitor) -> Opened:
    """Return the letter that a link leads to, and note the visit as an observation, or its denial where it is denied.

    Raises `LinkForged`, `LinkExpired`, `LetterSettled`, or `OtherDevice` for a consulted letter seen from elsewhere.
    """
    opened = _resolve(office, token)
    letter, now = opened.letter, office.now()
    if letter.status is Status.RECEIVED:
        _demand_own(office, opened, visitor)
    with office.db.write() as conn:
        journal.record(
            conn,
            office,
            opened,
            journal.own_event("visit"),
            at=now,
            actor="link",
            prefix=visitor.prefix,
            agent=visitor.agent,
            method=visitor.method,
            purpose=visitor.purpose,
            seconds=int((now - letter.presented_at).total_seconds()) if letter.presented_at else None,
        )
    if letter.status in SETTLED and letter.status is not Status.RECEIVED:
        raise _told(LetterSettled(letter.status.value), opened)
    return opened


def look_before_refusing(office: Office, token: str, visitor: Visitor) -> Opened:
    """Return a letter that may still be refused; raises what `look` raises, and `LetterSettled` once it is consulted."""
    opened = look(office, token, visitor)
    if opened.letter.status in SETTLED:
        raise _told(LetterSettled(opened.letter.status.value), opened)
    return opened


def consult(office: Office, token: str, visitor: Visitor, *, typed: str) -> Entered:
    """Consult the letter: the fact, the bound address and what is owed, at once and once.

    Of many who try at the same time one makes the act; the others are told what it has become. Raises what `look` raises,
    and `AddressMismatch`.
    """
    opened = _resolve(office, token)
    if opened.letter.status in SETTLED:
        return reopen(office, token, visitor)
    _challenge(office, opened, visitor, typed)
    ticket = new_ticket()
    with office.db.write() as conn:
        now = office.now()  # asked for when it is this gesture's turn: an act is not dated before one that it follows
        bound = office.vault.seal(opened.key, visitor.prefix.encode(), BOUND)
        acted = _act(conn, office, opened, Act.CONSULT, visitor, now=now, opened_at=now, bound=bound)
        if acted:
            visits.open_visit(
                conn,
                ticket_digest(ticket),
                opened.letter.number,
                now=now,
                expires_at=now + VISIT,
                grace_until=now + access.GRACE,
            )
            due.owe(conn, opened.letter.number, "mail:opened:1", at=now)
        failpoint.reached("consult:before-commit")
    failpoint.reached("consult:committed")
    # The second of two: from the same address it is let in, from another it is told that the letter is bound.
    return Entered(opened.letter.number, ticket) if acted else reopen(office, token, visitor)


def refuse(office: Office, token: str, visitor: Visitor, *, typed: str) -> None:
    """Refuse the letter, at once and once; raises what `consult` raises."""
    opened = _resolve(office, token)
    if opened.letter.status in SETTLED:
        raise _told(LetterSettled(opened.letter.status.value), opened)
    _challenge(office, opened, visitor, typed)
    with office.db.write() as conn:
        now = office.now()
        if not _act(conn, office, opened, Act.REFUSE, visitor, now=now):
            raise _told(LetterSettled("refuse"), opened)
        due.owe(conn, opened.letter.number, "mail:refusal-noted:1", at=now)
        failpoint.reached("refuse:before-commit")


def reopen(office: Office, token: str, visitor: Visitor) -> Entered:
    """Let a recipient back in to a consulted letter from its bound address; raises `OtherDevice`, `LetterSettled`."""
    opened = _resolve(office, token)
    if opened.letter.status is not Status.RECEIVED:
        raise _told(LetterSettled(opened.letter.status.value), opened)
    _demand_own(office, opened, visitor)
    return _enter(office, opened)


def read(office: Office, number: int, ticket: str | None, visitor: Visitor, *, what: str) -> Opened:
    """Return a consulted letter to the browser that may read it, and journal the access to `what`.

    Raises `NotRecipient` without an open visit and `OtherDevice` from another address once the grace is over.
    """
    now = office.now()
    with office.db.read() as conn:
        visit = visits.visit(conn, ticket_digest(ticket), number, now=now) if ticket else None
        if visit is None:
            raise NotRecipient("visit")
        opened = register.by_number(conn, office, number)
    letter = opened.letter
    if not _lives(office, opened):
        raise _told(LinkExpired("access"), opened)
    allowed = access.may_read(
        bound=_bound(office, opened), client=visitor.prefix, grace_until=visit.grace_until, now=now
    )
    event = journal.ACCESS if allowed else journal.own_event("access-denied")
    with office.db.write() as conn:
        journal.record(
            conn,
            office,
            opened,
            event,
            at=now,
            actor="recipient",
            prefix=visitor.prefix,
            agent=visitor.agent,
            what=what,
        )
    if not allowed:
        raise _told(OtherDevice(str(letter.number)), opened)
    return opened


def ask_code(office: Office, token: str, visitor: Visitor) -> Opened:
    """Send a one-time code to the recipient's address, where the instance allows a letter to be bound anew."""
    opened = _resolve(office, token)
    if office.settings.rebind != "mailbox" or opened.letter.status is not Status.RECEIVED:
        raise NotFound("rebind")
    now, digits = office.now(), f"{secrets.randbelow(1_000_000):06d}"
    number = opened.letter.number
    with office.db.write() as conn:
        visits.put_code(
            conn,
            number,
            digest=_code_digest(opened, digits),
            sealed=office.vault.seal(opened.key, digits.encode(), CODE),
            expires_at=now + CODE_LIFE,
        )
        entry_id = journal.record(
            conn, office, opened, journal.own_event("code-asked"), at=now, actor="link", prefix=visitor.prefix
        )
        due.owe(conn, number, f"mail:code:{entry_id}", at=now)
    return opened


def rebind(office: Office, token: str, visitor: Visitor, *, digits: str) -> Entered:
    """Bind a consulted letter to another address for whoever read the code in the mailbox; raises `CodeWrong`."""
    opened = _resolve(office, token)
    number, now = opened.letter.number, office.now()
    if office.settings.rebind != "mailbox" or opened.letter.status is not Status.RECEIVED:
        raise NotFound("rebind")
    digest = _code_digest(opened, digits.strip())
    with office.db.write() as conn:
        waiting = visits.use_try(conn, number, of=CODE_TRIES)
        good = waiting is not None and now <= waiting.expires_at and hmac.compare_digest(digest, waiting.digest)
        if good:
            visits.spend_code(conn, number)
            letters.rebind(conn, number, bound=office.vault.seal(opened.key, visitor.prefix.encode(), BOUND))
        event = journal.own_event("rebound" if good else "code-wrong")
        journal.record(conn, office, opened, event, at=now, actor="recipient", prefix=visitor.prefix)
    if not good:
        raise CodeWrong("code")
    return _enter(office, opened)


def _resolve(office: Office, token: str) -> Opened:
    """Follow a link to its letter. Forged, unknown, revoked and erased look the same; signature first, database second."""
    link = office.links.read(token, now=office.now())
    with office.db.read() as conn:
        letter = letters.by_public_id(conn, link.public_id)
    if letter is None or letter.link_version != link.version or letter.wrapped_key is None:
        raise LinkForged("link")
    opened = register.open_letter(office, letter)
    if letter.status is Status.AWAITING_DISPATCH:
        raise _told(LetterNotReady("link"), opened)
    if not _lives(office, opened):
        raise _told(LinkExpired("link"), opened)
    return opened


def _told(fault: Denied, opened: Opened) -> Denied:
    """Let the page say whom to turn to: whoever holds a genuine link was told the sender's name by mail."""
    fault.sender = opened.envelope.sender
    return fault


def _lives(office: Office, opened: Opened) -> bool:
    letter = opened.letter
    return link_lives(
        letter.status,
        deadline=letter.deadline,
        opened_at=letter.opened_at,
        access_days=office.settings.access_days,
        now=office.now(),
    )


def _challenge(office: Office, opened: Opened, visitor: Visitor, typed: str) -> None:
    """Demand the address to which the letter was sent, where the instance asks for it; a wrong one is journalled."""
    if office.settings.challenge == "none" or access.same_mailbox(typed, opened.envelope.recipient.email):
        return
    with office.db.write() as conn:
        journal.record(
            conn,
            office,
            opened,
            journal.own_event("challenge-failed"),
            at=office.now(),
            actor="link",
            prefix=visitor.prefix,
            agent=visitor.agent,
        )
    raise AddressMismatch("address")


def _act(
    conn: sa.Connection,
    office: Office,
    opened: Opened,
    act: Act,
    visitor: Visitor,
    *,
    now: datetime,
    **seen: object,
) -> bool:
    """Make the recipient's one act with its evidence; False where somebody was first."""
    opened = register.by_number(conn, office, opened.letter.number)  # as it stands inside this transaction
    letter = opened.letter
    if letter.status not in OPEN or letter.deadline is None or is_over(letter.deadline, now=now):
        return False
    enter, kind = step(letter.status, act)
    if kind is None or not letters.advance(conn, letter.number, leave=[letter.status], enter=enter, at=now, **seen):
        return False
    actor = f"recipient:{opened.envelope.recipient.email}"
    detail = {"prefix": visitor.prefix, "agent": visitor.agent, "challenge": office.settings.challenge}
    times: tuple[datetime, ...] = (now,)
    if act is Act.CONSULT:
        times = (now, now)
        journal.record(
            conn, office, opened, EventName.CONSIGNMENT_ACCEPTANCE.uri, at=now, actor=actor, status=enter, **detail
        )
    prove.owe(
        conn,
        office,
        opened,
        kind,
        times=times,
        actor=actor,
        status=enter,
        presented_at=letter.presented_at,
        deadline=letter.deadline,
        presentation=letter.presentation,
        detail=detail,
        challenge=Challenge(office.settings.challenge),
    )
    return True


def _enter(office: Office, opened: Opened) -> Entered:
    ticket, now = new_ticket(), office.now()
    with office.db.write() as conn:
        visits.open_visit(
            conn, ticket_digest(ticket), opened.letter.number, now=now, expires_at=now + VISIT, grace_until=None
        )
    return Entered(opened.letter.number, ticket)


def _demand_own(office: Office, opened: Opened, visitor: Visitor) -> None:
    """Let only the bound address on to a consulted letter; a refused or uncollected one has nothing more to show."""
    if opened.letter.status is not Status.RECEIVED:
        raise _told(LetterSettled(opened.letter.status.value), opened)
    if _bound(office, opened) != visitor.prefix:
        with office.db.write() as conn:
            journal.record(
                conn,
                office,
                opened,
                journal.own_event("access-denied"),
                at=office.now(),
                actor="link",
                prefix=visitor.prefix,
                agent=visitor.agent,
            )
        raise _told(OtherDevice(str(opened.letter.number)), opened)


def _bound(office: Office, opened: Opened) -> str | None:
    bound = opened.letter.bound
    return office.vault.open(opened.key, bound, BOUND).decode() if bound is not None else None


def _code_digest(opened: Opened, digits: str) -> bytes:
    return hmac.new(opened.key, digits.encode(), hashlib.sha256).digest()
