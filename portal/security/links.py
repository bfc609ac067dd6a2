"""The individual link of a letter: signed, versioned, limited in time, and worth nothing without the database's word.

A token is base64url of public id (16 bytes) ‖ version (2) ‖ last day (2, days since 1970-01-01 UTC), a dot, and a 128-bit
truncated HMAC-SHA-256 (RFC 2104 §5): 50 characters, so that the whole address stays on one line of a mail. The signature is
checked first, so a forged token costs no look into the database. Built on itsdangerous: purpose as salt, keys oldest to
newest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm

from portal.domain.errors import LinkExpired, LinkForged

PURPOSE = b"lse letter link v1"
_EPOCH = date(1970, 1, 1)
_SHAPE = struct.Struct(">16sHH")


class _ShortHmac(SigningAlgorithm):
    """HMAC-SHA-256 truncated to 128 bits."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.new(key, value, hashlib.sha256).digest()[:16]


@dataclass(frozen=True)
class Link:
    """What a genuine token says."""

    public_id: bytes
    version: int
    last_day: date
    """UTC; the link is of no use after it."""


class Links:
    """Writes and reads tokens."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._signer = Signer(
            list(keys),
            salt=PURPOSE,
            sep=".",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
            algorithm=_ShortHmac(),
        )

    def token(self, public_id: bytes, *, version: int, expires: datetime) -> str:
        """Return the token for a letter; `expires` is rounded up to the end of its UTC day."""
        days = (expires.astimezone(UTC).date() - _EPOCH).days
        raw = base64.urlsafe_b64encode(_SHAPE.pack(public_id, version, days)).rstrip(b"=")
        return self._signer.sign(raw).decode()

    def read(self, token: str, *, now: datetime) -> Link:
        """Return what `token` says. Raises `LinkForged`, or `LinkExpired` to the holder of a good signature only."""
        try:
            raw, _, signature = token.encode("ascii").rpartition(b".")
            packed = _exactly(raw)
            _exactly(signature)
            self._signer.unsign(token)
            public_id, version, days = _SHAPE.unpack(packed)
        except (BadSignature, binascii.Error, struct.error, ValueError):
            raise LinkForged("link") from None
        link = Link(public_id, version, _EPOCH + timedelta(days=days))
        if now.astimezone(UTC).date() > link.last_day:
            raise LinkExpired("link")
        return link


def _exactly(text: bytes) -> bytes:
    """Decode base64url; raise ValueError on any other spelling of the same bytes (spare bits, foreign characters)."""
    decoded = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != text:
        raise ValueError("base64url: not the canonical spelling")
    return decoded
