"""The journal: entries that hold no personal data, and the RFC 6962 tree over them.

An entry is canonical JSON (RFC 8785). It names its letter and its actor by salted commitments only, under a salt of its own
that lies elsewhere under the letter's key: with the salt an auditor can open an entry, without it nobody can, and when the
key is destroyed the log still verifies.

    leaf = SHA-256(0x00 ‖ entry)        node = SHA-256(0x01 ‖ left ‖ right)        empty root = SHA-256("")

The tree is read through a function ``node(level, index)`` that returns the root of the *perfect* subtree over leaves
``index·2^level … (index+1)·2^level - 1``; who stores those hashes is not this module's concern.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from verifier.note import Checkpoint, VerifierKey, open_checkpoint

VERSION = 1
PROOF_HEADER = "c2sp.org/tlog-proof@v1"

NodeReader = Callable[[int, int], bytes]


class EntryMalformed(ValueError):
    """The bytes are not a journal entry of a known version."""


class InclusionFailed(ValueError):
    """The hashes do not lead from the leaf to the root."""


@dataclass(frozen=True)
class Entry:
    """One fact, as the public may see it."""

    event: str
    """URI of what happened: ETSI EN 319 522's where there is one, else of this project's namespace."""
    time: datetime
    """Aware UTC, whole seconds."""
    letter_commitment: str | None = None
    """64 hexadecimal digits: `commit(salt, "letter", proof core)`; None for an act of the service on itself."""
    actor_commitment: str | None = None
    """64 hexadecimal digits: `commit(salt, "actor", who)`; None where nobody acted."""
    prev_status: str | None = None
    status: str | None = None
    evidence_sha256: str | None = None
    """Digest of the evidence that the fact gives rise to, if it does."""

    def to_json(self) -> bytes:
        """Return the exact bytes that are hashed into the tree."""
        return rfc8785.dumps({"v": VERSION, **asdict(self), "time": format_time(self.time)})

    @classmethod
    def from_json(cls, raw: bytes) -> Entry:
        """Read an entry back; raise `EntryMalformed` unless `raw` is exactly what `to_json` writes."""
        try:
            data: dict[str, Any] = json.loads(raw)
            version = data.pop("v")
            entry = cls(**{**data, "time": parse_time(data["time"])})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
            raise EntryMalformed(f"not a journal entry: {fault}") from fault
        if version != VERSION:
            raise EntryMalformed(f"entry version: got {version!r}, expected {VERSION}")
        if entry.to_json() != raw:
            raise EntryMalformed("the bytes are not the canonical form of an entry")
        return entry


def commit(salt: bytes, purpose: str, text: str) -> str:
    """Commit to `text` under a salt of 32 bytes: hex HMAC-SHA-256(salt, purpose ‖ 0x00 ‖ text)."""
    return hmac.new(salt, purpose.encode() + b"\0" + text.encode(), hashlib.sha256).hexdigest()


def format_time(moment: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC with whole seconds: ``2026-04-14T04:39:05Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """Read what `format_time` writes, and nothing else."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


# --- RFC 6962 §2.1 -----------------------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtree_root(start: int, end: int, node: NodeReader) -> bytes:
    """Root over leaves `start` … `end - 1`, where `start` is a multiple of the largest power of two below the width."""
    width = end - start
    if width == 0:
        return hashlib.sha256(b"").digest()
    level = width.bit_length() - 1
    if width == 1 << level:
        return node(level, start >> level)
    split = 1 << level
    return node_hash(subtree_root(start, start + split, node), subtree_root(start + split, end, node))


def root(size: int, node: NodeReader) -> bytes:
    """Merkle tree head over the first `size` leaves."""
    return subtree_root(0, size, node)


def inclusion(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling up (RFC 6962 §2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"index: got {index}, expected one below the size {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = 1 << ((end - start - 1).bit_length() - 1)
        if index < start + split:
            path.append(subtree_root(start + split, end, node))
            end = start + split
        else:
            path.append(subtree_root(start, start + split, node))
            start += split
    return path[::-1]


def consistency(old: int, new: int, node: NodeReader) -> list[bytes]:
    """Proof that the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 6962 §2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"sizes: got {old} and {new}, expected 0 < old <= new")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        split = 1 << ((end - start - 1).bit_length() - 1)
        if old <= start + split:
            path.append(subtree_root(start + split, end, node))
            end = start + split
        else:
            path.append(subtree_root(start, start + split, node))
            start += split
            whole = False
    if not whole:
        path.append(subtree_root(start, end, node))
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Compute the root that `path` leads to from `leaf` at `index` (RFC 9162 §2.1.3.2); raise `InclusionFailed`."""
    if not 0 <= index < size:
        raise InclusionFailed(f"index: got {index}, expected one below the size {size}")
    position, last, computed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise InclusionFailed("the path is too long")
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            computed = node_hash(computed, sibling)
        position >>= 1
        last >>= 1
    if last != 0:
        raise InclusionFailed("the path is too short")
    return computed


def consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` joins the two heads (RFC 9162 §2.1.4.2)."""
    if old == new:
        return not path and hmac.compare_digest(old_root, new_root)
    if not 0 < old < new or not path:
        return False
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    position, last = old - 1, new - 1
    while position & 1:
        position >>= 1
        last >>= 1
    first = second = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            second = node_hash(second, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and hmac.compare_digest(first, old_root) and hmac.compare_digest(second, new_root)


class Frontier:
    """The perfect subtrees of a growing tree, which is all that appending needs.

    `append` yields each perfect node ``(level, index, hash)`` that the leaf completes, so that a store can keep them.
    """

    def __init__(self, size: int, node: NodeReader) -> None:
        self.size = size
        self._roots = [node(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1][
            ::-1
        ]

    def append(self, leaf: bytes) -> Iterable[tuple[int, int, bytes]]:
        level, index, computed = 0, self.size, leaf
        completed = [(level, index, computed)]
        while index & 1:
            computed = node_hash(self._roots.pop(), computed)
            level, index = level + 1, index >> 1
            completed.append((level, index, computed))
        self._roots.append(computed)
        self.size += 1
        return completed


# --- C2SP tlog-proof v1 ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class InclusionProof:
    """Where an entry stands in the log, with the checkpoint that says so."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    """The signed note, verbatim."""

    def __str__(self) -> str:
        hashes = "".join(base64.b64encode(sibling).decode() + "\n" for sibling in self.path)
        return f"{PROOF_HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> InclusionProof:
        """Read a ``.tlog-proof``; its unauthenticated ``extra`` line is passed over."""
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines[0] != PROOF_HEADER:
            raise InclusionFailed("tlog-proof: unknown header")
        if len(lines) > 1 and lines[1].startswith("extra "):
            del lines[1]
        word, _, number = lines[1].partition(" ") if len(lines) > 1 else ("", "", "")
        if word != "index" or not number.isascii() or not number.isdigit() or len(number) > 19 or len(lines) > 2 + 64:
            raise InclusionFailed("tlog-proof: malformed index")
        try:
            path = tuple(base64.b64decode(line, validate=True) for line in lines[2:])
        except binascii.Error as fault:
            raise InclusionFailed("tlog-proof: malformed hash") from fault
        if any(len(sibling) != 32 for sibling in path):
            raise InclusionFailed("tlog-proof: expected hashes of 32 bytes")
        return cls(int(number), path, checkpoint)

    def open(self, entry: bytes, keys: Iterable[VerifierKey]) -> Checkpoint:
        """Return the checkpoint once it is signed by one of `keys` and covers `entry`.

        Raises `InclusionFailed` or `verifier.note.NoteRejected`.
        """
        checkpoint = open_checkpoint(self.checkpoint, keys)
        computed = root_from_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.path)
        if not hmac.compare_digest(computed, checkpoint.root):
            raise InclusionFailed("the entry is not in the log that the checkpoint describes")
        return checkpoint


def policy_text(log: VerifierKey) -> str:
    """The trust policy of one log without witnesses (C2SP tlog-policy)."""
    return f"log {log}\nquorum none\n"


def policy_keys(text: str) -> list[VerifierKey]:
    """Return the log keys of a policy; witness and group lines are read by name only."""
    keys = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words and words[0] == "log" and len(words) in (2, 3):
            keys.append(VerifierKey.parse(words[1]))
        elif words and words[0] not in ("witness", "group", "quorum"):
            raise EntryMalformed(f"policy: unknown line {words[0]!r}")
    return keys
