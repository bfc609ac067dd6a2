"""Sample letters, proofs and visits, one for every page and every mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.config import Settings
from portal.domain.letter import Envelope, Letter, ProofRecord, StoredPiece
from portal.domain.lifecycle import Status
from portal.domain.tariff import Tariff
from tests import reports
from verifier.deadline import deadline
from verifier.manifest import Piece
from verifier.report import Check, Outcome, Report, SignatureReport, Signer, Verdict
from verifier.sentences import clause
from verifier.statement import (
    EVENTS,
    AttachmentDigest,
    Cause,
    Challenge,
    Event,
    Failure,
    Handover,
    Issuer,
    Observed,
    Party,
    ProofKind,
    Statement,
)

SETTINGS = Settings.from_env(
    {"LSE_BASE_URL": "https://lse.exemple.nc", "LSE_SUPPORT_PHONE": "1000", "LSE_SUPPORT_HOURS": "du lundi au vendredi"}
)
POSTED = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
DUE = deadline(POSTED, "Pacific/Noumea")
HEX = "5d2b10a9d6eeb99b914177f9f78d794c6a23f986a8b78f556864ca3c13e4ac99"
TOKEN = "sample-token"
SENDER = Party("Tāneʻarii Médard", "taneari.medard@exemple.nc", ("15 rue Fernand Forest", "98800 Nouméa"))
RECIPIENT = Party("Isabelle Wéa", "isabelle.wea@exemple.nc")
MESSAGE = (
    "Bonjour Isabelle,\n\nVoici le devis promis pour la toiture. Il est valable deux mois.\n\nCordialement,\nT. Médard"
)
ISSUER = Issuer(
    "Poste de démonstration", "", SETTINGS.article, SETTINGS.policy_uri, "https://lse.exemple.nc/verifier", HEX, "log"
)
HANDOVER = Handover("mx.exemple.nc", True, "250 2.0.0 queued", "<1@exemple.nc>")
FAILURE = Failure(Cause.NO_SUCH_MAILBOX, "5.1.1", "550 5.1.1 unknown user", Observed.SYNCHRONOUS)
LINK = f"https://lse.exemple.nc/l/{'A' * 60}"


def _stored(name: str, size: int, media_type: str) -> StoredPiece:
    return StoredPiece(Piece(name, size, media_type, HEX), "object", b"")


ENVELOPE = Envelope(
    SENDER, RECIPIENT, "Devis de toiture", "CH-2026-17", _stored("message.txt", len(MESSAGE), "text/plain"),
    (_stored("Devis toiture – maison Wéa.pdf", 1_234_567, "application/pdf"), _stored("façade.jpg", 384_000, "image/jpeg")),
    HEX,
)  # fmt: skip


def letter(status: Status = Status.SENT) -> Letter:
    opened = POSTED + timedelta(minutes=18) if status is Status.RECEIVED else None
    return Letter(
        number=601612, public_id=b"\0" * 16, reference="LSE260414-000006", sender_id=1, status=status,
        status_at=POSTED + timedelta(minutes=18), created_at=POSTED - timedelta(minutes=4), paid_at=POSTED, presentation=1,
        presented_at=POSTED, deadline=DUE, opened_at=opened, link_version=1, amount=400, commitment=HEX, sealed=b"",
        wrapped_key=b"", key_id="k1", bound=None,
    )  # fmt: skip


def statement(kind: ProofKind) -> Statement:
    at = DUE + timedelta(seconds=7) if kind is ProofKind.NEGLECT else POSTED + timedelta(minutes=18)
    return Statement(
        kind=kind, number=601612, commitment=HEX, reference="LSE260414-000006", presentation=1,
        events=tuple(Event(name, at) for name in EVENTS[kind]), sender=SENDER, recipient=RECIPIENT,
        attachments=(AttachmentDigest("Devis toiture – maison Wéa.pdf", 1_234_567, "application/pdf", HEX),),
        presented_at=POSTED, deadline=DUE, zone="Pacific/Noumea", place="Nouméa",
        issuer=ISSUER,
        challenge=Challenge.EMAIL if kind in (ProofKind.RECEIPT, ProofKind.REFUSAL) else None,
        handover=HANDOVER if kind is ProofKind.DISPATCH else None,
        failure=FAILURE if kind is ProofKind.NON_DELIVERY else None, test=True,
    )  # fmt: skip


def _record(kind: str, number: int, *, sealed: bool = False) -> ProofRecord:
    at = POSTED + timedelta(minutes=18 * number)
    return ProofRecord(
        number, 601612, kind, 1, f"{kind}601612-{HEX}", at, b"", HEX, number, at if sealed else None, None, None, 9
    )


def report(verdict: Verdict) -> Report:
    lines = (
        Check("byte-range-gap", Outcome.PASSED, "Le sceau couvre tout le fichier.", "The seal covers the whole file."),
        Check("page-drawn-anew", Outcome.PASSED, "La page dit les données.", "The page says the data."),
        Check("chain", Outcome.UNKNOWN if verdict is Verdict.INDETERMINATE else Outcome.PASSED,
              "La chaîne mène à une racine reconnue.", "The chain ends at a trusted root.", "NO_CERTIFICATE_CHAIN_FOUND"),
        Check("digest", Outcome.FAILED if verdict is Verdict.INVALID else Outcome.PASSED, "Les octets signés sont intacts.",
              "The signed bytes are intact."),
        Check("deadline", Outcome.SKIPPED, "Le délai est contrôlé.", "The time limit is checked."),
    )  # fmt: skip
    signer = Signer("CN=Sceau TEST, O=Poste de démonstration", "CN=Racine TEST", "4f2a91", HEX, POSTED, DUE)
    seal = SignatureReport(
        "Seal", "signature", verdict is not Verdict.INVALID, "PAdES-BASELINE-LTA", "none", verdict.indication or "", "",
        signer, POSTED, verdict is Verdict.VALID, lines[:1],
    )  # fmt: skip
    read = verdict is not Verdict.UNREADABLE
    fr, en = {
        Verdict.VALID: ("", ""), Verdict.INVALID: clause("digest", Outcome.FAILED),
        Verdict.INDETERMINATE: clause("chain", Outcome.UNKNOWN), Verdict.UNREADABLE: clause("not-a-pdf", Outcome.FAILED),
    }[verdict]  # fmt: skip
    return Report(
        verdict=verdict, sub_indication="HASH_FAILURE" if verdict is Verdict.INVALID else "", reason_fr=fr,
        reason_en=en, file_name="AR601612.pdf", file_size=183_204, file_sha256=HEX,
        checked_at=DUE, tool="lse-verify 0.1.0", checks=lines if read else (), signatures=(seal,) if read else (),
        statement=statement(ProofKind.RECEIPT) if read else None,
        proven_at=POSTED if read else None,
        anchor_sha256=HEX if verdict is Verdict.VALID else None, log_index=41 if read else None,
        log_size=64 if read else None, attachments=(("evidence.json", 4_120, HEX),) if read else (),
    )  # fmt: skip


ERRORS = [
    "missing", "expired", "other-device", "no-visit", "settled", "forbidden", "sign-in", "bad-request", "cross-site",
    "too-large", "report-forgotten", "too-many", "method", "address-unclear", "broken", "away",
]  # fmt: skip
RECIPIENTS = {"token": TOKEN, "letter": letter(), "envelope": ENVELOPE, "challenge": True, "error": None, "typed": ""}
CHECKPOINT = SimpleNamespace(
    size=64, root=HEX, note="lse.exemple.nc/journal-test\n64\nXSsQqdbuuZuRQXf5\n\n— lse.exemple.nc abc=\n"
)
ENTRIES = [
    SimpleNamespace(
        id=9, index=None, event="ConsignmentAcceptance", at=POSTED, letter_number=601612, status="received", hash=HEX
    ),
    SimpleNamespace(
        id=8, index=41, event="NotificationForAcceptance", at=POSTED, letter_number=601612, status="sent", hash=HEX
    ),
]
MAIL = {
    "id": "1", "headers": [("From", "ne-pas-repondre@lse.exemple.nc"), ("Subject", "Vous avez reçu une lettre")],
    "text": "Bonjour", "links": [LINK], "attachments": [{"name": "EV.pdf", "index": 0}],
}  # fmt: skip
TIMELINE = [
    SimpleNamespace(at=POSTED - timedelta(minutes=4), word="Lettre déposée", detail=""),
    SimpleNamespace(at=POSTED, word="Avis envoyé", detail="Réponse du serveur : 250 2.0.0 queued as 4F2A"),
]
COMPOSE: dict[str, Any] = {
    "draft_id": None, "kept": [], "limit": 255_000_000, "used": 0, "address": list(SENDER.address), "errors": [],
}  # fmt: skip
RECAP = {
    "draft_id": "d1", "envelope": ENVELOPE, "message": MESSAGE, "tariff": Tariff(400, 6), "changed": False,
}  # fmt: skip
SENT = {"envelope": ENVELOPE, "timeline": TIMELINE, "failure": None}
ROWS = [SimpleNamespace(letter=letter(status), recipient=RECIPIENT) for status in Status]
DAMAGED = [SimpleNamespace(letter=letter(), recipient=None), *ROWS[:1]]
LIST = {"filters": None, "statuses": list(Status), "more": None}

PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "home": ("home.html", {}),
    "policy": ("policy.html", {}),
    **{f"error-{key}": ("errors/error.html", {"key": key, "code": 404, "sender": None, "token": TOKEN}) for key in ERRORS},
    "presentation": ("recipient/presentation.html", RECIPIENTS),
    "presentation-mismatch": ("recipient/presentation.html", {**RECIPIENTS, "error": "mismatch", "typed": "x@exemple.nc"}),
    "refusal": ("recipient/refusal.html", RECIPIENTS),
    "refusal-confirm": ("recipient/refusal.html", {**RECIPIENTS, "error": "confirm"}),
    "refused": ("recipient/refused.html", {}),
    "reopen": ("recipient/reopen.html", {**RECIPIENTS, "letter": letter(Status.RECEIVED)}),
    "letter": (
        "recipient/letter.html",
        {"letter": letter(Status.RECEIVED), "envelope": ENVELOPE, "message": MESSAGE, "just_opened": True},
    ),
    "rebind": ("recipient/rebind.html", {"token": TOKEN, "mailbox": "i•••@exemple.nc", "sent": True, "error": None}),
    "rebind-wrong": ("recipient/rebind.html", {"token": TOKEN, "mailbox": None, "sent": False, "error": "wrong"}),
    "drop": ("verify/drop.html", {"error": None}),
    "drop-empty": ("verify/drop.html", {"error": "empty"}),
    **{f"report-{verdict.value.lower()}": ("verify/report.html", {"report": report(verdict)}) for verdict in Verdict},
    "report-foreign": ("verify/report.html", {"report": reports.FOREIGN}),
    "report-many": ("verify/report.html", {"report": reports.MANY}),
    "report-untrusted": ("verify/report.html", {"report": reports.UNTRUSTED}),
    "report-changed": ("verify/report.html", {"report": reports.CHANGED, "shown": reports.shown(), "more": 2}),
    "sign-in": ("account/sign_in.html", {"error": False, "demo": [("Expéditrice", "isabelle@exemple.nc", "demo-2026")]}),
    "sign-in-wrong": ("account/sign_in.html", {"error": True, "demo": []}),
    "compose": ("sender/compose.html", COMPOSE),
    "compose-errors": (
        "sender/compose.html",
        {**COMPOSE, "draft_id": "d1", "kept": [(0, ENVELOPE.attachments[0].piece)], "used": 1_234_567,
         "errors": [("recipient_last_name", "Indiquez le nom du destinataire."), ("message", "Écrivez votre message.")]},
    ),
    "recap": ("sender/recap.html", RECAP),
    "recap-changed": ("sender/recap.html", {**RECAP, "changed": True}),
    "to-bank": ("sender/to_bank.html", {"letter": letter(Status.AWAITING_PAYMENT), "bank_url": None, "fields": None}),
    "to-bank-form": ("sender/to_bank.html", {"letter": letter(), "bank_url": "https://bank.example", "fields": {}}),
    **{f"checking-{status.value}": ("sender/checking.html", {"letter": letter(status)})
       for status in (Status.CHECKING_PAYMENT, Status.SENT, Status.PAYMENT_REFUSED)},
    "letters": ("sender/letters.html", {**LIST, "rows": ROWS, "more": 3, "typed": MultiDict()}),
    "letters-damaged": ("sender/letters.html", {**LIST, "rows": DAMAGED, "typed": MultiDict()}),
    "letters-none": ("sender/letters.html", {**LIST, "rows": [], "typed": MultiDict()}),
    "letters-unmatched": ("sender/letters.html", {**LIST, "rows": [], "typed": MultiDict({"status": "sent"})}),
    **{f"sent-{status.value}": ("sender/letter.html", {**SENT, "letter": letter(status), "proofs": []}) for status in Status},
    "sent-received": (
        "sender/letter.html",
        {**SENT, "letter": letter(Status.RECEIVED), "proofs": [_record("EV", 1, sealed=True), _record("AR", 2)]},
    ),
    "sent-undelivered": (
        "sender/letter.html",
        {**SENT, "letter": letter(Status.UNDELIVERED), "failure": FAILURE, "proofs": [_record("BC", 1, sealed=True)]},
    ),
    "journal": ("audit/journal.html", {"entries": ENTRIES, "checkpoint": CHECKPOINT, "before": 7}),
    "journal-empty": ("audit/journal.html", {"entries": [], "checkpoint": None, "before": None}),
    "mailbox": ("dev/mailbox.html", {"mails": [{"id": "1", "to": RECIPIENT.email, "subject": "Courriel", "at": POSTED}]}),
    "mailbox-empty": ("dev/mailbox.html", {"mails": []}),
    "mail": ("dev/mail.html", {"mail": MAIL}),
    "bank": ("dev/bank.html", {"fields": {"vads_amount": "400"}, "order": "LSE260414-000006", "amount": 400}),
    "bank-done": ("dev/bank_done.html", {"outcome": "pay", "back": "/"}),
}  # fmt: skip

MAILS: dict[str, ProofKind | None] = {
    "notification": None, "opened": None, "refusal-noted": None, "payment": None, "code": None,
    "dispatched": ProofKind.DISPATCH, "received": ProofKind.RECEIPT, "refused": ProofKind.REFUSAL,
    "ignored": ProofKind.NEGLECT, "undelivered": ProofKind.NON_DELIVERY,
}  # fmt: skip
"""The mails, with the proof that each one brings."""
