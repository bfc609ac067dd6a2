"""Files held against a proof: are they the attachments, the message, the letter that it names?

A proof prints each attachment's SHA-256, and the commitment of the letter: the SHA-256 of its manifest, which also covers the
message. The manifest lies inside the letter's PDF; with it the commitment is computed anew, without it the attachments alone
can be recognised. What is compared are bytes: nothing is opened but a PDF, and that in a confined child.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verifier.confine import Limits
from verifier.manifest import Manifest, ManifestMalformed
from verifier.sandbox import Ended
from verifier.sentences import typographic
from verifier.statement import Statement

_BLOCK = 1024 * 1024
_SMALL = 1024 * 1024
"""Bytes of the largest manifest that is read as one."""
_FOUND = {
    "attachment": ("cette pièce jointe est bien celle déposée", "this attachment is the one deposited"),
    "message": ("ce texte est bien le message de la lettre", "this text is the letter’s message"),
    "manifest": ("ce manifeste est bien celui de la lettre", "this manifest is the letter’s own"),
    "paper": (
        "ce PDF contient le manifeste de la lettre : il donne l’empreinte imprimée sur la preuve",
        "this PDF holds the letter’s manifest: it gives the digest printed on the proof",
    ),
    "none": ("ce fichier n’est pas de cette lettre", "this file is not of this letter"),
    "changed": (
        "ce fichier porte le nom d’une pièce jointe et n’est pas celui déposé",
        "this file bears the name of an attachment and is not the one deposited",
    ),
    "other": ("ce PDF contient le manifeste d’une autre lettre", "this PDF holds another letter’s manifest"),
    "perhaps": (
        "ce texte n’est pas une pièce jointe de la lettre ; s’il en est le message, le PDF de la lettre permet de le dire",
        "this text is no attachment of the letter; whether it is its message, the letter’s PDF can tell",
    ),
    "unread": (
        "ce PDF n’a pas pu être lu : on ne sait pas s’il contient un manifeste",
        "this PDF could not be read: whether it holds a manifest is not known",
    ),
}


@dataclass(frozen=True)
class Held:
    """One file, and what it is in the letter."""

    name: str
    size: int
    sha256: str
    role: str
    """``attachment``, ``message``, ``manifest``, ``paper`` (the letter's PDF) or ``none``."""
    fr: str
    en: str
    certain: bool = True
    """False for what may be the letter's and cannot be told: a PDF that no child could read, a text without manifest."""


@dataclass(frozen=True)
class LetterReport:
    """What files are in the letter that a proof names."""

    files: tuple[Held, ...]
    commitment: str | None
    """SHA-256 of the manifest that was found; None where there was none."""
    missing: tuple[str, ...]
    """Names of attachments that no file matched."""
    agrees: bool | None
    """False where a file is not the letter's, None where something is missing to recognise the whole."""

    def to_dict(self) -> dict[str, Any]:
        """Return the ``letter`` member of a report's JSON."""
        return {
            "agrees": self.agrees,
            "commitment": self.commitment,
            "files": [
                {
                    "name": one.name,
                    "size": one.size,
                    "sha256": one.sha256,
                    "role": one.role,
                    "text": {"fr": one.fr, "en": one.en},
                }
                for one in self.files
            ],
            "missing": list(self.missing),
        }


@dataclass(frozen=True)
class _Read:
    """One file as it was read."""

    name: str
    size: int
    sha256: str
    manifest: bytes | None
    is_pdf: bool
    is_text: bool
    unread: bool = False


def compare(
    statement: Statement, files: Sequence[Path], *, manifest_in: Callable[[bytes], bytes | None]
) -> LetterReport:
    """Hold files against what a proof states; raise `OSError` where one cannot be read.

    `manifest_in` takes the manifest out of a PDF, as `verifier.sandbox.manifest_in` does. Files are read in blocks, so their
    size does not matter.
    """
    read = [_read(file, manifest_in) for file in files]
    manifest = next((one for one in map(_parsed, read) if one and one.commitment == statement.commitment), None)
    held = tuple(_held(one, statement, manifest) for one in read)
    recognised = {one.sha256 for one in held if one.role == "attachment"}
    missing = tuple(piece.name for piece in statement.attachments if piece.sha256 not in recognised)
    foreign = any(one.role == "none" and one.certain for one in held)
    whole = manifest is not None and not missing
    found = next((one.commitment for one in map(_parsed, read) if one), None)
    return LetterReport(
        files=held,
        commitment=found if manifest is None else manifest.commitment,
        missing=missing,
        agrees=False if foreign else True if whole else None,
    )


def _read(file: Path, manifest_in: Callable[[bytes], bytes | None]) -> _Read:
    with file.open("rb") as opened:
        start = opened.read(Limits().file)
        digest, size = hashlib.sha256(start), len(start)
        whole = start
        while block := opened.read(_BLOCK):
            digest.update(block)
            size += len(block)
            whole = b""
    is_pdf = b"%PDF-" in start[:1024]
    manifest, unread = None, is_pdf and not whole
    if is_pdf and whole:
        try:
            manifest = manifest_in(whole)
        except Ended:
            unread = True
    elif whole.startswith(b"{") and size <= _SMALL:
        manifest = whole
    return _Read(file.name, size, digest.hexdigest(), manifest, is_pdf, bool(whole) and _is_text(whole), unread)


def _is_text(content: bytes) -> bool:
    """Could it be a message, which is UTF-8?"""
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _parsed(one: _Read) -> Manifest | None:
    try:
        return Manifest.from_json(one.manifest) if one.manifest else None
    except ManifestMalformed:
        return None


def _held(one: _Read, statement: Statement, manifest: Manifest | None) -> Held:
    role, said = _role(one, statement, manifest)
    fr, en = _FOUND[said]
    return Held(one.name, one.size, one.sha256, role, typographic(fr), en, certain=said not in ("unread", "perhaps"))


def _role(one: _Read, statement: Statement, manifest: Manifest | None) -> tuple[str, str]:
    """Return what a file is in the letter, and the name of the sentence that says so."""
    if one.sha256 in {piece.sha256 for piece in statement.attachments}:
        return "attachment", "attachment"
    if manifest is not None and one.sha256 == manifest.message.sha256:
        return "message", "message"
    parsed = _parsed(one)
    if parsed is not None and parsed.commitment == statement.commitment:
        return ("paper", "paper") if one.is_pdf else ("manifest", "manifest")
    if one.name in {piece.name for piece in statement.attachments}:
        return "none", "changed"
    if parsed is not None:
        return "none", "other"
    if one.unread:
        return "none", "unread"
    return "none", "perhaps" if one.is_text and manifest is None else "none"
