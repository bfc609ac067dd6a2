"""A proof's page: what it shows, what it carries, and how a file is compared with it."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest

from verifier.deadline import deadline
from verifier.glyphs import FONTS, code_points, coverage, safe
from verifier.page import (
    ENTRY_NAME,
    EVIDENCE_NAME,
    INCLUSION_NAME,
    POLICY_NAME,
    Agreement,
    Attached,
    NotDrawn,
    agreement,
    draw,
)
from verifier.statement import (
    EVENTS,
    AttachmentDigest,
    Cause,
    Challenge,
    Citation,
    Event,
    Failure,
    Handover,
    Issuer,
    Observed,
    Party,
    ProofKind,
    Statement,
)
from verifier.typeset import legal_time

SENT = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
ZONE = "Pacific/Noumea"
COMMITMENT = hashlib.sha256(b"letter").hexdigest()
CITED = (Citation(f"EV601612-{COMMITMENT}", SENT),)


def pieces(count: int) -> tuple[AttachmentDigest, ...]:
    return tuple(
        AttachmentDigest(f"pièce {n}.pdf", 1_000 * n + 7, "application/pdf", hashlib.sha256(bytes([n])).hexdigest())
        for n in range(1, count + 1)
    )


def stated(kind: ProofKind, **changes: object) -> Statement:
    """A plausible statement of each kind."""
    facts: dict[str, object] = {
        "kind": kind,
        "number": 601612,
        "commitment": COMMITMENT,
        "reference": "LSE260414-000006",
        "presentation": 1,
        "events": tuple(Event(name, SENT) for name in EVENTS[kind]),
        "sender": Party("Moana TEʻIHOTU", "moana@example.nc", ("12 rue des Flamboyants", "98800 NOUMÉA")),
        "recipient": Party("Étienne WÉA-LŌPEZ", "etienne@example.org"),
        "attachments": pieces(2),
        "presented_at": SENT,
        "deadline": deadline(SENT, ZONE),
        "zone": ZONE,
        "place": "Nouméa",
        "issuer": Issuer(
            name="Office postal",
            mention="RCS 00 000 000",
            article="article 43.1",
            policy="https://lse.example/politique",
            verify_url="https://lse.example/verifier",
            anchor_sha256=hashlib.sha256(b"anchor").hexdigest(),
            log_origin="lse.example/journal",
        ),
        "dossier": "2026-114",
    }
    facts |= {
        ProofKind.DISPATCH: {
            "handover": Handover("mx1.example.org", True, "250 2.0.0 queued as 4F2A", "<1@lse.example>")
        },
        ProofKind.RECEIPT: {"challenge": Challenge.EMAIL, "cites": CITED},
        ProofKind.REFUSAL: {"challenge": Challenge.NONE, "cites": CITED},
        ProofKind.NEGLECT: {"cites": CITED},
        ProofKind.NON_DELIVERY: {
            "failure": Failure(Cause.NO_SUCH_MAILBOX, "5.1.1", "550 5.1.1 User unknown", Observed.SYNCHRONOUS),
            "presented_at": None,
            "deadline": None,
        },
    }[kind]
    return Statement(**{**facts, **changes})  # type: ignore[arg-type]


def files(statement: Statement) -> list[Attached]:
    return [
        Attached(EVIDENCE_NAME, "application/json", "data", "Faits", statement.to_evidence()),
        Attached(ENTRY_NAME, "application/json", "supplement", "Entrée du journal", b'{"v":1}'),
        Attached(INCLUSION_NAME, "text/plain", "supplement", "Preuve d’inclusion", b"c2sp.org/tlog-proof@v1\n"),
        Attached(POLICY_NAME, "text/plain", "supplement", "Politique", b"log x\nquorum none\n"),
    ]


def words(pdf: bytes) -> str:
    """The text of every page, each run of spaces and line ends as one space."""
    text = " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))
    return " ".join(text.replace("\u202f", " ").replace("\ufffe", "-").split())


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ProofKind)
def test_every_kind_is_one_page_that_states_its_facts(kind: ProofKind, language: str) -> None:
    statement = stated(kind, language=language)
    pdf = draw(statement, files(statement))
    assert len(pypdfium2.PdfDocument(pdf)) == 1
    page = words(pdf)
    assert (kind.title_fr if language == "fr" else kind.title_en) in page
    assert "14/04/2026 15:39:05 (UTC+11, Nouméa) · 04:39:05 UTC" in page
    for shown in ("Moana TEʻIHOTU", "Étienne WÉA-LŌPEZ", "etienne@example.org", "12 rue des Flamboyants", "2026-114"):
        assert shown in page
    bare = page.replace(" ", "")
    for shown in (
        statement.proof_id,
        statement.issuer.anchor_sha256,
        *(piece.sha256 for piece in statement.attachments),
    ):
        assert shown in bare
    assert "page 1/1" in page


def test_the_file_claims_pdf_a_and_pdf_ua_and_is_tagged_in_its_language() -> None:
    pdf = draw(stated(ProofKind.RECEIPT), [])
    for claim in (b"<pdfaid:part>3</pdfaid:part>", b"<pdfaid:conformance>B</pdfaid:conformance>", b"<pdfuaid:part>1<"):
        assert claim in pdf
    for part in (b"/MarkInfo", b"/StructTreeRoot", b"/Lang(fr", b"/DisplayDocTitle true"):
        assert part in pdf
    assert pdf.startswith(b"%PDF-1.7")


def test_the_same_facts_give_the_same_bytes_in_any_thread() -> None:
    statement = stated(ProofKind.DISPATCH)
    drawn: list[bytes] = []
    threads = [threading.Thread(target=lambda: drawn.append(draw(statement, files(statement)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == [draw(statement, files(statement))] * 2


def test_attached_files_come_back_byte_for_byte_with_their_relationship_and_date() -> None:
    statement = stated(ProofKind.RECEIPT)
    binary = Attached("sceau.bin", "application/octet-stream", "supplement", "octets", bytes(range(256)))
    attached = [*files(statement), binary]
    pdf = draw(statement, attached)
    document = pypdfium2.PdfDocument(pdf)
    found = {
        one.get_name(): bytes(one.get_data())
        for one in (document.get_attachment(index) for index in range(document.count_attachments()))
    }
    assert found == {one.name: one.content for one in attached}
    assert Statement.from_evidence(found[EVIDENCE_NAME]) == statement
    assert pdf.count(b"/AFRelationship/Data") == 1
    assert pdf.count(b"/AFRelationship/Supplement") == 4
    assert b"/Subtype/application#2Fjson" in pdf
    assert b"/ModDate(D:20260414043905Z)" in pdf


@pytest.mark.parametrize(
    "change",
    [
        {"reference": "LSE260414-000007"},
        {"number": 601613},
        {"dossier": "2026-115"},
        {"sender": Party("Moana TEʻIHOTU", "moana@example.nc", ("12 rue des Flamboyants", "98801 NOUMÉA"))},
        {"recipient": Party("Étienne WÉA-LOPEZ", "etienne@example.org")},
        {"recipient": Party("Étienne WÉA-LŌPEZ", "etienne@example.org", status="professionnel")},
        {"presented_at": SENT - timedelta(seconds=1)},
        {"deadline": deadline(SENT, ZONE) + timedelta(seconds=1)},
        {"attachments": pieces(1)},
        {"attachments": (pieces(2)[0], dataclasses.replace(pieces(2)[1], size=2008))},
        {"challenge": Challenge.NONE},
        {"cites": ()},
        {"presentation": 2},
        {"zone": "Pacific/Efate"},
        {"place": "Koné"},
        {"test": True},
        {"language": "en"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_fact_changes_the_page(change: dict[str, object]) -> None:
    statement = stated(ProofKind.RECEIPT)
    other = stated(ProofKind.RECEIPT, **change)
    assert agreement(statement, files(statement), draw(other, files(statement))) is Agreement.DIFFERENT


def test_one_changed_digit_of_the_smallest_print_is_seen() -> None:
    statement = stated(ProofKind.RECEIPT)
    first, second = statement.attachments
    digits = [first.sha256[:31] + digit + first.sha256[32:] for digit in "c8"]
    one, other = (
        dataclasses.replace(statement, attachments=(dataclasses.replace(first, sha256=sha256), second))
        for sha256 in (digits[0], digits[0][:31] + "e" + digits[0][32:])
    )
    assert agreement(one, [], draw(other, [])) is Agreement.DIFFERENT


def test_a_sealed_file_is_identical_and_another_typesetter_s_file_looks_the_same() -> None:
    statement = stated(ProofKind.NEGLECT)
    pdf = draw(statement, files(statement))
    assert agreement(statement, files(statement), pdf + b"\n% a later revision\n") is Agreement.IDENTICAL
    renamed = pdf.replace(b"/Creator(Typst", b"/Creator(Tipst")
    assert renamed != pdf
    assert agreement(statement, files(statement), renamed) is Agreement.SAME_LOOK


@pytest.mark.parametrize("pdf", [b"", b"not a pdf", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_is_different(pdf: bytes) -> None:
    assert agreement(stated(ProofKind.REFUSAL), [], pdf) is Agreement.DIFFERENT


def test_markup_in_a_name_is_printed_as_it_was_written() -> None:
    hostile = '#panic() *x* _y_ $z$ @r <l> // 3x4 -> [ "\\'
    page = words(draw(stated(ProofKind.RECEIPT, sender=Party(hostile, "a@b.example", (hostile,))), []))
    assert page.count(hostile) == 2


def test_greek_cyrillic_and_pacific_letters_are_drawn() -> None:
    name = "Tāneʻarii Μέγας Ёлкин Nguyễn Œuvre"
    assert name in words(draw(stated(ProofKind.REFUSAL, recipient=Party(name, "a@b.example")), []))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\u200b\u00ad\x00\x1b\ufeffb", "ab"),
        ("un\tdeux\r\ntrois\u2028quatre", "un deux trois quatre"),
        ("\N{GRINNING FACE}", "[U+1F600]"),
        ("漢é", "[U+6F22]é"),
        ("e\u0301", "e\u0301"),
        ("a" + "\u0301" * 40, "á" + "[U+0301]" * 39),
        ("\u3000", "[U+3000]"),
    ],
)
def test_the_printed_form_hides_nothing_and_reorders_nothing(text: str, printed: str) -> None:
    assert safe(text) == printed


def test_an_uncovered_character_is_spelled_on_the_page_and_kept_in_the_evidence() -> None:
    statement = stated(ProofKind.RECEIPT, sender=Party("Jo \N{GRINNING FACE}", "a@b.example"))
    assert "Jo [U+1F600]" in words(draw(statement, files(statement)))
    assert Statement.from_evidence(statement.to_evidence()).sender.name == "Jo \N{GRINNING FACE}"


def test_every_character_said_to_be_drawn_is_drawn() -> None:
    points = sorted(frozenset().union(*coverage()))
    for start in range(0, len(points), 90):
        text = " ".join(safe(chr(point)) for point in points[start : start + 90])
        draw(stated(ProofKind.RECEIPT, sender=Party("x", "a@b.example", (text[:60], text[60:120], text[120:180]))), [])


def test_the_weights_of_a_family_draw_the_same_characters() -> None:
    inter, noto, _ = coverage()
    for path in FONTS.glob("Inter-*.otf"):
        assert code_points(path.read_bytes()) == inter
    assert code_points((FONTS / "NotoSans-Bold.ttf").read_bytes()) == noto


@pytest.mark.parametrize("text", ["W" * 10_000, "Wwwwwwwww " * 1_000, "漢" * 10_000])
@pytest.mark.parametrize("kind", ProofKind)
def test_no_text_however_long_makes_a_second_page(kind: ProofKind, text: str) -> None:
    party = Party(text, f"{text}@{text}", (text,) * 40, text)
    changes: dict[str, object] = {"sender": party, "recipient": party, "reference": text, "dossier": text, "test": True}
    if kind is ProofKind.DISPATCH:
        changes["handover"] = Handover(text, False, text, text)
    if kind is ProofKind.NON_DELIVERY:
        changes["failure"] = Failure(Cause.NO_SUCH_DOMAIN, text, text, Observed.REPORT)
    pdf = draw(stated(kind, attachments=(), cites=CITED * 2, presentation=2, **changes), [])
    assert len(pypdfium2.PdfDocument(pdf)) == 1
    assert "Cette preuve n’établit pas" in words(pdf)


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (3, 1), (8, 1), (12, 2), (40, 2)])
def test_only_many_attachments_make_a_second_page(count: int, pages: int) -> None:
    pdf = draw(stated(ProofKind.DISPATCH, attachments=pieces(count), test=True), [])
    assert len(pypdfium2.PdfDocument(pdf)) == pages
    page = words(pdf)
    assert f"page {pages}/{pages}" in page
    assert all(piece.name in page for piece in pieces(count))
    if not count:
        assert "Cet envoi ne comporte aucune pièce jointe." in page


def test_a_test_instance_says_so_and_another_does_not() -> None:
    assert words(draw(stated(ProofKind.RECEIPT, test=True), [])).count("SANS VALEUR — TEST") == 2
    assert "SANS VALEUR" not in words(draw(stated(ProofKind.RECEIPT), []))


def test_a_relay_s_answer_is_not_taken_for_the_recipient_s_server() -> None:
    relayed = stated(ProofKind.DISPATCH, handover=Handover("relais.example.nc", False, "250 ok", "<1@x>"))
    page = words(draw(relayed, []))
    assert "serveur relais du service, relais.example.nc" in page
    assert "serveur de messagerie du destinataire," not in page


def test_a_report_is_called_weaker_than_an_answer_read_while_sending() -> None:
    failure = Failure(Cause.MAILBOX_FULL, "5.2.2", "552 5.2.2 over quota", Observed.REPORT)
    page = words(draw(stated(ProofKind.NON_DELIVERY, failure=failure), []))
    assert "élément déclaratif" in page
    assert "Code 5.2.2 · Réponse : 552 5.2.2 over quota" in page


@pytest.mark.parametrize("kind", ProofKind)
def test_no_page_speaks_of_law_or_of_what_nobody_saw(kind: ProofKind) -> None:
    page = words(draw(stated(kind), [])).lower()
    assert not [word for word in ("juridiquement", "recommandé", "remis", "lu et", "qualifié") if word in page]


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", ""])
def test_a_zone_that_does_not_exist_is_not_drawn(zone: str) -> None:
    with pytest.raises(NotDrawn):
        draw(stated(ProofKind.RECEIPT, zone=zone), [])


def test_times_repeat_the_date_only_where_it_is_another_day() -> None:
    where = {"zone": ZONE, "place": "Nouméa"}
    assert legal_time(SENT, **where) == "14/04/2026 15:39:05 (UTC+11, Nouméa) · 04:39:05 UTC"
    late = datetime(2026, 4, 14, 22, 57, 39, tzinfo=UTC)
    assert legal_time(late, **where) == "15/04/2026 09:57:39 (UTC+11, Nouméa) · 14/04/2026 22:57:39 UTC"
    end = deadline(SENT, ZONE)
    assert legal_time(end, **where, closing=True) == "29/04/2026 24:00:00 (UTC+11, Nouméa) · 13:00:00 UTC"


def test_drawing_and_comparing_fit_in_half_a_gibibyte_of_address_space() -> None:
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))\n"
        "from tests.verifier.test_page import *\n"
        "statement = stated(ProofKind.RECEIPT, attachments=pieces(40))\n"
        "pdf = draw(statement, files(statement)).replace(b'/Creator(Typst', b'/Creator(Tipst')\n"
        "sys.exit(agreement(statement, files(statement), pdf) is not Agreement.SAME_LOOK)\n"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
