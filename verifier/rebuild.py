"""Write a sealed proof again, and demand the same bytes.

A proof's revisions are a function of few things: the instant and the name in the seal, the containers, the validation data
and an identifier a revision. Those are read from the file by pattern, with no parser to fool; then the revisions are written
around them by the code that writes them for a seal. Where the bytes are the same, the structure is right in every particular:
ranges, gaps, dictionaries, tables, trailers, and nothing before, between or behind. Where they are not, nothing is known, and
the file is for the general validator.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from verifier import revise
from verifier.append import Document, FileUnfit

MAX_REVISIONS = 64
_END = b"%%EOF\n"
_CONTAINER = re.compile(rb"/Contents <((?:[0-9A-F]{2})+)>>>\nendobj\n")
_SEAL = re.compile(rb"/M(\(D:[0-9]{14}Z\))/Name<FEFF((?:[0-9A-F]{4})+)>/ByteRange \[")
_IDENTIFIER = re.compile(rb"/ID\[<[0-9a-f]*><([0-9a-f]{32})>\]/Prev [0-9]+>>\nstartxref\n[0-9]+\n\Z")
_STREAM = re.compile(rb"([0-9]+) 0 obj\n<</Length ([0-9]+)>>\nstream\n")
_STREAM_END = b"\nendstream\nendobj\n"
_STORE = re.compile(rb"<</Type/DSS/Certs\[([0-9R ]*)\]/CRLs\[([0-9R ]*)\]>>\nendobj\n")


class NotRebuilt(ValueError):
    """The file is not what the seal's writer would have written, or not of the form it writes today."""


@dataclass(frozen=True)
class Signed:
    """One container of the file."""

    container: bytes
    """DER, without its padding."""
    digest: bytes
    """SHA-256 of what it covers: the file up to the end of its revision, without the gap."""


@dataclass(frozen=True)
class Rebuilt:
    """What varies from one proof to another."""

    seal: Signed
    when: str
    """The instant that the seal declares, as a PDF date."""
    name: str
    time_stamps: tuple[Signed, ...]
    certificates: tuple[bytes, ...]
    lists: tuple[bytes, ...]


def rebuild(raw: bytes, drawn: bytes) -> Rebuilt:
    """Return what varies in `raw`, a drawn page and the revisions of a seal.

    Raise `NotRebuilt` unless the file, written again from that alone, is the same.
    """
    if not raw.startswith(drawn) or not raw.endswith(_END):
        raise NotRebuilt("the file does not begin with the page, or does not end where a revision ends")
    revisions = raw[len(drawn) :].removesuffix(_END).split(_END)
    if len(revisions) < 3 or len(revisions) % 2 == 0 or len(revisions) > MAX_REVISIONS:
        raise NotRebuilt(f"got {len(revisions)} revisions, expected a seal and pairs of validation data and time stamp")
    try:
        found = _rewritten(raw, drawn, revisions)
    except (FileUnfit, ValueError, LookupError) as fault:
        raise NotRebuilt(str(fault)) from fault
    return found


def _rewritten(raw: bytes, drawn: bytes, revisions: list[bytes]) -> Rebuilt:
    identifiers = iter([bytes.fromhex(_one(_IDENTIFIER, part)[1].decode()) for part in revisions])
    document = Document(drawn, identify=lambda: next(identifiers))
    mark = _one(_SEAL, revisions[0])
    when, name = mark[1], bytes.fromhex(mark[2].decode()).decode("utf-16-be")
    signed: list[Signed] = []
    certificates: list[bytes] = []
    lists: list[bytes] = []
    room, put = _container(revisions[0], signed)
    revise.certify(document, when=when, name=name, room=room, container=put)
    for at in range(1, len(revisions), 2):
        if at > 1:  # a renewal opens the file anew
            document = Document(document.to_bytes(), identify=lambda: next(identifiers))
        new = _validation_data(revisions[at])
        certificates += new["/Certs"]
        lists += new["/CRLs"]
        revise.add_validation_data(document, new)
        room, put = _container(revisions[at + 1], signed)
        revise.time_stamp(document, room=room, container=put)
    if document.to_bytes() != raw:
        raise NotRebuilt("the revisions, written again, are other bytes")
    return Rebuilt(signed[0], when.decode(), name, tuple(signed[1:]), tuple(certificates), tuple(lists))


def _container(revision: bytes, signed: list[Signed]) -> tuple[int, Callable[[bytes], bytes]]:
    """Return the room of a revision's container, and what gives it back and notes what it covers."""
    held = bytes.fromhex(_one(_CONTAINER, revision)[1].decode())
    container = held[: _length(held)]

    def put(digest: bytes) -> bytes:
        signed.append(Signed(container, digest))
        return container

    return len(held), put


def _length(der: bytes) -> int:
    """Return the length of the DER value that some bytes begin with (X.690, 8.1.3)."""
    if len(der) < 4 or der[0] != 0x30 or der[1] not in (0x82, 0x83):
        raise NotRebuilt("container: expected a sequence with a length of two or three octets")
    octets = der[1] & 0x7F
    return 2 + octets + int.from_bytes(der[2 : 2 + octets], "big")


def _validation_data(revision: bytes) -> dict[str, list[bytes]]:
    """Return the streams that a revision adds to the document security store, certificates and revocation lists apart."""
    streams: dict[int, bytes] = {}
    for found in _STREAM.finditer(revision):
        end = found.end() + int(found[2])
        if revision[end : end + len(_STREAM_END)] == _STREAM_END:
            streams[int(found[1])] = revision[found.end() : end]
    store = _one(_STORE, revision)
    named = {
        key: [int(number) for number in re.findall(rb"([0-9]+) 0 R", store[at])]
        for at, key in enumerate(("/Certs", "/CRLs"), 1)
    }
    return {key: [streams[one] for one in numbers if one in streams] for key, numbers in named.items()}


def _one(pattern: re.Pattern[bytes], part: bytes) -> re.Match[bytes]:
    found = list(pattern.finditer(part))
    if len(found) != 1:
        raise NotRebuilt(f"got {len(found)} places like {pattern.pattern.decode()}, expected one")
    return found[0]
