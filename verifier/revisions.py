"""What may follow the drawn page in a proof: the seal, validation data, archive time stamps, and nothing else.

A proof is drawn whole, then grows by incremental updates (ISO 32000-1, 7.5.6) of three kinds only. Each is held against a
list of what it may touch, so that no object of the drawn page (its text, its fonts, its attachments) is ever given again:

    catalog    /AcroForm, /DSS, /Perms (with the seal only)
    page       /Annots and /Tabs, one invisible signature field appended
    form       /Fields, one signature field appended, and /SigFlags
    DSS        certificates and revocation data added, none taken away (EN 319 142-1, 5.4.2)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

from verifier.structure import at, written

_CATALOG = {"/AcroForm", "/DSS", "/Perms"}
_PAGE = {"/Annots", "/Tabs"}
_FORM = {"/Fields", "/SigFlags"}
_STORE = {"/Type", "/Certs", "/CRLs", "/OCSPs", "/VRI"}
_FIELD = {"/FT", "/T", "/TU", "/Type", "/Subtype", "/F", "/Rect", "/P", "/V"}
_TRAILER = ("/Root", "/Info")
_VALUES = {True: "/Sig", False: "/DocTimeStamp"}


class NotAnUpdate(ValueError):
    """A revision holds something else than a seal, validation data or an archive time stamp."""


@dataclass(frozen=True)
class Revision:
    """What one revision after the drawn page added."""

    number: int
    """0 is the drawn page."""
    fields: tuple[generic.Reference, ...]
    """Values of the signature fields it added, at most one."""
    validation_data: bool


def revisions(reader: PdfFileReader, *, sealed_by: str) -> list[Revision]:
    """Return what each revision after the first added; raise `NotAnUpdate` at the first that adds something else.

    The first of them adds the field named `sealed_by`, the others no signature but document time stamps.
    """
    if reader.xrefs.hybrid_xrefs_present:
        raise NotAnUpdate("the file has two cross-reference tables for one revision")
    if reader.total_revisions < 2:
        raise NotAnUpdate("the file has one revision: nothing was appended to the drawn page")
    return [_revision(reader, number, sealed_by) for number in range(1, reader.total_revisions)]


def _revision(reader: PdfFileReader, number: int, sealed_by: str) -> Revision:
    before, after = reader.get_historical_resolver(number - 1), reader.get_historical_resolver(number)
    try:
        _trailers(reader, number)
        catalog_before, catalog = before.root, after.root
        allowed = _CATALOG if number == 1 else _CATALOG - {"/Perms"}
        _same_but(catalog_before, catalog, allowed, f"revision {number}: catalog")
        added = _form(before, after, number, sealed_by)
        pages = _pages(before, after, added, number)
        store = _store(catalog_before, catalog, number)
        touched = {before.root_ref, *pages, *_references(catalog_before, "/AcroForm", "/DSS")}
        _untouched(reader, number, touched)
    except NotAnUpdate:
        raise
    except MemoryError:
        raise
    except Exception as fault:  # whatever cannot be read cannot be explained
        raise NotAnUpdate(f"revision {number}: {type(fault).__name__}: {fault}") from fault
    if number == 1:
        _permissions(catalog, added)
    return Revision(number, added, store)


def _trailers(reader: PdfFileReader, number: int) -> None:
    before, after = reader.trailer.flatten(number - 1), reader.trailer.flatten(number)
    for key in _TRAILER:
        if _raw(before, key) != _raw(after, key):
            raise NotAnUpdate(f"revision {number}: {key} of the trailer changed")


def _untouched(reader: PdfFileReader, number: int, touched: set[generic.Reference]) -> None:
    known: set[tuple[int, int]] = set()
    for earlier in range(number):
        known |= {(one.idnum, one.generation) for one in reader.xrefs.explicit_refs_in_revision(earlier)}
    allowed = {(one.idnum, one.generation) for one in touched}
    given = {(one.idnum, one.generation) for one in reader.xrefs.explicit_refs_in_revision(number)}
    given |= {(one.idnum, one.generation) for one in reader.xrefs.refs_freed_in_revision(number)}
    again = sorted((given & known) - allowed)
    if again:
        raise NotAnUpdate(
            f"revision {number}: object {again[0][0]} {again[0][1]} of an earlier revision is given again"
        )


def _form(
    before: HistoricalResolver, after: HistoricalResolver, number: int, sealed_by: str
) -> tuple[generic.Reference, ...]:
    old, new = at(before.root, "/AcroForm"), at(after.root, "/AcroForm")
    if new is None:
        if old is not None or number == 1:
            raise NotAnUpdate(f"revision {number}: the form is missing")
        return ()
    _same_but(old or generic.DictionaryObject(), new, _FORM, f"revision {number}: form")  # type: ignore[no-untyped-call]
    added = _appended(at(old, "/Fields"), at(new, "/Fields"), f"revision {number}: fields")
    if len(added) > 1 or (number == 1 and len(added) != 1):
        raise NotAnUpdate(f"revision {number}: got {len(added)} new fields")
    return tuple(_signature(after, one, number, sealed_by) for one in added)


def _signature(after: HistoricalResolver, field: generic.Reference, number: int, sealed_by: str) -> generic.Reference:
    held = after.get_object(field)
    where = f"revision {number}: field"
    if not isinstance(held, generic.DictionaryObject) or set(held) - _FIELD:
        raise NotAnUpdate(f"{where}: got more than an invisible signature field")
    if held["/FT"] != "/Sig" or any(side != 0 for side in held["/Rect"]):
        raise NotAnUpdate(f"{where}: got a visible field, or another kind than a signature")
    if (held["/T"] == sealed_by) is not (number == 1):
        raise NotAnUpdate(f"{where}: got the name {held['/T']}")
    value, reference = held["/V"], held.raw_get("/V")
    if not isinstance(reference, generic.IndirectObject) or value["/Type"] != _VALUES[number == 1]:
        raise NotAnUpdate(f"{where}: expected a value of type {_VALUES[number == 1]}")
    return generic.Reference(reference.idnum, reference.generation)


def _pages(
    before: HistoricalResolver, after: HistoricalResolver, added: tuple[generic.Reference, ...], number: int
) -> list[generic.Reference]:
    """Return the references of the pages, none of which may differ but by the widget of an added signature field."""
    fields = after.root["/AcroForm"]["/Fields"] if "/AcroForm" in after.root else ()
    widgets = {(one.idnum, one.generation) for one in fields}
    found = []
    for page in _leaves(before.root.raw_get("/Pages"), before):
        found.append(page)
        old, new = before.get_object(page), after.get_object(page)
        where = f"revision {number}: page"
        _same_but(old, new, _PAGE, where)
        for widget in _appended(at(old, "/Annots"), at(new, "/Annots"), f"{where}: annotations"):
            if (widget.idnum, widget.generation) not in widgets or not added:
                raise NotAnUpdate(f"{where}: got an annotation that is no signature field")
    return found


def _leaves(node: object, pdf: HistoricalResolver, depth: int = 0) -> Iterator[generic.Reference]:
    if not isinstance(node, generic.IndirectObject) or depth > 16:
        raise NotAnUpdate("page tree: expected references, at most 16 deep")
    reference = generic.Reference(node.idnum, node.generation)
    held = pdf.get_object(reference)
    if "/Kids" not in held:
        yield reference
        return
    kids = held["/Kids"]
    for position in range(len(kids)):
        yield from _leaves(kids.raw_get(position), pdf, depth + 1)


def _store(before: generic.DictionaryObject, after: generic.DictionaryObject, number: int) -> bool:
    old, new = at(before, "/DSS"), at(after, "/DSS")
    if new is None:
        if old is not None:
            raise NotAnUpdate(f"revision {number}: the validation data are gone")
        return False
    where = f"revision {number}: validation data"
    if set(new) - _STORE:
        raise NotAnUpdate(f"{where}: got {sorted(set(new) - _STORE)}")
    changed = False
    for key in ("/Certs", "/CRLs", "/OCSPs"):
        if old is not None and key in old and key not in new:
            raise NotAnUpdate(f"{where}: {key} is gone")
        added = _appended(at(old, key), at(new, key), f"{where}: {key}")
        changed = changed or bool(added)
    return changed


def _permissions(catalog: generic.DictionaryObject, added: tuple[generic.Reference, ...]) -> None:
    """The seal is the certifying signature: /Perms names it and nothing else (ISO 32000-1, 12.8.4)."""
    held = at(catalog, "/Perms")
    if not isinstance(held, generic.DictionaryObject) or set(held) != {"/DocMDP"}:
        raise NotAnUpdate("permissions: expected a certifying signature and nothing else")
    named = held.raw_get("/DocMDP")
    if not isinstance(named, generic.IndirectObject) or (named.idnum, named.generation) != (
        added[0].idnum,
        added[0].generation,
    ):
        raise NotAnUpdate("permissions: the certifying signature is not the seal")


def _appended(old: object, new: object, where: str) -> list[generic.Reference]:
    """Return what `new` holds after all of `old`, both arrays of references."""
    before, after = _items(old, where), _items(new, where)
    if after[: len(before)] != before:
        raise NotAnUpdate(f"{where}: an earlier entry was taken away or moved")
    return [generic.Reference(*one) for one in after[len(before) :]]


def _items(array: object, where: str) -> list[tuple[int, int]]:
    if array is None:
        return []
    if not isinstance(array, generic.ArrayObject):
        raise NotAnUpdate(f"{where}: got {type(array).__name__}, expected an array")
    items = [array.raw_get(position) for position in range(len(array))]
    if any(not isinstance(one, generic.IndirectObject) for one in items):
        raise NotAnUpdate(f"{where}: got a direct object, expected references")
    return [(one.idnum, one.generation) for one in items]


def _same_but(
    before: generic.DictionaryObject, after: generic.DictionaryObject, changing: set[str], where: str
) -> None:
    for key in (set(before) | set(after)) - changing:
        if _raw(before, key) != _raw(after, key):
            raise NotAnUpdate(f"{where}: {key} changed")


def _raw(dictionary: generic.DictionaryObject, key: str) -> bytes | None:
    return written(dictionary.raw_get(key)) if key in dictionary else None


def _references(dictionary: generic.DictionaryObject, *keys: str) -> list[generic.Reference]:
    held = [dictionary.raw_get(key) for key in keys if key in dictionary]
    return [generic.Reference(one.idnum, one.generation) for one in held if isinstance(one, generic.IndirectObject)]
