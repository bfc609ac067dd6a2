"""A contract of three pages with a form, signed by nobody of ours: what any signed PDF looks like.

Everything stands in the open, so that an attack can name what it changes: the pages are objects 3 to 5, their texts 6 to 8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO

from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.attacks import layout, signing
from tests.attacks.signing import Locks
from tests.attacks.steady import steady
from tests.pki import NOW, Authority, authority

SIGNED_AT = NOW + timedelta(hours=1)
JUDGED_AT = NOW + timedelta(days=5)
"""While the revocation lists of the last archive time stamp are in force."""
CATALOG, TREE, PAGES, TEXTS, FONT, FORM = 1, 2, (3, 4, 5), (6, 7, 8), 9, 10
TOTAL, AGREED, NOTE, EMPTY = 11, 12, 13, 19
"""Widgets: two text fields, a check box, and a signature field that nobody has signed."""
STORE = 90
LOOK_OF_TOTAL, LOOK_OF_NOTE, TICKED, UNTICKED = 14, 15, 16, 17
_BOX = b"/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F1 9 0 R>>>>"
AMOUNT = b"1 000 XPF"


@dataclass(frozen=True)
class Parties:
    """Who signs, and who else could."""

    signer: Authority
    other: Authority
    """Another authority under the very same names."""


def objects(amount: bytes = AMOUNT) -> dict[int, bytes]:
    """The contract, one body an object."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 9 0 R>>>>%s>>"
    widget = b"<</Type/Annot/Subtype/Widget/P 3 0 R/F 4"
    return {
        CATALOG: b"<</Type/Catalog/Pages 2 0 R/AcroForm 10 0 R/Lang(fr)>>",
        TREE: b"<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R]/Count 3>>",
        3: page % (6, b"/Annots[11 0 R 12 0 R 13 0 R 19 0 R]"),
        4: page % (7, b"/Annots[]"),
        5: page % (8, b"/Annots[]"),
        6: text_of(b"Contrat, page 1 : la somme de %s est due." % amount),
        7: text_of(b"Contrat, page 2 : la livraison se fait en mai."),
        8: text_of(b"Contrat, page 3 : fait en deux exemplaires."),
        FONT: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        FORM: b"<</Fields[11 0 R 12 0 R 13 0 R 19 0 R]/DA(/F1 12 Tf 0 g)/DR<</Font<</F1 9 0 R>>>>>>",
        TOTAL: widget + b"/FT/Tx/T(total)/V(1000)/DA(/F1 12 Tf 0 g)/Rect[100 600 300 620]/AP<</N 14 0 R>>>>",
        AGREED: widget + b"/FT/Btn/T(accord)/V/Off/AS/Off/Rect[100 560 120 580]/AP<</N<</Oui 16 0 R/Off 17 0 R>>>>>>",
        NOTE: widget + b"/FT/Tx/T(note)/V()/DA(/F1 12 Tf 0 g)/Rect[100 520 300 540]/AP<</N 15 0 R>>>>",
        LOOK_OF_TOTAL: look(b"1000"),
        LOOK_OF_NOTE: look(b""),
        TICKED: layout.stream(b"0 0 20 20 re f", _BOX),
        UNTICKED: layout.stream(b"0 0 20 20 re S", _BOX),
        EMPTY: widget + b"/FT/Sig/T(contresignature)/Rect[350 100 500 160]>>",
    }


def catalog(*, pages: int = TREE, form: bytes = b"/AcroForm 10 0 R", more: bytes = b"") -> bytes:
    """The catalog of a signed contract, which names the validation data."""
    return b"<</Type/Catalog/Pages %d 0 R%s/Lang(fr)/DSS %d 0 R%s>>" % (pages, form, STORE, more)


@cache
def validation_data() -> dict[int, bytes]:
    """The security store with all that the contract's own signer needs."""
    with steady("contract: validation data"):
        post = parties().signer
        post.clock.time = SIGNED_AT + timedelta(hours=1)
        certificates = [one.certificate.public_bytes(Encoding.DER) for one in (post.root, post.seal, post.tsa)]
        streams = [*certificates, *post.revocation()]
    names = b" ".join(b"%d 0 R" % number for number in range(STORE + 1, STORE + 4))
    store = b"<</Type/DSS/Certs[%s]/CRLs[%d 0 R]>>" % (names, STORE + 4)
    return {STORE: store} | {number: layout.stream(one) for number, one in enumerate(streams, STORE + 1)}


def text_of(line: bytes) -> bytes:
    """A page's text: one line."""
    return layout.stream(b"BT /F1 14 Tf 60 740 Td (%s) Tj ET" % line)


def look(value: bytes) -> bytes:
    """How a text field shows its value."""
    return layout.stream(b"/Tx BMC q BT /F1 12 Tf 2 5 Td (%s) Tj ET Q EMC" % value, _BOX)


@cache
def parties() -> Parties:
    with steady("contract: parties"):
        return Parties(authority(at=NOW), authority(at=NOW))


def sign(
    raw: bytes,
    field: str = "signature",
    *,
    by: Authority | None = None,
    at: datetime = SIGNED_AT,
    locks: Locks | None = None,
    stamped: bool = True,
) -> bytes:
    """Sign as PAdES-BASELINE-T, or -B where it is not to be stamped."""
    by = by or parties().signer
    return signing.sign(raw, by, field=field, at=at, locks=locks or Locks(), stamped=stamped)


def update(raw: bytes, *changes: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """Append one revision in which `changes` were made."""
    writer = IncrementalPdfFileWriter(BytesIO(raw), strict=False)
    for change in changes:
        change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def rewrite(raw: bytes, bodies: dict[int, bytes], *, root: int = CATALOG, freed: Sequence[int] = ()) -> bytes:
    """Append one revision by hand, with a table: these objects, and those that are deleted."""
    return raw + _revision(raw, bodies, root=root, freed=freed, old={})


def first_page(raw: bytes, *more: int) -> bytes:
    """The first page as it is in a file, with more annotations."""
    held = _references(raw, PAGES[0], "/Annots")
    return objects()[3].replace(b"[11 0 R 12 0 R 13 0 R 19 0 R]", _array([*held, *more]))


def form(raw: bytes, *more: int, without: Sequence[int] = ()) -> bytes:
    """The form as it is in a file, with more fields, or fewer."""
    kept = [one for one in _references(raw, FORM, "/Fields") if one not in without]
    body = objects()[FORM].replace(b"[11 0 R 12 0 R 13 0 R 19 0 R]", _array([*kept, *more]))
    return body.replace(b"<</Fields", b"<</SigFlags 3/Fields")


def _references(raw: bytes, number: int, key: str) -> list[int]:
    holder = PdfFileReader(BytesIO(raw), strict=False).get_object(generic.Reference(number, 0))
    return [int(one.idnum) for one in map(holder[key].raw_get, range(len(holder[key])))]


def _array(numbers: Sequence[int]) -> bytes:
    return b"[%s]" % b" ".join(b"%d 0 R" % one for one in numbers)


def repoint(raw: bytes, places: dict[int, int], *, root: int = CATALOG) -> bytes:
    """Append one revision that holds no object, only a table of other offsets."""
    return raw + _revision(raw, {}, root=root, freed=(), old=places)


def _revision(raw: bytes, bodies: dict[int, bytes], *, root: int, freed: Sequence[int], old: dict[int, int]) -> bytes:
    reader = PdfFileReader(BytesIO(raw), strict=False)
    size = max([int(reader.trailer["/Size"]), *(number + 1 for number in (*bodies, *old))])
    previous = reader.last_startxref or 0
    return layout.revision(len(raw), bodies, size=size, root=root, previous=previous, freed=freed, old=old)


def kept(raw: bytes) -> bytes:
    """Append the validation data: what is not VALID after that is so for what was done to the file, and nothing else."""
    root = PdfFileReader(BytesIO(raw), strict=False).root
    root[generic.pdf_name("/DSS")] = generic.IndirectObject(STORE, 0, None)
    out = BytesIO()
    root.write_to_stream(out, None)
    return rewrite(raw, {CATALOG: out.getvalue(), **validation_data()})


@cache
def bare(locks: Locks | None = None, layout_of: str = "classic") -> bytes:
    """The contract with one signature in its last revision, without validation data."""
    with steady(f"contract: {locks} {layout_of}"):
        return sign(getattr(layout, layout_of)(objects()), locks=locks)


@cache
def signed(locks: Locks | None = None) -> bytes:
    """The contract with one signature and its validation data: VALID as it is."""
    return kept(bare(locks))
