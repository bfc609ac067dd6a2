"""Ten thousand forged links: all the same answer, and not one look into the database."""

from __future__ import annotations

import random
import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from portal.domain.errors import LinkForged
from portal.office import Office
from portal.security.links import Links
from tests.conftest import START
from tests.stories.actors import Town, same_for_all
from tests.withstand import gestures

SEED = 20260414
FORGERIES = 10_000
BY_THE_DOOR = 300
ALPHABET = string.ascii_letters + string.digits + "-_."


def forgeries(genuine: list[str], count: int) -> Iterator[str]:
    """Yield tokens that no key of the instance has signed, made from genuine ones; the same ones every time."""
    chance = random.Random(SEED)  # noqa: S311 - a test that repeats itself
    stranger = Links((b"another key of thirty-two bytes!",))
    made = 0
    while made < count:
        token = chance.choice(genuine)
        other = chance.choice(genuine)
        at = chance.randrange(len(token))
        body, _, signature = token.partition(".")
        forged = [
            lambda: token[:at] + chance.choice(ALPHABET) + token[at + 1 :],  # noqa: B023
            lambda: token[:at],  # noqa: B023
            lambda: token[:at] + chance.choice(ALPHABET) + token[at:],  # noqa: B023
            lambda: token[:at] + token[at:].swapcase(),  # noqa: B023
            lambda: token[at:] + token[:at],  # noqa: B023
            lambda: body + "." + other.partition(".")[2],  # noqa: B023
            lambda: signature + "." + body,  # noqa: B023
            lambda: stranger.token(secrets.token_bytes(16), version=1, expires=START + timedelta(days=400)),
            lambda: token + chance.choice("=.%é\u202e"),  # noqa: B023
            lambda: "".join(chance.choices(ALPHABET, k=chance.randrange(1, 120))),
        ][made % 10]()
        if forged and forged not in genuine:
            made += 1
            yield forged


@pytest.fixture
def genuine(office: Office) -> list[str]:
    return [gestures.token(office, gestures.sent(office).number) for _ in range(3)]


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    """Collect every SQL statement that is run meanwhile."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(office.db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(office.db.engine, "before_cursor_execute", note)


def test_no_forged_token_of_ten_thousand_is_read(office: Office, genuine: list[str]) -> None:
    for token in genuine:
        office.links.read(token, now=office.now())
    with statements(office) as run:
        for forged in forgeries(genuine, FORGERIES):
            with pytest.raises(LinkForged):
                office.links.read(forged, now=office.now())
    assert run == []


def test_every_forged_link_has_the_same_page_and_costs_no_look_into_the_database(
    office: Office, genuine: list[str]
) -> None:
    town = Town(office, gestures.log())
    bodies: set[str] = set()
    with statements(office) as run:
        for index, forged in enumerate(forgeries(genuine, BY_THE_DOOR)):
            browser = town.app.test_client()
            path = "/l/" + forged.replace("%", "%25").replace("?", "%3F")
            at = {"REMOTE_ADDR": f"203.0.113.{index % 250 + 1}"}
            answer = browser.get(path, base_url=town.base_url, environ_overrides=at)
            assert answer.status_code == 404
            bodies.add(same_for_all(answer.text))
        assert run == []
        assert len(bodies) == 1
        answer = town.app.test_client().get(f"/l/{genuine[0]}", base_url=town.base_url)
    assert answer.status_code == 200
    assert run, "the counter counts"


def test_a_token_of_an_unknown_letter_looks_like_a_forged_one(office: Office, genuine: list[str]) -> None:
    town = Town(office, gestures.log())
    unknown = office.links.token(secrets.token_bytes(16), version=1, expires=START + timedelta(days=30))
    forged = town.app.test_client().get("/l/" + "A" * len(genuine[0]), base_url=town.base_url)
    answer = town.app.test_client().get(f"/l/{unknown}", base_url=town.base_url)
    assert (answer.status_code, forged.status_code) == (404, 404)
    pages = {same_for_all(page.text) for page in (answer, forged)}
    assert len(pages) == 1
