"""What a reader sees, changed by an update after the signature: the shadow attacks, pages, incremental saving.

Shadow attacks (Mainka et al., "Shadow Attacks", 2021) are prepared before the signature: the signed bytes already hold what
is to appear, or what will stop hiding it. None of these changes a signed byte.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.attacks import contract, layout
from tests.attacks.contract import AMOUNT, text_of
from tests.attacks.vector import CONTENT, NEVER_VALID, REFUSED, Expected, Vector

FALSE = text_of(b"Contrat, page 1 : la somme de 9 999 XPF est due.")
CHANGED = Expected(REFUSED, intact=True, changes=CONTENT, permitted=False)
_COVER = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]"
_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F1 9 0 R>>>>%s>>"
_FIRST = b"/Annots[11 0 R 12 0 R 13 0 R 19 0 R]"


def changed() -> Iterator[Vector]:
    """Pages of a signed contract added, removed, put in another order, or made to look otherwise."""
    raw = contract.signed()
    for name, bodies in {
        "text replaced": {6: FALSE},
        "text of the last page replaced": {8: text_of(b"Faux")},
        "text made empty": {7: layout.stream(b"")},
        "page added": {2: b"<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R 40 0 R]/Count 4>>", 40: _PAGE % (41, b""), 41: FALSE},
        "page added in front": {
            2: b"<</Type/Pages/Kids[40 0 R 3 0 R 4 0 R 5 0 R]/Count 4>>",
            40: _PAGE % (41, b""),
            41: FALSE,
        },
        "page removed": {2: b"<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>>"},
        "page shown twice": {2: b"<</Type/Pages/Kids[3 0 R 4 0 R 4 0 R 5 0 R]/Count 4>>"},
        "pages in another order": {2: b"<</Type/Pages/Kids[4 0 R 3 0 R 5 0 R]/Count 3>>"},
        "texts exchanged": {4: _PAGE % (8, b"/Annots[]"), 5: _PAGE % (7, b"/Annots[]")},
        "page turned": {4: _PAGE % (7, b"/Annots[]/Rotate 180")},
        "page cut by its crop box": {3: _PAGE % (6, _FIRST + b"/CropBox[0 0 595 700]")},
        "text added to a page": {4: _PAGE.replace(b"%d 0 R", b"[7 0 R 40 0 R]") % b"/Annots[]", 40: FALSE},
        "another page tree": {
            1: contract.catalog(pages=40),
            40: b"<</Type/Pages/Kids[41 0 R]/Count 1>>",
            41: _PAGE.replace(b"/Parent 2", b"/Parent 40") % (42, b""),
            42: FALSE,
        },
        "box inherited from the tree": {
            2: b"<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R]/Count 3/CropBox[0 0 595 700]>>",
        },
        "font replaced": {
            9: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Type/Encoding/Differences[49/nine]>>>>",
        },
    }.items():
        yield _vector(f"pages: {name}", contract.rewrite(raw, bodies), CHANGED)
    yield _vector("pages: text freed", contract.rewrite(raw, {}, freed=(7,)), Expected(intact=True))
    action = b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"
    scripted = {1: contract.catalog(more=action)}
    yield _vector("pages: script that runs at opening", contract.rewrite(raw, scripted), CHANGED)


def shadow() -> Iterator[Vector]:
    """Hide, replace, and hide-and-replace."""
    yield from _hide()
    yield from _replace()
    yield from _hide_and_replace()


def _hide() -> Iterator[Vector]:
    """The signer sees a cover over the amount; the update takes it away."""
    objects = contract.objects(b"9 999 XPF")
    covered = b"/Cover Do BT /F1 14 Tf 60 740 Td (Contrat, page 1 : la somme de %s est due.) Tj ET" % AMOUNT
    objects[3] = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents[6 0 R 30 0 R]/Resources<</Font<</F1 9 0 R>>"
        b"/XObject<</Cover 31 0 R>>>>%s>>" % _FIRST
    )
    objects |= {30: layout.stream(covered), 31: layout.stream(b"1 g 0 700 595 142 re f 0 g", _COVER)}
    raw = contract.kept(contract.sign(layout.classic(objects)))
    for name, update in {
        "cover made empty": contract.rewrite(raw, {31: layout.stream(b"", _COVER)}),
        "cover turned into metadata": contract.rewrite(
            raw, {31: layout.stream(b"<x/>", b"/Type/Metadata/Subtype/XML")}
        ),
        "cover moved away": contract.rewrite(
            raw, {31: layout.stream(b"1 g 0 700 595 142 re f 0 g", _COVER + b"/Matrix[1 0 0 1 0 -800]")}
        ),
    }.items():
        yield _vector(f"shadow, hide: {name}", update, CHANGED)
    freed = contract.rewrite(raw, {}, freed=(31,))
    yield _vector("shadow, hide: cover freed", freed, Expected(NEVER_VALID, intact=True))


def _replace() -> Iterator[Vector]:
    """What is shown is replaced by things that a verifier may take for harmless."""
    raw = contract.signed()
    shown = {14: contract.look(b"9999")}
    yield _vector(
        "shadow, replace: look of a field alone", contract.rewrite(raw, shown), Expected(intact=True, changes=CONTENT)
    )
    objects = contract.objects()
    # the digits are drawn by a font of the file's own, whose glyphs an update can exchange
    objects[9] = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<</a 32 0 R/b 33 0 R>>"
        b"/Encoding<</Type/Encoding/Differences[49/a 57/b]>>/FirstChar 49/LastChar 57/Widths[600 0 0 0 0 0 0 0 600]>>"
    )
    objects[32] = layout.stream(b"600 0 d0 0 0 300 700 re f")
    objects[33] = layout.stream(b"600 0 d0 0 0 600 300 re f")
    raw = contract.kept(contract.sign(layout.classic(objects)))
    yield _vector(
        "shadow, replace: glyph", contract.rewrite(raw, {32: layout.stream(b"600 0 d0 0 0 9 9 re f")}), CHANGED
    )


def _hide_and_replace() -> Iterator[Vector]:
    """Both contracts are in the signed bytes; the update is nothing but a table that points at the other one."""
    objects = contract.objects()
    base = layout.HEADER + b"6 0 obj\n%s\nendobj\n" % FALSE
    hidden = len(layout.HEADER)
    raw = contract.kept(contract.sign(layout.classic(objects, after=base)))
    yield _vector("shadow, hide and replace: table alone", contract.repoint(raw, {6: hidden}), CHANGED)
    other = b"2 0 obj\n<</Type/Pages/Kids[5 0 R]/Count 1>>\nendobj\n"
    raw = contract.kept(contract.sign(layout.classic(objects, after=layout.HEADER + other)))
    yield _vector("shadow, hide and replace: page tree", contract.repoint(raw, {2: hidden}), CHANGED)
    catalog = b"40 0 obj\n%s\nendobj\n" % contract.catalog(pages=41, form=b"")
    tree = catalog + b"41 0 obj\n<</Type/Pages/Kids[42 0 R]/Count 1>>\nendobj\n"
    whole = tree + b"42 0 obj\n%s\nendobj\n43 0 obj\n%s\nendobj\n" % (
        _PAGE.replace(b"/Parent 2", b"/Parent 41") % (43, b""),
        FALSE,
    )
    raw = contract.kept(contract.sign(layout.classic(objects, after=layout.HEADER + whole)))
    places = {number: raw.index(b"%d 0 obj" % number) for number in (40, 41, 42, 43)}
    # no field is reached from the other catalog: the signature must not vanish without a word
    yield _vector("shadow, hide and replace: catalog", contract.repoint(raw, places, root=40), Expected(NEVER_VALID))


def saved() -> Iterator[Vector]:
    """Incremental saving (Mladenov et al., 2019): forged objects behind the end, with and without the marks of a revision."""
    raw = contract.signed()
    body = b"6 0 obj\n%s\nendobj\n" % FALSE
    start = int(raw[raw.rindex(b"startxref") + 9 :].split()[0])
    table = b"xref\n6 1\n%010d 00000 n \n" % len(raw)
    trailer = b"trailer\n<</Size 40/Root 1 0 R/Prev %d>>\n" % start
    pointer = b"startxref\n%d\n" % (len(raw) + len(body))
    for name, tail in {
        "object alone": body,
        "object and end": body + b"%%EOF\n",
        "trailer without table": body + trailer + b"%%EOF\n",
        "table without trailer": body + table + pointer + b"%%EOF\n",
        "no end": body + table + trailer + pointer,
        "old table named again": body + table + trailer + b"startxref\n%d\n%%%%EOF\n" % start,
        "end without what comes before it": b"%%EOF\n",
        "bytes that are no object": b"\nFaux contenu\n",
        "trailer that skips the signed table": body
        + b"xref\n0 7\n0000000000 65535 f \n"
        + b"".join(b"%010d 00000 n \n" % raw.index(b"%d 0 obj" % number) for number in range(1, 6))
        + b"%010d 00000 n \n" % len(raw)
        + b"trailer\n<</Size 7/Root 1 0 R>>\n"
        + pointer
        + b"%%EOF\n",
    }.items():
        yield _vector(f"saving: {name}", raw + tail, Expected(NEVER_VALID))
    value = raw[raw.index(b"/Contents <") :]
    value = value[: value.index(b">") + 1]
    copied = contract.rewrite(raw, {6: FALSE, 50: b"<</Type/Sig/Filter/Adobe.PPKLite%s>>" % value})
    yield _vector("saving: with a copy of the value", copied, Expected(REFUSED, changes=CONTENT))
    yield _vector("saving: two updates", contract.rewrite(contract.rewrite(raw, {6: FALSE}), {7: FALSE}), CHANGED)


def _vector(name: str, raw: bytes, expected: Expected) -> Vector:
    return Vector(name, raw, expected, contract.parties().signer.root_pem, contract.JUDGED_AT)
