"""The comparison on the page, in a browser: attachments and letter held against a proof, and nothing sent."""

from __future__ import annotations

import io
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.serving import make_server

from portal.office import PACKAGE, Office
from portal.security.headers import expected
from tests.stories.actors import Recipient, Town, Visitor

pytestmark = pytest.mark.browser
REPORT = b"%PDF-1.4 releve"
Compare = Callable[..., list[str]]


@pytest.fixture
def desk(office: Office, log: Any, tmp_path: Path) -> Path:
    """A letter's PDF as its recipient downloads it, its attachment, and the page of its proof."""
    town = Town(office, log)
    sender, recipient = town.sender(), Recipient(town)
    reference = sender.deposits(files=(("relevé.pdf", REPORT),))
    town.works()
    path = recipient.opens_the_mail().and_consults().headers["Location"].partition("?")[0]
    town.works()
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "lettre.pdf").write_bytes(recipient.gets(f"{path}/lettre.pdf").data)
    (desk / "autre nom.pdf").write_bytes(REPORT)
    (desk / "message.txt").write_text("Bonjour,\n\nVoici le relevé.", "utf-8", newline="")
    (desk / "relevé.pdf").write_bytes(REPORT + b"!")
    (desk / "rien.bin").write_bytes(bytes(3_000_000))
    lawyer = Visitor(town)
    proof = sender.downloads_proofs(reference)["AR"]
    form = {"proof": (io.BytesIO(proof), "AR.pdf")}
    (tmp_path / "page.html").write_text(
        lawyer.posts("/verifier", form, content_type="multipart/form-data").text, "utf-8"
    )
    return desk


@pytest.fixture
def compare(desk: Path) -> Iterator[Compare]:
    """Choose files on the page and return what it says of each; every request that the page makes is refused but its own."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("LSE_REQUIRE_TOOLS") == "1":
            pytest.fail("chromium is not installed on this machine")
        pytest.skip("chromium is not installed on this machine")
    from playwright.sync_api import sync_playwright

    app = Flask("page", static_folder=str(PACKAGE / "static"))
    sent: list[str] = []
    app.add_url_rule("/", "page", lambda: Response(desk.with_name("page.html").read_text("utf-8")))
    app.before_request(lambda: sent.append("x") if _has_body() else None)

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers.update(expected("page", base_url="http://127.0.0.1:8000"))
        return response

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page()
        faults: list[str] = []
        tab.on("pageerror", lambda fault: faults.append(str(fault)))
        tab.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        tab.goto(f"http://127.0.0.1:{server.port}/")

        def choose(*names: str) -> list[str]:
            tab.set_input_files("#pieces", [desk / name for name in names])
            tab.wait_for_function(
                "count => [...document.querySelectorAll('[data-compared] b')].length >= count"
                " && !document.querySelector('[data-compared]').textContent.includes('Calcul')",
                arg=len(names),
            )
            return [one.inner_text().replace("\n", " ") for one in tab.query_selector_all("[data-compared] li")]

        yield choose
        browser.close()
    server.shutdown()
    server.server_close()
    assert faults == []
    assert sent == []


def _has_body() -> bool:
    from flask import request

    return bool(request.content_length)


def test_the_letter_its_message_and_its_attachment_are_recognised(compare: Compare) -> None:
    paper, message, piece = compare("lettre.pdf", "message.txt", "autre nom.pdf")
    assert "contient le manifeste de la lettre" in paper
    assert "bien le message de la lettre" in message
    assert "bien celle déposée" in piece


def test_a_message_waits_for_the_letter_to_be_recognised(compare: Compare) -> None:
    message, left = compare("message.txt")
    assert "ajoutez le PDF de la lettre" in message
    assert left.endswith("relevé.pdf")


def test_another_file_under_the_name_of_an_attachment_is_told_apart(compare: Compare) -> None:
    piece, left = compare("relevé.pdf")
    assert "porte le nom d’une pièce jointe et n’est pas celui déposé" in piece
    assert left.startswith("Pièces jointes qui restent à comparer")


def test_a_stray_file_is_of_no_letter(compare: Compare) -> None:
    _paper, stray, _left = compare("lettre.pdf", "rien.bin")
    assert "n’est pas de cette lettre" in stray
