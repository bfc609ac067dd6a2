"""A letter as the rest of the house sees it: facts in the open, and an envelope that only its own key opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.lifecycle import Status
from verifier.manifest import Manifest, Piece
from verifier.statement import AttachmentDigest, Citation, Party

MAX_FILES = 255_000_000
"""Bytes of all attachments together: the guide's 255 Mo, decimal as the gauge counts them."""
MAX_MESSAGE = 200_000
"""Characters of a message: some eighty pages; what is longer belongs in a file."""


@dataclass(frozen=True)
class StoredPiece:
    """A piece of a letter with the place and the key of its encrypted bytes."""

    piece: Piece
    object_id: str
    key: bytes


@dataclass(frozen=True)
class Envelope:
    """All that is personal in a letter; stored only encrypted under the letter's key."""

    sender: Party
    recipient: Party
    subject: str
    dossier: str
    """The sender's own reference, may be empty."""
    message: StoredPiece
    attachments: tuple[StoredPiece, ...]
    salt: str
    language: str = "fr"

    @property
    def manifest(self) -> Manifest:
        return Manifest(self.message.piece, tuple(stored.piece for stored in self.attachments), self.salt)

    @property
    def object_ids(self) -> frozenset[str]:
        """The vault's objects that the letter consists of."""
        return frozenset(stored.object_id for stored in (self.message, *self.attachments))

    @property
    def digests(self) -> tuple[AttachmentDigest, ...]:
        """The attachments as a proof prints them."""
        return tuple(
            AttachmentDigest(piece.name, piece.size, piece.media_type, piece.sha256)
            for piece in (stored.piece for stored in self.attachments)
        )


@dataclass(frozen=True)
class Letter:
    """The facts of a letter that hold no personal data."""

    number: int
    """Printed on every proof and page."""
    public_id: bytes
    """16 random bytes, inside the individual link."""
    reference: str
    sender_id: int
    status: Status
    status_at: datetime
    created_at: datetime
    paid_at: datetime | None
    presentation: int
    """How many times the notification was accepted; 0 before."""
    presented_at: datetime | None
    """The latest presentation."""
    deadline: datetime | None
    opened_at: datetime | None
    link_version: int
    amount: int
    """XPF, tax included."""
    commitment: str
    sealed: bytes
    """The envelope, encrypted."""
    wrapped_key: bytes | None
    """The letter's key under a key-encryption key; None once the letter was erased."""
    key_id: str
    bound: bytes | None
    """The prefix of the first consultation, encrypted under the letter's key."""

    @property
    def core(self) -> str:
        """What all proof ids of the letter share: number and commitment."""
        return f"{self.number}-{self.commitment}"


@dataclass(frozen=True)
class ProofRecord:
    """A proof that is owed or sealed."""

    id: int
    letter_number: int
    kind: str
    presentation: int
    proof_id: str
    event_at: datetime
    evidence: bytes
    """Encrypted under the letter's key."""
    evidence_sha256: str
    entry_id: int
    sealed_at: datetime | None
    object_id: str | None
    object_key: bytes | None
    """Encrypted under the letter's key."""
    size: int | None

    @property
    def citation(self) -> Citation:
        return Citation(self.proof_id, self.event_at)
