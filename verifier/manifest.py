"""What was put in the envelope, and the commitment that every proof of a letter carries.

The manifest lists the message and each attachment by digest, with a 256-bit random salt; the commitment is the SHA-256 of
its canonical form (RFC 8785). Without the salt a short letter could be guessed from the commitment printed on a proof, so
the manifest goes to the two parties only: inside the letter's PDF and in the sender's archive.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

import rfc8785

NAME = "manifest.json"
"""Name of the manifest inside a letter's PDF."""
VERSION = 1
_HEX_64 = re.compile(r"[0-9a-f]{64}\Z")


class ManifestMalformed(ValueError):
    """The bytes are not a manifest of this version."""


@dataclass(frozen=True)
class Piece:
    """One attachment as it was deposited."""

    name: str
    """File name given by the sender, NFC, without control or path characters."""
    size: int
    """Bytes."""
    media_type: str
    sha256: str
    """64 lower-case hexadecimal digits."""


@dataclass(frozen=True)
class Manifest:
    """The content of a letter, by digest."""

    message: Piece
    """The message itself, as UTF-8 text; its name is ``message.txt``."""
    attachments: tuple[Piece, ...]
    """In the order of the sender."""
    salt: str
    """64 hexadecimal digits from the system's random source."""

    def to_json(self) -> bytes:
        """Return the canonical bytes (RFC 8785) over which the commitment is made."""
        return rfc8785.dumps(
            {
                "v": VERSION,
                "message": _piece_to_dict(self.message),
                "attachments": [_piece_to_dict(piece) for piece in self.attachments],
                "salt": self.salt,
            }
        )

    @property
    def commitment(self) -> str:
        """SHA-256 over the canonical manifest, 64 hexadecimal digits."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @classmethod
    def from_json(cls, raw: bytes) -> Manifest:
        """Read a manifest back; raise `ManifestMalformed` unless `raw` is exactly what `to_json` writes."""
        try:
            data = json.loads(raw)
            manifest = cls(
                message=_piece_from_dict(data["message"]),
                attachments=tuple(_piece_from_dict(piece) for piece in data["attachments"]),
                salt=data["salt"],
            )
        except (ValueError, KeyError, TypeError, RecursionError) as fault:
            raise ManifestMalformed(f"not a manifest: {fault}") from fault
        if not isinstance(manifest.salt, str) or not _HEX_64.match(manifest.salt):
            raise ManifestMalformed("salt: got something else than 64 hexadecimal digits")
        if manifest.to_json() != raw:
            raise ManifestMalformed("the bytes are not the canonical form of a version 1 manifest")
        return manifest


def _piece_to_dict(piece: Piece) -> dict[str, Any]:
    return {"name": piece.name, "size": piece.size, "type": piece.media_type, "sha256": piece.sha256}


def _piece_from_dict(data: dict[str, Any]) -> Piece:
    piece = Piece(name=data["name"], size=data["size"], media_type=data["type"], sha256=data["sha256"])
    if not isinstance(piece.sha256, str) or not _HEX_64.match(piece.sha256):
        raise ManifestMalformed("sha256: got something else than 64 hexadecimal digits")
    return piece
