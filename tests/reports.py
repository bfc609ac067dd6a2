"""Sample reports on signed files that are no letters: valid, changed, signed by several, unreadable."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pypdfium2

from portal.routes.verify import Shown
from verifier import pictures
from verifier.report import Change, Check, Outcome, Report, SignatureIdentity, SignatureReport, Signer, Verdict
from verifier.sentences import clause

HEX = "5d2b10a9d6eeb99b914177f9f78d794c6a23f986a8b78f556864ca3c13e4ac99"
SIGNED = datetime(2026, 3, 2, 21, 14, 40, tzinfo=UTC)
EXAMINED = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
YEARS = timedelta(days=3 * 365)
ROOT = Signer(
    "CN=Exemple Racine G2,O=Confiance Exemple,C=FR", "CN=Exemple Racine G2,O=Confiance Exemple,C=FR", "01", "a1" * 32,
    SIGNED - 3 * YEARS, SIGNED + 3 * YEARS,
)  # fmt: skip
MIDDLE = Signer(
    "CN=Exemple Personnes Physiques,O=Confiance Exemple,C=FR", ROOT.subject, "4c11", "b2" * 32, SIGNED - YEARS, SIGNED + YEARS
)  # fmt: skip
CLOCK = Signer(
    "CN=Exemple Horodatage 3,O=Confiance Exemple,C=FR", ROOT.subject, "77aa", "c3" * 32, SIGNED - YEARS, SIGNED + YEARS
)


def signer(name: str, number: str) -> Signer:
    subject = f"CN={name},SN={name.split()[-1]},C=FR"
    return Signer(subject, MIDDLE.subject, number, number * 16, SIGNED - YEARS / 2, SIGNED + YEARS / 2)


def signature(field: str, who: Signer, at: datetime, **more: object) -> SignatureReport:
    facts: dict[str, object] = {
        "field": field, "kind": "signature", "intact": True, "level": "PAdES-BASELINE-LT", "changes": "none",
        "indication": "PASSED", "sub_indication": "", "signer": who, "best_time": at, "trusted": True,
        "checks": (
            Check("digest", Outcome.PASSED, "Les octets couverts sont ceux qui ont été signés.",
                  "The covered bytes are those that were signed."),
            Check("chain", Outcome.PASSED, "Le certificat mène à une autorité de confiance.",
                  "The certificate leads to a trusted authority.", ROOT.sha256),
        ),
        "declared_time": at - timedelta(seconds=4), "stamped_by": CLOCK, "whole_file": True,
        "chain": (who, MIDDLE, ROOT), "qualified": "certificat qualifié de signature électronique (QSCD)", "permitted": True,
        "identity": SignatureIdentity(b"\x30\x45", "d4" * 32, "e5" * 32, "f6" * 32),
    }  # fmt: skip
    return SignatureReport(**{**facts, **more})  # type: ignore[arg-type]


def report(verdict: Verdict, *signatures: SignatureReport, reason: tuple[str, str] = ("", ""), sub: str = "") -> Report:
    lines = (
        Check("end-of-file", Outcome.PASSED, "Le fichier s’arrête où sa dernière révision s’arrête.",
              "The file ends where its last revision ends.", "3 %%EOF, 0 bytes after the last"),
    )  # fmt: skip
    return Report(
        verdict=verdict, sub_indication=sub, reason_fr=reason[0], reason_en=reason[1],
        file_name="Contrat de vente – parcelle 14 (signé).pdf", file_size=412_733, file_sha256=HEX, checked_at=EXAMINED,
        tool="lse-verify 0.1.0", checks=lines if signatures else (), signatures=signatures,
    )  # fmt: skip


VENDOR, BUYER = signer("Médard Tāneʻarii", "3e81"), signer("Isabelle Wéa", "9b04")
ADDED = Change(
    "validation-data", "benign", True, "catalog /DSS", "", "", None, "", "Des données de validation ont été ajoutées.",
    "Validation data were added.",
)  # fmt: skip
PRICE = Change(
    "form-value", "content", True, "field contrat.prix", "4 200 000 XPF", "9 200 000 XPF", 1, "contrat.prix",
    "La valeur d’un champ de formulaire a été modifiée.", "The value of a form field was changed.",
)  # fmt: skip
PAGE = Change(
    "page-content", "content", False, "page 2", "", "", 2, "", "Le contenu d’une page a été modifié.",
    "The content of a page was changed.",
)  # fmt: skip
ODD = Change(
    "unexplained", "unknown", None, "trailer /Autre", "", "<< /Outil (Éditeur) >>", None, "",
    "Un changement n’a pas pu être expliqué.", "A change could not be explained.",
)  # fmt: skip

FOREIGN = report(
    Verdict.VALID, signature("Signature1", VENDOR, SIGNED, changes="benign", whole_file=False, found=(ADDED,))
)
MANY = report(
    Verdict.VALID,
    signature("Vendeur", VENDOR, SIGNED, changes="benign", whole_file=False, found=(ADDED,)),
    signature("Acquéreuse", BUYER, SIGNED + timedelta(hours=3), level="PAdES-BASELINE-LTA"),
    SignatureReport(
        "Horodatage", "timestamp", True, "unknown", "none", "PASSED", "", CLOCK, SIGNED + timedelta(hours=4), True,
        stamped_by=CLOCK,
    ),
)  # fmt: skip
CHANGED = report(
    Verdict.INVALID,
    signature(
        "Vendeur", VENDOR, SIGNED, changes="content", whole_file=False, permitted=False, found=(ADDED, PRICE, PAGE, ODD)
    ),
    reason=(
        "du contenu a été ajouté ou remplacé après la signature",
        "content was added or replaced after the signature",
    ),
    sub="FORMAT_FAILURE",
)
UNTRUSTED = report(
    Verdict.INDETERMINATE,
    signature(
        "Signature1", VENDOR, SIGNED, trusted=None, chain=(), qualified="", stamped_by=None, best_time=None,
        indication="INDETERMINATE", sub_indication="NO_CERTIFICATE_CHAIN_FOUND",
    ),
    reason=clause("chain", Outcome.UNKNOWN), sub="NO_CERTIFICATE_CHAIN_FOUND",
)  # fmt: skip


def shown() -> list[Shown]:
    """The pages of `CHANGED`, drawn: a price in another figure, a line replaced, a page added."""
    before = pypdfium2.PdfDocument(_contract("4 200 000", "Fait en deux exemplaires.", pages=2))
    after = pypdfium2.PdfDocument(_contract("9 200 000", "Fait en un seul exemplaire.", pages=3))
    pairs = [pictures._pair(before, after, number) for number in (1, 2, 3)]
    return [Shown(one.page, _address(one.before), _address(one.after)) for one in pairs if one]


def _address(png: bytes | None) -> str | None:
    return png and f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _contract(price: str, ending: str, *, pages: int) -> bytes:
    texts = [
        [(24, 760, "Contrat de vente"), (12, 710, "Entre les parties, pour la parcelle 14 du lotissement des Banians."),
         (12, 690, "Le bien est vendu libre de toute occupation."), (14, 640, f"Prix : {price} francs CFP")],
        [(12, 760, "Le vendeur garantit la contenance."), (12, 740, ending)],
        [(12, 760, "Annexe : page vide au moment de la signature.")],
    ][:pages]  # fmt: skip
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(b"%d 0 R" % (10 + at) for at in range(pages)), pages),
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    }
    for at, lines in enumerate(texts):
        content = b"".join(
            b"BT /F %d Tf 72 %d Td (%s) Tj ET\n" % (size, y, words.encode("cp1252")) for size, y, words in lines
        )
        objects[20 + at] = b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)
        objects[10 + at] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
            % (20 + at)
        )
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in sorted(places.items()))
    return out + b"xref\n0 1\n0000000000 65535 f \n%strailer\n<</Size 30/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(out),
    )
