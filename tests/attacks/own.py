"""Attacks on a genuine proof of ours, and the untrue proofs that its own issuer must not be able to pass off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.attacks.wrapping import RANGE, Attack
from tests.proofs import ORIGIN, PRESENTED, Service
from verifier import cms, page
from verifier.append import Document
from verifier.deadline import deadline
from verifier.note import SignerKey
from verifier.statement import AttachmentDigest, ProofKind


def flipped(proof: bytes) -> Iterator[Attack]:
    """One bit changed: in the page, the evidence, the signature value, its time stamp, the archive time stamp."""
    gaps = [(int(one[2]), int(one[3])) for one in RANGE.finditer(proof)]
    places = {
        "page": 5000,
        "evidence": _attached_at(proof, page.EVIDENCE_NAME),
        "journal entry": _attached_at(proof, page.ENTRY_NAME),
        "certificate in the seal": gaps[0][0] + 1 + 2 * 200,
        "seal value": proof.index(b"3046", gaps[0][0]) if b"3046" in proof[gaps[0][0] :] else gaps[0][0] + 2000,
        "padding of the seal": gaps[0][1] - 3,
        "archive time stamp": gaps[1][0] + 400,
        "validation data": gaps[0][1] + 1500,
        "last byte": len(proof) - 4,
    }
    for name, at in places.items():
        changed = bytearray(proof)
        changed[at] ^= 1
        yield f"flipped: {name}", bytes(changed)


def foreign(service: Service) -> Iterator[Attack]:
    """The whole proof made again by an authority and a journal of the same names, the printed fingerprint kept."""
    other = Service(key=SignerKey(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(32))))
    stated = service.statement()
    yield "foreign: fingerprint kept", other.seal(page.draw(stated, other.attached(stated)), stated)
    yield "foreign: all its own", other.proof()


def untrue(service: Service) -> Iterator[Attack]:
    """What the issuer itself must not be able to pass off: a page or a journal that its data contradict."""
    stated = service.statement()
    other = replace(stated, attachments=(AttachmentDigest("contrat.pdf", 1234, "application/pdf", "d1" * 32),))
    named = replace(stated, sender=replace(stated.sender, name="Alice Exempla"))
    yield "untrue: page of other data", service.seal(page.draw(stated, service.attached(other)), stated)
    yield "untrue: page of another name", service.seal(page.draw(named, service.attached(stated)), stated)
    yield (
        "untrue: entry not in the journal",
        service.seal(page.draw(stated, service.attached(stated, logged=b"{}")), stated),
    )
    entry = replace(service.entry(stated), evidence_sha256="00" * 32)
    yield (
        "untrue: entry of other evidence",
        service.seal(page.draw(stated, service.attached(stated, entry=entry)), stated),
    )
    entry = replace(service.entry(stated), time=stated.time - timedelta(days=1))
    yield (
        "untrue: entry at another time",
        service.seal(page.draw(stated, service.attached(stated, entry=entry)), stated),
    )
    yield from _late(service)
    yield "untrue: fewer files", service.seal(page.draw(stated, service.attached(stated)[:1]), stated)
    extra = page.Attached("autre.txt", "text/plain", "supplement", "Autre", b"autre")
    yield "untrue: one file more", service.seal(page.draw(stated, [*service.attached(stated), extra]), stated)


def _late(service: Service) -> Iterator[Attack]:
    due = deadline(PRESENTED, "Pacific/Noumea")
    for name, kind, when in (
        ("neglect before its deadline", ProofKind.NEGLECT, due - timedelta(seconds=1)),
        ("receipt after its deadline", ProofKind.RECEIPT, due + timedelta(seconds=1)),
        ("refusal after its deadline", ProofKind.REFUSAL, due + timedelta(seconds=1)),
    ):
        stated = service.moved(service.statement(kind), when)
        yield f"untrue: {name}", service.seal(page.draw(stated, service.attached(stated)), stated)
    stated = service.statement(ProofKind.NEGLECT, deadline=due - timedelta(days=1))
    yield "untrue: deadline moved", service.seal(page.draw(stated, service.attached(stated)), stated)
    stated = service.statement()
    drawn = page.draw(stated, service.attached(stated))
    service.post.clock.time = stated.time - timedelta(minutes=2)
    yield "untrue: sealed before the event", service.post.sealer().seal(drawn, now=service.post.clock.time)


def other_files(proof: bytes) -> Iterator[Attack]:
    """Files that are no proof at all."""
    drawn = proof[: proof.index(b"%%EOF") + 6]
    yield "other: empty", b""
    yield "other: web page", b"<!DOCTYPE html><title>Preuve</title><p>Valide</p>"
    yield "other: header alone", b"%PDF-1.7\n%%EOF\n"
    yield "other: page never sealed", drawn
    yield "other: cut in the middle", proof[: len(proof) // 2]
    yield "other: sealed revision alone", proof[: proof.index(b"%%EOF", len(drawn) + 10) + 6]
    yield "other: bytes after the end", proof + b"\nFaux contenu\n"
    changed = dict(flipped(proof))["flipped: page"]
    yield "other: page that no reader finds", _unfound(changed)
    yield "other: encrypted", proof.replace(b"/Info", b"/Encrypt <</Filter /Standard /V 1 /R 2>> /Info", 1)


def _unfound(proof: bytes) -> bytes:
    """The last table of the file says of the page that it stands where something else does."""
    reader = PdfFileReader(BytesIO(proof))
    page_reference = reader.root["/Pages"]["/Kids"].raw_get(0).reference
    row = b"%010d 00000 n" % reader.xrefs[page_reference]
    at = proof.rindex(row)
    return proof[:at] + b"%010d 00000 n" % 9 + proof[at + len(row) :]


def _attached_at(proof: bytes, name: str) -> int:
    """Return an offset inside an attached file's stream."""
    reader = PdfFileReader(BytesIO(proof))
    names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
    pairs = {str(names[at]): names[at + 1] for at in range(0, len(names), 2)}
    reference = pairs[name]["/EF"].raw_get("/F")
    return proof.index(b"stream", reader.xrefs[reference.reference]) + 40


def sealed_twice(service: Service, proof: bytes) -> bytes:
    """A second signature beside the first, by the same authority, under another name."""
    document = Document(proof)
    credential = service.post.seal.credential
    document.commit_signed(
        field="Second",
        title="Second",
        entries=b"/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached",
        room=8192,
        container=lambda digest: cms.wrap(credential, cms.sign(credential, cms.DATA, digest), cms.DATA, None),
    )
    return document.to_bytes()
