"""Forms that our own pages did not send, paths that lead elsewhere, and sessions that somebody else has set."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.app import WITHOUT_TOKEN
from portal.db import tables
from portal.office import Office
from portal.security.origin import sign_path
from tests.portal.routes.tour import Tour, doors
from tests.stories.actors import PASSWORD, Recipient, Town, Visitor

EVIL = "https://evil.example"
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
]


def written(office: Office) -> dict[str, int]:
    """Return how many rows each table holds."""
    with office.db.read() as conn:
        return {
            table.name: conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in tables.metadata.sorted_tables
        }


def forms(toured: Tour) -> list[Rule]:
    """Return the doors that take a form from a person's browser."""
    return [rule for rule, method in doors(toured.town.app) if method == "POST" and rule.endpoint not in WITHOUT_TOKEN]


def test_a_form_without_its_token_does_nothing_at_any_door(toured_on_either: Tour) -> None:
    before = written(toured_on_either.town.office)
    elsewhere = Visitor(toured_on_either.town)
    for rule in forms(toured_on_either):
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}, {"csrf_token": elsewhere.token()}):
            answer = toured_on_either.ask(
                rule, "POST", data={**data, "confirm": "yes", "address": toured_on_either.recipient.email}
            )
            assert answer.status_code == 400, (rule.rule, data)
    assert written(toured_on_either.town.office) == before


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_form_from_elsewhere_does_nothing_at_any_door_even_with_a_token(
    toured: Tour, headers: dict[str, str]
) -> None:
    before = written(toured.town.office)
    for rule in forms(toured):
        assert toured.ask(rule, "POST", headers=headers).status_code == 400, rule.rule
    assert written(toured.town.office) == before


def test_a_recipients_act_is_not_made_by_a_script(toured: Tour) -> None:
    before = written(toured.town.office)
    acts = [rule for rule in forms(toured) if rule.endpoint.startswith("recipient.")]
    assert len(acts) == 5
    for rule in acts:
        for mode in ("cors", "no-cors", "same-origin"):
            headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": mode}
            assert toured.ask(rule, "POST", headers=headers).status_code == 400, rule.rule
    assert written(toured.town.office) == before


@pytest.mark.parametrize("headers", [{}, {"Referer": EVIL}, {"Referer": ""}], ids=str)
def test_where_a_visitor_says_to_come_from_decides_nothing(toured_on_either: Tour, headers: dict[str, str]) -> None:
    visitor = Visitor(toured_on_either.town)
    form = {"email": toured_on_either.sender.email, "password": PASSWORD}
    own = {"Origin": toured_on_either.town.base_url, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    assert visitor.posts("/connexion", form, headers=headers).status_code == 303
    assert visitor.posts("/connexion", form, headers={**own, **headers}).status_code == 303


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_other_servers_say_where_they_come_from_as_they_like(toured: Tour, headers: dict[str, str]) -> None:
    notice = toured.town.notices[-1]
    answer = Visitor(toured.town).browser.post(
        "/paiement/notification", base_url=toured.town.base_url, data=notice, headers=headers
    )
    assert (answer.status_code, answer.data) == (200, b"ok\n")


def signs_in_there(visitor: Visitor, email: str) -> TestResponse:
    """Fill in the sign-in form that the visitor stands before, and send it where it leads."""
    assert visitor.page is not None
    form = BeautifulSoup(visitor.page.text, "html.parser").select_one("main form")
    assert form is not None
    return visitor.posts(str(form["action"]), {"email": email, "password": PASSWORD})


@pytest.mark.parametrize(
    "path",
    ["/lettres", "/lettres?status=sent&below=7", "/lettres?recipient=jo%C3%ABl%40exemple.nc", "/lettres/nouvelle"],
)
def test_whoever_had_to_sign_in_comes_back_to_the_page_that_asked(toured: Tour, path: str) -> None:
    visitor = Visitor(toured.town)
    assert visitor.gets(path).status_code == 303
    visitor.follows()
    answer = signs_in_there(visitor, toured.sender.email)
    assert answer.status_code == 303
    there = urlsplit(answer.headers["Location"])
    assert not there.netloc
    assert f"{there.path}?{there.query}".rstrip("?") == path


def test_a_page_whose_address_would_write_a_header_is_not_come_back_to(toured: Tour) -> None:
    visitor = Visitor(toured.town)
    assert visitor.gets("/lettres/%0D%0ASet-Cookie:x").status_code == 303
    visitor.follows()
    assert signs_in_there(visitor, toured.sender.email).headers["Location"] == "/lettres"


@pytest.mark.parametrize(
    "path", ["//evil.example", EVIL, "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)"]
)
def test_no_way_back_leads_outside_even_signed(toured: Tour, path: str) -> None:
    visitor = Visitor(toured.town)
    with toured.town.app.test_request_context(base_url=toured.town.base_url):
        back = sign_path(path)
    visitor.gets("/connexion", query_string={"suite": back})
    answer = signs_in_there(visitor, toured.sender.email)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/lettres")


@pytest.mark.parametrize("back", ["/politique", EVIL, "Ii9wb2xpdGlxdWUi", "Ii9wb2xpdGlxdWUi.AAAA", "\x01é"])
def test_a_way_back_that_we_did_not_sign_is_not_taken(toured: Tour, back: str) -> None:
    visitor = Visitor(toured.town)
    visitor.gets("/connexion", query_string={"suite": back})
    assert signs_in_there(visitor, toured.sender.email).headers["Location"] == "/lettres"


@pytest.mark.parametrize(
    ("to", "where"),
    [
        ("/politique", "/politique"),
        ("/lettres?status=sent", "/lettres?status=sent"),
        ("//evil.example", "/"),
        (EVIL, "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\r\nX: y", "/"),
        ("", "/"),
    ],
)
def test_choosing_a_language_leads_to_no_other_site(toured: Tour, to: str, where: str) -> None:
    answer = Visitor(toured.town).posts("/langue/en", {"to": to})
    assert (answer.status_code, answer.headers["Location"]) == (303, where)


def test_a_language_that_is_none_of_ours_sets_no_cookie(toured: Tour) -> None:
    answer = Visitor(toured.town).posts("/langue/de", {"to": "/"})
    assert answer.status_code == 303
    assert not [one for one in answer.headers.getlist("Set-Cookie") if "langue" in one]


def holder(toured: Tour, ticket: str) -> Visitor:
    """Return somebody who holds a copy of a ticket."""
    visitor = Visitor(toured.town)
    visitor.is_given("account", ticket)
    return visitor


def test_what_was_there_before_a_sign_in_is_worth_nothing_after_it(toured_on_either: Tour) -> None:
    victim = Visitor(toured_on_either.town)
    victim.signs_in(toured_on_either.sender.email)
    planted = victim.holds("account")
    victim.gets("/verifier")
    token, session = victim.token(), victim.holds("")
    assert planted is not None
    assert session is not None
    victim.signs_in(toured_on_either.sender.email)
    victim.gets("/verifier")
    assert victim.holds("account") not in (None, planted)
    assert victim.holds("") not in (None, session)
    assert victim.token() != token
    assert victim.gets("/lettres").status_code == 200
    assert holder(toured_on_either, planted).gets("/lettres").status_code == 303, "the old ticket is dead on the server"
    assert victim.posts("/langue/en", {"csrf_token": token}).status_code == 400, "and so is the old form"


def test_a_ticket_that_nobody_was_given_opens_nothing(toured_on_either: Tour) -> None:
    for ticket in ("", "planted", "0" * 43, "é"):
        visitor = holder(toured_on_either, ticket)
        assert visitor.gets("/lettres").status_code == 303, ticket
        visitor.signs_in(toured_on_either.sender.email)
        assert visitor.holds("account") not in (None, ticket)


def test_signing_out_kills_the_ticket_and_clears_the_browser(toured_on_either: Tour) -> None:
    visitor = Visitor(toured_on_either.town)
    visitor.signs_in(toured_on_either.sender.email)
    ticket = visitor.holds("account")
    assert ticket is not None
    thief = holder(toured_on_either, ticket)
    assert thief.gets("/lettres").status_code == 200
    answer = visitor.posts("/deconnexion")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert visitor.holds("account") is None
    assert thief.gets("/lettres").status_code == 303


def test_a_page_that_a_form_led_to_is_left_for_the_page_of_that_form(town: Town) -> None:
    town.sender().deposits()
    town.works()
    recipient = Recipient(town).opens_the_mail()
    page = f"{town.base_url}{recipient.link}"
    again = recipient.posts(f"{recipient.link}/consulter", {"address": "autre@exemple.nc"}, headers={"Referer": page})
    assert again.status_code == 422
    assert f'name="to" value="{recipient.link}"' in again.text
    elsewhere = recipient.posts(
        f"{recipient.link}/consulter", {"address": ""}, headers={"Referer": "https://a.example/x"}
    )
    assert 'name="to" value="/"' in elsewhere.text
