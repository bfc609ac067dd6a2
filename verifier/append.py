"""Revisions appended to a PDF whose earlier bytes stay as they are (ISO 32000-1, 7.5.6), and signatures in them (12.8.1).

The file is read once; every object that a seal adds is known, so nothing is read again between revisions. Only files with a
cross-reference table and no encryption are taken, which is what the proofs' own typesetter writes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.reader import PdfFileReader

_APPEND_ONLY = generic.NumberObject(3)  # type: ignore[no-untyped-call]
_RANGE_WIDTH = 48
"""Room for the four numbers of a /ByteRange."""


class FileUnfit(ValueError):
    """The file is not one to which a revision can be appended."""


def _at_random() -> bytes:
    return secrets.token_bytes(16)


class Document:
    """A PDF that grows by revisions.

    `identify` returns the 16 bytes by which a revision is told from all others (ISO 32000-1, 14.4).
    """

    def __init__(self, pdf: bytes, *, identify: Callable[[], bytes] = _at_random) -> None:
        self._identify = identify
        try:
            self._reader = reader = PdfFileReader(BytesIO(pdf))
            trailer, self._root = reader.trailer, reader.root
            self._root_number = _number(reader.root_ref)
            self._page_number, self._page = _first_page(self._root)
            self._size = int(trailer["/Size"])
            self._identifier: bytes = trailer["/ID"].raw_get(0).original_bytes
            self._info = _number(trailer.raw_get("/Info").reference) if "/Info" in trailer else None
            self._form_number = (
                _number(self._root.raw_get("/AcroForm").reference) if "/AcroForm" in self._root else None
            )
            self._form = _entry(self._root, "/AcroForm", _dictionary())
        except (misc.PdfError, ValueError, LookupError, AttributeError, TypeError) as fault:
            raise FileUnfit(f"file: {fault!r}") from fault
        if reader.has_xref_stream or reader.encrypted:
            raise FileUnfit("file: expected a cross-reference table and no encryption")
        self._previous = reader.last_startxref or 0
        self._bytes = bytearray(pdf)
        self._objects: dict[int, bytes] = {}

    @property
    def fields(self) -> int:
        """How many form fields there are."""
        return len(_entry(self._form, "/Fields", ()))

    def streams(self, *path: str) -> dict[bytes, generic.IndirectObject]:
        """Return the streams of an array of the file as it was opened, by content; none if there is no such array."""
        value: Any = self._root
        for key in path:
            value = _entry(value, key, {})
        return {reference.get_object().data: reference for reference in value}

    def to_bytes(self) -> bytes:
        """Return the file with every revision committed so far."""
        return bytes(self._bytes)

    def add(self, body: bytes) -> generic.IndirectObject:
        """Add a new object to the revision under way, and return its reference."""
        number = self._size
        self._size += 1
        self._objects[number] = body
        return generic.IndirectObject(number, 0, self._reader)  # type: ignore[no-untyped-call]

    def add_stream(self, content: bytes) -> generic.IndirectObject:
        """Add a stream without a filter."""
        return self.add(b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content))

    def set_root(self, key: str, value: generic.PdfObject) -> None:
        """Set one entry of the catalog."""
        self._root[generic.pdf_name(key)] = value
        self._objects[self._root_number] = _serialized(self._root)

    def commit(self) -> None:
        """Write the revision under way."""
        self._write()

    def commit_signed(
        self,
        *,
        field: str,
        title: str,
        entries: bytes,
        room: int,
        container: Callable[[bytes], bytes],
        certify: bool = False,
    ) -> None:
        """Write the revision under way with an invisible signature field, and put the container into its gap.

        `entries` opens the signature dictionary; `container` takes the SHA-256 of all but the gap and returns at most `room`
        bytes. The widget has no size and prints (/F 132), as PDF/A and PDF/UA both allow.
        """
        gap = b"0" * (2 * room)
        value = self.add(b"<<%s/ByteRange [%s]/Contents <%s>>>" % (entries, b" " * _RANGE_WIDTH, gap))
        widget = self.add(
            b"<</Type/Annot/Subtype/Widget/FT/Sig/Rect[0 0 0 0]/F 132/T%s/TU%s/V %d 0 R/P %d 0 R>>"
            % (text(field), text(title), value.idnum, self._page_number)
        )
        self._attach(widget)
        if certify:
            self.set_root("/Perms", _dictionary(DocMDP=value))
        place = self._write()[value.idnum]
        start = self._bytes.index(b"/Contents <", place) + len(b"/Contents ")
        end = start + len(gap) + 2
        numbers = b"0 %d %d %d" % (start, end, len(self._bytes) - end)
        range_start = self._bytes.index(b"/ByteRange [", place) + len(b"/ByteRange [")
        # the closing bracket moves up to the numbers, so that the blanks lie outside the array
        self._bytes[range_start : range_start + _RANGE_WIDTH + 1] = (numbers + b"]").ljust(_RANGE_WIDTH + 1)
        digest = hashlib.sha256(memoryview(self._bytes)[:start])
        digest.update(memoryview(self._bytes)[end:])
        content = container(digest.digest())
        if len(content) > room:
            raise FileUnfit(f"container: got {len(content)} bytes, expected at most {room}")
        self._bytes[start + 1 : start + 1 + 2 * len(content)] = content.hex().upper().encode()

    def _attach(self, widget: generic.IndirectObject) -> None:
        """Put a field into the form, made if there is none, and its widget on the first page, in structure order."""
        self._form.update(_dictionary(Fields=_extended(self._form, "/Fields", widget), SigFlags=_APPEND_ONLY))
        if self._form_number is None:
            # an object of its own, so that later revisions need not touch the catalog
            self._form_number = (reference := self.add(b"null")).idnum
            self.set_root("/AcroForm", reference)
        self._objects[self._form_number] = _serialized(self._form)
        self._page.update(_dictionary(Annots=_extended(self._page, "/Annots", widget), Tabs=generic.pdf_name("/S")))
        self._objects[self._page_number] = _serialized(self._page)

    def _write(self) -> dict[int, int]:
        """Append the objects, their cross-reference table and a trailer; return where each object begins."""
        if not self._bytes.endswith(b"\n"):
            self._bytes += b"\n"
        places = {}
        for number, body in sorted(self._objects.items()):
            places[number] = len(self._bytes)
            self._bytes += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        table = len(self._bytes)
        self._bytes += b"xref\n"
        for run in _runs(list(places)):
            self._bytes += b"%d %d\n" % (run[0], len(run))
            self._bytes += b"".join(b"%010d 00000 n \n" % places[number] for number in run)
        info = b"/Info %d 0 R" % self._info if self._info else b""
        self._bytes += b"trailer\n<</Size %d/Root %d 0 R%s/ID[<%s><%s>]/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            self._size,
            self._root_number,
            info,
            self._identifier.hex().encode(),
            self._identify().hex().encode(),
            self._previous,
            table,
        )
        self._previous = table
        self._objects = {}
        return places


def text(value: str) -> bytes:
    """Return a PDF text string, in UTF-16 with its mark (ISO 32000-1, 7.9.2.2)."""
    return b"<%s>" % (b"\xfe\xff" + value.encode("utf-16-be")).hex().upper().encode()


def date(moment: datetime) -> bytes:
    """Return a PDF date in UTC, to the second (ISO 32000-1, 7.9.4)."""
    return moment.astimezone(UTC).strftime("(D:%Y%m%d%H%M%SZ)").encode()


def references(held: Iterable[generic.IndirectObject]) -> bytes:
    """Return a PDF array of references."""
    return b"[%s]" % b" ".join(b"%d %d R" % (one.idnum, one.generation) for one in held)


def _first_page(root: Any) -> tuple[int, Any]:
    """Descend to the first leaf of the page tree."""
    holder, key = root, "/Pages"
    node = holder[key]
    reference = holder.raw_get(key)
    while node["/Type"] != "/Page":
        reference = node["/Kids"].raw_get(0)
        node = reference.get_object()
    return _number(reference.reference), node


def _number(reference: generic.Reference) -> int:
    if reference.generation != 0:
        raise FileUnfit(f"object {reference.idnum}: got generation {reference.generation}, expected 0")
    return reference.idnum


def _dictionary(**entries: generic.PdfObject) -> generic.DictionaryObject:
    named = {generic.pdf_name(f"/{key}"): value for key, value in entries.items()}
    return generic.DictionaryObject(named)  # type: ignore[no-untyped-call]


def _entry(owner: Any, key: str, default: Any) -> Any:
    """Return an entry, followed if it is a reference, which `get` would not do."""
    try:
        return owner[key]
    except KeyError:
        return default


def _extended(owner: Any, key: str, one: generic.IndirectObject) -> generic.ArrayObject:
    return generic.ArrayObject([*_entry(owner, key, ()), one])


def _serialized(value: generic.PdfObject) -> bytes:
    stream = BytesIO()
    value.write_to_stream(stream, None)
    return stream.getvalue()


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Split ascending numbers into runs without a hole: the subsections of a cross-reference table."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
