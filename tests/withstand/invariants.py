"""What must hold of an instance at any moment, whatever happened to it; one checker for every test of this folder."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from portal.adapters.store import LocalStore
from portal.db import journal, letters, proofs, tables
from portal.domain.letter import ProofRecord
from portal.domain.lifecycle import SETTLED, STEPS, Status
from portal.office import Office
from portal.services import audit, prove, register
from verifier.audit import recheck
from verifier.journal import Entry
from verifier.report import Verdict
from verifier.statement import EventName, ProofKind

_CLOSING = {
    EventName.NOTIFICATION_FOR_ACCEPTANCE.uri: ProofKind.DISPATCH,
    EventName.CONTENT_HANDOVER.uri: ProofKind.RECEIPT,
    EventName.CONSIGNMENT_REJECTION.uri: ProofKind.REFUSAL,
    EventName.ACCEPTANCE_REJECTION_EXPIRY.uri: ProofKind.NEGLECT,
    EventName.NOTIFICATION_FOR_ACCEPTANCE_FAILURE.uri: ProofKind.NON_DELIVERY,
}
_POSSIBLE = {(before, after) for (before, _), (after, _) in STEPS.items()}


def hold(office: Office, *, since: str | None = None) -> str | None:
    """Assert every invariant and return the newest checkpoint, if anything happened yet, for a later call to compare with."""
    with office.db.read() as conn:
        numbers = list(conn.scalars(sa.select(tables.letters.c.number)))
    for number in numbers:
        _one_life(office, number)
    return _log_verifies(office, since=since) if numbers else None


def nothing_is_owed(office: Office) -> None:
    """Assert that all work is done: each proof is sealed once, in the vault, and the vault holds nothing half-written."""
    with office.db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).where(tables.due.c.done_at.is_(None))) == 0
        rows = conn.execute(sa.select(tables.proofs.c.letter_number, tables.proofs.c.id, tables.proofs.c.sha256)).all()
    held = set(LocalStore(office.settings.home / "vault").ids())
    for number, proof_id, digest in rows:
        with office.db.read() as conn:
            opened, record = register.by_number(conn, office, number), proofs.by_id(conn, proof_id)
        assert record is not None
        assert record.object_id in held
        pdf = b"".join(prove.read(office, opened, record))
        assert pdf.startswith(b"%PDF-")
        assert len(pdf) == record.size
        assert digest
    assert half_written(office) == []


def half_written(office: Office) -> list[str]:
    return sorted(path.name for path in (office.settings.home / "vault" / "incoming").iterdir())


def events(office: Office, number: int) -> list[str]:
    """Return the last parts of the URIs of a letter's events, in the order of the journal."""
    with office.db.read() as conn:
        return [row.event.replace(":", "/").rpartition("/")[2] for row in journal.of_letter(conn, number)]


def _one_life(office: Office, number: int) -> None:
    with office.db.read() as conn:
        letter = letters.by_number(conn, number)
        rows = journal.of_letter(conn, number)
        records = proofs.of_letter(conn, number)
    assert letter is not None
    entries = [Entry.from_json(row.entry) for row in rows]
    status = Status.AWAITING_PAYMENT
    for entry in entries:
        if entry.prev_status == entry.status:
            continue
        assert entry.prev_status == status.value, "a step left a status in which the letter was not"
        assert status not in SETTLED, "a step left a final status"
        status = Status(str(entry.status)) if status.value != entry.status else status
        assert (Status(entry.prev_status), status) in _POSSIBLE
        if entry.event == EventName.CONSIGNMENT_ACCEPTANCE.uri:
            status = Status(entry.prev_status)  # its twin of the same transaction, ContentHandover, tells the same step
    assert status is letter.status, "the journal and the letter differ"
    acts = Counter(entry.event for entry in entries)
    consulted = acts[EventName.CONSIGNMENT_ACCEPTANCE.uri]
    assert consulted == acts[EventName.CONTENT_HANDOVER.uri]
    assert consulted + acts[EventName.CONSIGNMENT_REJECTION.uri] <= 1
    assert (consulted == 1) == (letter.status is Status.RECEIVED) == (letter.bound is not None)
    assert (letter.opened_at is not None) == (consulted == 1)
    _proofs_match(entries, records)


def _proofs_match(entries: list[Entry], records: list[ProofRecord]) -> None:
    """One proof for each legal event, and its evidence's digest in the log."""
    facts = Counter(
        (_CLOSING[entry.event].value, entry.evidence_sha256) for entry in entries if entry.event in _CLOSING
    )
    papers = Counter((record.kind, record.evidence_sha256) for record in records)
    assert facts == papers
    assert not papers or max(papers.values()) == 1
    assert max(Counter((record.kind, record.presentation) for record in records).values(), default=1) == 1


def _log_verifies(office: Office, *, since: str | None) -> str:
    with tempfile.TemporaryDirectory() as folder:
        head = audit.export(office, Path(folder) / "journal")
        report = recheck(Path(folder) / "journal", since=since)
    assert report.verdict is Verdict.VALID, report.defect
    return head.note
