"""Pages that differ since a signature, drawn in the confined child."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pypdfium2
import pytest

from tests import attacks
from tests.proofs import Service
from verifier import pictures, sandbox
from verifier.sandbox import Limits, Pictures
from verifier.warm import WarmSandbox

PNG = b"\x89PNG\r\n\x1a\n"


def changed(proof: bytes, how: str) -> bytes:
    return dict(attacks.incremental(proof))[f"incremental: {how}"]


def test_a_page_repainted_after_the_seal_is_shown_before_and_after(proof: bytes) -> None:
    found = sandbox.pictures_of(changed(proof, "page replaced"), field="LSE-Seal", pages=[1])
    [pair] = found.shown
    assert (pair.page, pair.boxes, found.more) == (1, 1, 0)
    assert pair.before is not None
    assert pair.after is not None
    assert pair.before.startswith(PNG)
    assert pair.after.startswith(PNG)
    assert pair.before != pair.after


def test_a_page_that_was_added_has_no_picture_before(proof: bytes) -> None:
    found = sandbox.pictures_of(changed(proof, "page added"), field="LSE-Seal")
    [pair] = found.shown
    assert (pair.page, pair.before) == (2, None)
    assert pair.after is not None


def test_what_looks_the_same_is_not_shown(proof: bytes, service: Service) -> None:
    renewed = service.renewed(proof, after=timedelta(days=20))
    for raw in (proof, renewed, changed(proof, "catalog changed")):
        assert pictures.pairs(raw, "LSE-Seal", [1]) == ([], 0)


def test_a_field_that_covers_nothing_sound_has_no_pictures(proof: bytes) -> None:
    assert sandbox.pictures_of(changed(proof, "page replaced"), field="Another", pages=[1]) == Pictures()
    for name, raw in attacks.forged(proof):
        assert pictures.pairs(raw, "LSE-Seal", [1]) == ([], 0), name


def test_a_warm_child_draws_the_same_and_judges_on(proof: bytes, service: Service) -> None:
    raw = changed(proof, "page replaced")
    with WarmSandbox() as warm:
        assert warm.pictures_of(raw, field="LSE-Seal", pages=[1]) == sandbox.pictures_of(raw, field="LSE-Seal")
        assert warm.pictures_of(b"%PDF-1.7\n%%EOF\n", field="LSE-Seal") == Pictures()


def test_pictures_that_do_not_fit_are_not_shown(proof: bytes) -> None:
    raw = changed(proof, "page replaced")
    assert sandbox.pictures_of(raw, field="LSE-Seal", limits=Limits(pictures=1000)) == Pictures()
    assert sandbox.pictures_of(raw, field="LSE-Seal", limits=Limits(wall=0.01)) == Pictures()


def test_a_file_of_many_changed_pages_shows_the_first_and_counts_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = pages(9, b"0.2 g"), pages(9, b"0.8 g")
    monkeypatch.setattr(pictures, "_end", lambda raw, field: len(before))
    monkeypatch.setattr(pictures, "_opened", lambda raw: pypdfium2.PdfDocument(before if raw == before else after))
    found, more = pictures.pairs(before + after, "any", [7, 3, 3, 99, -1])
    assert [one.page for one in found] == [1, 2, 3, 7]
    assert more == 5


def test_frames_stand_around_what_differs_and_nothing_else() -> None:
    old = pictures._drawn(pypdfium2.PdfDocument(pages(1, b"1 g")), 1)
    new = pictures._drawn(pypdfium2.PdfDocument(pages(1, b"0 g")), 1)
    assert old is not None
    assert new is not None
    assert (old.width, old.height) == (600, 848)
    [(left, top, right, bottom)] = pictures._differences(old, new)
    scale = 600 / 595
    for got, expected in ((left, 100 * scale), (right, 200 * scale), (top, 642 * scale), (bottom, 742 * scale)):
        assert abs(got - expected) <= 16


def test_whoever_asks_a_child_does_not_load_the_libraries() -> None:
    code = "import sys, verifier.sandbox; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"pyhanko", "pypdfium2"} & set(loaded) == set()


def pages(count: int, colour: bytes) -> bytes:
    """A file of A4 pages with one square of 100 points on each."""
    kids = b" ".join(b"%d 0 R" % (10 + at) for at in range(count))
    leaf = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R>>"
    objects = {1: b"<</Type /Catalog /Pages 2 0 R>>", 2: b"<</Type /Pages /Kids [%s] /Count %d>>" % (kids, count)}
    content = colour + b" 100 100 100 100 re f"
    objects |= {4: b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)}
    objects |= {10 + at: leaf for at in range(count)}
    out, at = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        at[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in sorted(at.items()))
    trailer = b"trailer\n<</Size 100 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 1\n0000000000 65535 f \n" + rows + trailer
