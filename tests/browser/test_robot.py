"""A robot tries everything behind a link; then the person it was meant for consults: one act, one proof, the right place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from portal.db import journal, letters, proofs
from portal.domain.lifecycle import Status
from portal.services import consult, register
from portal.services.journal import own_event
from tests.browser.conftest import Visits, served
from tests.browser.instance import Instance
from tests.browser.people import consults, opens_the_letter, waits_for
from tests.browser.robot import Robot
from verifier.statement import EventName

ROBOT = "203.0.113.9"
PERSON = "198.51.100.23"


@pytest.fixture
def behind(instances: list[Instance], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance behind a proxy that sets each visitor's address."""
    yield from served(Instance(tmp_path_factory.mktemp("behind"), LSE_TRUSTED_PROXIES="1"), instances)


def test_whatever_a_robot_does_with_the_link_the_letter_waits_for_the_person_who_types_the_address(
    behind: Instance, visits: Visits
) -> None:
    to = behind.printed.recipient
    lobby = visits(behind, at=ROBOT, forgives=(400, 422))
    opens_the_letter(lobby, behind, to=to)
    robot = Robot(lobby)
    link = lobby.url
    robot.goes_through(link)
    tried = Counter(address.removeprefix(link) for address in robot.posted)
    assert tried["/consulter"] > 9
    assert tried["/refuser"] > 9
    assert robot.clicks > 20
    assert robot.seen == {link, f"{link}/refuser"}

    person = visits(behind, at=PERSON)
    opens_the_letter(person, behind, to=to)
    consults(person, to)
    expect(person.get_by_role("status")).to_contain_text("Vous avez accusé réception de votre lettre.")
    late = visits(behind, at=ROBOT, forgives=(403,))
    late.goto(link)
    expect(late.get_by_role("heading", level=1)).to_have_text("Cette lettre a été ouverte depuis une autre connexion")
    person.goto(behind.printed.mailbox)
    waits_for(person, person.get_by_text("a été consultée"))

    with behind.office() as office, office.db.read() as conn:
        opened = register.open_letter(office, letters.by_number(conn, 1))
        assert opened.letter.status is Status.RECEIVED
        assert opened.letter.bound is not None
        assert office.vault.open(opened.key, opened.letter.bound, consult.BOUND).decode() == f"{PERSON}/32"
        sealed = [(proof.kind, proof.sealed_at is not None) for proof in proofs.of_letter(conn, 1)]
        assert sealed == [("EV", True), ("AR", True)]
        events = Counter(entry.event for entry in journal.of_letter(conn, 1))
    acts = (EventName.CONSIGNMENT_ACCEPTANCE, EventName.CONTENT_HANDOVER, EventName.CONSIGNMENT_REJECTION)
    assert [events[act.uri] for act in acts] == [1, 1, 0]
    assert events[own_event("visit")] > 40
    assert events[own_event("challenge-failed")] > 10
    assert events[own_event("access-denied")] == 1
