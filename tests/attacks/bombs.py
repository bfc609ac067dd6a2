"""Small files that cost a parser gigabytes, minutes or its stack."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache

from tests.attacks import contract, layout
from tests.attacks.layout import HEADER, deflated, stream
from tests.attacks.steady import steady
from tests.attacks.wrapping import RANGE, Attack, dictionary_number

_DEEP = 200_000
_CATALOG = b"<</Type/Catalog/Pages 2 0 R%s>>"
_TREE = b"<</Type/Pages/Kids[]/Count 0>>"


@cache
def bombs() -> tuple[Attack, ...]:
    """Every one of them."""
    with steady("bombs"):
        return (*_streams(), *_nested(), *_tables(), *_loops(), *_signatures())


def _streams() -> Iterator[Attack]:
    gigabyte = zlib.compress(bytes(1 << 30), 9)
    bomb = b"<</Filter/FlateDecode/Length %d>>stream\n" % len(gigabyte) + gigabyte + b"\nendstream"
    yield "bomb: deflate", _pdf(b"/Metadata 3 0 R", bomb)
    twice = zlib.compress(gigabyte, 9)
    entries = b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(twice)
    yield "bomb: deflate in deflate", _pdf(b"/Metadata 3 0 R", entries + twice + b"\nendstream")
    chain = b"<</Filter[%s]/Length 4>>stream\nabcd\nendstream" % (b"/ASCIIHexDecode" * 100_000)
    yield "bomb: a hundred thousand filters", _pdf(b"/Metadata 3 0 R", chain)
    runs = b"\x81\0" * 400_000 + b"\x80"
    yield (
        "bomb: run lengths",
        _pdf(b"/Metadata 3 0 R", b"<</Filter/RunLengthDecode/Length %d>>stream\n%s\nendstream" % (len(runs), runs)),
    )
    wide = b"/DecodeParms<</Predictor 15/Columns 2147483647/Colors 2147483647>>"
    yield "bomb: predictor of endless rows", _pdf(b"/Metadata 3 0 R", deflated(bytes(1 << 16), wide))
    embedded = b"/Names<</EmbeddedFiles<</Names[%s]>>>>" % (b"(a)<</F(a)/EF<</F 3 0 R>>>>" * 20_000)
    yield "bomb: twenty thousand times the same attachment", _pdf(embedded, deflated(bytes(1 << 22)))


def _nested() -> Iterator[Attack]:
    arrays = b"[" * _DEEP + b"]" * _DEEP
    yield "bomb: nested arrays", _pdf(b"/AcroForm <</Fields " + arrays + b">>")
    yield "bomb: nested arrays, no catalog", b"%PDF-1.7\n1 0 obj\n" + arrays + b"\nendobj\n"
    yield "bomb: nested dictionaries", _pdf(b"/AcroForm" + b"<</A" * _DEEP + b" 1" + b">>" * _DEEP)
    yield "bomb: nested brackets of a string", _pdf(b"/Lang" + b"(" * _DEEP + b")" * _DEEP)
    yield "bomb: a number of a million digits", _pdf(b"/Lang " + b"9" * 1_000_000)
    yield "bomb: a name of a million characters", _pdf(b"/Lang/" + b"#41" * 1_000_000)
    kids = {3: b"<</Fields[4 0 R]>>"}
    kids |= {number: b"<</T(a)/Kids[%d 0 R]>>" % (number + 1) for number in range(4, 20_000)}
    yield "bomb: a field twenty thousand deep", layout.classic({1: _CATALOG % b"/AcroForm 3 0 R", 2: _TREE, **kids})
    pages = {1: _CATALOG % b"", 2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>"}
    pages |= {number: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 1) for number in range(3, 20_000)}
    yield "bomb: a page tree twenty thousand deep", layout.classic(pages)


def _tables() -> Iterator[Attack]:
    rows = zlib.compress(bytes(4 * (1 << 26)), 9)
    entries = b"<</Type/XRef/Size %d/W[1 2 1]/Root 2 0 R/Filter/FlateDecode/Length %d>>stream\n" % (1 << 26, len(rows))
    yield "bomb: cross-reference stream", _streamed(b"1 0 obj\n" + entries + rows + b"\nendstream\nendobj\n")
    narrow = b"<</Type/XRef/Size %d/W[0 0 0]/Root 2 0 R/Length 0>>stream\n\nendstream" % (1 << 31)
    yield "bomb: cross-reference stream of no width", _streamed(b"1 0 obj\n" + narrow + b"\nendobj\n")
    index = b"<</Type/XRef/Size 22/W[1 4 1]/Index[0 1 2 %d 4 1]/Root 2 0 R/Length 6>>stream\nabcdef\nendstream" % 2**63
    yield "bomb: cross-reference stream of endless index", _streamed(b"1 0 obj\n" + index + b"\nendobj\n")
    wide = b"<</Type/XRef/Size 9/W[1 %d 1]/Root 2 0 R/Length 4>>stream\nabcd\nendstream" % (1 << 40)
    yield "bomb: cross-reference stream of endless width", _streamed(b"1 0 obj\n" + wide + b"\nendobj\n")
    yield "bomb: table that claims a billion rows", HEADER + b"xref\n0 1000000000\n0000000000 65535 f \n" + _end(1, 0)
    out, previous = HEADER, 0
    for _ in range(20_000):
        here = len(out)
        out += b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Root 1 0 R%s>>\n" % (
            b"/Prev %d" % previous if previous else b""
        )
        previous = here
    yield "bomb: twenty thousand revisions", out + b"startxref\n%d\n%%%%EOF\n" % previous


def _loops() -> Iterator[Attack]:
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n"
    yield "bomb: looping table", b"%PDF-1.7\n" + table
    extends = b"<</Type/ObjStm/N 1/First 4/Extends 3 0 R/Length 8>>stream\n9 0 null\nendstream"
    yield "bomb: object stream that extends itself", _pdf(b"/AcroForm 9 0 R", extends)
    yield "bomb: object stream inside itself", _object_streams({3: 3, 4: 3})
    yield "bomb: object streams inside each other", _object_streams({3: 4, 4: 3, 5: 3})
    yield "bomb: length that is the stream itself", _pdf(b"/Metadata 3 0 R", b"<</Length 3 0 R>>stream\nabc\nendstream")
    yield (
        "bomb: page tree that holds itself",
        layout.classic({1: _CATALOG % b"", 2: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"}),
    )
    loop = b"<</T(a)/FT/Sig/Kids[3 0 R]/Parent 3 0 R/V 3 0 R>>"
    yield "bomb: field that holds itself", _pdf(b"/AcroForm<</Fields[3 0 R]>>", loop)
    orphan = b"<</T(a)/V 4 0 R/Parent 3 0 R>>"
    yield "bomb: field that is its own parent", _pdf(b"/AcroForm<</Fields[3 0 R]>>", orphan)
    names = b"/Names<</EmbeddedFiles 3 0 R>>"
    yield "bomb: name tree that holds itself", _pdf(names, b"<</Kids[3 0 R 3 0 R]/Limits[(a)(b)]>>")
    yield "bomb: reference to itself", _pdf(b"/AcroForm 3 0 R", b"3 0 R")


def _signatures() -> Iterator[Attack]:
    """Behind a signature, so that containers and differences are looked at."""
    raw = contract.signed()
    found = RANGE.search(raw)
    assert found is not None
    first, second = int(found[2]), int(found[3])
    room = second - first - 2
    for name, octets in {
        "nested endlessly": b"\x30\x80" * (room // 4),
        "nested sequences": _sequences(room // 2 - 40),
        "an identifier of one arc": b"\x06\x82" + (room // 2 - 4).to_bytes(2, "big") + b"\xff" * (room // 2 - 4),
    }.items():
        digits = octets.hex().encode()[: room - room % 2]
        yield f"bomb: container {name}", raw[: first + 1] + digits.ljust(room, b"0") + raw[second - 1 :]
    yield "bomb: shared references without end", _shared()
    many = b"".join(b"%d 0 R " % number for number in range(100, 5_100))
    bodies = {10: b"<</Fields[%s]>>" % many}
    value = dictionary_number(raw)
    bodies |= {number: b"<</FT/Sig/T(s%d)/V %d 0 R>>" % (number, value) for number in range(100, 5_100)}
    yield "bomb: five thousand fields for one signature", contract.rewrite(raw, bodies)
    again = raw
    for number in range(200):
        again = contract.rewrite(again, {70: b"(%d)" % number})
    yield "bomb: two hundred revisions after a signature", again


def _shared() -> bytes:
    """Forty dictionaries, each naming the next one twice: a walk without memory takes a trillion steps."""
    objects = contract.objects()
    objects[1] = objects[1].replace(b"/Lang(fr)", b"/Lang(fr)/PieceInfo 30 0 R")
    objects |= {number: b"<</A %d 0 R/B %d 0 R>>" % (number + 1, number + 1) for number in range(30, 70)}
    objects |= dict.fromkeys(range(20, 30), b"null") | {70: b"(before)"}
    raw = layout.classic(dict(sorted(objects.items())))
    signed = contract.sign(raw, stamped=False)
    return contract.rewrite(signed, {70: b"(after)"})


def _sequences(size: int) -> bytes:
    octets = b""
    while len(octets) < size:
        octets = b"\x30\x82" + len(octets).to_bytes(2, "big") + octets
    return octets


def _object_streams(inside: dict[int, int]) -> bytes:
    """A file whose objects lie in object streams that lie in object streams; `inside` says in which."""
    out, places = HEADER, {}
    for number, body in {1: _CATALOG % b"/AcroForm 4 0 R", 2: _TREE}.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = {number: (1, place, 0) for number, place in places.items()}
    rows |= {number: (2, holder, 0) for number, holder in inside.items()}
    table = max(rows) + 1
    rows |= {table: (1, len(out), 0)}
    data = b"".join(
        bytes([rows[one][0]]) + rows[one][1].to_bytes(4, "big") + bytes([rows[one][2]]) for one in sorted(rows)
    )
    index = b" ".join(b"%d 1" % one for one in sorted(rows))
    entries = b"/Type/XRef/W[1 4 1]/Root 1 0 R/Size %d/Index[%s]" % (table + 1, index)
    at = len(out)
    out += b"%d 0 obj\n%s\nendobj\n" % (table, stream(data, entries))
    return out + b"startxref\n%d\n%%%%EOF\n" % at


def _pdf(catalog: bytes, *more: bytes) -> bytes:
    """A file with this in its catalog, and these objects from number 3 on."""
    return layout.classic({1: _CATALOG % catalog, 2: _TREE} | dict(enumerate(more, 3)))


def _streamed(table: bytes) -> bytes:
    return HEADER + table + b"startxref\n%d\n%%%%EOF\n" % len(HEADER)


def _end(size: int, previous: int) -> bytes:
    more = b"/Prev %d" % previous if previous else b""
    return b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, more, len(HEADER))
