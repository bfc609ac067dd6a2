"""Proofs: the fact's transaction writes the evidence and owes the paper; a worker draws, seals and keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import failpoint
from portal.db import due, proofs
from portal.domain.errors import NotFound
from portal.domain.letter import ProofRecord
from portal.domain.lifecycle import Status
from portal.office import Office
from portal.services import journal, register
from portal.services.register import Opened
from verifier import page
from verifier.journal import policy_text
from verifier.statement import EVENTS, Citation, Event, Issuer, ProofKind, Statement

EVIDENCE = "evidence"
OBJECT_KEY = "proof object key"

MAILS = {
    ProofKind.DISPATCH: "dispatched",
    ProofKind.RECEIPT: "received",
    ProofKind.REFUSAL: "refused",
    ProofKind.NEGLECT: "ignored",
    ProofKind.NON_DELIVERY: "undelivered",
}
"""The mail that brings each kind of proof to the sender."""


def owe(
    conn: sa.Connection,
    office: Office,
    opened: Opened,
    kind: ProofKind,
    *,
    times: tuple[datetime, ...],
    actor: str,
    status: Status,
    presented_at: datetime | None,
    deadline: datetime | None,
    presentation: int,
    detail: dict[str, Any] | None = None,
    **facts: Any,
) -> None:
    """Write a legal fact into the journal with its evidence, and owe the sealed proof, all in the fact's transaction.

    `times` are those of the kind's events, in order; the entry of the last one carries the evidence's digest. `facts` are
    further fields of the `Statement`.
    """
    letter, envelope, settings = opened.letter, opened.envelope, office.settings
    statement = Statement(
        kind=kind,
        number=letter.number,
        commitment=letter.commitment,
        reference=letter.reference,
        presentation=presentation,
        events=tuple(Event(name, time) for name, time in zip(EVENTS[kind], times, strict=True)),
        sender=envelope.sender,
        recipient=envelope.recipient,
        attachments=envelope.digests,
        presented_at=presented_at,
        deadline=deadline,
        zone=settings.legal_tz,
        place=settings.legal_place,
        issuer=Issuer(
            name=settings.operator,
            mention=settings.operator_mention,
            article=settings.article,
            policy=settings.policy_uri,
            verify_url=f"{settings.base_url}/verifier",
            anchor_sha256=office.anchor_sha256,
            log_origin=office.log.name,
        ),
        dossier=envelope.dossier,
        language=envelope.language,
        test=settings.test or office.test_seal,
        cites=_cited(conn, letter.number),
        **facts,
    )
    at = statement.time
    entry_id = journal.record(
        conn,
        office,
        opened,
        statement.events[-1].name.uri,
        at=at,
        actor=actor,
        status=status,
        evidence_sha256=statement.evidence_sha256,
        **(detail or {}),
    )
    proofs.owe(
        conn,
        letter_number=letter.number,
        kind=kind.value,
        presentation=presentation,
        proof_id=statement.proof_id,
        event_at=at,
        evidence=office.vault.seal(opened.key, statement.to_evidence(), EVIDENCE),
        evidence_sha256=statement.evidence_sha256,
        entry_id=entry_id,
    )
    due.owe(conn, letter.number, f"seal:{kind.value}:{presentation}", at=at)


def _cited(conn: sa.Connection, number: int) -> tuple[Citation, ...]:
    return tuple(record.citation for record in proofs.of_letter(conn, number))


def statement_of(office: Office, opened: Opened, record: ProofRecord) -> Statement:
    """Return what a proof of this letter states."""
    return Statement.from_evidence(office.vault.open(opened.key, record.evidence, EVIDENCE))


def seal(office: Office, number: int, kind: str, presentation: int) -> None:
    """Draw and seal an owed proof, keep it encrypted, and owe the mail that brings it; done before, it does nothing."""
    with office.db.read() as conn:
        opened = register.by_number(conn, office, number)
        record = proofs.of_fact(conn, number, kind, presentation)
    if record is None:
        raise NotFound("proof")
    if record.sealed_at is not None:
        return
    statement = statement_of(office, opened, record)
    pdf = office.sealer.seal(page.draw(statement, _attached(office, statement, record.entry_id)), now=office.now())
    failpoint.reached("seal:sealed")
    stored = office.vault.put(pdf)
    failpoint.reached("seal:stored")
    with office.db.write() as conn:
        won = proofs.seal(
            conn,
            record.id,
            at=office.now(),
            object_id=stored.object_id,
            object_key=office.vault.seal(opened.key, stored.key, OBJECT_KEY),
            size=stored.size,
            sha256=stored.sha256,
        )
        if won:
            due.owe(conn, number, f"mail:{MAILS[ProofKind(kind)]}:{presentation}", at=office.now())
        failpoint.reached("seal:before-commit")
    failpoint.reached("seal:committed")
    if not won:
        office.vault.delete(stored.object_id)


def _attached(office: Office, statement: Statement, entry_id: int) -> list[page.Attached]:
    entry, inclusion = journal.prove_inclusion(office, entry_id)
    return [
        page.Attached(
            page.EVIDENCE_NAME, "application/json", "data", "Évidence lisible par machine", statement.to_evidence()
        ),
        page.Attached(page.ENTRY_NAME, "application/json", "supplement", "Entrée du journal", entry),
        page.Attached(
            page.INCLUSION_NAME, "text/plain", "supplement", "Preuve d’inclusion au journal", str(inclusion).encode()
        ),
        page.Attached(
            page.POLICY_NAME, "text/plain", "supplement", "Clé du journal", policy_text(office.log.verifier).encode()
        ),
    ]


def read(office: Office, opened: Opened, record: ProofRecord) -> Iterator[bytes]:
    """Yield a sealed proof's bytes."""
    if record.object_id is None or record.object_key is None:
        raise NotFound("proof")
    return office.vault.read(record.object_id, office.vault.open(opened.key, record.object_key, OBJECT_KEY))
