"""A report as PDF/A-3b and PDF/UA-1, with the same report as JSON attached; an instance may seal it.

It is a report and never a proof of a letter: it attaches no evidence, bears a title of its own, and says so on every page.
Drawing is a function of the report and of who issues it: the same input gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verifier.layout import Block, Commands, Deed, Deeds, Facts, File, Files, Layout, Line, Lines, Part, Row, Words
from verifier.letter import LetterReport
from verifier.parts import laid_out
from verifier.report import Report, Verdict
from verifier.sentences import typographic
from verifier.typeset import Attached, NotDrawn, digest, exact_size, legal_time, line, typeset

__all__ = ["FIELD", "REPORT_NAME", "TITLE", "Issued", "NotDrawn", "draw"]

REPORT_NAME = "report.json"
"""Name of the attached report."""
FIELD, TITLE = "LSE-Report", "Sceau d’un rapport de vérification · Seal of a verification report"
"""Name and title of the field that seals a report; a proof's is another."""
TEMPLATE = Path(__file__).with_name("report.typ")
_LONG, _SHORT, _SAID = 400, 200, 900
"""Longest printed value, label and sentence, in characters; the attached JSON holds every string whole."""
_HUES = {
    Verdict.VALID: "#1d7a46",
    Verdict.INVALID: "#a3262f",
    Verdict.INDETERMINATE: "#8a5a00",
    Verdict.UNREADABLE: "#46576a",
}
_SIGNS = {Verdict.VALID: "✓", Verdict.INVALID: "✗", Verdict.INDETERMINATE: "!", Verdict.UNREADABLE: "?"}
_MARKS = {"passed": "✓", "failed": "✗", "unknown": "?", "skipped": "–"}
_WORDS = {
    "fr": {
        "title": "Rapport de vérification",
        "subject": "d’un fichier PDF signé",
        "verdict": "Verdict",
        "by": "Rapport de {name} ({url}), fait le {time}.",
        "alone": "Rapport de {tool}, fait le {time} et scellé par personne.",
        "what": "Il dit ce que ce logiciel a constaté sur un fichier à cet instant. Ce n’est pas une preuve de lettre "
        "suivie, et il ne remplace pas le fichier examiné, qui seul fait foi.",
        "short": "Rapport de vérification · n’est pas une preuve de lettre",
        "test": "SANS VALEUR — TEST",
        "json": "Ce rapport, lisible par machine",
        "page": "page",
        "size": "Taille",
    },
    "en": {
        "title": "Verification report",
        "subject": "on a signed PDF file",
        "verdict": "Verdict",
        "by": "Report of {name} ({url}), made on {time}.",
        "alone": "Report of {tool}, made on {time} and sealed by nobody.",
        "what": "It says what this software found about a file at that instant. It is no proof of a tracked letter, and "
        "does not replace the file examined, which alone counts.",
        "short": "Verification report · is no proof of a letter",
        "test": "SANS VALEUR — TEST · NO VALUE",
        "json": "This report, for machines",
        "page": "page",
        "size": "Size",
    },
}


@dataclass(frozen=True)
class Issued:
    """The instance whose report it is."""

    name: str
    url: str
    zone: str
    place: str
    test: bool
    """Whether the instance is for trials: what it seals has no value."""


def draw(
    report: Report, *, language: str = "fr", issued: Issued | None = None, letter: LetterReport | None = None
) -> bytes:
    """Return the report as a PDF, not sealed yet; `issued` is None for a report that nobody will seal.

    Raises `NotDrawn` where the report holds what no page can show.
    """
    words = {name: typographic(said) if language == "fr" else said for name, said in _WORDS[language].items()}
    zone, place = (issued.zone, issued.place) if issued else ("UTC", "")
    layout = laid_out(report, language, zone=zone, place=place, letter=letter)
    when = legal_time(report.checked_at, zone=zone, place=place)
    said = {**report.to_dict(), **({"letter": letter.to_dict()} if letter else {})}
    attached = Attached(
        REPORT_NAME, "application/json", "data", words["json"], json.dumps(said, ensure_ascii=False, indent=1).encode()
    )
    who = (
        words["by"].format(name=issued.name, url=issued.url, time=when)
        if issued
        else words["alone"].format(tool=report.tool, time=when)
    )
    test = bool(issued and issued.test) or bool(layout.test)
    data = {
        "lang": language,
        "words": words,
        "who": line(who, limit=_SAID),
        "author": issued.name if issued else report.tool,
        "description": f"{words['title']} — {report.file_sha256}",
        "test": words["test"] if test else "",
        "test_mark": _WORDS["fr"]["test"],
        "hue": _HUES[report.verdict],
        "sign": _SIGNS[report.verdict],
        **_head(layout),
        "parts": [_part(part, language) for part in layout.parts],
        "attached": [attached.as_data()],
    }
    return typeset(TEMPLATE, data, moment=report.checked_at)


def _head(layout: Layout) -> dict[str, Any]:
    answers = [
        {"mark": _MARKS[one.outcome], "outcome": one.outcome, "label": one.label, "words": one.words}
        for one in layout.answers
    ]
    return {"word": layout.word, "sentence": line(layout.sentence, limit=_SAID), "answers": answers}


def _part(part: Part, language: str) -> dict[str, Any]:
    return {
        "number": str(part.number),
        "title": part.title,
        "blocks": [_block(block, language) for block in part.blocks],
    }


def _block(block: Block, language: str) -> dict[str, Any]:
    drawn: dict[str, Any] = {"form": block.form, "title": line(getattr(block, "title", ""), limit=_SHORT)}
    match block:
        case Facts():
            drawn["rows"] = [_row(row) for row in block.rows]
        case Words():
            drawn |= {"text": line(block.text, limit=_SAID), "quiet": block.quiet}
        case Lines():
            drawn["lines"] = [_line(one) for one in block.lines]
        case Deeds():
            drawn |= {"deeds": [_deed(one) for one in block.deeds], "more": block.more}
            drawn |= {"before": block.before, "after": block.after}
        case Files():
            drawn["files"] = [_file(one, language) for one in block.files]
        case Commands():
            drawn["lines"] = [line(one, limit=_LONG) for one in block.lines]
    return drawn


def _row(row: Row) -> dict[str, Any]:
    value = digest(row.value) if row.form == "digest" else line(row.value, limit=_LONG)
    return {"label": row.label, "value": value, "digest": row.form == "digest"}


def _line(one: Line) -> dict[str, Any]:
    detail = f"{one.code} · {one.detail}" if one.detail else one.code
    return {
        "mark": _MARKS[one.outcome],
        "outcome": one.outcome,
        "word": one.word,
        "text": line(one.text, limit=_LONG),
        "detail": line(detail, limit=_LONG),
    }


def _deed(one: Deed) -> dict[str, Any]:
    said: Sequence[str] = [part for part in (one.word, one.permitted) if part]
    return {
        "weight": one.weight,
        "said": " · ".join(said),
        "text": line(one.text, limit=_LONG),
        "where": line(one.where, limit=_SHORT),
        "before": line(one.before, limit=_SHORT),
        "after": line(one.after, limit=_SHORT),
    }


def _file(one: File, language: str) -> dict[str, Any]:
    return {
        "name": line(one.name, limit=_SHORT),
        "size": exact_size(one.size, language),
        "sha256": digest(one.sha256),
        "note": line(one.note, limit=_SHORT),
    }
