"""A robot that opens links as mail scanners do: in a real browser, with scripts, pressing and sending all that it finds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from playwright.sync_api import Error, Page

CLICKABLE = "a[href], button, summary, label, input[type=submit], input[type=checkbox], [role=button], [onclick]"
FIELDS = "input:not([type=hidden]), textarea"
FILL = """([index, fields, words]) => {
    for (const field of document.forms[index].elements) {
        if (["checkbox", "radio"].includes(field.type)) field.checked = true;
        else if (words !== null && field.matches(fields)) field.value = words;
    }
}"""
SEND = """async ([index, way]) => {
    const form = document.forms[index];
    if (way === "submit") form.submit();
    else if (way === "request") form.requestSubmit();
    else {
        const body = new URLSearchParams(new FormData(form));
        await fetch(form.action, form.method === "post" ? { method: "POST", body } : {});
    }
}"""
JUNK = (None, "robot@scanner.example", "<script>alert(1)</script>")
"""What it types: an address of its own, and worse; None leaves the form as it was found. It ticks every box."""
WAYS = ("submit", "request", "fetch")


@dataclass
class Robot:
    """What it did, by page."""

    page: Page
    clicks: int = 0
    seen: set[str] = field(default_factory=set)
    posted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.context.on("request", lambda one: self.posted.append(one.url) if one.method == "POST" else None)

    def goes_through(self, link: str) -> None:
        """Visit a link and each page below it, and try everything that stands there."""
        waiting = [link]
        while waiting:
            address = waiting.pop()
            if address in self.seen or not address.startswith(link):
                continue
            self.seen.add(address)
            self._looks_around(address)
            waiting += self.page.eval_on_selector_all(
                "a[href]", "(links) => links.map((one) => one.href.split('#')[0])"
            )
            deeds: list[Callable[[], None]] = [
                partial(self._clicks, number) for number in range(self.page.locator(CLICKABLE).count())
            ]
            for number, form in enumerate(self.page.locator("form").all()):
                junk = JUNK if form.locator(FIELDS).count() else JUNK[:1]
                deeds += [partial(self._sends, number, words, way) for words in junk for way in WAYS]
            for deed in deeds:
                self._tries(address, deed)

    def _looks_around(self, address: str) -> None:
        """Wait for the page and its scripts, move, scroll to the end, and wait again."""
        self.page.goto(address, wait_until="networkidle")
        self.page.mouse.move(200, 300)
        self.page.mouse.wheel(0, 10_000)
        self.page.wait_for_timeout(500)

    def _tries(self, address: str, deed: Callable[[], None]) -> None:
        """Do one thing on a page as it is when it opens; what cannot be done is left."""
        self._opens(address)
        with suppress(Error):  # nothing to be clicked there, or nowhere to go
            deed()

    def _opens(self, address: str) -> None:
        for _ in range(5):
            with suppress(Error):  # where the last deed was leading is still on its way
                self.page.goto(address)
                return
        self.page.goto(address)

    def _clicks(self, number: int) -> None:
        element = self.page.locator(CLICKABLE).nth(number)
        if element.is_visible():
            element.click(timeout=500)
        else:
            element.evaluate("(hidden) => hidden.click()")
        self.clicks += 1

    def _sends(self, number: int, words: str | None, way: str) -> None:
        self.page.evaluate(FILL, [number, FIELDS, words])
        if way == "fetch":
            self.page.evaluate(SEND, [number, way])
        else:
            with self.page.expect_navigation(timeout=5_000):
                self.page.evaluate(SEND, [number, way])
