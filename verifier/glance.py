"""What a proof of ours carries, read by pattern from its first revision, as the typesetter writes it.

Nothing read here is believed: the page is drawn from it again, files included, and the file must begin with those very bytes
(`verifier.shortcut`). Whatever is written otherwise is for the parser of the general judgement.
"""

from __future__ import annotations

import re
import zlib

from verifier.embedded import EmbeddedFile

MAX_FILES = 4
MAX_BYTES = 1024 * 1024
END = b"%%EOF"
_STRING = rb"(\([^()\\]*\)|<FEFF(?:[0-9A-F]{4})*>)"
_SPECIFICATION = re.compile(
    rb" 0 obj\n<</Type/Filespec/F" + _STRING + rb"/UF" + _STRING + rb"/EF<</F ([0-9]+) 0 R/UF \3 0 R>>"
    rb"/AFRelationship/([A-Za-z]+)/Desc" + _STRING + rb">>\nendobj"
)
_STREAM = re.compile(
    rb" 0 obj\n<</Length ([0-9]{1,7})/Type/EmbeddedFile(/Filter/FlateDecode)?/Subtype/([A-Za-z0-9#.-]+)/Params"
)
_BEGIN = b">>>>\nstream\n"


class NotRead(ValueError):
    """The file does not carry what a proof carries, or not in the form that is written today."""


def first_revision(raw: bytes) -> bytes:
    """Return the file up to the end of its first revision: the drawn page, if it is a proof of ours."""
    end = raw.find(END)
    if end < 0:
        raise NotRead("got no end of a revision")
    return raw[: end + len(END)]


def files(drawn: bytes) -> tuple[EmbeddedFile, ...]:
    """Return the embedded files of a drawn page in the order of writing; raise `NotRead`."""
    streams = {_number(drawn, found): found for found in _STREAM.finditer(drawn)}
    named = list(_SPECIFICATION.finditer(drawn))
    if not named or len(named) > MAX_FILES or any(int(found[3]) not in streams for found in named):
        raise NotRead(f"got {len(named)} files and {len(streams)} streams, expected at most {MAX_FILES} of each")
    held = [_file(drawn, found, streams[int(found[3])]) for found in named]
    return tuple(sorted(held, key=lambda one: one.number))


def _file(drawn: bytes, named: re.Match[bytes], stream: re.Match[bytes]) -> EmbeddedFile:
    return EmbeddedFile(
        name=_text(named[2]),
        media_type=re.sub(r"#([0-9A-F]{2})", lambda hexa: chr(int(hexa[1], 16)), stream[3].decode()),
        relationship=named[4].decode().lower(),
        description=_text(named[5]),
        content=_content(drawn, stream),
        number=_number(drawn, named),
    )


def _number(drawn: bytes, found: re.Match[bytes]) -> int:
    """Return the number of the object whose head was found."""
    digits = drawn[drawn.rfind(b"\n", 0, found.start()) + 1 : found.start()]
    if not digits.isdigit() or len(digits) > 7:
        raise NotRead("got an object without a number")
    return int(digits)


def _text(written: bytes) -> str:
    if written.startswith(b"("):
        return written[1:-1].decode("latin-1")
    return bytes.fromhex(written[5:-1].decode()).decode("utf-16-be")


def _content(drawn: bytes, stream: re.Match[bytes]) -> bytes:
    begin = drawn.find(_BEGIN, stream.end())
    if begin < 0 or begin > stream.end() + 100:
        raise NotRead("got a stream without its beginning")
    raw = drawn[begin + len(_BEGIN) :][: int(stream[1])]
    if stream[2] is None:
        return raw
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(raw, MAX_BYTES)
    except zlib.error as fault:
        raise NotRead(f"stream: {fault}") from fault
    if not inflate.eof:
        raise NotRead(f"stream: cut short, or more than {MAX_BYTES} bytes")
    return content
