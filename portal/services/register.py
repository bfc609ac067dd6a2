"""The register: letters opened with their own key, and the envelope's stored form."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.db import letters
from portal.domain.deadlines import link_expiry
from portal.domain.errors import NotFound
from portal.domain.letter import Envelope, Letter, StoredPiece
from portal.office import Office
from verifier.manifest import Piece
from verifier.statement import Party

ENVELOPE = "envelope"


@dataclass(frozen=True)
class Opened:
    """A letter with its key and what the key opens. Its text form shows neither."""

    letter: Letter
    key: bytes
    envelope: Envelope

    def __repr__(self) -> str:
        return f"Opened({self.letter.number})"


def open_letter(office: Office, letter: Letter | None) -> Opened:
    """Open a letter with its key; raise `NotFound` where there is none, or where it was erased."""
    if letter is None or letter.wrapped_key is None:
        raise NotFound("letter")
    key = office.vault.unwrap(letter.wrapped_key, letter.key_id)
    return Opened(letter, key, unpack(office.vault.open(key, letter.sealed, ENVELOPE)))


def by_number(conn: sa.Connection, office: Office, number: int) -> Opened:
    return open_letter(office, letters.by_number(conn, number))


def by_reference(conn: sa.Connection, office: Office, reference: str, *, sender_id: int) -> Opened:
    """Return a sender's own letter; another's and none look the same."""
    letter = letters.by_reference(conn, reference)
    if letter is None or letter.sender_id != sender_id:
        raise NotFound("letter")
    return open_letter(office, letter)


def recipient_index(office: Office, email: str) -> bytes:
    """Return the keyed digest by which a sender finds the letters to one address without its being stored in the clear."""
    return hmac.new(office.index_key, email.strip().lower().encode(), hashlib.sha256).digest()


def link(office: Office, letter: Letter, *, presented_at: datetime) -> str:
    """Return the letter's individual address for a presentation at `presented_at`."""
    settings = office.settings
    # A day more than the longest use: the token names the attempt's day, the database has the last word on both terms.
    expires = link_expiry(presented_at, settings.access_days) + timedelta(days=1)
    return f"{settings.base_url}/l/{office.links.token(letter.public_id, version=letter.link_version, expires=expires)}"


def pack(envelope: Envelope) -> bytes:
    """Return the envelope's stored form, to be encrypted under the letter's key."""
    return json.dumps(asdict(envelope), default=_text, ensure_ascii=False).encode()


def unpack(raw: bytes) -> Envelope:
    """Read what `pack` wrote."""
    data = json.loads(raw)
    return Envelope(
        sender=_party(data["sender"]),
        recipient=_party(data["recipient"]),
        subject=data["subject"],
        dossier=data["dossier"],
        message=_stored(data["message"]),
        attachments=tuple(_stored(one) for one in data["attachments"]),
        salt=data["salt"],
        language=data["language"],
    )


def _text(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"envelope: got {type(value).__name__}")
    return value.hex()


def _party(data: dict[str, Any]) -> Party:
    return Party(**{**data, "address": tuple(data["address"])})


def _stored(data: dict[str, Any]) -> StoredPiece:
    return StoredPiece(Piece(**data["piece"]), data["object_id"], bytes.fromhex(data["key"]))
