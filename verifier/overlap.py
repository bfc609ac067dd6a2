"""Annotations that a page gained: what they are, and whether they stand on what was signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier import forms, pages
from verifier.difference import Both, dictionary, raw, resolved
from verifier.findings import Finding, Kind
from verifier.pages import Widget

_Box = tuple[float, float, float, float]
_MAX_ANNOTATIONS = 200


def judge(both: Both, signed: bytes, added: Sequence[Widget], fields: Sequence[forms.Field]) -> Iterator[Finding]:
    """Yield a finding for each annotation added; `signed` is the file of the signed revision, `fields` the form as it is."""
    owners = {reference: one for one in fields for reference, _ in one.widgets if reference is not None}
    texts = Texts(signed)
    for one in added:
        owner = owners.get(one.reference) if one.reference is not None else None
        yield from _added(both, one, owner, texts)


def pages_with(reader: PdfFileReader) -> list[int]:
    """Return the numbers of the pages on which annotations overlap: what the upper one hides is for a reader to look at."""
    found = []
    try:
        for number, leaf in enumerate(pages.leaves(reader), 1):
            held = [dictionary(resolved(reader, one)) for one in pages.notes(reader, leaf)[:_MAX_ANNOTATIONS]]
            boxes = [
                pages.rectangle(reader, one) for one in held if str(resolved(reader, raw(one, "/Subtype"))) != "/Popup"
            ]
            shown = [one for one in boxes if one is not None]
            if any(_meet(one, other) for at, one in enumerate(shown) for other in shown[at + 1 :]):
                found.append(number)
    except MemoryError:
        raise
    except Exception:  # a page tree that cannot be read shows nothing
        return found
    return found


def _meet(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _added(both: Both, one: Widget, owner: forms.Field | None, texts: Texts) -> Iterator[Finding]:
    box = pages.rectangle(both.after, one.held)
    where = f"page {one.page}"
    signature = owner is not None and owner.kind == "/Sig"
    name = owner.name if owner is not None else ""
    look = _has_look(both, one.held)
    if box is None or (signature and not look):
        if not signature:
            yield Finding(Kind.HIDDEN_WIDGET, where, field=name)
        return
    kind = "" if owner is None else f"field {name}"
    after = kind or str(both.new(raw(one.held, "/Subtype")))
    over = texts.stands_on(one.page, box)
    if signature and owner is not None and not forms.is_signed(both, owner.value):
        yield Finding(Kind.EMPTY_SIGNATURE_SHOWN, where, "", after, one.page, name)
    elif over:
        kinds = {True: Kind.SIGNATURE_OVER_CONTENT, False: Kind.ANNOTATION_OVER_CONTENT}
        yield Finding(kinds[signature], where, over, after, one.page, name)
    elif not signature:
        yield Finding(Kind.ANNOTATION_ADDED, where, "", after, one.page, name)


def _has_look(both: Both, held: generic.DictionaryObject) -> bool:
    """Whether an annotation draws anything: an appearance stream that is not empty."""
    normal = both.new(raw(dictionary(both.new(raw(held, "/AP"))), "/N"))
    if isinstance(normal, generic.StreamObject):
        return bool(normal.data.strip())
    return bool(normal) and isinstance(normal, generic.DictionaryObject)


class Texts:
    """The text of the signed pages, read when first asked for."""

    def __init__(self, signed: bytes) -> None:
        self._signed = signed
        self._document: Any = None

    def stands_on(self, page: int, box: _Box) -> str:
        """Return the signed text under a rectangle in points, at most 200 characters; empty where there is none."""
        import pypdfium2

        if self._document is None:
            self._document = pypdfium2.PdfDocument(self._signed)
        if page > len(self._document):
            return ""
        text = self._document[page - 1].get_textpage()
        return " ".join(text.get_text_bounded(*box).split())[:200]
