"""A file that is no PDF is called by what it is."""

from __future__ import annotations

import pytest

from tests.proofs import ACT
from verifier import brought, sandbox
from verifier.report import Verdict


@pytest.mark.parametrize(
    ("raw", "fr", "en"),
    [
        (b"", "ce fichier est vide", "is empty"),
        (b" \r\n\0", "ce fichier est vide", "is empty"),
        (b"\xef\xbb\xbf\n<!DOCTYPE HTML><title>Preuve</title>", "une page web", "a web page"),
        (b"<?xml version='1.0'?><a/>", "une page web ou un fichier XML", "an XML file"),
        (b"PK\x03\x04....preuve.pdf", "une archive (zip)", "an archive (zip)"),
        (b"\xff\xd8\xff\xe0..JFIF", "une image", "a picture"),
        (b"\x30\x82\x01\x02", "un certificat, ou une signature", "a certificate, or a signature"),
        (b"\xd0\xcf\x11\xe0", "un document de bureautique", "an office document"),
        (b"Bonjour", "ce fichier n’est pas un PDF", "this file is no PDF"),
    ],
)
def test_what_is_no_pdf_is_named_in_both_languages(raw: bytes, fr: str, en: str) -> None:
    found = brought.clauses(raw)
    assert fr in found[0].replace("\u202f", " ")
    assert en in found[1]
    report = sandbox.unreadable(raw, now=ACT, name="preuve.pdf", code="not-a-pdf", detail="got no %PDF-")
    assert (report.verdict, report.reason_fr, report.reason_en) == (Verdict.UNREADABLE, *found)
    assert report.checks[0].code == "not-a-pdf"
    assert report.checks[0].fr == f"{found[0][0].upper()}{found[0][1:]}."
    assert len(report.file_sha256) == 64
