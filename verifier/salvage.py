"""Find the objects of a PDF whose cross-reference tables lead nowhere, as readers do before they give up.

A table of all objects that stand in the bytes, the last of each number, is appended in memory; no offset changes, so that
signatures are judged on the very bytes of the file. What was found this way is told, and never makes a file valid: another
reader may find other objects.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from io import BytesIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader

_OBJECT = re.compile(rb"(?<![0-9])([0-9]{1,8})[ \t\r\n]+([0-9]{1,5})[ \t\r\n]+obj(?![a-z])")
_ROOT = re.compile(rb"/Root[ \t\r\n]+([0-9]{1,8})[ \t\r\n]+([0-9]{1,5})[ \t\r\n]+R")
_STREAM_TYPE = re.compile(rb"/Type[ \t\r\n]*/ObjStm")
MAX_OBJECTS = 200_000
_LOOK_AHEAD = 4_096


class Lost(ValueError):
    """The bytes show no objects that make a document."""


def reader(raw: bytes, limits: DecodeLimits) -> PdfFileReader:
    """Return a reader over `raw` with a table of its own making behind it; raise `Lost` or what the parser raises."""
    roots = list(_ROOT.finditer(raw))
    places = {int(one[1]): (one.start(), int(one[2])) for one in _OBJECT.finditer(raw)}
    if not roots or not places or len(places) > MAX_OBJECTS or b"/Encrypt" in raw:
        raise Lost("got no catalog, too many objects, or an encrypted file")
    root = b"%s %s R" % (roots[-1][1], roots[-1][2])
    first = _opened(raw, _table(len(raw), root, places, {}), limits)
    packed = dict(_packed(first, raw, places))
    return _opened(raw, _table(len(raw), root, places, packed), limits) if packed else first


def _opened(raw: bytes, table: bytes, limits: DecodeLimits) -> PdfFileReader:
    return PdfFileReader(BytesIO(raw + table), strict=False, decode_limits=limits)


def _packed(
    found: PdfFileReader, raw: bytes, places: dict[int, tuple[int, int]]
) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield the objects inside object streams (ISO 32000-1, 7.5.7), with the stream and the place in it."""
    for number, (start, generation) in sorted(places.items(), key=lambda one: one[1]):
        if not _STREAM_TYPE.search(raw, start, start + _LOOK_AHEAD):
            continue
        try:
            held = found.get_object(generic.Reference(number, generation))  # type: ignore[no-untyped-call]
            numbers = held.data[: int(held["/First"])].split()[::2]
            for at, one in enumerate(numbers):
                if int(one) not in places:
                    yield int(one), (number, at)
        except MemoryError:
            raise
        except Exception:  # noqa: S112 # what cannot be read holds nothing that can be found
            continue


def _table(start: int, root: bytes, places: dict[int, tuple[int, int]], packed: dict[int, tuple[int, int]]) -> bytes:
    """Write a cross-reference stream (ISO 32000-1, 7.5.8) that names every object."""
    own = max([*places, *packed]) + 1
    rows = {number: (1, place, generation) for number, (place, generation) in places.items()}
    rows |= {number: (2, stream, at) for number, (stream, at) in packed.items()}
    rows[own] = (1, start + 1, 0)
    index = b" ".join(b"%d 1" % number for number in sorted(rows))
    body = b"".join(struct.pack(">BIH", *rows[number]) for number in sorted(rows))
    head = b"<</Type/XRef/W[1 4 2]/Size %d/Root %s/Index[%s]/Length %d>>" % (own + 1, root, index, len(body))
    return b"\n%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (own, head, body, start + 1)
