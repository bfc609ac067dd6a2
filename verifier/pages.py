"""The pages of two revisions side by side: their number, content, resources, boxes and annotations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier.difference import (
    NOTHING,
    Both,
    Follow,
    Unexplained,
    described,
    dictionary,
    items,
    raw,
    reference_of,
    resolved,
)
from verifier.findings import Finding, Kind

MAX_PAGES = 20_000
_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
_BOXES = ("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Rotate", "/UserUnit")
_UNSEEN = {
    "/Parent",
    "/Type",
    "/LastModified",
    "/PieceInfo",
    "/Metadata",
    "/Thumb",
    "/Tabs",
    "/StructParents",
    "/Annots",
}
"""Keys of a page that change nothing on it (ISO 32000-1, table 30), and /Annots, judged apart."""
_HIDDEN, _NO_VIEW = 2, 32
"""Annotation flags Hidden and NoView (ISO 32000-1, table 165)."""


@dataclass(frozen=True)
class Leaf:
    """One page, with what it inherits."""

    reference: generic.Reference | None
    held: generic.DictionaryObject
    inherited: dict[str, generic.PdfObject]

    def value(self, key: str) -> generic.PdfObject:
        """Return a page attribute, its own or inherited (ISO 32000-1, 7.7.3.4), not followed."""
        own = raw(self.held, key)
        return self.inherited.get(key, NOTHING) if isinstance(own, generic.NullObject) else own


@dataclass(frozen=True)
class Widget:
    """An annotation that a page gained."""

    page: int
    reference: generic.Reference | None
    held: generic.DictionaryObject


def leaves(reader: PdfFileReader) -> list[Leaf]:
    """Return the pages in order; raise `Unexplained` for a tree that repeats itself or is too large."""
    found: list[Leaf] = []
    stack: list[tuple[generic.PdfObject, dict[str, generic.PdfObject]]] = [(raw(reader.root, "/Pages"), {})]
    seen: set[generic.Reference] = set()
    while stack:
        value, inherited = stack.pop()
        reference, node = reference_of(value), resolved(reader, value)
        if reference is not None and reference in seen:
            raise Unexplained(f"page tree: object {reference.idnum} {reference.generation} stands in it twice")
        if reference is not None:
            seen.add(reference)
        if not isinstance(node, generic.DictionaryObject):
            continue
        if "/Kids" not in node:
            found.append(Leaf(reference, node, inherited))
            if len(found) > MAX_PAGES:
                raise Unexplained(f"page tree: got more than {MAX_PAGES} pages")
            continue
        below = {**inherited, **{key: raw(node, key) for key in _INHERITED if key in node}}
        stack += [(kid, below) for kid in reversed(items(resolved(reader, raw(node, "/Kids"))))]
    return found


def notes(reader: PdfFileReader, leaf: Leaf) -> list[generic.PdfObject]:
    return items(resolved(reader, raw(leaf.held, "/Annots")))


def compare(both: Both, before: list[Leaf], after: list[Leaf]) -> Iterator[Finding]:
    """Yield what differs between the pages, annotations aside."""
    if len(before) != len(after):
        yield Finding(Kind.PAGE_COUNT, "page tree", str(len(before)), str(len(after)))
    for number, (old, new) in enumerate(_paired(before, after), 1):
        if old.reference != new.reference and old.reference in {one.reference for one in after}:
            yield Finding(Kind.PAGE_ORDER, f"page {number}", page=number)
        yield from _page(both, old, new, number)


def _paired(before: list[Leaf], after: list[Leaf]) -> Iterator[tuple[Leaf, Leaf]]:
    """Pair the pages by place, or by object where their number changed."""
    if len(before) == len(after):
        yield from zip(before, after, strict=True)
        return
    known = {one.reference: one for one in after if one.reference is not None}
    for old in before:
        if old.reference in known:
            yield old, known[old.reference]


def _page(both: Both, old: Leaf, new: Leaf, number: int) -> Iterator[Finding]:
    where = f"page {number}"
    then, now = _streams(both.old, old), _streams(both.new, new)
    pairs = zip(then, now, strict=False)
    if len(then) != len(now) or any(both.differences(*pair, f"{where}/Contents") for pair in pairs):
        yield Finding(Kind.PAGE_CONTENT, where, page=number)
    for one in both.differences(old.value("/Resources"), new.value("/Resources"), f"{where}/Resources", most=4):
        yield Finding(Kind.PAGE_RESOURCES, one.path, described(one.before), described(one.after), number)
    for key in _BOXES:
        if both.differences(old.value(key), new.value(key), f"{where}{key}"):
            values = described(both.old(old.value(key))), described(both.new(new.value(key)))
            yield Finding(Kind.PAGE_BOX, f"{where}{key}", *values, number)
    rest = {*old.held, *new.held} - _UNSEEN - {*_BOXES, "/Contents", "/Resources"}
    for key in sorted(rest):
        for one in both.differences(raw(old.held, key), raw(new.held, key), f"{where}{key}", most=1):
            yield Finding(Kind.PAGE, one.path, described(one.before), described(one.after), number)


def _streams(follow: Follow, leaf: Leaf) -> list[generic.PdfObject]:
    """Return the content streams, which one array or one stream gives alike."""
    value = leaf.value("/Contents")
    held = follow(value)
    if isinstance(held, generic.ArrayObject):
        return items(held)
    return [] if isinstance(held, generic.NullObject) else [value]


def compare_annotations(
    both: Both, before: list[Leaf], after: list[Leaf], fields: set[generic.Reference]
) -> tuple[list[Finding], list[Widget]]:
    """Return what differs between annotations that both states have, and those that were added.

    `fields` are widgets that the form judges.
    """
    findings: list[Finding] = []
    added: list[Widget] = []
    number_of = {one.reference: at for at, one in enumerate(after, 1) if one.reference is not None}
    known = {one.reference: one for one in before if one.reference is not None}
    for at, new in enumerate(after, 1):
        old = known.get(new.reference) if new.reference is not None else None
        if old is None and len(before) == len(after):
            old = before[at - 1]
        then = [] if old is None else notes(both.before, old)
        now = notes(both.after, new)
        findings += _kept(both, then, now, at, fields)
        here = {reference_of(one) for one in then} - {None}
        direct = [one for one in then if reference_of(one) is None]
        for one in now:
            reference = reference_of(one)
            same = any(not both.differences(held, one, "annotation") for held in direct) if reference is None else False
            if not same and (reference is None or reference not in here):
                number = at if new.reference is None else number_of.get(new.reference, at)
                added.append(Widget(number, reference, dictionary(both.new(one))))
    return findings, added


def _kept(
    both: Both, then: list[generic.PdfObject], now: list[generic.PdfObject], number: int, fields: set[generic.Reference]
) -> Iterator[Finding]:
    where = f"page {number}"
    present = {reference_of(one) for one in now}
    for one in then:
        reference = reference_of(one)
        held = dictionary(both.old(one))
        if reference is None:
            if all(both.differences(one, other, "annotation") for other in now):
                yield Finding(Kind.ANNOTATION_REMOVED, where, described(held), page=number)
        elif reference not in present:
            if held:
                yield Finding(Kind.ANNOTATION_REMOVED, where, described(held), page=number)
        elif reference not in fields:
            new = dictionary(both.new(one))
            for key in sorted({*held, *new} - {"/P", "/StructParent"}):
                for found in both.differences(raw(held, key), raw(new, key), f"{where} annotation{key}", most=1):
                    values = described(found.before), described(found.after)
                    yield Finding(Kind.ANNOTATION_CHANGED, found.path, *values, number)


def rectangle(reader: PdfFileReader, annotation: generic.DictionaryObject) -> tuple[float, float, float, float] | None:
    """Return left, bottom, right, top of an annotation that a page shows; None for one that it does not."""
    flags = resolved(reader, raw(annotation, "/F"))
    if isinstance(flags, generic.NumberObject) and flags & (_HIDDEN | _NO_VIEW):
        return None
    numbers = [resolved(reader, one) for one in items(resolved(reader, raw(annotation, "/Rect")))]
    if len(numbers) != 4 or not all(isinstance(one, generic.NumberObject | generic.FloatObject) for one in numbers):
        return None
    left, bottom, right, top = (float(one) for one in numbers)  # type: ignore[arg-type]
    left, right, bottom, top = min(left, right), max(left, right), min(bottom, top), max(bottom, top)
    if right - left <= 0.01 or top - bottom <= 0.01:
        return None
    return left, bottom, right, top
