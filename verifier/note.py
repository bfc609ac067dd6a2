"""Signed notes and checkpoints, as C2SP writes them (signed-note 1.0.0, tlog-checkpoint 1.0.0), with Ed25519.

A note is text that ends in a newline, an empty line, then one line per signature:

    — <key name> <base64 of 4 bytes of key id and the signature over the text>

A checkpoint is a note of three lines: the log's origin, its size in decimal, its root hash in base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01
MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 64


class NoteRejected(ValueError):
    """The note is malformed, or no known key has signed it, or a known key's signature is wrong."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name it signs under."""

    name: str
    public: bytes
    """32 bytes, raw Ed25519."""

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """`name+hex(key id)+base64(type ‖ public key)`, one line for a policy file."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([ED25519]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read the one-line form; only the first two ``+`` separate, since base64 has its own."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as fault:
            raise NoteRejected(f"verifier key: got {text!r}") from fault
        _demand_key_name(name)
        if len(raw) != 33 or raw[0] != ED25519:
            raise NoteRejected("verifier key: only Ed25519 is known")
        key = cls(name, raw[1:])
        if key.key_id.hex() != key_id:
            raise NoteRejected("verifier key: the key id does not belong to this name and key")
        return key


@dataclass(frozen=True)
class SignerKey:
    """A private key with the name it signs under."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """Return `text` as a signed note; `text` ends in a newline."""
        _demand_text(text)
        value = self.verifier.key_id + self.private.sign(text.encode())
        return f"{text}\n— {self.name} {base64.b64encode(value).decode()}\n"


def open_note(note: str, keys: Iterable[VerifierKey]) -> str:
    """Return the text of a signed note once at least one of `keys` has signed it.

    Signatures of unknown keys are passed over; a wrong signature under a known key rejects the note, as does the want of
    any good one (C2SP signed-note, "Verifying").
    """
    if len(note.encode()) > MAX_NOTE:
        raise NoteRejected(f"note: got more than {MAX_NOTE} bytes")
    text, separator, block = note.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise NoteRejected("note: no signature block")
    text += "\n"
    _demand_text(text)
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteRejected(f"note: got more than {MAX_SIGNATURES} signature lines")
    known = {(key.name, key.key_id): key for key in keys}
    good = 0
    for line in lines:
        name, key_id, signature = _signature_line(line)
        key = known.get((name, key_id))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
        except InvalidSignature as fault:
            raise NoteRejected(f"note: wrong signature under the known key {name}") from fault
        good += 1
    if not good:
        raise NoteRejected("note: no known key has signed it")
    return text


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log at one size."""

    origin: str
    """Schema-less URL, equal to the signing key's name."""
    size: int
    root: bytes
    """32 bytes, RFC 6962 root."""

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the three lines; extension lines are refused, because nothing here would check them."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] != "":
            raise NoteRejected(f"checkpoint: expected three lines, got {len(lines) - 1}")
        origin, size, root64 = lines[:3]
        if not origin or not size.isascii() or not size.isdigit() or (size != "0" and size.startswith("0")):
            raise NoteRejected("checkpoint: malformed origin or size")
        try:
            root = base64.b64decode(root64, validate=True)
        except binascii.Error as fault:
            raise NoteRejected("checkpoint: malformed root") from fault
        if len(root) != 32:
            raise NoteRejected("checkpoint: expected a root of 32 bytes")
        return cls(origin, int(size), root)


def open_checkpoint(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Open a signed checkpoint and demand that the log itself signed it: origin and key name agree."""
    held = list(keys)
    text = open_note(note, held)
    checkpoint = Checkpoint.parse(text)
    open_note(note, [key for key in held if key.name == checkpoint.origin])
    return checkpoint


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, value64 = rest.partition(" ")
    try:
        value = base64.b64decode(value64, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise NoteRejected("note: malformed signature line") from fault
    if dash != "—" or not name or len(value) < 5:
        raise NoteRejected("note: malformed signature line")
    return name, value[:4], value[4:]


def _demand_key_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise NoteRejected(f"key name: got {name!r}, expected no space and no plus")


def _demand_text(text: str) -> None:
    if not text.endswith("\n") or any(ord(character) < 0x20 and character != "\n" for character in text):
        raise NoteRejected("note: the text must end in a newline and hold no control character")
