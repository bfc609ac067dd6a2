"""Attacks on a genuine proof, as families of files; none of them may be VALID.

Each attack is a name and the bytes of a file. Everything is made from the proof given and keys made here: nothing is random
but those keys.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.proofs import ORIGIN, PRESENTED, Service
from verifier import cms, page
from verifier.append import Document
from verifier.deadline import deadline
from verifier.note import SignerKey
from verifier.statement import AttachmentDigest, ProofKind

Attack = tuple[str, bytes]
_RANGE = re.compile(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\][ ]*")


def flipped(proof: bytes) -> Iterator[Attack]:
    """One bit changed: in the page, the evidence, the signature value, its time stamp, the archive time stamp."""
    gaps = [(int(one[2]), int(one[3])) for one in _RANGE.finditer(proof)]
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


def incremental(proof: bytes) -> Iterator[Attack]:
    """Content appended after the last time stamp, with and without the marks of a revision."""
    number = _free_number(proof)
    content = (
        b"%d 0 obj\n<</Length 44>>stream\nBT /F1 24 Tf 100 700 Td (Faux contenu) Tj ET\nendstream\nendobj\n" % number
    )
    yield "incremental: object alone", proof + content
    yield "incremental: object and end", proof + content + b"%%EOF\n"
    trailer = b"trailer\n<</Size %d /Root %s /Prev %d>>\n" % (number + 1, _root(proof), _startxref(proof))
    yield "incremental: trailer without table", proof + content + trailer + b"%%EOF\n"
    for name, change in _CHANGES.items():
        writer = IncrementalPdfFileWriter(BytesIO(proof))
        change(writer)
        out = BytesIO()
        writer.write(out)
        yield f"incremental: {name}", out.getvalue()
        yield f"incremental: {name}, no end mark", out.getvalue().removesuffix(b"%%EOF\n")


def _page_content(writer: IncrementalPdfFileWriter) -> None:
    leaf = writer.root["/Pages"]["/Kids"][0]
    stream = generic.StreamObject(stream_data=b"1 0 0 rg 0 0 600 850 re f")
    leaf[generic.pdf_name("/Contents")] = writer.add_object(stream)
    writer.update_container(leaf)


def _new_page(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    leaf = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Page"),
            generic.pdf_name("/Parent"): writer.root.raw_get("/Pages"),
            generic.pdf_name("/MediaBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842))),
        }
    )
    pages["/Kids"].append(writer.add_object(leaf))
    pages[generic.pdf_name("/Count")] = generic.NumberObject(2)
    writer.update_container(pages)


def _annotation(writer: IncrementalPdfFileWriter) -> None:
    leaf = writer.root["/Pages"]["/Kids"][0]
    look = generic.StreamObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/XObject"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/Form"),
            generic.pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 400, 400))),
        },
        stream_data=b"1 g 0 0 400 400 re f",
    )
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (100, 400, 500, 800))),
            generic.pdf_name("/AP"): generic.DictionaryObject({generic.pdf_name("/N"): writer.add_object(look)}),
        }
    )
    leaf["/Annots"].append(writer.add_object(note))
    writer.update_container(leaf)


def _evidence(writer: IncrementalPdfFileWriter) -> None:
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    stream = names[1]["/EF"].raw_get("/F")
    held = stream.get_object()
    changed = generic.StreamObject(dict(held), stream_data=held.data.replace(b"Alice", b"Mallo"))
    writer.objects[stream.generation, stream.idnum] = changed


def _catalog(writer: IncrementalPdfFileWriter) -> None:
    writer.root[generic.pdf_name("/OpenAction")] = generic.ArrayObject()
    writer.update_root()


def _seal_dictionary(writer: IncrementalPdfFileWriter) -> None:
    value = writer.root["/AcroForm"]["/Fields"][0].raw_get("/V")
    held = value.get_object()
    held[generic.pdf_name("/Name")] = generic.TextStringObject("Autre poste")
    writer.update_container(held)


def _hidden_seal(writer: IncrementalPdfFileWriter) -> None:
    form = writer.root["/AcroForm"]
    del form["/Fields"][0]
    writer.update_container(form)


_CHANGES: dict[str, Callable[[IncrementalPdfFileWriter], None]] = {
    "page replaced": _page_content,
    "page added": _new_page,
    "annotation over the page": _annotation,
    "evidence replaced": _evidence,
    "catalog changed": _catalog,
    "signature dictionary changed": _seal_dictionary,
    "seal taken out of the form": _hidden_seal,
}


def wrapped(proof: bytes) -> Iterator[Attack]:
    """Signature wrapping: unsigned bytes in the gap, or a gap that is not the value that is verified."""
    found = _RANGE.search(proof)
    assert found is not None
    _, first, second, rest = (int(one) for one in found.groups())
    gap = proof[first:second]
    value = gap[1:-1].rstrip(b"0")
    value += b"0" * (len(value) % 2)
    injected = b"<" + value + b">/Faux (contenu ajoute) "
    yield "wrapping: bytes after the value", proof[:first] + injected.ljust(len(gap), b" ") + proof[second:]
    literal = (
        b"(" + bytes.fromhex(value.decode()).replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"
    )
    yield "wrapping: value as a literal string", proof[:first] + literal.ljust(len(gap), b" ") + proof[second:]
    spaced = b"<" + value[:20] + b" \n" + value[20:] + b">"
    yield "wrapping: white space in the value", proof[:first] + spaced.ljust(len(gap), b"\n") + proof[second:]
    copy = b"\n9999 0 obj\n<</Type /Catalog>>\nendobj\n"
    moved = proof[:second] + copy + proof[second:]
    yield "wrapping: signed end moved", _ranged(moved, found, (0, first, second + len(copy), rest))
    yield "wrapping: gap made larger", _ranged(proof, found, (0, first, second + 100, rest - 100))


def forged(proof: bytes) -> Iterator[Attack]:
    """Universal forgery: a missing or odd /ByteRange or /Contents."""
    found = _RANGE.search(proof)
    assert found is not None
    start, end = found.span()
    for name, value in {
        "missing": b"",
        "null": b"/ByteRange null",
        "empty": b"/ByteRange []",
        "two numbers": b"/ByteRange [0 %d]" % len(proof),
        "negative": b"/ByteRange [0 -1 0 0]",
        "all zero": b"/ByteRange [0 0 0 0]",
        "whole file": b"/ByteRange [0 %d %d 0]" % (len(proof), len(proof)),
        "past the end": b"/ByteRange [0 99 9 99999999]",
    }.items():
        yield f"forgery: byte range {name}", proof[:start] + value.ljust(end - start) + proof[end:]
    first, second = int(found[2]), int(found[3])
    for name, value in {"null": b"null", "empty": b"<>", "zeros": b"<" + b"00" * 100 + b">"}.items():
        yield f"forgery: contents {name}", proof[:first] + value.ljust(second - first) + proof[second:]
    yield "forgery: subfilter unknown", proof.replace(b"/ETSI.CAdES.detached", b"/ETSI.CAdES.detachex")
    yield "forgery: type unknown", re.sub(rb"/Type ?/Sig(?=\s|/)", b"/Type/Sog", proof)


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
    yield "other: encrypted", proof.replace(b"/Info", b"/Encrypt <</Filter /Standard /V 1 /R 2>> /Info", 1)


def bombs() -> Iterator[Attack]:
    """Small files that cost a parser gigabytes, minutes or its stack."""
    deep = b"[" * 200_000 + b"]" * 200_000
    yield "bomb: nested arrays", _pdf(b"<</Type /Catalog /AcroForm <</Fields " + deep + b">>>>", {})
    yield "bomb: nested arrays, no catalog", b"%PDF-1.7\n1 0 obj\n" + deep + b"\nendobj\n"
    loop = b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1 /Root 1 0 R /Prev 9>>\nstartxref\n9\n%%EOF\n"
    yield "bomb: looping table", loop
    gigabyte = zlib.compress(bytes(1 << 30), 9)
    yield "bomb: deflate", _pdf(b"<</Type /Catalog /Pages 2 0 R /Metadata 3 0 R>>", {3: _stream(gigabyte)})
    rows = zlib.compress(bytes(4 * (1 << 26)), 9)
    entry = b"1 0 obj\n<</Type /XRef /Size %d /W [1 2 1] /Root 2 0 R /Filter /FlateDecode /Length %d>>stream\n" % (
        1 << 26,
        len(rows),
    )
    yield "bomb: cross-reference stream", b"%PDF-1.7\n" + entry + rows + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


def _pdf(catalog: bytes, objects: dict[int, bytes]) -> bytes:
    out = b"%PDF-1.7\n"
    at = {}
    for number, body in {1: catalog, 2: b"<</Type /Pages /Kids [] /Count 0>>", **objects}.items():
        at[number] = len(out)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(at) + 1)
    table += b"".join(b"%010d 00000 n \n" % at[number] for number in sorted(at))
    trailer = b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(at) + 1, len(out))
    return out + table + trailer


def _stream(data: bytes) -> bytes:
    return b"<</Filter /FlateDecode /Length %d>>stream\n" % len(data) + data + b"\nendstream"


def _ranged(raw: bytes, found: re.Match[bytes], numbers: tuple[int, int, int, int]) -> bytes:
    start, end = found.span()
    return raw[:start] + (b"/ByteRange [%d %d %d %d]" % numbers).ljust(end - start) + raw[end:]


def _attached_at(proof: bytes, name: str) -> int:
    """Return an offset inside an attached file's stream."""
    reader = PdfFileReader(BytesIO(proof))
    names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
    pairs = {str(names[at]): names[at + 1] for at in range(0, len(names), 2)}
    reference = pairs[name]["/EF"].raw_get("/F")
    return proof.index(b"stream", reader.xrefs[reference.reference]) + 40


def _free_number(proof: bytes) -> int:
    return int(PdfFileReader(BytesIO(proof)).trailer["/Size"])


def _root(proof: bytes) -> bytes:
    reference = PdfFileReader(BytesIO(proof)).root_ref
    return b"%d %d R" % (reference.idnum, reference.generation)


def _startxref(proof: bytes) -> int:
    return int(proof[proof.rindex(b"startxref") + 9 :].split()[0])


def of(service: Service, proof: bytes) -> Iterator[Attack]:
    """Every attack but the bombs; each differs from the proof it is made from."""
    for name, raw in _all(service, proof):
        assert raw != proof, name
        yield name, raw


def _all(service: Service, proof: bytes) -> Iterator[Attack]:
    yield from flipped(proof)
    yield from incremental(proof)
    yield from wrapped(proof)
    yield from forged(proof)
    yield from foreign(service)
    yield from untrue(service)
    yield from other_files(proof)
    yield "second seal", _sealed_twice(service, proof)


def _sealed_twice(service: Service, proof: bytes) -> bytes:
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
