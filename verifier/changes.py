"""What was changed after a signature, for any signed PDF: nothing, benign additions, content, or something unexplained.

The signed revision is the file up to the end that the signature covers. It is compared with the whole file, from the trailer
down: catalog, pages, annotations, form, and all that they reach. Then come the permissions that the signer left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier import forms, overlap, pages, permissions
from verifier.difference import Both, Difference, Unexplained, described, dictionary, raw, reference_of
from verifier.findings import Changes, Finding, Kind, Weight
from verifier.structure import WHITE, SignatureField

__all__ = ["Changes", "Finding", "Kind", "Weight", "judge"]

_TRAILER = {"/Root", "/Info", "/Size", "/Prev", "/XRefStm", "/ID", "/Type", "/W", "/Index", "/DocChecksum", "/AuthCode"}
"""What each revision says anew of itself (ISO 32000-2, 7.5.5; ISO/TS 32004, 5.2)."""
_STREAM = {"/Length", "/Filter", "/DecodeParms"}
"""A cross-reference stream's own keys stand in its dictionary beside the trailer's."""
_CATALOG = {
    "/Extensions": Kind.EXTENSIONS,
    "/Version": Kind.EXTENSIONS,
    "/DSS": Kind.DSS,
    "/Metadata": Kind.METADATA,
    "/PieceInfo": Kind.METADATA,
    "/LastModified": Kind.METADATA,
    "/OpenAction": Kind.SCRIPT,
    "/AA": Kind.SCRIPT,
    "/AF": Kind.ATTACHMENTS,
    "/OCProperties": Kind.LAYERS,
    "/Perms": Kind.PERMISSIONS,
    "/StructTreeRoot": Kind.STRUCTURE,
}
_ONCE = {Kind.DSS, Kind.METADATA, Kind.EXTENSIONS}
"""Changes of which one line says all."""
_APART = {"/Pages", "/AcroForm", "/Type"}


def unreadable(field: SignatureField) -> Changes:
    """Return the answer for a signature without a dictionary."""
    return Changes((Finding(Kind.UNEXPLAINED, f"field {field.name}", after=field.fault),))


def uncovered(field: SignatureField, fault: str) -> Changes:
    """Return the answer for a signature that does not cover what it must."""
    return Changes((Finding(Kind.UNCOVERED, f"field {field.name}", after=fault),))


def unparsed(fault: str) -> Changes:
    """Return the answer where the signed revision cannot be parsed."""
    return Changes((Finding(Kind.UNEXPLAINED, "signed revision", after=fault),))


def judge(reader: PdfFileReader, signed: PdfFileReader, field: SignatureField, whole: bytes, end: int) -> Changes:
    """Compare the revision that a signature covers, the first `end` bytes, with the file, `whole`.

    Never raises but `MemoryError`.
    """
    if not whole[end:].strip(WHITE):
        return Changes()
    found: list[Finding] = []
    _collect(found, "end of file", lambda: _bytes(reader, whole, end))
    _collect(found, "file", lambda: _states(Both(signed, reader), whole[:end]))
    _collect(found, "permissions", lambda: _breaches(signed, field, found))
    return Changes(tuple(dict.fromkeys(found)) or (Finding(Kind.UPDATE, "file"),))


def _collect(found: list[Finding], where: str, part: Callable[[], Iterable[Finding]]) -> None:
    """Add what one part finds, as far as it gets: what was found stays found when the rest cannot be read."""
    try:
        for one in part():
            found.append(one)
    except MemoryError:
        raise
    except Unexplained as fault:
        found.append(Finding(Kind.UNEXPLAINED, where, after=str(fault)))
    except Exception as fault:  # the parser lets ValueError, KeyError, AssertionError and RecursionError through
        found.append(Finding(Kind.UNEXPLAINED, where, after=f"{type(fault).__name__}: {fault}"[:200]))


def _bytes(reader: PdfFileReader, whole: bytes, end: int) -> Iterator[Finding]:
    """Every byte after the signed revision belongs to an update that the tables name, and the last one ends the file."""
    starts = [reader.xrefs.get_startxref_for_revision(at) for at in range(reader.total_revisions)]
    last = whole.find(b"%%EOF", starts[-1])
    if last < 0 or whole[last + 5 :].strip(WHITE) or max(starts) < end:
        yield Finding(Kind.UNOWNED, "end of file", after=f"{len(whole) - end} bytes after the signed revision")


def _states(both: Both, signed: bytes) -> Iterator[Finding]:
    before = pages.leaves(both.before)
    try:
        after = pages.leaves(both.after)
    except Unexplained as fault:  # the tree that was signed could be walked
        yield Finding(Kind.PAGE_COUNT, "page tree", str(len(before)), str(fault))
        return
    old, new = forms.fields(both.before), forms.fields(both.after)
    judged = {reference for one in old for reference, _ in one.widgets} - {None}
    both.opaque |= _opaque(both, before, old)
    yield from _trailer(both, new)
    yield from pages.compare(both, before, after)
    yield from forms.compare_settings(both)
    yield from forms.compare(both, old, new)
    kept, added = pages.compare_annotations(both, before, after, {one for one in judged if one is not None})
    yield from kept
    yield from overlap.judge(both, signed, added, new)
    yield from _catalog(both)


def _opaque(both: Both, before: list[pages.Leaf], old: list[forms.Field]) -> set[generic.Reference]:
    """The objects of the signed revision that have rules of their own."""
    found = {both.before.root_ref, *(one.reference for one in before), *(one.reference for one in old)}
    found |= {reference for one in old for reference, _ in one.widgets}
    found |= {reference_of(one) for leaf in before for one in pages.notes(both.before, leaf)}
    found |= {reference_of(raw(leaf.held, "/Parent")) for leaf in before}
    found |= {reference_of(raw(both.before.root, key)) for key in ("/Pages", "/AcroForm")}
    return {generic.Reference(one.idnum, one.generation) for one in found if one is not None}


def _taken(both: Both, one: Difference, later: set[generic.Reference | None]) -> bool:
    return isinstance(one.before, generic.NullObject) and any(
        reference is not None and both.at(reference) is one.after for reference in later
    )


def _trailer(both: Both, after: list[forms.Field]) -> Iterator[Finding]:
    old, new = both.before.trailer.flatten(), both.after.trailer.flatten()
    if both.differences(raw(old, "/Info"), raw(new, "/Info"), "trailer /Info"):
        yield Finding(Kind.METADATA, "trailer /Info")
    later = {reference for field in after for reference, _ in field.widgets} | {field.reference for field in after}
    for key in sorted({*old, *new} - _TRAILER - _STREAM):
        found = both.differences(raw(old, key), raw(new, key), f"trailer {key}")
        # an application's own key may name an object that did not exist yet: a field that took its number is judged as one
        found = [one for one in found if not _taken(both, one, later)]
        for one in found[:1]:
            yield Finding(Kind.TRAILER, one.path, described(one.before), described(one.after))


def _catalog(both: Both) -> Iterator[Finding]:
    old, new = both.before.root, both.after.root
    for key in sorted({*old, *new} - _APART):
        most = 1 if _CATALOG.get(key) in _ONCE else 4
        for one in both.differences(raw(old, key), raw(new, key), f"catalog {key}", most):
            kind = _CATALOG.get(key, _named(one.path) if key == "/Names" else Kind.CATALOG)
            yield Finding(kind, one.path, described(one.before), described(one.after))


def _named(path: str) -> Kind:
    if "/JavaScript" in path:
        return Kind.SCRIPT
    return Kind.ATTACHMENTS if "/EmbeddedFiles" in path else Kind.CATALOG


def _breaches(signed: PdfFileReader, field: SignatureField, found: list[Finding]) -> list[Finding]:
    holder = next((one for one in forms.fields(signed) if reference_of(one.value) == field.value), None)
    held = holder.held if holder is not None else dictionary(generic.NullObject())
    return list(permissions.of(signed, dictionary(field.dictionary), held).breaches(found))
