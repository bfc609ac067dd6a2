"""A PDF written out of its objects in each of the layouts that ISO 32000-1 knows, byte for byte the same each time."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_ID = b"/ID[<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]"

Objects = Mapping[int, bytes]
"""Number of an object to its body; the catalog is number 1."""


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """Return the body of a stream without a filter."""
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def deflated(data: bytes, entries: bytes = b"") -> bytes:
    """Return the body of a stream under /FlateDecode."""
    packed = zlib.compress(data, 9)
    return b"<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (entries, len(packed), packed)


def classic(objects: Objects, *, after: bytes = HEADER) -> bytes:
    """One cross-reference table at the end (7.5.4); `after` may hold objects that no table names."""
    out, places = _written(after, objects)
    return out + _table(places, max(objects) + 1, len(out), b"")


def streamed(objects: Objects) -> bytes:
    """Object streams, and a cross-reference stream (7.5.7, 7.5.8)."""
    packed = {number: body for number, body in objects.items() if not body.endswith(b"endstream")}
    holder, table = max(objects) + 1, max(objects) + 2
    index, bodies = b"", b""
    for number, body in packed.items():
        index += b"%d %d " % (number, len(bodies))
        bodies += body + b"\n"
    entries = b"/Type/ObjStm/N %d/First %d" % (len(packed), len(index))
    loose = {number: body for number, body in objects.items() if number not in packed}
    out, places = _written(HEADER, {**loose, holder: deflated(index + bodies, entries)})
    rows = {number: (1, place, 0) for number, place in places.items()} | {0: (0, 0, 255), table: (1, len(out), 0)}
    rows |= {number: (2, holder, position) for position, number in enumerate(packed)}
    return out + _cross_stream(rows, table, len(out)) + b"startxref\n%d\n%%%%EOF\n" % len(out)


def hybrid(objects: Objects) -> bytes:
    """A table for old readers whose trailer names a cross-reference stream for new ones (7.5.8.4)."""
    packed = {number: body for number, body in objects.items() if body.startswith(b"<</Type/Font")}
    holder, table = max(objects) + 1, max(objects) + 2
    index = b"".join(
        b"%d %d " % (number, sum(len(one) + 1 for one in list(packed.values())[:at]))
        for at, number in enumerate(packed)
    )
    bodies = b"".join(body + b"\n" for body in packed.values())
    entries = b"/Type/ObjStm/N %d/First %d" % (len(packed), len(index))
    loose = {number: body for number, body in objects.items() if number not in packed}
    out, places = _written(HEADER, {**loose, holder: deflated(index + bodies, entries)})
    rows = {number: (2, holder, position) for position, number in enumerate(packed)} | {table: (1, len(out), 0)}
    at = len(out)
    out += _cross_stream(rows, table, at)
    return out + _table(places, table + 1, len(out), b"/XRefStm %d" % at)


def linearized(objects: Objects) -> bytes:
    """The first page and its table ahead of the rest (annex F); two marks of the end, one revision."""
    parameters = max(objects) + 1
    first = {number: body for number, body in objects.items() if number in (1, 3)}
    rest = {number: body for number, body in objects.items() if number not in first}
    out = b""
    end = length = main = 0
    # offsets stand in the bytes that they count: the second pass writes what the first one found
    for _ in range(2):
        entry = b"<</Linearized 1/L %010d/H[%010d 0]/O 3/E %010d/N 3/T %010d>>" % (length, end, end, main)
        head, places = _written(HEADER, {parameters: entry})
        front = len(head)
        sized = {**places, **dict.fromkeys(first, 0)}
        body, places = _written(head + _table(sized, parameters + 1, 0, b"/Prev %010d" % main), first)
        places[parameters] = len(HEADER)
        out = head + _table(places, parameters + 1, 0, b"/Prev %010d" % main) + body[len(body) - len(_body(first)) :]
        end = len(out)
        out, later = _written(out, rest)
        main = len(out)
        out += _table(later, max(rest) + 1, front, b"", free_first=True)
        length = len(out)
    return out


def _body(objects: Objects) -> bytes:
    return b"".join(b"%d 0 obj\n%s\nendobj\n" % one for one in objects.items())


def _written(out: bytes, objects: Objects) -> tuple[bytes, dict[int, int]]:
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return out, places


def _table(places: Mapping[int, int], size: int, start: int, more: bytes, *, free_first: bool = False) -> bytes:
    """Return a table with its trailer; `start` is the offset that startxref names."""
    rows = dict(places)
    table = b"xref\n"
    if free_first or more.startswith(b"/XRefStm") or not more:
        table += b"0 1\n0000000000 65535 f \n"
    for number in sorted(rows):
        table += b"%d 1\n%010d 00000 n \n" % (number, rows[number])
    return table + b"trailer\n<</Size %d/Root 1 0 R%s%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, _ID, more, start)


def _cross_stream(rows: Mapping[int, tuple[int, int, int]], number: int, at: int) -> bytes:
    """Return the object of a cross-reference stream; `rows` holds itself too."""
    numbers = sorted(rows)
    index = b" ".join(b"%d 1" % one for one in numbers)
    data = b"".join(
        bytes([kind]) + place.to_bytes(4, "big") + bytes([last]) for kind, place, last in map(rows.__getitem__, numbers)
    )
    entries = b"/Type/XRef/W[1 4 1]/Root 1 0 R%s/Size %d/Index[%s]" % (_ID, number + 1, index)
    return b"%d 0 obj\n%s\nendobj\n" % (number, deflated(data, entries))


def revision(
    at: int, objects: Objects, *, size: int, root: int, previous: int, freed: Sequence[int], old: Mapping[int, int]
) -> bytes:
    """Return an incremental update with a cross-reference table, to stand at the offset `at` (7.5.6).

    `freed` are objects that it deletes, `old` objects to be read at an offset of the file as it is.
    """
    out, places = _written(b"", objects)
    table = b"xref\n"
    rows = {number: b"%010d 00000 n \n" % (at + place) for number, place in places.items()}
    rows |= {number: b"%010d 00000 n \n" % place for number, place in old.items()}
    rows |= dict.fromkeys(freed, b"0000000000 00001 f \n")
    for number in sorted(rows):
        table += b"%d 1\n%s" % (number, rows[number])
    trailer = b"trailer\n<</Size %d/Root %d 0 R%s/Prev %d>>\n" % (size, root, _ID, previous)
    return out + table + trailer + b"startxref\n%d\n%%%%EOF\n" % (at + len(out))
