"""Deposit: a draft is written, looked at, and becomes a letter that awaits payment."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from portal import failpoint
from portal.db import letters
from portal.domain import ids
from portal.domain.errors import DraftChanged, NotFound, UploadTooLarge
from portal.domain.letter import MAX_FILES, Envelope, Letter, StoredPiece
from portal.domain.lifecycle import Status
from portal.domain.people import Person
from portal.domain.tariff import Tariff
from portal.office import Office
from portal.services import journal, register
from portal.services.register import ENVELOPE, Opened
from verifier.manifest import Piece
from verifier.statement import Party

MESSAGE_NAME = "message.txt"
MESSAGE_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Words:
    """What a sender fills in."""

    recipient: Party
    subject: str
    dossier: str
    message: str
    language: str = "fr"


@dataclass(frozen=True)
class DraftView:
    """A draft as its sender sees it again."""

    id: str
    envelope: Envelope
    message: str
    version: str
    """Stands for all that its sender is shown before paying; another draft or another price has another one."""


def tariff(office: Office) -> Tariff:
    return Tariff(office.settings.price, office.settings.tax_percent)


def sender_of(person: Person) -> Party:
    """Return a person as a letter names its sender."""
    lines = tuple(line for line in person.address.splitlines() if line.strip())
    return Party(person.name, person.email, lines, person.status)


def save_draft(
    office: Office,
    person: Person,
    words: Words,
    *,
    draft_id: str | None,
    kept: Sequence[StoredPiece],
    added: Sequence[StoredPiece],
) -> str:
    """Store a draft and return its id. `kept` and `added` are attachments already in the vault.

    What a save replaces is deleted after it. Raises `UploadTooLarge` where they exceed what a letter may hold, and `NotFound`
    where the draft became a letter, or lost what was to be kept, in the meantime; the draft stays as it was, those added go.
    """
    attachments = (*kept, *added)
    if sum(stored.piece.size for stored in attachments) > MAX_FILES:
        _discard(office, added)
        raise UploadTooLarge("attachments")
    message = _store_message(office, words.message)
    envelope = Envelope(
        sender=sender_of(person),
        recipient=words.recipient,
        subject=words.subject,
        dossier=words.dossier,
        message=message,
        attachments=attachments,
        salt=secrets.token_hex(32),
        language=words.language,
    )
    key = office.vault.new_letter_key()
    draft = letters.Draft(
        id=draft_id or secrets.token_hex(16),
        sender_id=person.id,
        created_at=office.now(),
        key_id=key.key_id,
        wrapped_key=key.wrapped,
        sealed=office.vault.seal(key.key, register.pack(envelope), ENVELOPE),
    )
    before = _put(office, draft, kept, new=draft_id is None)
    if before is None:
        _discard(office, (*added, message))
        raise NotFound("draft")
    for object_id in before - envelope.object_ids:
        office.vault.delete(object_id)
    return draft.id


def _put(office: Office, draft: letters.Draft, kept: Sequence[StoredPiece], *, new: bool) -> frozenset[str] | None:
    """Store a draft and return the objects that it named before; None where it is gone, or another save deleted one kept."""
    with office.db.write() as conn:
        old = None if new else letters.draft(conn, draft.id, draft.sender_id, lock=True)
        before = _envelope(office, old).object_ids if old else frozenset()
        whole = new or {stored.object_id for stored in kept} <= before
        return before if whole and letters.put_draft(conn, draft, new=new) else None


def view(office: Office, person: Person, draft_id: str) -> DraftView:
    """Return a sender's own draft; raise `NotFound`."""
    with office.db.read() as conn:
        draft = letters.draft(conn, draft_id, person.id)
    if draft is None:
        raise NotFound("draft")
    envelope = _envelope(office, draft)
    text = office.vault.read_whole(envelope.message.object_id, envelope.message.key).decode()
    return DraftView(draft.id, envelope, text, _version(office, envelope))


def became(office: Office, person: Person, draft_id: str) -> Letter:
    """Return the letter that a sender's own draft became; raise `NotFound` where it became none."""
    with office.db.read() as conn:
        letter = letters.of_draft(conn, draft_id, person.id)
    if letter is None:
        raise NotFound("draft")
    return letter


def deposit(office: Office, person: Person, draft_id: str, *, seen: str | None = None) -> Letter:
    """Turn a draft into a letter that awaits payment, once; raise `NotFound` where it is gone.

    `seen` is the version that its sender looked at, None for a draft that nobody else can have changed. Raises
    `DraftChanged` where it is another one: what was not shown is not paid.
    """
    now = office.now()
    with office.db.write() as conn:
        draft = letters.draft(conn, draft_id, person.id, lock=True)
        if draft is None:
            raise NotFound("draft")
        if seen is not None and seen != _version(office, _envelope(office, draft)):
            raise DraftChanged("draft")
        if not letters.take_draft(conn, draft_id, person.id):
            raise NotFound("draft")
        opened = _insert(conn, office, person, draft)
        journal.record(conn, office, opened, journal.own_event("deposited"), at=now, actor=f"sender:{person.id}")
        failpoint.reached("deposit:before-commit")
    return opened.letter


def _insert(conn: sa.Connection, office: Office, person: Person, draft: letters.Draft) -> Opened:
    now = office.now()
    envelope = replace(_envelope(office, draft), sender=sender_of(person))
    key = office.vault.unwrap(draft.wrapped_key, draft.key_id)
    day = ids.reference_day(now, office.settings.legal_tz)
    number = letters.insert(
        conn,
        {
            "public_id": secrets.token_bytes(16),
            "reference": ids.reference(day, letters.next_in_day(conn, day)),
            "sender_id": person.id,
            "draft_id": draft.id,
            "status": Status.AWAITING_PAYMENT.value,
            "status_at": now,
            "created_at": now,
            "presentation": 0,
            "link_version": 1,
            "amount": office.settings.price,
            "commitment": envelope.manifest.commitment,
            "recipient_index": register.recipient_index(office, envelope.recipient.email),
            "key_id": draft.key_id,
            "wrapped_key": draft.wrapped_key,
            "sealed": office.vault.seal(key, register.pack(envelope), ENVELOPE),
        },
    )
    return register.by_number(conn, office, number)


def _envelope(office: Office, draft: letters.Draft) -> Envelope:
    key = office.vault.unwrap(draft.wrapped_key, draft.key_id)
    return register.unpack(office.vault.open(key, draft.sealed, ENVELOPE))


def _version(office: Office, envelope: Envelope) -> str:
    """Return the digest of what is shown before paying. Each save draws another salt, and with it another commitment."""
    shown = f"{envelope.manifest.commitment} {office.settings.price} {office.settings.tax_percent}"
    return hashlib.sha256(shown.encode()).hexdigest()


def _discard(office: Office, pieces: Sequence[StoredPiece]) -> None:
    for stored in pieces:
        office.vault.delete(stored.object_id)


def _store_message(office: Office, text: str) -> StoredPiece:
    stored = office.vault.put(text.encode())
    return StoredPiece(Piece(MESSAGE_NAME, stored.size, MESSAGE_TYPE, stored.sha256), stored.object_id, stored.key)
