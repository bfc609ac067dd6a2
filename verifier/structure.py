"""What the bytes of a PDF say before any cryptography: its ends, its signature fields, and what each signature covers.

A signature leaves out of its digest the place of its own value, the gap. The rule that holds everything else up: the gap is
exactly ``<`` hexadecimal ``>`` and decodes to the very /Contents that is verified, so that no unsigned byte can hide there
(ISO 32000-1, 12.8.1). Files are parsed leniently and judged strictly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from asn1crypto import parser
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from verifier import salvage, tables

tables.install()

MAGIC = b"%PDF-"
MAX_FIELDS = 64
MAX_REVISIONS = 128
WHITE = b"\0\t\n\x0c\r "
"""White-space characters (ISO 32000-1, 7.2.2)."""
_MIB = 1024 * 1024
_LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=64 * _MIB),
    document_budget=DocumentDecodeBudget(base_allowance=128 * _MIB),
)
_HEX = re.compile(rb"<(?:[0-9A-Fa-f]{2})+>\Z")


class PdfBroken(ValueError):
    """The file cannot be parsed as PDF, even leniently."""


class GapWrong(ValueError):
    """A signature covers other bytes than all of its revision but its own value."""


@dataclass(frozen=True)
class Scan:
    """What the raw bytes show, whatever the parser may make of them."""

    byte_ranges: int
    """Occurrences of /ByteRange."""
    ends: int
    """Occurrences of the end-of-file marker."""
    trailing: int
    """Bytes after the last marker, white space aside."""


@dataclass(frozen=True)
class Covered:
    """The bytes that one signature covers: all up to `end`, but the gap."""

    gap_start: int
    gap_end: int
    end: int
    contents: bytes
    """The signature value as it stands in the gap, its padding included."""

    def octets(self, raw: bytes) -> bytes:
        """Return the signed bytes of `raw`."""
        return raw[: self.gap_start] + raw[self.gap_end : self.end]

    @property
    def container(self) -> bytes:
        """The DER value alone, without the zeros that pad its place; raises `GapWrong` if anything else follows it."""
        length = _length(self.contents)
        if self.contents[length:].strip(b"\0"):
            raise GapWrong("/Contents: got other bytes than zeros after the signature value")
        return self.contents[:length]


@dataclass(frozen=True)
class SignatureField:
    """A filled signature field."""

    name: str
    value: generic.Reference | None
    """Reference of the signature dictionary; None where it is not an indirect object."""
    dictionary: generic.DictionaryObject | None
    """None where the value is no dictionary; `fault` then says what it is."""
    fault: str = ""

    @property
    def subfilter(self) -> str:
        return _name(self.dictionary, "/SubFilter")

    @property
    def is_time_stamp(self) -> bool:
        return self.subfilter == "/ETSI.RFC3161" or _name(self.dictionary, "/Type") == "/DocTimeStamp"


def scan(raw: bytes) -> Scan:
    """Count markers in the raw bytes."""
    last = raw.rfind(b"%%EOF")
    trailing = len(raw[last + 5 :].strip(WHITE)) if last >= 0 else len(raw)
    return Scan(raw.count(b"/ByteRange"), raw.count(b"%%EOF"), trailing)


def open_pdf(raw: bytes) -> PdfFileReader:
    """Parse leniently within decoding limits; raise `PdfBroken`."""
    return _checked(lambda: PdfFileReader(BytesIO(raw), strict=False, decode_limits=_LIMITS))


def salvaged(raw: bytes) -> PdfFileReader:
    """Parse by the objects that stand in the bytes, whatever the tables say; raise `PdfBroken`."""
    return _checked(lambda: salvage.reader(raw, _LIMITS))


def _checked(parse: Callable[[], PdfFileReader]) -> PdfFileReader:
    try:
        reader = parse()
        if reader.total_revisions > MAX_REVISIONS:
            raise PdfBroken(f"got {reader.total_revisions} revisions, expected at most {MAX_REVISIONS}")
        if not isinstance(reader.root, generic.DictionaryObject):
            raise PdfBroken("the document catalog is no dictionary")
    except MemoryError:
        raise
    except PdfBroken:
        raise
    except Exception as fault:  # the parser lets ValueError, KeyError, AssertionError and RecursionError through
        raise PdfBroken(f"{type(fault).__name__}: {fault}") from fault
    return reader


def is_encrypted(reader: PdfFileReader) -> bool:
    return "/Encrypt" in reader.trailer


def unlocked(reader: PdfFileReader) -> bool:
    """Whether an encrypted file opens with the empty user password, as readers try first (ISO 32000-1, 7.6.3.1)."""
    try:
        if reader.security_handler is None or reader.security_handler.get_name() != "/Standard":
            return False
        answer = reader.decrypt("")
        return answer.status.name != "FAILED"
    except MemoryError:
        raise
    except Exception:  # the parser lets ValueError, KeyError, AssertionError and its own errors through
        return False


def signature_fields(reader: PdfFileReader) -> tuple[SignatureField, ...]:
    """Return the filled signature fields, each signature dictionary once; raise `PdfBroken` if the form is unreadable."""
    found: list[SignatureField] = []
    seen: set[generic.Reference] = set()
    try:
        for name, _, field in enumerate_sig_fields(reader, filled_status=True):
            if len(found) >= MAX_FIELDS:
                raise PdfBroken(f"got more than {MAX_FIELDS} signature fields")
            one = _field(str(name), field)
            if one.value is None or one.value not in seen:
                found.append(one)
            if one.value is not None:
                seen.add(one.value)
    except (MemoryError, PdfBroken):
        raise
    except Exception as fault:
        raise PdfBroken(f"form: {type(fault).__name__}: {fault}") from fault
    return tuple(found)


def in_order(fields: Iterable[SignatureField]) -> list[SignatureField]:
    """Return signatures in the order in which they were made: each covers all that came before it."""
    return sorted(fields, key=_end_of)


def _end_of(field: SignatureField) -> int:
    try:
        *_, resume, rest = _byte_range(field.dictionary) if field.dictionary is not None else (0, 0)
    except Exception:  # the rule of the gap says what is wrong
        return 0
    return resume + rest


def _field(name: str, field: generic.IndirectObject) -> SignatureField:
    try:
        held: generic.DictionaryObject = field.get_object()  # type: ignore[no-untyped-call]
        raw, value = held.raw_get("/V"), held["/V"]
        reference = raw.reference if isinstance(raw, generic.IndirectObject) else None
        if not isinstance(value, generic.DictionaryObject):
            return SignatureField(name, reference, None, f"got {type(value).__name__}, expected a dictionary")
        return SignatureField(name, reference, value)
    except Exception as fault:  # one unreadable field must not hide the others
        return SignatureField(name, None, None, f"{type(fault).__name__}: {fault}")


def covered(raw: bytes, dictionary: generic.DictionaryObject) -> Covered:
    """Return what a signature covers once its byte range and its gap hold; raise `GapWrong`."""
    start, length, resume, rest = _byte_range(dictionary)
    gap_start, gap_end, end = start + length, resume, resume + rest
    if start != 0:
        raise GapWrong(f"/ByteRange: got a start at {start}, expected 0")
    if not gap_start < gap_end <= end <= len(raw):
        raise GapWrong(f"/ByteRange: got a gap {gap_start}-{gap_end} and an end {end} in a file of {len(raw)} bytes")
    gap = raw[gap_start:gap_end]
    if not _HEX.match(gap):
        raise GapWrong("the bytes left out are not one hexadecimal string")
    # a signature value is never encrypted (ISO 32000-2, 7.6.2)
    contents = dictionary.raw_get("/Contents", generic.EncryptedObjAccess.RAW) if "/Contents" in dictionary else None
    if not isinstance(contents, generic.TextStringObject | generic.ByteStringObject):
        raise GapWrong(f"/Contents: got {type(contents).__name__}, expected a direct string")
    if bytes.fromhex(gap[1:-1].decode()) != contents.original_bytes:
        raise GapWrong("the bytes left out are not the value of /Contents")
    if not raw[:end].rstrip(WHITE).endswith(b"%%EOF"):
        raise GapWrong("the signed bytes do not end where a revision ends")
    return Covered(gap_start, gap_end, end, contents.original_bytes)


def signed_revision(raw: bytes, end: int) -> PdfFileReader:
    """Return a reader over the revision that ends at `end`; raise `PdfBroken`."""
    then = open_pdf(raw[:end])
    if is_encrypted(then) and not unlocked(then):
        raise PdfBroken("the signed revision is encrypted otherwise than the file")
    return then


def same_in_its_revision(raw: bytes, field: SignatureField, end: int) -> bool:
    """Whether the signature dictionary reads the same in the file as it was when signed, `end` bytes long."""
    if not raw[end:].strip(WHITE):  # the file is what was signed
        return field.dictionary is not None
    try:
        return same(signed_revision(raw, end), field)
    except PdfBroken:
        return False


def same(signed: PdfFileReader, field: SignatureField) -> bool:
    """Whether a signature dictionary reads the same in the revision that was signed."""
    if field.dictionary is None:
        return False
    if field.value is None:
        return _same_direct(signed, field)
    try:
        then = signed.get_object(  # type: ignore[no-untyped-call]
            generic.Reference(field.value.idnum, field.value.generation)
        )
    except MemoryError:
        raise
    except Exception:  # what cannot be read is not the same
        return False
    return isinstance(then, generic.DictionaryObject) and _entries(then) == _entries(field.dictionary)


def _same_direct(signed: PdfFileReader, field: SignatureField) -> bool:
    """The same for a signature dictionary that stands in its field and is no object of its own."""
    try:
        then = [one for one in signature_fields(signed) if one.name == field.name]
    except PdfBroken:
        return False
    held = then[0].dictionary if len(then) == 1 else None
    return held is not None and field.dictionary is not None and _entries(held) == _entries(field.dictionary)


def _entries(dictionary: generic.DictionaryObject) -> dict[str, bytes]:
    """Return each entry as it is written, not decrypted."""
    return {str(key): written(dictionary.raw_get(key, generic.EncryptedObjAccess.RAW)) for key in dictionary}


def at(dictionary: generic.DictionaryObject | None, key: str) -> Any:
    """Return the value of a key, references followed, or None."""
    return dictionary[key] if dictionary is not None and key in dictionary else None


def written(value: generic.PdfObject) -> bytes:
    """Return an object as it is written, references included: equal bytes mean equal objects."""
    stream = BytesIO()
    value.write_to_stream(stream)
    return stream.getvalue()


def _byte_range(dictionary: generic.DictionaryObject) -> tuple[int, int, int, int]:
    value = dictionary.raw_get("/ByteRange") if "/ByteRange" in dictionary else None
    if not isinstance(value, generic.ArrayObject) or len(value) != 4:
        raise GapWrong("/ByteRange: expected an array of four numbers")
    numbers = [value.raw_get(position) for position in range(4)]
    if any(not isinstance(one, generic.NumberObject) or one < 0 for one in numbers):
        raise GapWrong("/ByteRange: expected four direct integers, none negative")
    first, second, third, fourth = (int(one) for one in numbers)
    return first, second, third, fourth


def _length(octets: bytes) -> int:
    """Return how many bytes the BER or DER value at the start of `octets` takes (X.690, 8.1.3)."""
    try:
        return int(parser.peek(octets))
    except (ValueError, RecursionError) as fault:
        raise GapWrong(f"/Contents: {fault}") from fault


def _name(dictionary: generic.DictionaryObject | None, key: str) -> str:
    try:
        return str(dictionary[key]) if dictionary is not None and key in dictionary else ""
    except Exception:  # a reference to nothing is as good as no name
        return ""
