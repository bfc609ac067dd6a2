"""Encryption at rest. Content is never on disk in the clear, and a letter is erased by destroying one key.

    key-encryption key (file, rotated)  ─wraps→  letter key (a column)  ─seals→  envelope, object keys, proofs, particulars
    object key (one per object)         ─encrypts→  the object's bytes in the store

Objects are Cobblestone-256 streams (C2SP chunked encryption, from `cryptography`) with the object's id as context; records
are AES-256-GCM with the record's place as associated data, so that none can be moved to another place unnoticed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class VaultDamaged(RuntimeError):
    """Stored bytes do not decrypt: they, or their key, are not what was stored."""


class Sink(Protocol):
    """A store's half-written object."""

    def write(self, data: bytes) -> None: ...
    def commit(self) -> None:
        """Make the object durable under its id."""

    def abort(self) -> None:
        """Leave nothing behind."""


class Store(Protocol):
    """Where opaque bytes are kept."""

    def create(self, object_id: str) -> Sink: ...
    def read(self, object_id: str) -> Iterator[bytes]: ...
    def delete(self, object_id: str) -> None: ...
    def forget_unfinished(self, *, before: datetime) -> int: ...


@dataclass(frozen=True)
class LetterKey:
    """A letter's key, with the form in which the database holds it. Its text form shows nothing."""

    key: bytes
    wrapped: bytes
    key_id: str

    def __repr__(self) -> str:
        return f"LetterKey(key_id={self.key_id!r})"


class ObjectWriter:
    """An object on its way into the store: encrypts, counts and digests as it goes. Memory use does not depend on size."""

    def __init__(self, store: Store) -> None:
        self.object_id = secrets.token_hex(16)
        self.key = Cobblestone256Encryptor.generate_key()
        self.size = 0
        self._digest = hashlib.sha256()
        self._encryptor = Cobblestone256Encryptor(self.key, self.object_id.encode())
        self._sink = store.create(self.object_id)
        self._open = True

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self._digest.update(data)
        self._sink.write(self._encryptor.update(data))
        return len(data)

    def commit(self) -> None:
        """Finish and make durable."""
        self._sink.write(self._encryptor.finalize())
        self._sink.commit()
        self._open = False

    def abort(self) -> None:
        """Leave nothing behind, unless already committed."""
        if self._open:
            self._open = False
            with suppress(OSError):  # a full disk refuses even the last bytes of what is thrown away
                self._sink.abort()

    @property
    def sha256(self) -> str:
        """Digest of the clear bytes so far."""
        return self._digest.hexdigest()


class Vault:
    """Keys and ciphers over a store."""

    def __init__(self, store: Store, keys: tuple[tuple[str, bytes], ...]) -> None:
        self._store = store
        self._keys = dict(keys)
        self._newest = keys[-1][0]

    def new_letter_key(self) -> LetterKey:
        """Make a letter's key and wrap it under the newest key-encryption key."""
        key = AESGCM.generate_key(256)
        wrapped = _encrypt(self._keys[self._newest], key, f"letter key/{self._newest}")
        return LetterKey(key, wrapped, self._newest)

    def unwrap(self, wrapped: bytes, key_id: str) -> bytes:
        """Return a letter's key; raise `VaultDamaged`."""
        if key_id not in self._keys:
            raise VaultDamaged(f"vault key {key_id!r} is not in vault.keys")
        return _decrypt(self._keys[key_id], wrapped, f"letter key/{key_id}")

    @staticmethod
    def seal(key: bytes, data: bytes, place: str) -> bytes:
        """Encrypt a record for the one place it belongs to."""
        return _encrypt(key, data, place)

    @staticmethod
    def open(key: bytes, sealed: bytes, place: str) -> bytes:
        """Decrypt a record from its place; raise `VaultDamaged`."""
        return _decrypt(key, sealed, place)

    def writer(self) -> ObjectWriter:
        return ObjectWriter(self._store)

    def put(self, data: bytes) -> ObjectWriter:
        """Store a small object whole."""
        writer = self.writer()
        try:
            writer.write(data)
            writer.commit()
        finally:
            writer.abort()
        return writer

    def read(self, object_id: str, key: bytes) -> Iterator[bytes]:
        """Yield an object's clear bytes in blocks; raise `VaultDamaged` at the first block that was altered."""
        decryptor = Cobblestone256Decryptor(key, object_id.encode())
        try:
            for block in self._store.read(object_id):
                clear = decryptor.update(block)
                if clear:
                    yield clear
            last = decryptor.finalize()
        except InvalidTag:
            raise VaultDamaged(f"object {object_id}: altered or cut short") from None
        if last:
            yield last

    def read_whole(self, object_id: str, key: bytes) -> bytes:
        return b"".join(self.read(object_id, key))

    def delete(self, object_id: str) -> None:
        self._store.delete(object_id)

    def forget_unfinished(self, *, before: datetime) -> int:
        """Delete what a process that died left half-written before an instant; return how many."""
        return self._store.forget_unfinished(before=before)


def _encrypt(key: bytes, data: bytes, place: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, place.encode())


def _decrypt(key: bytes, sealed: bytes, place: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())
    except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
        raise VaultDamaged(f"record {place}: altered, or under another key") from None
