"""The verifier's counter: what it says of any file, what it hands out, and what it refuses to seal."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal.office import Office
from portal.services import reports
from tests import attacks
from tests.conftest import Clock
from tests.stories.actors import Town, Visitor, hidden_fields
from verifier import check, sandbox
from verifier.confine import Limits
from verifier.identity import identified
from verifier.report import Report, Verdict


@pytest.fixture
def town(office: Office, log: Any) -> Town:
    return Town(office, log)


@pytest.fixture
def lawyer(town: Town) -> Visitor:
    visitor = Visitor(town)
    visitor.gets("/verifier")
    return visitor


def brings(lawyer: Visitor, raw: bytes, name: str = "preuve.pdf") -> TestResponse:
    return lawyer.posts("/verifier", {"proof": (io.BytesIO(raw), name)}, content_type="multipart/form-data")


def takes(lawyer: Visitor, taken: str, shape: str = "pdf") -> TestResponse:
    lawyer.gets("/verifier")
    return lawyer.posts("/verifier/rapport", {"report": taken, "shape": shape})


@pytest.fixture
def sealed(town: Town) -> bytes:
    """A proof that the instance issued."""
    reference = (sender := town.sender()).deposits(files=(("relevé.pdf", b"%PDF-1.7 contenu"),))
    town.works()
    return sender.downloads_proofs(reference)["EV"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "Ce fichier est vide."),
        (b"<!doctype html><p>Preuve</p>", "c’est une page web ou un fichier XML"),
        (b"PK\x03\x04preuve.pdf", "sortez-en le PDF"),
        (b"%PDF-1.7\n%%EOF\n", "Aucun jugement n’a été porté."),
    ],
)
def test_what_is_no_proof_is_named_with_the_digest_of_what_was_judged(lawyer: Visitor, raw: bytes, words: str) -> None:
    answer = brings(lawyer, raw)
    assert answer.status_code == 200
    assert words in answer.text
    digest = hashlib.sha256(raw).hexdigest()
    assert " ".join(re.findall(".{8}", digest)) in answer.text
    assert 'value="xml"' not in answer.text


def test_a_file_that_is_too_large_is_said_to_be_and_still_has_a_digest(lawyer: Visitor, office: Office) -> None:
    office.sandbox.limits = Limits(file=10_000)
    raw = b"%PDF-1.7\n" + bytes(10_000)
    answer = brings(lawyer, raw)
    assert answer.status_code == 413
    assert "plus grand qu’une preuve ne peut l’être" in answer.text
    assert " ".join(re.findall(".{8}", hashlib.sha256(raw).hexdigest())) in answer.text


def test_nothing_chosen_is_an_error_beside_the_field(lawyer: Visitor) -> None:
    answer = brings(lawyer, b"", name="")
    assert answer.status_code == 422
    assert "Choisissez un fichier PDF." in answer.text


def test_a_genuine_proof_gives_a_page_that_names_its_attachments_by_digest(lawyer: Visitor, sealed: bytes) -> None:
    page = brings(lawyer, sealed, "EV.pdf").text
    assert "<h1>Preuve valide</h1>" in page
    assert f'data-sha256="{hashlib.sha256(b"%PDF-1.7 contenu").hexdigest()}"' in page
    assert re.search(r'data-letter="[0-9a-f]{64}"', page)
    for number in range(1, 10):
        assert f'id="part-{number}"' in page


def test_a_hostile_name_neither_runs_nor_disguises_itself(lawyer: Visitor) -> None:
    page = brings(lawyer, b"<html>", "<script>alert(1)</script>\u202efdp.pdf").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;[U+202E]fdp.pdf" in page


def test_the_page_is_in_the_language_of_the_visitor(lawyer: Visitor) -> None:
    lawyer.posts("/langue/en")
    assert "This file is empty." in brings(lawyer, b"").text


def test_a_report_is_taken_along_as_json_xml_and_sealed_pdf(lawyer: Visitor, sealed: bytes, office: Office) -> None:
    taken = hidden_fields(brings(lawyer, sealed, "EV.pdf").text)["report"]
    answers = {shape: takes(lawyer, taken, shape) for shape in reports.Shape}
    for shape, answer in answers.items():
        assert answer.status_code == 200
        assert answer.mimetype == shape.media_type
        assert answer.headers["Content-Disposition"].endswith(f".{shape}")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    report = json.loads(answers[reports.Shape.JSON].data)
    assert (report["verdict"], report["file"]["name"]) == ("VALID", "EV.pdf")
    assert report["file"]["sha256"] == hashlib.sha256(sealed).hexdigest()
    assert b"total-passed" in answers[reports.Shape.XML].data
    judged = check.check(answers[reports.Shape.PDF].data, anchors=[office.root_pem], now=office.now())
    assert judged.statement is None
    assert judged.signatures[0].field == "LSE-Report"
    assert judged.signatures[0].intact


def test_the_instance_seals_no_report_that_it_did_not_make(lawyer: Visitor, clock: Clock) -> None:
    taken = hidden_fields(brings(lawyer, b"").text)["report"]
    forged = base64.urlsafe_b64encode(b'{"until":9999999999,"report":{}}').decode() + "." + taken.rpartition(".")[2]
    for text in ("", "x", taken[:-2], taken.swapcase(), forged, taken + "x" * reports.MOST):
        assert takes(lawyer, text).status_code == 410
    clock.moves(hours=1, minutes=59)
    assert takes(lawyer, taken).status_code == 200
    clock.moves(minutes=2)
    answer = takes(lawyer, taken)
    assert answer.status_code == 410
    assert "Ce rapport n’est plus disponible" in answer.text


def test_another_instance_does_not_take_it_either(lawyer: Visitor, opens_office: Any) -> None:
    taken = hidden_fields(brings(lawyer, b"").text)["report"]
    other = opens_office()
    assert (
        reports.brought_back(other, taken).verdict is Verdict.UNREADABLE
    )  # the same secrets: one instance, two processes
    stranger = type(other)(**{**vars(other), "session_key": bytes(32)})
    with pytest.raises(reports.ReportForgotten):
        reports.brought_back(stranger, taken)


def test_a_file_that_was_not_judged_has_no_xml(lawyer: Visitor) -> None:
    taken = hidden_fields(brings(lawyer, b"").text)["report"]
    assert takes(lawyer, taken, "xml").status_code == 410


def test_a_proof_changed_after_its_seal_shows_the_page_before_and_after(lawyer: Visitor, sealed: bytes) -> None:
    page = brings(lawyer, dict(attacks.incremental(sealed))["incremental: page replaced"]).text
    assert "<h1>Invalide</h1>" in page
    pictures = re.findall(r'<img src="data:image/png;base64,([A-Za-z0-9+/=]+)" alt="Page 1 telle', page)
    assert [base64.b64decode(one)[:8] for one in pictures] == [b"\x89PNG\r\n\x1a\n"] * 2


def test_the_schema_is_published_and_names_itself(lawyer: Visitor) -> None:
    answer = lawyer.gets("/verifier/schema.json")
    assert answer.mimetype == "application/schema+json"
    assert answer.json is not None
    assert answer.json["$id"] == "tag:lse.example,2026:report/1"


def test_nothing_of_what_is_brought_is_kept(lawyer: Visitor, office: Office, sealed: bytes) -> None:
    def held() -> set[str]:
        return {str(path) for path in office.settings.home.rglob("*") if path.is_file()}

    before = held()
    brings(lawyer, sealed)
    assert held() == before


def test_the_page_and_the_command_give_the_same_report(lawyer: Visitor, sealed: bytes, office: Office) -> None:
    taken = hidden_fields(brings(lawyer, sealed).text)["report"]
    page: Report = reports.brought_back(office, taken)
    anchors = [office.root_pem]
    assert page == sandbox.judge(sealed, anchors=anchors, now=office.now(), name="preuve.pdf", identify=True)
    assert page == identified(sealed, check.check(sealed, anchors=anchors, now=office.now(), name="preuve.pdf"))
