"""Whoever leaves a page, goes back to it or signs out carries nothing away that was meant to stay."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Error, Page, expect

from portal.db import journal, letters
from tests.browser.conftest import Visits
from tests.browser.instance import Instance
from tests.browser.people import consults, opens_the_letter, signs_in
from verifier.statement import EventName

MESSAGE = "Bonjour,\n\nCeci ne doit pas rester dans un navigateur.\n"
OFFLINE = "ERR_INTERNET_DISCONNECTED"
LINK = """(address) => {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = "elsewhere";
    document.querySelector("main").prepend(link);
}"""


@dataclass
class Elsewhere:
    """A site of another origin, which notes by what page its visitors say they come."""

    server: ThreadingHTTPServer
    referrers: dict[str, str | None] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.server.server_port}"


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.referrers[self.path] = self.headers["Referer"]
            page = b'<!doctype html><title>elsewhere</title><link rel="icon" href="data:,"><main></main>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    site = Elsewhere(ThreadingHTTPServer(("127.0.0.1", 0), Page))
    thread = threading.Thread(target=site.server.serve_forever, args=(0.05,))
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


def leaves(page: Page, site: Elsewhere, name: str) -> list[str | None]:
    """Leave the page at hand for another site, by a script and by a link, and return what the site was told."""
    here, told = page.url, []
    for way in ("script", "link"):
        address = f"{site.origin}/{name}-{way}"
        if way == "script":
            with page.expect_navigation():
                page.evaluate("(address) => { location.href = address; }", address)
        else:
            page.evaluate(LINK, address)
            page.get_by_role("link", name="elsewhere").click()
            page.wait_for_url(address)
        told.append(site.referrers[f"/{name}-{way}"])
        page.goto(here)
    return told


def test_another_site_is_not_told_where_its_visitor_comes_from(
    instance: Instance, visits: Visits, elsewhere: Elsewhere
) -> None:
    instance.deposits("lea@exemple.nc", MESSAGE)
    page = visits(instance, beside=(elsewhere.origin,))
    page.goto(f"{elsewhere.origin}/first")
    assert leaves(page, elsewhere, "itself") == [f"{elsewhere.origin}/first"] * 2, "this browser tells nothing at all"

    token = opens_the_letter(page, instance, to="lea@exemple.nc")
    assert leaves(page, elsewhere, "presentation") == [None, None]
    page.get_by_role("link", name="Refuser", exact=True).click()
    page.wait_for_url("**/refuser")
    assert leaves(page, elsewhere, "refusal") == [None, None]
    page.get_by_role("link", name="Revenir à la lettre").click()
    consults(page, "lea@exemple.nc")
    expect(page.locator(".message")).to_be_visible()
    assert token not in page.url
    assert leaves(page, elsewhere, "letter") == [None, None]


def test_after_the_act_the_address_holds_no_token_and_going_back_repeats_nothing(
    instance: Instance, visits: Visits
) -> None:
    reference = instance.deposits("noe@exemple.nc", MESSAGE)
    page = visits(instance)
    token = opens_the_letter(page, instance, to="noe@exemple.nc")
    consults(page, "noe@exemple.nc")
    expect(page.locator(".message")).to_contain_text("ne doit pas rester")
    assert page.url.startswith(f"{instance.printed.portal}/courrier/")
    assert token not in page.url
    page.reload()
    expect(page.locator(".message")).to_contain_text("ne doit pas rester")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre lettre est déjà ouverte")
    assert page.get_by_role("button", name="Consulter mon courrier").count() == 0
    page.go_forward()
    expect(page.locator(".message")).to_contain_text("ne doit pas rester")

    with instance.office() as office, office.db.read() as conn:
        letter = letters.by_reference(conn, reference)
        assert letter is not None
        events = Counter(entry.event for entry in journal.of_letter(conn, letter.number))
    assert events[EventName.CONTENT_HANDOVER.uri] == 1


def test_after_signing_out_no_page_comes_back_from_the_server_or_from_the_browser(
    instance: Instance, visits: Visits
) -> None:
    reference = instance.deposits("zoe@exemple.nc", MESSAGE)
    page = visits(instance)
    signs_in(page, instance)
    page.get_by_role("link", name=reference).click()
    expect(page.get_by_text("zoe@exemple.nc")).to_be_visible()
    here = page.url
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(f"{instance.printed.portal}/")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Je me connecte")
    page.goto(here)
    expect(page.get_by_role("heading", level=1)).to_have_text("Je me connecte")
    assert page.get_by_text("zoe@exemple.nc").count() == 0


@pytest.mark.parametrize("whose", ["sender", "recipient"])
def test_no_page_of_a_letter_is_kept_by_the_browser(whose: str, instance: Instance, visits: Visits) -> None:
    to = f"{whose}-away@exemple.nc"
    reference = instance.deposits(to, MESSAGE)
    page = visits(instance, forgives=(OFFLINE, 404))  # a style sheet has no icon
    if whose == "sender":
        signs_in(page, instance)
        page.get_by_role("link", name=reference).click()
    else:
        opens_the_letter(page, instance, to=to)
        consults(page, to)
    expect(page.locator("main")).to_contain_text(to)
    page.goto(f"{instance.printed.portal}/static/lse.css")
    page.goto(f"{instance.printed.portal}/politique")
    page.context.set_offline(True)
    page.go_back()
    expect(page.locator("body")).to_contain_text("@font-face")  # what may be kept does come back
    with pytest.raises(Error, match=OFFLINE):
        page.go_back()
    assert page.get_by_text(to).count() == 0
