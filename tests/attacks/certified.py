"""What a signer forbids, done all the same: DocMDP and FieldMDP, evil annotations, sneaky signatures, form values.

After Mainka et al., "Breaking the Specification: PDF Certification" (2021). None of these changes a signed byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.attacks import contract, layout
from tests.attacks.archive import archived
from tests.attacks.contract import AGREED, CATALOG, FORM, NOTE, TOTAL
from tests.attacks.signing import Locks
from tests.attacks.vector import CONTENT, DOUBTED, REFUSED, UNTOUCHED, Expected, Vector
from verifier.report import Verdict

FORBIDDEN = Expected(REFUSED, intact=True, changes=CONTENT, permitted=False)
ALLOWED = Expected(DOUBTED, intact=True, changes=CONTENT, permitted=True)
"""Not what was signed, and the signer allowed it: a person has to look, so it is not green."""
COUNTERSIGNED = Expected(frozenset({Verdict.VALID}), intact=True, changes=UNTOUCHED, permitted=True)
_WIDGET = b"<</Type/Annot/Subtype/Widget/P 3 0 R/F 4"

FILLED = {
    TOTAL: _WIDGET + b"/FT/Tx/T(total)/V(9999)/DA(/F1 12 Tf 0 g)/Rect[100 600 300 620]/AP<</N 14 0 R>>>>",
    14: contract.look(b"9999"),
}
TICKED = {
    AGREED: _WIDGET + b"/FT/Btn/T(accord)/V/Oui/AS/Oui/Rect[100 560 120 580]/AP<</N<</Oui 16 0 R/Off 17 0 R>>>>>>"
}
NOTED = {
    NOTE: _WIDGET + b"/FT/Tx/T(note)/V(Vu)/DA(/F1 12 Tf 0 g)/Rect[100 520 300 540]/AP<</N 15 0 R>>>>",
    15: contract.look(b"Vu"),
}
SILENT = {TOTAL: FILLED[TOTAL]}
"""A value that the field's look does not show."""
RENAMED = {NOTE: NOTED[NOTE].replace(b"/T(note)", b"/T(remise)")}


def annotated(raw: bytes, kind: bytes, box: bytes, look: bytes = b"1 g 0 0 600 850 re f") -> dict[int, bytes]:
    """The first page of a file with one more annotation."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 600 850]"
    note = b"<</Type/Annot/Subtype/%s/P 3 0 R/F 4/Rect[%s]/Contents(note)/AP<</N 61 0 R>>>>" % (kind, box)
    return {3: contract.first_page(raw, 60), 60: note, 61: layout.stream(look, form)}


OVER, BESIDE = b"40 700 560 780", b"20 20 60 40"
KINDS = (b"FreeText", b"Stamp", b"Redact", b"Square", b"Highlight", b"Link", b"Text", b"Ink", b"FileAttachment")


def forms() -> Iterator[Vector]:
    """Values of a signed form changed, whatever the signer said."""
    for name, locks, changes, expected in (
        ("value changed, nothing said", None, FILLED, ALLOWED),
        ("box ticked, nothing said", None, TICKED, ALLOWED),
        ("value changed behind its look", None, SILENT, Expected(DOUBTED | REFUSED, intact=True, changes=CONTENT)),
        ("value changed, P 1", Locks(certified=1), FILLED, FORBIDDEN),
        ("box ticked, P 1", Locks(certified=1), TICKED, FORBIDDEN),
        ("value changed, P 2", Locks(certified=2), FILLED, ALLOWED),
        ("value changed, P 3", Locks(certified=3), FILLED, ALLOWED),
        ("locked value changed", Locks(fields=("total",)), FILLED, FORBIDDEN),
        ("locked value changed behind its look", Locks(fields=("total",)), SILENT, FORBIDDEN),
        ("all locked, box ticked", Locks(fields=()), TICKED, FORBIDDEN),
        ("other value changed than the locked one", Locks(fields=("total",)), NOTED, ALLOWED),
        ("locked value changed, P 2", Locks(certified=2, fields=("total",)), FILLED, FORBIDDEN),
        ("field renamed, P 2", Locks(certified=2), RENAMED, FORBIDDEN),
    ):
        yield _vector(f"forms: {name}", contract.rewrite(contract.signed(locks), changes), expected)
    raw = contract.signed(Locks(certified=2))
    fewer = contract.rewrite(raw, {FORM: contract.form(raw, without=[TOTAL])})
    yield _vector("forms: field taken out, P 2", fewer, FORBIDDEN)
    # a signature that nothing leads to any more must not vanish without a word
    unlisted = contract.rewrite(raw, {FORM: contract.objects()[FORM]})
    yield _vector("forms: signature taken out of the form", unlisted, Expected())
    formless = contract.rewrite(raw, {CATALOG: contract.catalog(form=b"")})
    yield _vector("forms: form taken out", formless, Expected())


def permissions() -> Iterator[Vector]:
    """DocMDP broken in every other way, and what a permission does not cover."""
    page = {6: contract.text_of(b"Faux")}
    for level in (1, 2, 3):
        raw = contract.signed(Locks(certified=level))
        yield _vector(f"certified, P {level}: text replaced", contract.rewrite(raw, page), FORBIDDEN)
        bare = {CATALOG: contract.catalog()}
        lifted = contract.rewrite(raw, {**bare, **page})
        yield _vector(f"certified, P {level}: permissions taken away", lifted, FORBIDDEN)
        other = archived(contract.sign(raw, "seconde"), contract.parties().signer)
        expected = FORBIDDEN if level == 1 else COUNTERSIGNED
        yield _vector(f"certified, P {level}: signature added", other, expected)
    twice = contract.sign(contract.signed(Locks(certified=2)), "seconde", locks=Locks(certified=3))
    yield _vector("certified twice", twice, Expected(intact=True))
    late = contract.sign(contract.signed(), "seconde", locks=Locks(certified=1))
    yield _vector("certified after an approval", late, Expected(intact=True))


def annotations() -> Iterator[Vector]:
    """Evil annotations: allowed kinds that cover what was signed."""
    for level in (1, 2, 3):
        raw = contract.signed(Locks(certified=level))
        for kind in KINDS:
            expected = Expected(intact=True, changes=CONTENT, permitted=None if level == 3 else False)
            if level < 3:
                expected = replace(expected, verdicts=REFUSED)
            name = f"evil annotation, P {level}: {kind.decode()} over the text"
            yield _vector(name, contract.rewrite(raw, annotated(raw, kind, OVER)), expected)
    raw = contract.signed(Locks(certified=3))
    thin = contract.rewrite(raw, annotated(raw, b"Ink", b"60 738 75 752", b"0 0 9 9 re f"))
    yield _vector("evil annotation, P 3: one letter covered", thin, Expected(intact=True, changes=CONTENT))
    hidden = contract.rewrite(
        annotation_first(), {60: b"<</Type/Annot/Subtype/Square/P 3 0 R/F 2/Rect[40 700 560 780]>>"}
    )
    yield _vector("evil annotation, P 3: signed note hidden", hidden, Expected(intact=True, changes=CONTENT))


def annotation_first() -> bytes:
    """A contract whose signer put a note over the text."""
    plain = layout.classic(contract.objects())
    objects = contract.objects() | annotated(plain, b"Square", OVER, b"0 0 1 rg 0 0 600 850 re f")
    return contract.kept(contract.sign(layout.classic(dict(sorted(objects.items()))), locks=Locks(certified=3)))


def sneaky() -> Iterator[Vector]:
    """Sneaky signatures: one more signature, genuine or not, whose look covers what was signed."""
    stranger = contract.parties().other
    covering = (40, 700, 560, 780)
    for level in (1, 2, 3):
        certified = contract.signed(Locks(certified=level))
        raw = contract.sign(certified, "seconde", by=stranger, locks=Locks(box=covering))
        yield _vector(f"sneaky signature, P {level}: by a stranger, over the text", raw, Expected(intact=True))
        empty = contract.rewrite(certified, _showing(certified))
        shown = Expected(REFUSED if level == 1 else Expected().verdicts, intact=True, changes=CONTENT)
        yield _vector(f"sneaky signature, P {level}: empty field that shows something", empty, shown)
        signed = contract.sign(empty, "seconde", by=stranger)
        yield _vector(f"sneaky signature, P {level}: field that shows something, signed", signed, shown)


def _showing(raw: bytes) -> dict[int, bytes]:
    """An empty signature field whose look covers the text."""
    box = b"/Type/XObject/Subtype/Form/BBox[0 0 520 80]/Resources<</Font<</F1 9 0 R>>>>"
    look = layout.stream(b"1 g 0 0 520 80 re f 0 g BT /F1 14 Tf 20 40 Td (9 999 XPF) Tj ET", box)
    widget = _WIDGET + b"/FT/Sig/T(seconde)/Rect[40 700 560 780]/AP<</N 61 0 R>>>>"
    return {3: contract.first_page(raw, 60), FORM: contract.form(raw, 60), 60: widget, 61: look}


def _vector(name: str, raw: bytes, expected: Expected) -> Vector:
    return Vector(name, raw, expected, contract.parties().signer.root_pem, contract.JUDGED_AT)
