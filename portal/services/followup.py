"""What time and the mail system do to a letter after dispatch: it is left uncollected, or it comes back."""

from __future__ import annotations

from portal.db import due, letters
from portal.domain.deadlines import is_over
from portal.domain.errors import StepImpossible
from portal.domain.letter import Letter
from portal.domain.lifecycle import Act, Status, sources, step
from portal.office import Office
from portal.services import journal, prove, register
from verifier.statement import Failure, ProofKind


class NotOverYet(RuntimeError):
    """By this clock the fifteen days are not over; the work is put off, as nobody would owe it again."""


def owe_overdue(office: Office) -> None:
    """Owe, once, the writing down of each letter whose fifteen days are over and that still waits.

    As work like any other, a letter that cannot be opened is put off and reported, and holds up none of the others.
    """
    now = office.now()
    with office.db.read() as conn:
        found = letters.expired(conn, Status.SENT, now=now, owed="neglect")
    if found:
        with office.db.write() as conn:
            for number, presentation in found:
                due.owe(conn, number, f"neglect:{presentation}", at=now)


def neglect(office: Office, number: int) -> bool:
    """Write down that the fifteen days are over, once; False where there is nothing, or nothing more, to write.

    Raises `NotOverYet` where the letter still waits and this worker's clock is behind that of whoever owed the work.
    """
    now = office.now()
    with office.db.write() as conn:
        opened = register.by_number(conn, office, number)
        letter = opened.letter
        if letter.status not in sources(Act.NEGLECT):
            return False
        if not is_over(letter.deadline, now=now):
            raise NotOverYet(letter.number)
        enter, kind = step(letter.status, Act.NEGLECT)
        if kind is None or not letters.advance(conn, number, leave=[letter.status], enter=enter, at=now):
            return False
        prove.owe(
            conn,
            office,
            opened,
            kind,
            times=(now,),
            actor="service",
            status=enter,
            presented_at=letter.presented_at,
            deadline=letter.deadline,
            presentation=letter.presentation,
        )
    return True


def failed(office: Office) -> list[Letter]:
    """Return the letters that wait for the operator's mending."""
    with office.db.read() as conn:
        return letters.in_status(conn, Status.TECHNICAL_ERROR)


def mend(office: Office, reference: str) -> None:
    """Owe a new dispatch of a letter whose notification failed by the sender's or the operator's fault.

    Raises `NotFound`, and `StepImpossible` where the letter waits for no mending.
    """
    now = office.now()
    with office.db.write() as conn:
        opened = register.open_letter(office, letters.by_reference(conn, reference))
        letter = opened.letter
        enter, _ = step(letter.status, Act.MEND)
        if not letters.advance(conn, letter.number, leave=[letter.status], enter=enter, at=now):
            raise StepImpossible("mend")
        entry_id = journal.record(
            conn, office, opened, journal.own_event("mended"), at=now, actor="operator", status=enter
        )
        due.owe(conn, letter.number, f"dispatch:{entry_id}", at=now)


def bounce(office: Office, number: int, failure: Failure) -> bool:
    """Write down that a notification came back because of the recipient's side; False where it changes nothing any more.

    A bounce never overrides a consultation: it is then kept in the journal as an observation.
    """
    now = office.now()
    with office.db.write() as conn:
        opened = register.by_number(conn, office, number)
        letter = opened.letter
        if letter.status not in sources(Act.BOUNCE):
            journal.record(
                conn,
                office,
                opened,
                journal.own_event("late-bounce"),
                at=now,
                actor="mail",
                code=failure.code,
                diagnostic=failure.diagnostic,
            )
            return False
        enter, _ = step(letter.status, Act.BOUNCE)
        if not letters.advance(conn, number, leave=[letter.status], enter=enter, at=now):
            return False
        prove.owe(
            conn,
            office,
            opened,
            ProofKind.NON_DELIVERY,
            times=(now,),
            actor="mail",
            status=enter,
            presented_at=letter.presented_at,
            deadline=letter.deadline,
            presentation=max(letter.presentation, 1),
            failure=failure,
        )
    return True
