"""Every rule, every method, every kind of answer, on HTTP and on HTTPS: exactly the headers that are written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from http.cookies import SimpleCookie
from typing import Any

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.domain.errors import Busy
from portal.security import limits
from portal.security.headers import HSTS, Policy, expected
from portal.security.origin import origin
from tests.portal.routes.conftest import BASES
from tests.portal.routes.tour import CONTENT, METHODS, Tour, doors, rule_of
from tests.stories.actors import Town, Visitor

SECURITY = {*expected("page", base_url=BASES["https"]), "Expires", "Pragma"}
OTHERS = {
    "Accept-Ranges",
    "Allow",
    "Clear-Site-Data",
    "Content-Disposition",
    "Content-Length",
    "Content-Type",
    "Date",
    "ETag",
    "Last-Modified",
    "Location",
    "Retry-After",
    "Set-Cookie",
    "Vary",
}
"""All that an answer may say beside its security headers: no server's name, no leave for other sites."""
NEVER_OPENED: dict[tuple[str, str], str] = {}
"""Doors that the tour does not open, each with its reason."""


def policy(rule: Rule | None, answer: TestResponse) -> Policy:
    """Return the kind of answer that a door gives: a page, unless all went well and it is something else."""
    if rule is None or answer.status_code >= 400:
        return "page"
    if rule.endpoint == "static":
        return "static"
    if answer.request.method == "OPTIONS" or answer.status_code >= 300:
        return "page"
    return "content" if rule.endpoint in CONTENT else "mail" if rule.endpoint == "dev.mail_html" else "page"


def has_exactly_its_headers(town: Town, answer: TestResponse) -> None:
    rule, base_url = rule_of(town.app, answer), town.base_url
    shown = answer.status_code == 200 and answer.request.method in ("GET", "HEAD")
    to_bank = shown and rule is not None and rule.endpoint == "sender.to_bank"
    bank = origin(town.office.gateway.form_url) if to_bank else None
    said = f"{answer.request.method} {answer.request.path} {answer.status}"
    found = [(name, value) for name, value in answer.headers if name in SECURITY]
    assert sorted(found) == sorted(expected(policy(rule, answer), base_url=base_url, bank=bank).items()), said
    assert {name for name, _ in answer.headers} <= SECURITY | OTHERS, said
    assert ("Strict-Transport-Security", HSTS) in found or not town.office.settings.secure, said
    for cookie in answer.headers.getlist("Set-Cookie"):
        is_bound_to_this_host(cookie, secure=town.office.settings.secure)


def is_bound_to_this_host(cookie: str, *, secure: bool) -> None:
    ((name, morsel),) = SimpleCookie(cookie).items()
    attributes = {key: value for key, value in morsel.items() if value and key not in ("expires", "max-age")}
    assert attributes == {"path": "/", "httponly": True, "samesite": "Lax", **({"secure": True} if secure else {})}, (
        cookie
    )
    assert name.startswith("__Host-lse") if secure else name.startswith("lse"), cookie


def test_a_tour_of_real_letters_opens_every_door_and_each_answer_has_its_headers(toured_on_either: Tour) -> None:
    town = toured_on_either.town
    opened = set()
    for answer in toured_on_either.answers:
        has_exactly_its_headers(town, answer)
        rule = rule_of(town.app, answer)
        if rule is not None and answer.status_code in (200, 204, 303):
            opened.add((rule.rule, answer.request.method))
    every = {(rule.rule, method) for rule, method in doors(town.app)}
    assert every - opened == NEVER_OPENED.keys()


def raising(fault: Exception) -> Callable[[Any], Any]:
    """Return a view's stand-in that fails as a service would."""

    def instead(view: Any) -> Any:
        @wraps(view)
        def fails(**_: object) -> None:
            raise fault

        return fails

    return instead


@pytest.mark.parametrize(
    ("fault", "code"),
    [(RuntimeError("the words of a letter"), 500), (Busy("away"), 503), (OSError("disk"), 503)],
    ids=["500", "busy", "disk"],
)
def test_a_view_that_fails_has_the_headers_of_a_page(
    toured_on_either: Tour, monkeypatch: pytest.MonkeyPatch, fault: Exception, code: int
) -> None:
    town = toured_on_either.town
    for who in (toured_on_either.sender, toured_on_either.auditor, toured_on_either.recipient):
        monkeypatch.setattr(who, "token", partial(str, who.token()))  # read while there are pages that hold one
    for endpoint, view in list(town.app.view_functions.items()):
        monkeypatch.setitem(town.app.view_functions, endpoint, raising(fault)(view))
    for rule, method in doors(town.app):
        if method == "OPTIONS":
            continue  # no view is asked
        answer = toured_on_either.ask(rule, method)
        assert answer.status_code == code, (rule.rule, method)
        has_exactly_its_headers(town, answer)
        assert (answer.headers.get("Retry-After") == "30") == (code == 503)
        assert "the words of a letter" not in answer.text


@pytest.mark.parametrize(("fault", "broken"), [(RuntimeError("the words of a letter"), 500), (OSError("disk"), 503)])
@pytest.mark.parametrize("path", ["/", "/lettres", "/journal", "/nowhere", "/static/nothing.css", "/l/forged"])
def test_who_signed_in_cannot_be_found_out_and_still_a_page_says_so(
    toured_on_either: Tour, monkeypatch: pytest.MonkeyPatch, path: str, fault: Exception, broken: int
) -> None:
    def signed_in(*_: object) -> None:
        raise fault

    monkeypatch.setattr("portal.services.accounts.signed_in", signed_in)
    answer = toured_on_either.sender.gets(path)
    assert answer.status_code == (404 if "/nowhere" in path or "." in path or "/l/" in path else broken), path
    assert "lang=" in answer.text
    assert "the words of a letter" not in answer.text
    has_exactly_its_headers(toured_on_either.town, answer)


def test_a_question_about_another_host_has_the_headers_of_a_page_at_every_door(toured_on_either: Tour) -> None:
    for rule, method in doors(toured_on_either.town.app):
        answer = toured_on_either.ask(rule, method, headers={"Host": "evil.example"})
        assert answer.status_code == 400, (rule.rule, method)
        assert "evil.example" not in answer.text
        has_exactly_its_headers(toured_on_either.town, answer)


def test_a_method_that_a_door_does_not_take_is_told_which_it_takes(toured_on_either: Tour) -> None:
    town = toured_on_either.town
    for rule in town.app.url_map.iter_rules():
        path = toured_on_either.path(rule)
        for method in ("DELETE", "PUT", "PATCH", "TRACE", "PROPFIND"):
            answer = toured_on_either.ask(rule, method)
            assert answer.status_code == 405, (path, method)
            told = set(answer.headers["Allow"].split(", "))
            assert told == set(town.app.url_map.bind("localhost").allowed_methods(path)), path
            has_exactly_its_headers(town, answer)


def test_a_body_beyond_measure_is_refused_unread_at_every_door_that_takes_one(toured_on_either: Tour) -> None:
    for rule, method in doors(toured_on_either.town.app):
        if method == "POST":
            beyond = {"CONTENT_LENGTH": "300000000", "REMOTE_ADDR": toured_on_either.recipient.at}
            answer = toured_on_either.ask(rule, method, environ_overrides=beyond)
            assert answer.status_code == 413, rule.rule
            has_exactly_its_headers(toured_on_either.town, answer)


def test_what_does_not_exist_has_the_headers_of_a_page(toured_on_either: Tour) -> None:
    town = toured_on_either.town
    visitor = Visitor(town)
    for path in (
        "/nowhere",
        "/static/nothing.css",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/l/x",
        "/l//x",
        "//x",
    ):
        for method in METHODS:
            answer = visitor.browser.open(path, method=method, base_url=town.base_url)
            assert answer.status_code in (308, 400, 404, 405) or method == "OPTIONS", (method, path)
            has_exactly_its_headers(town, answer)


def test_whoever_asks_too_often_has_the_headers_of_a_page_at_every_door(
    toured_on_either: Tour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "EVERYTHING", "1 per minute")
    office = toured_on_either.town.office
    town = Town(replace(office, settings=replace(office.settings, limits=True)), toured_on_either.town.log)
    for rule, method in doors(town.app):
        for _ in range(2):
            browser = town.app.test_client()
            answer = browser.open(toured_on_either.path(rule), method=method, base_url=town.base_url, buffered=True)
            has_exactly_its_headers(town, answer)
        # The counter leaves static files alone: they are what a proxy keeps.
        assert (answer.status_code == 429) == (rule.endpoint != "static"), (rule.rule, method)
