"""Files that leave the portal: saved under their own name, byte for byte, and never shown in our origin."""

from __future__ import annotations

import io
import unicodedata
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.http import parse_options_header
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.domain.letter import StoredPiece
from portal.security.headers import expected
from portal.security.uploads import MEDIA_TYPES, safe_name
from portal.services import archive
from tests.portal.routes.tour import CONTENT, FILES, Tour
from tests.stories.actors import Recipient, Town
from verifier.manifest import Piece

HTML = b"<!doctype html><script src='/static/lse.js'></script><script>alert(document.cookie)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
ODD = [
    ("page.html", HTML),
    ("page.xhtml", HTML),
    ("dessin.svg", SVG),
    ("feuille.xml", b"<?xml version='1.0'?><?xml-stylesheet href='x'?><a/>"),
    ("script.js", b"alert(1)"),
    ("courrier.eml", b"Subject: x\n\n<script>"),
    ("archive.mhtml", HTML),
    ("a%22; filename=%22b.exe", b"1"),
    ("../../etc/passwd", b"2"),
    ("..\\..\\autoexec.bat", b"3"),
    ("rapport\u202efdp.exe", b"4"),
    ("履歴書.docx", b"5"),
    ("Tāneʻarii – été.pdf", b"6"),
    ("a" * 300 + ".pdf", b"7"),
    ("...", b"8"),
    ("%0d%0aSet-Cookie: x=1.txt", b"9"),
    ("document", b""),
]


def rules(toured: Tour) -> list[Rule]:
    """Return the doors through which files leave."""
    return [rule for rule in toured.town.app.url_map.iter_rules() if rule.endpoint in CONTENT]


def is_saved_and_never_shown(answer: TestResponse, *, base_url: str) -> str:
    """Assert what holds for every file, and return the name that it is saved under."""
    assert answer.status_code == 200
    told = expected("content", base_url=base_url)
    assert {name: answer.headers[name] for name in told} == told
    assert told["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert (told["X-Content-Type-Options"], told["Cache-Control"]) == ("nosniff", "no-store")
    header = answer.headers["Content-Disposition"]
    assert header.isascii()
    assert header.isprintable()
    disposition, options = parse_options_header(header)
    assert (disposition, set(options)) == ("attachment", {"filename"})
    assert not [
        letter for letter in options["filename"] if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]
    assert not set(options["filename"]) & set('/\\:*?"<>|')
    return options["filename"]


def test_every_door_through_which_files_leave_hands_them_over_to_be_saved(toured: Tour) -> None:
    assert {rule.endpoint for rule in rules(toured)} == CONTENT
    for rule in rules(toured):
        if rule.endpoint == "verify.keep":  # by a form that the verdict's page carries: tests/portal/test_verify.py
            continue
        answer = toured.ask(rule, "GET")
        name = is_saved_and_never_shown(answer, base_url=toured.town.base_url)
        assert name.rpartition(".")[2] in ("eml", "pdf", "txt", "zip")
        told = answer.headers.get("Content-Length", str(len(answer.data)))
        assert told == str(len(answer.data)), rule.rule
        assert is_saved_and_never_shown(toured.ask(rule, "HEAD"), base_url=toured.town.base_url) == name


def test_the_files_that_arrive_are_those_that_were_sent(toured: Tour) -> None:
    page = f"/courrier/{toured.number}"
    for position, (name, content) in enumerate(FILES):
        answer = toured.recipient.gets(f"{page}/piece/{position}")
        assert is_saved_and_never_shown(answer, base_url=toured.town.base_url) == name
        assert answer.data == content
    assert toured.recipient.gets(f"{page}/lettre.pdf").data.startswith(b"%PDF-")
    with zipfile.ZipFile(io.BytesIO(toured.recipient.gets(f"{page}/tout.zip").data)) as bundle:
        assert bundle.testzip() is None
        assert bundle.namelist() == ["lettre.pdf", "message.txt", "manifest.json", *(name for name, _ in FILES)]
        assert [bundle.read(name) for name, _ in FILES] == [content for _, content in FILES]


@pytest.mark.parametrize("position", ["2", "99", "-1", "0x0"])
def test_a_file_that_is_not_there_is_a_page_and_no_download(toured: Tour, position: str) -> None:
    answer = toured.recipient.gets(f"/courrier/{toured.number}/piece/{position}")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "Content-Disposition" not in answer.headers


def test_files_with_odd_names_and_files_that_would_run_arrive_as_files_and_run_nowhere(town: Town) -> None:
    town.sender().deposits(files=tuple(ODD))
    town.works()
    joel = Recipient(town).opens_the_mail()
    joel.and_consults()
    page = joel.follows().request.path
    names = []
    for position, (_, content) in enumerate(ODD):
        answer = joel.gets(f"{page}/piece/{position}")
        names.append(is_saved_and_never_shown(answer, base_url=town.base_url))
        assert answer.data == content
        assert answer.mimetype in MEDIA_TYPES | {"application/octet-stream"}
        assert not {"html", "svg", "xml", "script", "mhtml", "rfc822"} & set(
            answer.mimetype.replace("+", "/").split("/")
        )
    assert names == [safe_name(name.replace("%22", '"')) for name, _ in ODD], "a form writes a quotation mark as %22"
    with zipfile.ZipFile(io.BytesIO(joel.gets(f"{page}/tout.zip").data)) as bundle:
        members = bundle.namelist()
        assert [bundle.read(name) for name in members[3:]] == [content for _, content in ODD]
    assert len({name.lower() for name in members}) == len(members)
    assert not [name for name in members if name.startswith(("/", ".")) or ".." in name.split("/") or "\\" in name]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_whatever_a_file_is_called_its_name_comes_through_the_door_as_it_was_kept(toured: Tour, name: str) -> None:
    kept = StoredPiece(Piece(safe_name(name), 1, "text/plain", "00" * 32), "object", b"")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(archive, "piece", lambda *_: (kept, iter([b"x"])))
        answer = toured.recipient.gets(f"/courrier/{toured.number}/piece/0")
    assert is_saved_and_never_shown(answer, base_url=toured.town.base_url) == safe_name(name)
