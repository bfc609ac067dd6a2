"""What a caller lays beside a file that is to be judged: named stores of anchors, trusted lists, fetched revocation data.

It travels to the child in front of the file: one line of JSON, then the larger parts as they are.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any


class StoreRefused(ValueError):
    """A file of anchors cannot be used; `code` says why, `source` names it (`verifier.usage` has the sentences)."""

    def __init__(self, code: str, source: str, detail: str = "") -> None:
        super().__init__(f"{source}: {code}: {detail}")
        self.code, self.source, self.detail = code, source, detail


@dataclass(frozen=True)
class Store:
    """One file of anchors, and the name of the store that it belongs to."""

    name: str
    file: str
    raw: bytes


@dataclass(frozen=True)
class Beside:
    """All of it, nothing by default."""

    stores: tuple[Store, ...] = ()
    expired: bool = False
    """Whether anchors that have expired are used too."""
    lists: bytes = b""
    """Services of EU trusted lists, as `verifier.eutl` writes them."""
    list_anchors: bool = False
    """Whether those services are anchors."""
    revocation: tuple[bytes, ...] = ()
    """Revocation lists and OCSP responses in DER."""

    def header(self) -> dict[str, Any]:
        """Return what goes into the request's first line."""
        return {
            "stores": [[one.name, one.file, base64.b64encode(one.raw).decode()] for one in self.stores],
            "expired": self.expired,
            "list_anchors": self.list_anchors,
            "parts": [len(self.lists), *(len(one) for one in self.revocation)],
        }

    def body(self) -> bytes:
        """Return what follows the first line, before the file."""
        return b"".join((self.lists, *self.revocation))


def split(header: dict[str, Any], body: bytes) -> tuple[Beside, bytes]:
    """Return what was laid beside the file, and the file; both from a request of `verifier.sandbox`."""
    parts, position = [], 0
    for size in header.get("parts", ()):
        parts.append(body[position : position + size])
        position += size
    stores = (Store(name, file, base64.b64decode(raw)) for name, file, raw in header.get("stores", ()))
    return Beside(
        stores=tuple(stores),
        expired=bool(header.get("expired")),
        lists=parts[0] if parts else b"",
        list_anchors=bool(header.get("list_anchors")),
        revocation=tuple(parts[1:]),
    ), body[position:] if position else body
