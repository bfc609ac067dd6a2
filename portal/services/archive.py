"""What is handed out of a letter: its PDF, each attachment, and everything as one zip, streamed from the vault.

Both parties get the exact bytes that the commitment covers, so that either can hold them against a proof.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.adapters.paper import MANIFEST_NAME, MESSAGE_NAME, LetterPaper, draw_letter
from portal.db import proofs
from portal.domain.errors import NotFound
from portal.domain.letter import ProofRecord, StoredPiece
from portal.office import Office
from portal.services import prove, register
from portal.services.register import Opened

PAPER_NAME = "lettre.pdf"


def of_sender(office: Office, sender_id: int, reference: str) -> Opened:
    """Return a sender's own letter; raise `NotFound`."""
    with office.db.read() as conn:
        return register.by_reference(conn, office, reference, sender_id=sender_id)


def sealed(office: Office, opened: Opened) -> list[ProofRecord]:
    """Return the proofs of a letter that are sealed by now, in the order of their facts."""
    with office.db.read() as conn:
        return [record for record in proofs.of_letter(conn, opened.letter.number) if record.sealed_at is not None]


def message(office: Office, opened: Opened) -> str:
    """Return the letter's message."""
    stored = opened.envelope.message
    return office.vault.read_whole(stored.object_id, stored.key).decode()


def paper(office: Office, opened: Opened) -> bytes:
    """Return the letter as a PDF that carries message and manifest, and so the opening of the commitment on its proofs."""
    letter, envelope, settings = opened.letter, opened.envelope, office.settings
    return draw_letter(
        LetterPaper(
            number=letter.number,
            reference=letter.reference,
            sender=envelope.sender,
            recipient=envelope.recipient,
            written_at=letter.created_at,
            presented_at=letter.presented_at,
            consulted_at=letter.opened_at,
            zone=settings.legal_tz,
            place=settings.legal_place,
            subject=envelope.subject,
            message=message(office, opened),
            attachments=envelope.digests,
            commitment=letter.commitment,
            manifest=envelope.manifest.to_json(),
            operator=settings.operator,
            test=settings.test,
            language=envelope.language,
        )
    )


def piece(office: Office, opened: Opened, position: int) -> tuple[StoredPiece, Iterator[bytes]]:
    """Return one attachment and its bytes in blocks; raise `NotFound`."""
    attachments = opened.envelope.attachments
    if not 0 <= position < len(attachments):
        raise NotFound("piece")
    stored = attachments[position]
    return stored, office.vault.read(stored.object_id, stored.key)


def bundle(office: Office, opened: Opened, *, proven: Sequence[ProofRecord] = ()) -> Iterator[bytes]:
    """Yield a zip of the letter's PDF, message, manifest, attachments and the given proofs.

    Memory use does not depend on their size.
    """
    letter = opened.letter
    local = (letter.opened_at or letter.created_at).astimezone(ZoneInfo(office.settings.legal_tz))
    out = _Unread()
    taken: set[str] = set()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, blocks in _contents(office, opened, proven):
            yield from _member(archive, out, _name(name, taken), local, blocks)
    yield out.take()


def _contents(office: Office, opened: Opened, proven: Sequence[ProofRecord]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield each member's name and blocks, ours first: an attachment of the same name takes another."""
    envelope, vault = opened.envelope, office.vault
    yield PAPER_NAME, [paper(office, opened)]
    yield MESSAGE_NAME, vault.read(envelope.message.object_id, envelope.message.key)
    yield MANIFEST_NAME, [envelope.manifest.to_json()]
    for stored in envelope.attachments:
        yield stored.piece.name, vault.read(stored.object_id, stored.key)
    for record in proven:
        yield f"preuves/{record.kind}-{opened.letter.reference}.pdf", prove.read(office, opened, record)


def _member(
    archive: zipfile.ZipFile, out: _Unread, name: str, at: datetime, blocks: Iterable[bytes]
) -> Iterator[bytes]:
    info = zipfile.ZipInfo(name, (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second))
    info.external_attr = 0o600 << 16
    with archive.open(info, "w", force_zip64=True) as member:
        for block in blocks:
            member.write(block)
            yield out.take()


def _name(name: str, taken: set[str]) -> str:
    """Return a member name that no earlier member has, whatever the case."""
    stem, dot, ending = name.rpartition(".")
    candidate, count = name, 1
    while candidate.lower() in taken:
        count += 1
        candidate = f"{stem} ({count}){dot}{ending}" if stem else f"{name} ({count})"
    taken.add(candidate.lower())
    return candidate


class _Unread:
    """A file that `zipfile` writes to and that is emptied as it grows; it cannot be sought, so sizes follow the data."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._blocks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing to close."""

    def take(self) -> bytes:
        taken = b"".join(self._blocks)
        self._blocks.clear()
        return taken
