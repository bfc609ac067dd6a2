"""The verifier's page: whatever is dropped gets an answer in the visitor's language, and nothing of it is kept."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests import attacks
from tests.portal.routes.tour import Tour
from tests.stories.actors import Visitor

LIMIT = 20 * 1024 * 1024
WORDS = {
    "fr": {
        "valid": "Preuve valide",
        "invalid": "Invalide",
        "unreadable": "Illisible",
        "empty": "Choisissez un fichier PDF.",
        "too-large": "plus grand qu’une preuve ne peut l’être",
        "refused": "L’envoi est trop volumineux",
        "kept": "Le fichier n’est pas conservé.",
    },
    "en": {
        "valid": "Valid proof",
        "invalid": "Invalid",
        "unreadable": "Unreadable",
        "empty": "Choose a PDF file.",
        "too-large": "larger than a proof can be",
        "refused": "The upload is too large",
        "kept": "The file is not kept.",
    },
}


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("preuve.pdf", b"%PDF-1.7")
    return out.getvalue()


@pytest.fixture(scope="session")
def proof(toured: Tour) -> bytes:
    return toured.sender.downloads_proofs(toured.reference)["AR"]


@pytest.fixture
def dropped(toured: Tour, proof: bytes) -> dict[str, tuple[str, bytes, int, str]]:
    """What is dropped, by its name: file name, bytes, status and the word of the answer."""
    flipped = bytearray(proof)
    flipped[5000] ^= 1
    bomb = next(raw for name, raw in attacks.bombs() if name == "bomb: nested arrays")
    return {
        "a genuine proof": ("preuve.pdf", proof, 200, "valid"),
        "a flipped byte": ("preuve.pdf", bytes(flipped), 200, "invalid"),
        "a page named .pdf": ("preuve.pdf", b"<!doctype html><script>alert(1)</script>", 200, "unreadable"),
        "an archive": ("preuve.zip", archive(), 200, "unreadable"),
        "a bomb": ("bombe.pdf", bomb, 200, "unreadable"),
        "half a proof": ("preuve.pdf", proof[: len(proof) // 2], 200, "unreadable"),
        "nothing in a file": ("vide.pdf", b"", 200, "unreadable"),
        "no file": ("", b"", 422, "empty"),
        "the largest": ("grand.pdf", b"%PDF-".ljust(LIMIT, b"x"), 200, "unreadable"),
        "a byte more": ("grand.pdf", b"%PDF-".ljust(LIMIT + 1, b"x"), 413, "too-large"),
        "far more": ("grand.pdf", bytes(LIMIT + 100_000), 413, "refused"),
    }


def drops(visitor: Visitor, name: str, raw: bytes) -> TestResponse:
    # Encoded here, since the test client would write a large form to a file of its own.
    boundary, body = encode_multipart({"csrf_token": visitor.token(), "proof": FileStorage(io.BytesIO(raw), name)})
    form = {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}
    return visitor.browser.post("/verifier", base_url=visitor.town.base_url, **form)


def speaks(toured: Tour, language: str) -> Visitor:
    visitor = Visitor(toured.town)
    visitor.posts(f"/langue/{language}", {"to": "/verifier"})
    visitor.follows()
    return visitor


def held(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return every file below a folder with its size and the time of its last change."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_whatever_is_dropped_gets_its_answer_in_the_visitors_language_and_leaves_no_trace(
    toured: Tour,
    dropped: dict[str, tuple[str, bytes, int, str]],
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visitor, words = speaks(toured, language), WORDS[language]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = held(toured.town.office.settings.home)
    for what, (name, raw, status, word) in dropped.items():
        answer = drops(visitor, name, raw)
        assert answer.status_code == status, what
        page = BeautifulSoup(answer.text, "html.parser")
        said = page.get_text(" ").replace("\u202f", " ").replace("\xa0", " ")
        assert str(page.html and page.html["lang"]) == language
        assert words[word] in said, what
        said_too = words["unreadable"] if word == "too-large" else words[word]
        others = {words[one] for one in ("valid", "invalid", "unreadable")} - {said_too}
        assert not [one for one in others if one in {found.get_text() for found in page.select("h1, title, .verdict")}]
        if status == 200:
            digests = {found.get_text().replace(" ", "") for found in page.select(".digest")}
            assert hashlib.sha256(raw).hexdigest() in digests, what
            assert words["kept"] in said, what
    assert held(toured.town.office.settings.home) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("header", "cookie", "language"),
    [
        (None, None, "fr"),
        ("", None, "fr"),
        ("en", None, "en"),
        ("en-GB,en;q=0.9", None, "en"),
        ("de", None, "fr"),
        ("de,en;q=0.2", None, "en"),
        ("fr-NC,fr;q=0.9,en;q=0.8", None, "fr"),
        ("*", None, "fr"),
        ("en;q=0", None, "fr"),
        ("en", "fr", "fr"),
        ("fr", "en", "en"),
        ("fr", "de", "fr"),
        ("en", "", "en"),
        ("\x01;;q=x", None, "fr"),
    ],
)
def test_the_language_is_the_one_chosen_else_the_browsers_else_french(
    toured: Tour, header: str | None, cookie: str | None, language: str
) -> None:
    visitor = Visitor(toured.town)
    if cookie is not None:
        visitor.is_given("langue", cookie)
    answer = visitor.gets("/verifier", headers={} if header is None else {"Accept-Language": header})
    assert f'<html lang="{language}">' in answer.text


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>.pdf", "{{ 7*7 }}.pdf", "a' onload='x.pdf", "é" * 400])
def test_a_files_name_is_text_on_the_page(toured: Tour, name: str) -> None:
    answer = drops(Visitor(toured.town), name, b"%PDF-1.7")
    assert answer.status_code == 200
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select("main img, main [onerror], main [onload]") == []
    assert name[:150] in page.get_text()
    assert "49.pdf" not in page.get_text()


def test_a_proof_that_is_typed_instead_of_dropped_is_no_file(toured: Tour) -> None:
    assert Visitor(toured.town).posts("/verifier", {"proof": "%PDF-1.7"}).status_code == 422
