"""The gestures of a letter's life made straight on the services, so that a test can kill, race or starve each of them."""

from __future__ import annotations

from typing import Any

from portal import worker
from portal.db import due, letters, people, proofs
from portal.demo import paid
from portal.domain.letter import Letter, ProofRecord
from portal.domain.people import Person
from portal.logs import logger
from portal.office import Office
from portal.services import accounts, consult, deposit, dispatch, payment, register
from portal.services.consult import Entered, Visitor
from portal.services.deposit import Words
from verifier.statement import Party

RECIPIENT = "joel@exemple.nc"
SENDER = "expediteur@exemple.nc"
MESSAGE = "Bonjour,\n\nVoici le relevé."
HUMAN = Visitor(prefix="203.0.113.7/32", agent="Mozilla/5.0")
STRANGER = Visitor(prefix="198.51.100.9/32", agent="Mozilla/5.0")


def person(office: Office) -> Person:
    accounts.register(
        office, email=SENDER, first_name="Hélène", last_name="TĀNEʻARII", role="sender", password="x" * 16
    )
    with office.db.read() as conn:
        found = people.by_email(conn, SENDER)
    assert found is not None
    return found


def drafted(office: Office, *, to: str = RECIPIENT) -> str:
    words = Words(Party("Joël\u00a0MARTIN", to), "Votre relevé", "D-1", MESSAGE)
    return deposit.save_draft(office, person(office), words, draft_id=None, kept=[], added=[])


def deposited(office: Office, *, to: str = RECIPIENT) -> Letter:
    return deposit.deposit(office, person(office), drafted(office, to=to))


def ordered(office: Office, *, to: str = RECIPIENT) -> Letter:
    letter = deposited(office, to=to)
    payment.begin(office, sender_id=letter.sender_id, reference=letter.reference)
    return letter


def notice(office: Office, letter: Letter) -> dict[str, str]:
    """Return the bank's signed word that the letter's open order is paid."""
    return paid(office, payment.order_form(office, sender_id=letter.sender_id, reference=letter.reference)[1])


def bought(office: Office, *, to: str = RECIPIENT) -> Letter:
    letter = ordered(office, to=to)
    payment.hear(office, notice(office, letter))
    return letter


def sent(office: Office, *, to: str = RECIPIENT) -> Letter:
    letter = bought(office, to=to)
    works(office)
    return seen(office, letter.number)


def presented(office: Office, *, to: str = RECIPIENT) -> Letter:
    """Return a letter whose notification has left, and whose papers and other mails are still owed."""
    letter = bought(office, to=to)
    dispatch.dispatch(office, letter.number)
    return seen(office, letter.number)


def works(office: Office) -> None:
    """Do all that is due now."""
    while worker.work_once(office, log()):
        pass


def log() -> Any:
    return logger(test=True)


def seen(office: Office, number: int) -> Letter:
    """Return a letter as the database has it."""
    with office.db.read() as conn:
        found = letters.by_number(conn, number)
    assert found is not None
    return found


def by_reference(office: Office, reference: str) -> Letter:
    with office.db.read() as conn:
        found = letters.by_reference(conn, reference)
    assert found is not None
    return found


def token(office: Office, number: int) -> str:
    letter = seen(office, number)
    assert letter.presented_at is not None
    return register.link(office, letter, presented_at=letter.presented_at).rpartition("/")[2]


def consults(office: Office, number: int, visitor: Visitor = HUMAN, *, typed: str = RECIPIENT) -> Entered:
    return consult.consult(office, token(office, number), visitor, typed=typed)


def refuses(office: Office, number: int, visitor: Visitor = HUMAN, *, typed: str = RECIPIENT) -> None:
    consult.refuse(office, token(office, number), visitor, typed=typed)


def proofs_of(office: Office, number: int) -> list[ProofRecord]:
    with office.db.read() as conn:
        return proofs.of_letter(conn, number)


def kinds(office: Office, number: int) -> list[str]:
    """Return the kinds of a letter's proofs, in the order of their facts."""
    return [record.kind for record in proofs_of(office, number)]


def open_work(office: Office) -> int:
    with office.db.read() as conn:
        return due.pending(conn)
