"""Passwords and sign-ins of people with an account. Recipients have none: they are not authenticated, and proofs say so.

A cookie holds 256 random bits; the server keeps their digest, so that a stolen table opens nothing and a sign-out is final.
"""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_PASSWORD = 12
_hasher = PasswordHasher()
_DECOY = _hasher.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password (RFC 9106, the library's defaults)."""
    return _hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether `password` is the one hashed; None, for an unknown account, takes as long to deny as a wrong one."""
    try:
        return _hasher.verify(stored or _DECOY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def new_ticket() -> str:
    """Return the 256 random bits that a cookie carries."""
    return secrets.token_urlsafe(32)


def ticket_digest(ticket: str) -> bytes:
    """Return the form in which the database keeps a ticket."""
    return hashlib.sha256(ticket.encode()).digest()
