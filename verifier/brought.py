"""What somebody brought who did not bring a PDF: one clause that names it, so that they find the right file."""

from __future__ import annotations

from verifier.report import Check, Outcome
from verifier.sentences import check, typographic

CODE = "not-a-pdf"
_HEADS: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    (
        (b"PK\x03\x04", b"PK\x05\x06", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x1f\x8b"),
        "ce fichier n’est pas un PDF : c’est une archive (zip) ou un document de bureautique ; s’il contient la preuve, "
        "sortez-en le PDF",
        "this file is no PDF: it is an archive (zip) or an office document; if the proof is inside, take its PDF out",
    ),
    (
        (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF"),
        "ce fichier n’est pas un PDF : c’est une image ; une photo ou une copie d’écran ne porte pas de signature",
        "this file is no PDF: it is a picture; a photograph or a screen capture bears no signature",
    ),
    (
        (b"\x30\x80", b"\x30\x82", b"\x30\x83", b"-----BEGIN"),
        "ce fichier n’est pas un PDF : c’est un certificat, ou une signature sans son document",
        "this file is no PDF: it is a certificate, or a signature without its document",
    ),
    (
        (b"\xd0\xcf\x11\xe0", b"{\\rtf"),
        "ce fichier n’est pas un PDF : c’est un document de bureautique",
        "this file is no PDF: it is an office document",
    ),
)
_PAGES = (b"<!doctype html", b"<html", b"<?xml", b"<head", b"<body", b"<script")
_PAGE = (
    "ce fichier n’est pas un PDF, quel que soit son nom : c’est une page web ou un fichier XML",
    "this file is no PDF, whatever its name: it is a web page or an XML file",
)
_EMPTY = ("ce fichier est vide", "this file is empty")
_OTHER = ("ce fichier n’est pas un PDF", "this file is no PDF")


def clauses(raw: bytes) -> tuple[str, str]:
    """Say in French and in English what a file that is no PDF is, from its first bytes; nothing is parsed.

    >>> clauses(b"")[1]
    'this file is empty'
    """
    fr, en = _clauses(raw)
    return typographic(fr), en


def _clauses(raw: bytes) -> tuple[str, str]:
    start = raw[:64].lstrip(b"\xef\xbb\xbf \t\r\n\0").lower()
    if not raw.strip(b"\0 \t\r\n"):
        return _EMPTY
    if start.startswith(_PAGES):
        return _PAGE
    return next(((fr, en) for heads, fr, en in _HEADS if raw.startswith(heads)), _OTHER)


def line(raw: bytes, detail: str) -> Check:
    """Return the report's line on a file that is no PDF."""
    general = check(CODE, Outcome.FAILED, detail)
    fr, en = (f"{words[0].upper()}{words[1:]}." for words in clauses(raw))
    return Check(general.code, general.outcome, fr, en, general.detail)
