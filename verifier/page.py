"""The page of a proof, drawn from its statement, and the comparison of a file with the page its evidence calls for.

Drawing is a function of the statement and the attached files alone: the same facts give the same bytes, on any machine that
holds this version. A sealed proof starts with those bytes, because sealing only appends; where it does not, the two pages
are compared as a reader sees them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import segno

from verifier.statement import Party, ProofKind, Statement
from verifier.typeset import Attached, NotDrawn, digest, exact_size, line, size, typeset
from verifier.wording import LIMITS, STATUSES, WORDS, Fact, facts

if TYPE_CHECKING:
    import pypdfium2

__all__ = [
    "ENTRY_NAME",
    "EVIDENCE_NAME",
    "INCLUSION_NAME",
    "POLICY_NAME",
    "Agreement",
    "Attached",
    "NotDrawn",
    "agreement",
    "draw",
]

EVIDENCE_NAME = "evidence.json"
ENTRY_NAME = "journal-entry.json"
INCLUSION_NAME = "journal.tlog-proof"
POLICY_NAME = "journal-policy.txt"

TEMPLATE = Path(__file__).with_name("proof.typ")
HUES = {
    ProofKind.DISPATCH: "#0b5c8a",
    ProofKind.RECEIPT: "#1d7a46",
    ProofKind.REFUSAL: "#a3262f",
    ProofKind.NEGLECT: "#8a5a00",
    ProofKind.NON_DELIVERY: "#5b3f99",
}
_NAME, _EMAIL, _STATUS, _ROW, _ROWS, _NOTE, _FILE = 100, 254, 36, 60, 5, 320, 120
"""Longest printed name, address (RFC 5321 section 4.5.3.1.3), status, short line, number of address lines, note and file
name, in characters: what keeps a hostile text from pushing the facts off the page. The evidence holds every string whole."""
_COLUMN, _WIDTH, _LINES = 26, 50, 24
"""Widest letters that a party's column and a note hold at full size, and the lines that leave room for the rest."""
_DOTS = 110
"""Dots per inch at which two pages are compared."""
_SHADE = 8
"""Grey levels by which a dot may differ unnoticed."""
_SPECKS = 2
"""Dots that may differ more than that; one changed character of the smallest print changes more."""


class Agreement(StrEnum):
    """How a file compares with the page that its evidence calls for."""

    IDENTICAL = "identical"
    """It starts with the drawn bytes."""
    SAME_LOOK = "same-look"
    """Other bytes, as after an update of the typesetter, that look the same."""
    DIFFERENT = "different"


def draw(statement: Statement, attached: Sequence[Attached]) -> bytes:
    """Return the proof as PDF/A-3b and PDF/UA-1, dated `statement.time`, with `attached` embedded; not sealed yet.

    One A4 page; more only where the table of attachments fills it. Raises `NotDrawn` where a field holds what no page can
    show, such as an unknown time zone.
    """
    try:
        data = _data(statement, attached)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as fault:
        raise NotDrawn(f"statement: {fault}") from fault
    data["scale"] = 0.66 if _lines(data) > _LINES else 1
    data["attached"] = [one.as_data() for one in attached]
    return typeset(TEMPLATE, data, moment=statement.time)


def _data(statement: Statement, attached: Sequence[Attached]) -> dict[str, Any]:
    """Return what the template reads."""
    words, kind, language = WORDS[statement.language], statement.kind, statement.language
    title = kind.title_fr if language == "fr" else kind.title_en
    first, *rest = digest(statement.commitment)
    return {
        "lang": language,
        "hue": HUES[kind],
        "title": title,
        "subject": words["subject"],
        "service": words["service"],
        "short": f"{kind.value}{statement.number}",
        "author": statement.issuer.name,
        "description": f"{title} {statement.proof_id}",
        "operator": line(statement.issuer.name, limit=_NAME),
        "test": words["test"] if statement.test else "",
        "test_mark": WORDS["fr"]["test"],
        "number_label": words["number"],
        "number": [f"{kind.value}{statement.number}-{first}", *rest],
        "parties": [
            _party(statement.sender, words["sender"], language),
            _party(statement.recipient, words["recipient"], language),
        ],
        "references": _references(statement),
        "facts": [_fact(one) for one in facts(statement)],
        "attachments": _attachments(statement),
        "verify": _verify(statement, attached),
        "limits": {"label": words["limits"], "text": LIMITS[language][kind]},
        "mention": _mention(statement),
        "page": words["page"],
    }


def _lines(data: dict[str, Any]) -> int:
    """Return how many lines the parties and the facts would fill at full size, in the widest letters."""

    def height(pieces: list[str], width: int) -> int:
        return 1 + sum(map(len, pieces)) // width

    parties = [[one["name"], *one["rows"], one["status"]] for one in data["parties"]]
    notes = [pieces for fact in data["facts"] for pieces in (fact["value"], *fact["notes"])]
    return (
        max(sum(height(row, _COLUMN) for row in rows) for rows in parties)
        + max(height(one["value"], _COLUMN) for one in data["references"])
        + sum(height(note, _WIDTH) for note in notes)
    )


def _party(party: Party, title: str, language: str) -> dict[str, Any]:
    rows = [line(row, limit=_ROW) for row in party.address[:_ROWS]]
    if len(party.address) > _ROWS:
        rows.append([f"… [{len(party.address)}]"])
    status = STATUSES[language].get(party.status, party.status)
    return {
        "title": title,
        "name": line(party.name, limit=_NAME),
        "rows": [line(party.email, limit=_EMAIL), *rows],
        "status": line(WORDS[language]["status"] + status, limit=_STATUS),
    }


def _references(statement: Statement) -> list[dict[str, Any]]:
    words = WORDS[statement.language]
    pairs = [(words["reference"], statement.reference)]
    if statement.dossier:
        pairs.append((words["dossier"], statement.dossier))
    return [{"label": label, "value": line(value, limit=_ROW)} for label, value in pairs]


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "label": fact.label,
        "value": line(fact.value, limit=_NOTE),
        "notes": [line(note, limit=_NOTE) for note in fact.notes],
        "event": fact.event,
    }


def _attachments(statement: Statement) -> dict[str, Any]:
    words, language, pieces = WORDS[statement.language], statement.language, statement.attachments
    return {
        "title": f"{words['attachments']} ({len(pieces)})" if pieces else words["attachments"],
        "none": words["none"],
        "head": [words["file"], words["size"], "SHA-256"],
        "rows": [
            {
                "name": line(piece.name, limit=_FILE),
                "type": line(piece.media_type, limit=_FILE),
                "size": size(piece.size, language),
                "exact": exact_size(piece.size, language),
                "sha256": digest(piece.sha256),
            }
            for piece in pieces
        ],
    }


def _verify(statement: Statement, attached: Sequence[Attached]) -> dict[str, Any]:
    words, issuer = WORDS[statement.language], statement.issuer
    code = segno.make(issuer.verify_url, error="m", mask=4, boost_error=False, micro=False)
    lines = [words["embedded"] + ", ".join(one.name for one in attached)] if attached else []
    lines.append(words["log"] + issuer.log_origin)
    return {
        "title": words["verify"],
        "where": words["where"],
        "url": line(issuer.verify_url, limit=_NOTE),
        "qr": code.svg_inline(border=0, dark="#1b2733"),
        "alt": words["qr"] + issuer.verify_url,
        "anchor_label": words["anchor"],
        "anchor": digest(issuer.anchor_sha256),
        "lines": [line(text, limit=_NOTE) for text in lines],
    }


def _mention(statement: Statement) -> list[list[str]]:
    """Return the lines at the foot: who issues, under which text and policy, in which legal time."""
    words, issuer = WORDS[statement.language], statement.issuer
    lines = [
        " · ".join(part for part in (issuer.name, issuer.mention) if part),
        words["article"] + issuer.article if issuer.article else "",
        words["policy"] + issuer.policy if issuer.policy else "",
        words["zone"].format(zone=statement.zone),
    ]
    return [line(text, limit=_NOTE) for text in lines if text]


def agreement(statement: Statement, attached: Sequence[Attached], pdf: bytes) -> Agreement:
    """Say whether `pdf`, sealed or not, shows what `statement` calls for; raises `NotDrawn` as `draw` does.

    Where the drawn bytes are all there, what later revisions append to them is for the check of revisions to judge.
    """
    drawn = draw(statement, attached)
    if pdf.startswith(drawn):
        return Agreement.IDENTICAL
    return Agreement.SAME_LOOK if _same_look(drawn, pdf) else Agreement.DIFFERENT


def _same_look(drawn: bytes, pdf: bytes) -> bool:
    """Compare every page of two files as a reader shows them, annotations and form fields included."""
    import pypdfium2

    ours = pypdfium2.PdfDocument(drawn)
    try:
        theirs = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return False
    for document in (ours, theirs):
        document.init_forms()
    if len(ours) != len(theirs):
        return False
    try:
        return all(_same_page(ours[index], theirs[index]) for index in range(len(ours)))
    except pypdfium2.PdfiumError:  # a page that cannot be loaded looks like no other
        return False


def _same_page(ours: pypdfium2.PdfPage, theirs: pypdfium2.PdfPage) -> bool:
    # Sizes first: a page of another size is another page, and a huge one would fill the memory.
    if any(abs(a - b) > 0.5 for a, b in zip(ours.get_size(), theirs.get_size(), strict=True)):
        return False
    left, right = _grey(ours), _grey(theirs)
    if left == right:
        return True
    return len(left) == len(right) and not _more_than(_SPECKS, _differing(left, right))


def _grey(page: pypdfium2.PdfPage) -> bytes:
    bitmap = page.render(scale=_DOTS / 72, grayscale=True, may_draw_forms=True)
    return bytes(bitmap.buffer)


def _differing(left: bytes, right: bytes) -> Iterator[int]:
    """Yield the offsets of the dots whose shades differ visibly; whole equal stretches are skipped."""
    stretch = 1024
    for start in range(0, len(left), stretch):
        a, b = left[start : start + stretch], right[start : start + stretch]
        if a != b:
            yield from (
                start + at for at, (one, other) in enumerate(zip(a, b, strict=True)) if abs(one - other) > _SHADE
            )


def _more_than(limit: int, found: Iterator[int]) -> bool:
    return any(count > limit for count, _ in enumerate(found, 1))
