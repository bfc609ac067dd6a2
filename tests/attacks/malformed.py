"""Certificates, revocation lists and containers that are not DER any more: one element after the other is given another tag.

A signature does not depend on what else lies in the store, and a container that cannot be read is no ground to stop.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.serialization import Encoding

from tests.attacks import contract
from tests.attacks.archive import ARCHIVED_AT, stamped, stored
from tests.attacks.vector import NEVER_VALID, SOUND, Expected, Vector
from tests.attacks.wrapping import RANGE

_OTHER = {0x05: 0x04, 0x30: 0x31, 0x04: 0x05}
_CONSTRUCTED = 0x20


def elements(octets: bytes, start: int = 0, end: int | None = None) -> Iterator[int]:
    """Yield where each element of a DER value begins, outer ones first (X.690, 8.1)."""
    end = len(octets) if end is None else end
    while start < end:
        length, head = octets[start + 1], 2
        if length & 0x80:
            head += length & 0x7F
            length = int.from_bytes(octets[start + 2 : start + head], "big")
        yield start
        if octets[start] & _CONSTRUCTED:
            yield from elements(octets, start + head, start + head + length)
        start += head + length


def retagged(octets: bytes, at: int) -> bytes:
    """Return the value with another tag at one place."""
    tag = octets[at]
    return octets[:at] + bytes([_OTHER.get(tag, 0x05)]) + octets[at + 1 :]


def store() -> Iterator[Vector]:
    """In the document security store, beside what the signature needs."""
    post = contract.parties().signer
    post.clock.time = ARCHIVED_AT
    raw = contract.bare()
    for name, octets, key in (
        ("certificate", contract.parties().other.seal.certificate.public_bytes(Encoding.DER), "/Certs"),
        ("revocation list", contract.parties().other.revocation()[0], "/CRLs"),
    ):
        # each file is archived anew, which takes longer than judging it: one element in four
        for number, at in list(enumerate(elements(octets)))[::4]:
            more = {key: [retagged(octets, at)]}
            file = stamped(stored(raw, post, at=ARCHIVED_AT, more=more), post, at=ARCHIVED_AT)
            yield _vector(f"malformed: {name}, element {number}", file, Expected(SOUND, intact=True))
        nonsense = {key: [b"", b"\x30", b"\x30\x80", b"x" * 999, octets[:-9], octets + b"more"]}
        file = stamped(stored(raw, post, at=ARCHIVED_AT, more=nonsense), post, at=ARCHIVED_AT)
        yield _vector(f"malformed: {name}, no DER at all", file, Expected(SOUND, intact=True))


def containers() -> Iterator[Vector]:
    """In the signature value itself."""
    raw = contract.signed()
    found = RANGE.search(raw)
    assert found is not None
    first, second = int(found[2]), int(found[3])
    octets = bytes.fromhex(raw[first + 1 : second - 1].decode())
    room = second - first - 2
    for number, at in list(enumerate(elements(octets.rstrip(b"\0"))))[::3]:
        digits = retagged(octets, at).hex().upper().encode()[:room]
        file = raw[: first + 1] + digits + raw[second - 1 :]
        yield _vector(f"malformed: container, element {number}", file, Expected(NEVER_VALID))


def _vector(name: str, raw: bytes, expected: Expected) -> Vector:
    return Vector(name, raw, expected, contract.parties().signer.root_pem, contract.JUDGED_AT)
