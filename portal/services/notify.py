"""Mails that follow from facts: to the sender with each proof, to the recipient after the act."""

from __future__ import annotations

from portal.adapters.mail import Declined, Enclosure, Mail, NotAcceptedYet, Postponed
from portal.db import proofs, visits
from portal.domain.letter import ProofRecord
from portal.office import Office
from portal.services import journal, prove, register
from portal.services.prove import MAILS
from portal.services.register import Opened
from verifier.statement import Statement

TO_RECIPIENT = frozenset({"opened", "refusal-noted", "code"})
PROOF_OF = {name: kind for kind, name in MAILS.items()}


def send(office: Office, number: int, name: str, presentation: int, *, due_id: int) -> None:
    """Hand one owed mail to the server; raise `NotAcceptedYet` to have it tried again.

    A mail that the server refuses for good is journalled and not tried again: the fact it tells stands in the letter's page.
    """
    with office.db.read() as conn:
        opened = register.by_number(conn, office, number)
        kind = PROOF_OF.get(name)
        record = proofs.of_fact(conn, number, kind.value, presentation) if kind else None
        code = visits.code(conn, number) if name == "code" else None
    statement = prove.statement_of(office, opened, record) if record else None
    digits = office.vault.open(opened.key, code.sealed, "rebind code").decode() if code else None
    if name == "code" and digits is None:
        return  # spent or replaced before it left
    mail = _mail(office, opened, name, statement=statement, record=record, code=digits, due_id=due_id)
    answer = office.mailer.hand_over(mail, now=office.now())
    if isinstance(answer, Postponed):
        raise NotAcceptedYet(answer.reason)
    if isinstance(answer, Declined):
        with office.db.write() as conn:
            journal.record(
                conn,
                office,
                opened,
                journal.own_event("mail-declined"),
                at=office.now(),
                actor="service",
                mail=name,
                answer=answer.reply,
            )


def _mail(
    office: Office,
    opened: Opened,
    name: str,
    *,
    statement: Statement | None,
    record: ProofRecord | None,
    code: str | None,
    due_id: int,
) -> Mail:
    letter, envelope, settings = opened.letter, opened.envelope, office.settings
    to_recipient = name in TO_RECIPIENT
    link = None
    if to_recipient and letter.presented_at:
        link = register.link(office, letter, presented_at=letter.presented_at)
    words = office.texts.write(
        name,
        envelope.language,
        letter=letter,
        envelope=envelope,
        link=link,
        statement=statement,
        code=code,
        deadline=letter.deadline,
        page=f"{settings.base_url}/lettres/{letter.reference}",
    )
    enclosures: tuple[Enclosure, ...] = ()
    if record is not None:
        content = b"".join(prove.read(office, opened, record))
        enclosures = (Enclosure(f"{record.kind}-{letter.reference}.pdf", "application/pdf", content),)
    return Mail(
        message_id=f"<lse-{letter.public_id.hex()}-{name}-{due_id}@{settings.mail_from.rpartition('@')[2]}>",
        sender=settings.mail_from,
        sender_name=settings.operator,
        to=envelope.recipient.email if to_recipient else envelope.sender.email,
        subject=words.subject,
        text=words.text,
        html=words.html,
        language=envelope.language,
        enclosures=enclosures,
    )
