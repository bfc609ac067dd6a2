"""The printed letter: the sender's words as written, and the manifest inside."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest

from portal.adapters.paper import MANIFEST_NAME, MESSAGE_NAME, LetterPaper, day, draw_letter
from verifier.manifest import Manifest, Piece
from verifier.statement import AttachmentDigest, Party

PRESENTED = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
MESSAGE = "Madame, Monsieur,\n\nPar la présente, je résilie le bail.\n    – loyer : 95 000 XPF ;\n\nMoana TEʻIHOTU"


def letter(message: str = MESSAGE, **changes: object) -> LetterPaper:
    """A letter with the manifest of its message."""
    body = message.encode()
    manifest = Manifest(
        Piece("message.txt", len(body), "text/plain", hashlib.sha256(body).hexdigest()), (), salt="5a" * 32
    )
    facts: dict[str, object] = {
        "number": 601612,
        "reference": "LSE260414-000006",
        "sender": Party("Moana TEʻIHOTU", "moana@example.nc", ("12 rue des Flamboyants", "98800 NOUMÉA")),
        "recipient": Party("Étienne WÉA-LŌPEZ", "etienne@example.org"),
        "written_at": PRESENTED - timedelta(days=1),
        "presented_at": PRESENTED,
        "consulted_at": PRESENTED + timedelta(hours=18),
        "zone": "Pacific/Noumea",
        "place": "Nouméa",
        "subject": "Résiliation du bail",
        "message": message,
        "attachments": (AttachmentDigest("état des lieux.pdf", 184_233, "application/pdf", "ab" * 32),),
        "commitment": manifest.commitment,
        "manifest": manifest.to_json(),
        "operator": "Office postal",
    }
    return LetterPaper(**{**facts, **changes})  # type: ignore[arg-type]


def text_of(pdf: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)).replace("\u202f", " ")


def words(pdf: bytes) -> str:
    return " ".join(text_of(pdf).split())


def test_the_letter_says_who_writes_to_whom_when_and_what() -> None:
    page = words(draw_letter(letter()))
    for shown in (
        "Moana TEʻIHOTU",
        "98800 NOUMÉA",
        "Étienne WÉA-LŌPEZ",
        "Le 14 avril 2026",
        "Objet : Résiliation du bail",
        "Par la présente, je résilie le bail. – loyer : 95 000 XPF ;",
        "état des lieux.pdf",
        "184,2 ko",
        "14/04/2026 15:39:05 (UTC+11, Nouméa) · 04:39:05 UTC",
        "page 1/1",
    ):
        assert shown in page
    assert letter().commitment in page.replace(" ", "")


def embedded(pdf: bytes) -> dict[str, bytes]:
    document = pypdfium2.PdfDocument(pdf)
    found = (document.get_attachment(index) for index in range(document.count_attachments()))
    return {one.get_name(): bytes(one.get_data()) for one in found}


@pytest.mark.parametrize("message", [MESSAGE, "payer \u202e0001\u202c XPF \N{GRINNING FACE}\x00\r\n\t ", "é" * 60_000])
def test_the_message_and_manifest_inside_open_the_printed_commitment(message: str) -> None:
    inside = embedded(draw_letter(letter(message)))
    assert set(inside) == {MANIFEST_NAME, MESSAGE_NAME}
    manifest = Manifest.from_json(inside[MANIFEST_NAME])
    assert manifest.commitment == letter(message).commitment
    assert inside[MESSAGE_NAME] == message.encode()
    assert manifest.message.sha256 == hashlib.sha256(inside[MESSAGE_NAME]).hexdigest()


def test_a_letter_that_nobody_was_told_of_bears_the_day_of_its_deposit_and_claims_no_presentation() -> None:
    page = words(draw_letter(letter(presented_at=None, consulted_at=None)))
    assert "Le 13 avril 2026" in page
    assert "Présentée" not in page


def test_the_file_claims_pdf_a_and_pdf_ua_and_the_same_letter_gives_the_same_bytes() -> None:
    pdf = draw_letter(letter())
    assert pdf == draw_letter(letter())
    for claim in (b"<pdfaid:part>3</pdfaid:part>", b"<pdfuaid:part>1<", b"/StructTreeRoot", b"/AFRelationship/Data"):
        assert claim in pdf


def test_markup_in_a_message_is_printed_as_it_was_written() -> None:
    hostile = '= Titre\n#set page(fill: red)\n*gras* _x_ $x^2$ <b>html</b> @ref // rien /* rien */ 3x4 -> \\ "'
    page = text_of(draw_letter(letter(hostile, subject="#panic()")))
    assert all(row in page for row in hostile.split("\n"))
    assert "#panic()" in page


@pytest.mark.parametrize("character", ["x", "W", "é"])
def test_a_word_of_ten_thousand_letters_stays_on_the_paper(character: str) -> None:
    document = pypdfium2.PdfDocument(draw_letter(letter(character * 10_000, subject="", attachments=())))
    printed = 0
    for page in document:
        textpage = page.get_textpage()
        for index in range(textpage.count_chars()):
            if textpage.get_text_range(index, 1) == character:
                printed += 1
                assert textpage.get_charbox(index)[2] <= page.get_width() - 70
    assert printed >= 10_000


def test_a_long_letter_has_numbered_pages_and_loses_no_line() -> None:
    message = "\n".join(f"Ligne {number} du relevé." for number in range(5_000))
    pdf = draw_letter(letter(message))
    count = len(pypdfium2.PdfDocument(pdf))
    page = words(pdf)
    assert count > 50
    assert f"page {count}/{count}" in page
    assert all(f"Ligne {number} du" in page for number in range(0, 5_000, 7))


def test_a_letter_without_text_subject_or_attachment_is_still_a_letter() -> None:
    page = words(draw_letter(letter("", subject=" ", attachments=(), consulted_at=None)))
    assert "Objet : sans objet" in page
    assert "Pièces jointes" not in page
    assert "Consultée" not in page


def test_invisible_and_uncovered_characters_cannot_disguise_a_letter() -> None:
    page = text_of(draw_letter(letter("payer \u202e0001\u202c XPF \N{GRINNING FACE}\x00")))
    assert "payer 0001 XPF [U+1F600]" in page


def test_an_english_letter_speaks_english_and_a_test_letter_says_so() -> None:
    page = words(draw_letter(letter(language="en", test=True)))
    assert "Subject: Résiliation du bail" in page
    assert "14 April 2026" in page
    assert page.count("SANS VALEUR — TEST") >= 2


def test_the_first_of_a_month_is_written_as_the_french_write_it() -> None:
    first = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
    assert day(first, zone="Pacific/Noumea", language="fr") == "Le 1er avril 2026"
    assert day(first, zone="Pacific/Noumea", language="en") == "1 April 2026"
