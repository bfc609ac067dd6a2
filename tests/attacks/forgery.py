"""Universal signature forgery (Mladenov et al., 2019): a signature dictionary that leaves a verifier nothing to verify."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.attacks.wrapping import RANGE, Attack


def forged(raw: bytes) -> Iterator[Attack]:
    """A missing or odd /ByteRange or /Contents in the first signature of a file."""
    found = RANGE.search(raw)
    assert found is not None
    start, end = found.span()
    first, second = int(found[2]), int(found[3])
    for name, value in _ranges(len(raw), first, second).items():
        if len(value) <= end - start:
            yield f"forgery: byte range {name}", raw[:start] + value.ljust(end - start) + raw[end:]
    room = second - first
    for name, value in _contents(raw[first:second]).items():
        yield f"forgery: contents {name}", raw[:first] + value.ljust(room) + raw[second:]
    key = raw.rindex(b"/Contents", 0, first)
    yield "forgery: contents absent", raw[:key] + b"/Kontents" + raw[key + 9 :]
    yield "forgery: subfilter unknown", raw.replace(b"/ETSI.CAdES.detached", b"/ETSI.CAdES.detachex")
    yield "forgery: subfilter absent", raw.replace(b"/SubFilter", b"/SubFiltex")
    yield "forgery: type unknown", re.sub(rb"/Type( ?)/Sig(?=\s|/)", rb"/Type\1/Sog", raw)


def _ranges(size: int, first: int, second: int) -> dict[str, bytes]:
    after = size - second
    return {
        "missing": b"",
        "null": b"/ByteRange null",
        "empty": b"/ByteRange []",
        "two numbers": b"/ByteRange [0 %d]" % size,
        "three numbers": b"/ByteRange [0 %d %d]" % (first, second),
        "five numbers": b"/ByteRange [0 %d %d 5 6]" % (first, second),
        "six numbers": b"/ByteRange [0 9 9 9 %d 9]" % first,
        "negative": b"/ByteRange [0 -1 0 0]",
        "negative start": b"/ByteRange [-9 %d %d %d]" % (first, second, after),
        "negative end": b"/ByteRange [0 %d %d -9]" % (first, second),
        "all zero": b"/ByteRange [0 0 0 0]",
        "not from the start": b"/ByteRange [9 %d %d %d]" % (first - 9, second, after),
        "whole file": b"/ByteRange [0 %d %d 0]" % (size, size),
        "nothing left out": b"/ByteRange [0 %d %d %d]" % (first, first, size - first),
        "overlapping": b"/ByteRange [0 %d %d %d]" % (second, first, size - first),
        "backwards": b"/ByteRange [%d %d 0 %d]" % (second, after, first),
        "past the end": b"/ByteRange [0 99 9 99999999]",
        "huge": b"/ByteRange [0 %d %d %d]" % (first, second, 2**63),
        "beyond any machine": b"/ByteRange [0 9 %d 9]" % 2**64,
        "reals": b"/ByteRange [0 %d %d. %d.]" % (first, second, after),
        "names": b"/ByteRange [/A /B /C /D]",
        "nested": b"/ByteRange [[0 %d %d 9]]" % (first, second),
        "a string": b"/ByteRange (0 %d %d 9)" % (first, second),
        "a loop": b"/ByteRange 1 0 R",
        "references": b"/ByteRange [1 0 R 1 0 R 1 0 R 1 0 R]",
    }


def _contents(value: bytes) -> dict[str, bytes]:
    digits = value[1:-1]
    return {
        "null": b"null",
        "empty": b"<>",
        "zeros": b"<" + b"00" * 100 + b">",
        "one zero": b"<00>",
        "a number": b"0",
        "a name": b"/A",
        "a reference to nothing": b"8999 0 R",
        "an odd number of digits": b"<" + digits[:-3] + b">",
        "no digits": b"<" + b"zz" * 20 + b">",
        "other bytes after the value": b"<" + digits[:-8] + b"DEADBEEF>",
        "an endless length": b"<3080" + digits[4:-4] + b"0000>",
        "a huge length": b"<3084FFFFFFFF" + digits[12:] + b">",
        "an array": b"[<" + digits[:100] + b">]",
    }
