"""What people do in a browser, and what the browser says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pypdfium2
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.browser.instance import Instance

NOTICE = re.compile("Vous avez reçu une lettre suivie électronique de")
ACKNOWLEDGED = re.compile("Vous avez accusé réception")


class Watch:
    """What the windows of one browser complained of, and whom they asked for anything."""

    def __init__(self, context: BrowserContext, origins: Iterable[str], forgives: Iterable[int | str]) -> None:
        self.complaints: list[str] = []
        self._origins = tuple(f"{origin}/" for origin in origins)
        self._forgiven = tuple(one if isinstance(one, str) else f" with a status of {one} " for one in forgives)
        context.on("console", self._hear)
        context.on("weberror", lambda fault: self._note(f"script: {fault.error}"))
        context.on("request", self._follow)
        context.on("requestfailed", self._miss)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self._note(f"{message.type}: {message.text}")

    def _miss(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the window went elsewhere, or was closed, before the answer
            self._note(f"failed: {request.url} {request.failure}")

    def _follow(self, request: Request) -> None:
        if not request.url.startswith((*self._origins, "data:", "mailto:")):
            self._note(f"another origin: {request.url}")

    def _note(self, complaint: str) -> None:
        if not any(one in complaint for one in self._forgiven):
            self.complaints.append(complaint)


def opens_the_mail(page: Page, instance: Instance, *, to: str, subject: re.Pattern[str] = NOTICE) -> None:
    """Open the mailbox, reload it until a mail to this person with this subject is there, and open that mail."""
    page.goto(instance.printed.mailbox)
    row = page.locator("tbody tr").filter(has=page.get_by_text(to, exact=True)).filter(has_text=subject)
    waits_for(page, row)
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Courriel d’essai")).to_be_visible()


def follows_the_link(page: Page) -> str:
    """Follow the only link of the mail at hand, and return its token."""
    page.locator("main li a").click()
    page.wait_for_url("**/l/*")
    return re.fullmatch(r"https?://[^/]+/l/([^/?]+)", page.url)[1]


def opens_the_letter(page: Page, instance: Instance, *, to: str) -> str:
    """Go from the mailbox to the page that presents the letter, and return the link's token."""
    opens_the_mail(page, instance, to=to)
    return follows_the_link(page)


def consults(page: Page, address: str) -> None:
    """Type an address on the page at hand, and consult."""
    page.get_by_label("Votre adresse électronique").fill(address)
    page.get_by_role("button", name="Consulter mon courrier").click()


def signs_in(page: Page, instance: Instance) -> None:
    """Sign in with the sender's account that the terminal names."""
    page.goto(instance.printed.portal)
    page.get_by_role("link", name="Se connecter").click()
    page.get_by_label("Adresse mail").fill(instance.printed.sender)
    page.get_by_label("Mot de passe").fill(instance.printed.password)
    page.get_by_role("button", name="Je me connecte").click()
    expect(page.get_by_role("heading", name="Mes lettres suivies électroniques")).to_be_visible()


def waits_for(page: Page, wanted: Locator) -> None:
    """Reload the page at hand until it shows something: the worker needs a moment."""
    for _ in range(200):
        if wanted.count():
            break
        page.wait_for_timeout(100)
        page.reload()
    expect(wanted.first).to_be_visible()


def fetched(page: Page, link: Locator) -> tuple[str, bytes]:
    """Click a link that downloads, and return the name under which the browser saves the file, and the file."""
    with page.expect_download() as download:
        link.click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def text_of(pdf: bytes) -> str:
    """Return the text of a PDF, its lines joined."""
    assert pdf.startswith(b"%PDF-")
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = "\n".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
    finally:
        document.close()
    return " ".join(text.split())
