"""The report as PDF: what it holds, that it is the same bytes each time, and that nobody takes it for a proof."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from io import BytesIO

import pypdfium2
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from tests import attacks
from tests.proofs import ACT, Service
from tests.verifier.test_report import BARE
from tests.verifier.test_report_schema import CHANGE, full
from verifier import paper, printed
from verifier.check import check
from verifier.embedded import embedded_files
from verifier.layout import Deeds
from verifier.parts import laid_out
from verifier.report import Report, Verdict
from verifier.structure import open_pdf

ISSUED = paper.Issued("Poste d’essai", "https://lse.example/verifier", "Pacific/Noumea", "Nouméa", test=True)


def read(pdf: bytes) -> str:
    """The text that a reader copies, in one line."""
    document = pypdfium2.PdfDocument(pdf)
    pages = (document[at].get_textpage().get_text_bounded() for at in range(len(document)))
    return " ".join(" ".join(pages).split())


@pytest.fixture(scope="module")
def genuine(proof: bytes, service: Service) -> Report:
    return check(proof, anchors=[service.anchor], now=ACT, name="preuve.pdf")


def strings(held: object) -> Iterator[str]:
    """Every text of a layout, keys and forms aside."""
    if isinstance(held, tuple):
        for one in held:
            yield from strings(one)
    elif is_dataclass(held):
        unsaid = {"form", "key", "outcome", "verdict", "weight"}
        unsaid |= {"before", "after"} if isinstance(held, Deeds) and not any(one.after for one in held.deeds) else set()
        for member in fields(held):
            if member.name not in unsaid:
                yield from strings(getattr(held, member.name))
    elif isinstance(held, str):
        yield held


def bare(text: str) -> str:
    """A text without white space, hyphens and what a line break leaves of them."""
    return re.sub(r"[\s\x00-\x1f\ufffe-]", "", text).lower()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_paper_and_the_terminal_say_all_that_the_layout_holds(genuine: Report, language: str) -> None:
    told = {
        "paper": bare(read(paper.draw(genuine, language=language, issued=ISSUED))),
        "terminal": bare(printed.text(genuine, language=language)),
    }
    held = [words for words in strings(laid_out(genuine, language)) if words]
    assert len(held) > 100
    for where, said in told.items():
        lost = [words for words in held if bare(words) not in said]
        assert lost == [], where


def test_a_report_that_shows_changes_tells_before_and_after() -> None:
    seal = replace(full().signatures[0], found=(CHANGE, replace(CHANGE, weight="benign", before="", after="")))
    report = replace(full(), statement=None, signatures=(seal,), verdict=Verdict.INVALID, reason_fr="contenu modifié")
    said = read(paper.draw(report))
    for words in ("Invalide", "Contenu modifié", "field total", "Avant 100", "Après 900", "Sans effet sur le contenu"):
        assert words in said, words


def test_the_report_itself_is_attached_and_the_file_is_dated_by_it(genuine: Report) -> None:
    pdf = paper.draw(genuine, issued=ISSUED)
    assert pdf == paper.draw(genuine, issued=ISSUED)
    [held] = embedded_files(open_pdf(pdf))
    assert held.name == paper.REPORT_NAME
    assert json.loads(held.content) == genuine.to_dict()
    reader = PdfFileReader(BytesIO(pdf))
    assert "/MarkInfo" in reader.root
    assert "/StructTreeRoot" in reader.root


def test_what_an_instance_for_trials_reports_has_no_value(genuine: Report) -> None:
    untested = replace(genuine, statement=None, signatures=())
    assert "SANS VALEUR — TEST" in read(paper.draw(untested, issued=ISSUED))
    assert "SANS VALEUR" not in read(paper.draw(untested, issued=replace(ISSUED, test=False)))


def test_a_sealed_report_is_never_a_proof_of_a_letter(genuine: Report, service: Service) -> None:
    drawn = paper.draw(genuine, issued=ISSUED)
    service.post.clock.time = ACT
    sealed = service.post.sealer().seal(drawn, now=ACT, field=paper.FIELD, title=paper.TITLE)
    report = check(sealed, anchors=[service.anchor], now=ACT, name="rapport.pdf")
    assert report.statement is None
    assert report.signatures[0].field == "LSE-Report"
    assert report.signatures[0].intact
    assert "PREUVE VALIDE" not in printed.verdict_line(report, "fr")
    assert (
        "not a proof" in printed.verdict_line(report, "en")
        or "no LSE proof" in report.reason_en
        or ("no proof of a tracked letter" in printed.verdict_line(report, "en"))
    )


def test_a_report_sealed_as_a_proof_would_be_is_invalid(genuine: Report, service: Service) -> None:
    service.post.clock.time = ACT
    sealed = service.post.sealer().seal(paper.draw(genuine, issued=ISSUED), now=ACT)
    assert check(sealed, anchors=[service.anchor], now=ACT).verdict is Verdict.INVALID


def test_every_report_can_be_drawn(proof: bytes, service: Service) -> None:
    for name, raw in [*attacks.flipped(proof), *attacks.other_files(proof)]:
        report = check(raw, anchors=[service.anchor], now=ACT, name=name)
        assert paper.draw(report, issued=ISSUED).startswith(b"%PDF-"), name
    hostile = "<script>\u202e" + "x" * 5000 + "\0#eval(1) [U+0000] ﷽"
    odd = replace(BARE, file_name=hostile, reason_fr=hostile)
    assert "script" in read(paper.draw(odd))
