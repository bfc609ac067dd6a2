"""The instance's secrets: one file and one key per purpose, read at start; a missing, short or loose one stops the process.

    links.keys      one key per line, oldest to newest; the last signs, all verify
    vault.keys      `id key` per line, oldest to newest; the last wraps, all unwrap
    session.key     cookies of forms and languages
    index.key       keyed digests by which a sender finds a recipient
    journal.key     Ed25519 seed of the log
    authority.key   passphrase of the embedded TEST authority's keys
    bank.key        the shop's key at the payment gateway

Each key is 32 random bytes in hexadecimal, but for the bank's, which is the bank's to choose.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

BYTES = 32
_SINGLE = ("session", "index", "journal", "authority")


class SecretMissing(RuntimeError):
    """A secret is not there, is too short, or lies open to other users; the process must not start."""


@dataclass(frozen=True)
class Keys:
    """All secrets of an instance. Its text form shows none of them."""

    links: tuple[bytes, ...]
    vault: tuple[tuple[str, bytes], ...]
    session: bytes
    index: bytes
    journal: bytes
    authority: bytes
    bank: str

    def __repr__(self) -> str:
        return "Keys(…)"

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """Read every secret; raise `SecretMissing`."""
        single = {name: _key(_text(folder / f"{name}.key"), name) for name in _SINGLE}
        bank = _text(folder / "bank.key").strip()
        if len(bank) < 16:
            raise SecretMissing(f"bank.key: got {len(bank)} characters, expected at least 16")
        links = tuple(_key(line, "links.keys") for line in _text(folder / "links.keys").splitlines() if line)
        vault = tuple(_named(line) for line in _text(folder / "vault.keys").splitlines() if line)
        if not links or not vault:
            raise SecretMissing("links.keys, vault.keys: got an empty file, expected at least one key")
        names = [name for name, _ in vault]
        if len(set(names)) != len(names):
            raise SecretMissing(f"vault.keys: got the ids {', '.join(names)}, expected each once")
        return cls(links=links, vault=vault, bank=bank, **single)

    @staticmethod
    def create(folder: Path, *, simulated_bank: bool) -> None:
        """Make the secrets that are missing, each readable by this user alone; those that exist are never touched.

        The bank's key is made only for a simulated bank: a real one gives its own.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in _SINGLE:
            _write(folder / f"{name}.key", secrets.token_hex(BYTES))
        _write(folder / "links.keys", secrets.token_hex(BYTES))
        _write(folder / "vault.keys", f"k1 {secrets.token_hex(BYTES)}")
        if simulated_bank:
            _write(folder / "bank.key", secrets.token_hex(16))


def _write(path: Path, text: str) -> None:
    """Create the file whole or not at all, and never over another: a link fails where the name is taken."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(handle)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _text(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise SecretMissing(f"{path.name}: other users can read it; expected mode 0600")
        return path.read_text()
    except FileNotFoundError:
        raise SecretMissing(f"{path}: no such secret; `flask lse init` makes those of a test instance") from None


def _key(text: str, name: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        raise SecretMissing(f"{name}: expected hexadecimal digits") from None
    if len(key) != BYTES or len(set(key)) < 8:
        raise SecretMissing(f"{name}: got a key of {len(key)} bytes or of no randomness, expected {BYTES} random bytes")
    return key


def _named(line: str) -> tuple[str, bytes]:
    name, _, text = line.partition(" ")
    if not name:
        raise SecretMissing("vault.keys: got a line that starts with a space, expected `id key`")
    return name, _key(text, "vault.keys")
