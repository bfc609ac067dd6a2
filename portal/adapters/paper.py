"""The letter on paper: what the sender wrote, as a PDF that also carries the opening of its commitment.

The message inside, byte for byte, and the manifest let their holder compare the letter with every proof that prints the
same commitment; the page alone could not, for it shows some characters by name and breaks lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from verifier.glyphs import breakable, safe
from verifier.statement import AttachmentDigest, Party
from verifier.typeset import Attached, digest, legal_time, line, size, typeset

MANIFEST_NAME = "manifest.json"
MESSAGE_NAME = "message.txt"
TEMPLATE = Path(__file__).with_name("paper.typ")
_SHORT, _LONG = 120, 254
"""Longest printed name or address line, and subject or e-mail address, in characters."""
_ROW, _ROWS = 4000, 40
"""Characters of one line and lines of one paragraph given to the typesetter at once. A longer text goes on in the next,
without a gap: the time to set a paragraph grows faster than its length, and PDF/A limits one string to 32,767 bytes."""
_STRETCH = re.compile(rf".{{1,{_ROW}}}(?:\s|$)|.{{1,{_ROW}}}")
_MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
}
_WORDS = {
    "fr": {
        "service": "Lettre suivie électronique",
        "test": "SANS VALEUR — TEST",
        "sender": "Expéditeur",
        "recipient": "Destinataire",
        "subject": "Objet : ",
        "untitled": "sans objet",
        "attachments": "Pièces jointes",
        "file": "Nom",
        "size": "Taille",
        "about": "Cette lettre suivie électronique",
        "reference": "Référence",
        "number": "Numéro",
        "presented": "Présentée",
        "consulted": "Consultée",
        "commitment": "Empreinte du contenu",
        "text": "Cette empreinte figure dans le numéro d’identification de chaque preuve de la lettre. Deux fichiers sont "
        "joints à ce PDF : message.txt, le message tel qu’il a été déposé, et manifest.json, qui donne les empreintes "
        "SHA-256 du message et de chaque pièce jointe. Qui les détient vérifie que ce contenu est bien celui des preuves.",
        "foot": "manifest.json, joint à ce PDF, permet de comparer la lettre à ses preuves",
        "manifest": "Manifeste de la lettre : empreintes du message et des pièces jointes",
        "exact": "Message tel qu’il a été déposé, octet pour octet",
        "page": "page",
    },
    "en": {
        "service": "Lettre suivie électronique",
        "test": "SANS VALEUR — TEST · NO VALUE",
        "sender": "Sender",
        "recipient": "Recipient",
        "subject": "Subject: ",
        "untitled": "no subject",
        "attachments": "Attachments",
        "file": "Name",
        "size": "Size",
        "about": "This tracked electronic letter",
        "reference": "Reference",
        "number": "Number",
        "presented": "Presented",
        "consulted": "Opened",
        "commitment": "Content fingerprint",
        "text": "This fingerprint is part of the identification number of every proof of the letter. Two files are attached "
        "to this PDF: message.txt, the message as it was deposited, and manifest.json, which gives the SHA-256 digests "
        "of the message and of each attachment. Whoever holds them can check that this content is the one of the proofs.",
        "foot": "manifest.json, attached to this PDF, lets anyone compare the letter with its proofs",
        "manifest": "The letter’s manifest: digests of the message and of the attachments",
        "exact": "The message as it was deposited, byte for byte",
        "page": "page",
    },
}


@dataclass(frozen=True)
class LetterPaper:
    """All that the printed letter shows."""

    number: int
    reference: str
    sender: Party
    recipient: Party
    written_at: datetime
    """Aware, of the deposit; the letter bears this date until it is presented."""
    presented_at: datetime | None
    """Aware; the letter and its PDF then bear this date. None before."""
    consulted_at: datetime | None
    """None before the act, as on the sender's own copy."""
    zone: str
    """IANA name of the legal time."""
    place: str
    subject: str
    message: str
    """Plain text; an empty line parts two paragraphs, a single line end is kept."""
    attachments: tuple[AttachmentDigest, ...]
    commitment: str
    manifest: bytes
    operator: str
    test: bool = False
    language: str = "fr"
    """``fr`` or ``en``."""


def draw_letter(letter: LetterPaper) -> bytes:
    """Return the letter as PDF/A-3b and PDF/UA-1, message and manifest embedded; the same letter gives the same bytes."""
    words = _WORDS[letter.language]
    dated = letter.presented_at or letter.written_at
    manifest = Attached(MANIFEST_NAME, "application/json", "data", words["manifest"], letter.manifest)
    message = Attached(MESSAGE_NAME, "text/plain", "source", words["exact"], letter.message.encode())
    data = {
        "lang": letter.language,
        "title": f"{words['service']} {safe(letter.reference)}",
        "author": safe(letter.sender.name),
        "description": f"{words['commitment']} {letter.commitment}",
        "operator": line(letter.operator, limit=_SHORT),
        "service": words["service"],
        "test": words["test"] if letter.test else "",
        "test_mark": _WORDS["fr"]["test"],
        "short": line(letter.reference, limit=_SHORT),
        "foot": words["foot"],
        "page": words["page"],
        "sender": _party(letter.sender, words["sender"]),
        "recipient": _party(letter.recipient, words["recipient"]),
        "day": day(dated, zone=letter.zone, language=letter.language),
        "subject_label": words["subject"],
        "subject": line(letter.subject.strip() or words["untitled"], limit=_LONG),
        "paragraphs": _paragraphs(letter.message),
        "attachments": _attachments(letter),
        "about": _about(letter),
        "attached": [manifest.as_data(), message.as_data()],
    }
    return typeset(TEMPLATE, data, moment=dated)


def day(moment: datetime, *, zone: str, language: str) -> str:
    """Write the legal date of an instant as a letter does: ``Le 1er avril 2026``, ``1 April 2026``."""
    local = moment.astimezone(ZoneInfo(zone))
    month = _MONTHS[language].split()[local.month - 1]
    if language == "fr":
        return f"Le {'1er' if local.day == 1 else local.day} {month} {local.year}"
    return f"{local.day} {month} {local.year}"


def _party(party: Party, title: str) -> dict[str, Any]:
    rows = [line(row, limit=_SHORT) for row in party.address]
    return {
        "title": title,
        "name": line(party.name, limit=_SHORT),
        "rows": [*rows, line(party.email, limit=_LONG)],
    }


def _paragraphs(message: str) -> list[dict[str, Any]]:
    """Return the message as paragraphs of lines, each line in pieces between which it may end."""
    found: list[dict[str, Any]] = []
    for paragraph in safe(message, lines=True).strip("\n").split("\n\n"):
        rows = [stretch for row in paragraph.split("\n") for stretch in _STRETCH.findall(row) or [""]]
        for start in range(0, len(rows), _ROWS):
            lines = [breakable(row) for row in rows[start : start + _ROWS]]
            found.append({"opens": start == 0, "lines": lines})
    return found


def _attachments(letter: LetterPaper) -> dict[str, Any]:
    words = _WORDS[letter.language]
    return {
        "title": f"{words['attachments']} ({len(letter.attachments)})",
        "head": [words["file"], words["size"], "SHA-256"],
        "rows": [
            {
                "name": line(piece.name, limit=_LONG),
                "size": size(piece.size, letter.language),
                "sha256": digest(piece.sha256),
            }
            for piece in letter.attachments
        ],
    }


def _about(letter: LetterPaper) -> dict[str, Any]:
    words = _WORDS[letter.language]
    rows = [(words["reference"], letter.reference), (words["number"], str(letter.number))]
    for label, moment in ((words["presented"], letter.presented_at), (words["consulted"], letter.consulted_at)):
        if moment:
            rows.append((label, legal_time(moment, zone=letter.zone, place=letter.place)))
    return {
        "title": words["about"],
        "rows": [{"label": label, "value": line(value, limit=_SHORT)} for label, value in rows],
        "commitment_label": words["commitment"],
        "commitment": digest(letter.commitment),
        "text": words["text"],
    }
