"""Who may read a consulted letter again: addresses that move, with the device's cookie and without, in the hour and after."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from portal.domain.lifecycle import Status
from tests.conftest import Clock, OpenOffice
from tests.stories.actors import Recipient, Town, Visitor, body
from tests.withstand import gestures, invariants

V4, OTHER_V4, MAPPED = "203.0.113.7", "203.0.113.8", "::ffff:203.0.113.7"
V6, SAME_64, OTHER_64 = "2001:db8:1:2::7", "2001:db8:1:2:ffff::9", "2001:db8:1:3::7"

MOVES = [
    ("the same v4", V4, V4, True),
    ("another v4", V4, OTHER_V4, False),
    ("v4 mapped into v6", V4, MAPPED, True),
    ("mapped to plain v4", MAPPED, V4, True),
    ("v6 of the same /64", V6, SAME_64, True),
    ("v6 of another /64", V6, OTHER_64, False),
    ("v4 to v6", V4, V6, False),
    ("v6 to v4", V6, V4, False),
]


@pytest.fixture
def town(opens_office: OpenOffice) -> Town:
    return Town(opens_office(), gestures.log())


def _consulted(town: Town, *, at: str) -> Recipient:
    gestures.presented(town.office)
    recipient = Recipient(town, at=at).opens_the_mail()
    assert recipient.and_consults().status_code == 303
    assert recipient.follows().status_code == 200
    return recipient


def _state(town: Town) -> dict[str, Any]:
    return dataclasses.asdict(gestures.seen(town.office, 1))


@pytest.mark.parametrize("late", [False, True], ids=["within the hour", "after the hour"])
@pytest.mark.parametrize(("word", "first", "then", "same"), MOVES, ids=[move[0] for move in MOVES])
def test_the_device_that_consulted_may_move_for_an_hour_and_then_the_address_rules(
    town: Town, clock: Clock, word: str, first: str, then: str, same: bool, late: bool
) -> None:
    recipient = _consulted(town, at=first)
    before, told = _state(town), invariants.events(town.office, 1)
    clock.moves(minutes=60, seconds=1 if late else 0)
    recipient.at = then
    answer = recipient.gets("/courrier/1")
    allowed = same or not late
    assert answer.status_code == (200 if allowed else 403), word
    assert _state(town) == before
    assert invariants.events(town.office, 1)[len(told) :] == ["ContentAccessTracking" if allowed else "access-denied"]
    if not allowed:
        assert "autre connexion" in answer.text
        assert "Voici le relevé" not in answer.text


@pytest.mark.parametrize("late", [False, True], ids=["within the hour", "after the hour"])
@pytest.mark.parametrize(("word", "first", "then", "same"), MOVES, ids=[move[0] for move in MOVES])
def test_without_the_cookie_only_the_address_rules(
    town: Town, clock: Clock, word: str, first: str, then: str, same: bool, late: bool
) -> None:
    recipient = _consulted(town, at=first)
    clock.moves(minutes=60, seconds=1 if late else 0)
    before, told = _state(town), invariants.events(town.office, 1)
    other = Visitor(town, at=then)
    assert other.gets("/courrier/1").status_code == 403, "no visit is open in this browser"
    assert invariants.events(town.office, 1) == told

    page = other.gets(recipient.link)
    assert page.status_code == (200 if same else 403), word
    assert invariants.events(town.office, 1)[len(told) :] == ["visit" if same else "access-denied"]
    assert _state(town) == before
    told = invariants.events(town.office, 1)
    answer = other.posts(f"{recipient.link}/relire")
    assert answer.status_code == (303 if same else 403)
    assert invariants.events(town.office, 1)[len(told) :] == ([] if same else ["access-denied"])
    assert _state(town) == before
    if same:
        assert "Voici le relevé" in other.follows().text
    else:
        assert other.gets("/courrier/1").status_code == 403


@pytest.mark.parametrize(
    "address", ["", "unknown", "fe80::1%eth0", "[2001:db8::1]:443", "203.000.113.009", " 203.0.113.7"]
)
def test_an_address_that_is_none_can_neither_look_nor_consult(town: Town, address: str) -> None:
    gestures.presented(town.office)
    recipient = Recipient(town).opens_the_mail()
    told = invariants.events(town.office, 1)
    recipient.at = address
    assert recipient.gets(recipient.link).status_code == 400
    assert (
        recipient.posts(f"{recipient.link}/consulter", {"address": recipient.email, "csrf_token": ""}).status_code
        == 400
    )
    assert gestures.seen(town.office, 1).status is Status.SENT
    assert invariants.events(town.office, 1) == told


def _code(town: Town) -> str:
    mails = [mail for mail in town.mails("joel@exemple.nc") if "code" in str(mail["Message-ID"])]
    return str(re.findall(r"\b\d{6}\b", body(mails[-1]))[0])


@pytest.fixture
def moved(opens_office: OpenOffice) -> tuple[Town, Visitor, str]:
    """A letter consulted at one address, and its recipient at another, where letters may be bound anew by a code."""
    town = Town(opens_office(LSE_REBIND="mailbox"), gestures.log())
    recipient = _consulted(town, at=V4)
    elsewhere = Visitor(town, at=V6)
    assert elsewhere.gets(recipient.link).status_code == 403
    assert elsewhere.posts(f"{recipient.link}/code").status_code == 200
    town.works()
    return town, elsewhere, recipient.link


def _tries(visitor: Visitor, link: str, digits: str) -> int:
    return visitor.posts(f"{link}/rattacher", {"code": digits}).status_code


def test_a_code_read_in_the_mailbox_binds_the_letter_anew(moved: tuple[Town, Visitor, str], clock: Clock) -> None:
    town, elsewhere, link = moved
    right = _code(town)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    before = _state(town)
    assert _tries(elsewhere, link, wrong) == 422
    assert _state(town) == before
    assert _tries(elsewhere, link, right) == 303
    clock.moves(minutes=61)
    assert "Voici le relevé" in elsewhere.follows().text
    assert _tries(elsewhere, link, right) == 422, "a code serves once"
    assert Visitor(town, at=V4).gets(link).status_code == 403, "the first address is no longer the letter's"
    told = invariants.events(town.office, 1)
    assert (told.count("code-asked"), told.count("code-wrong"), told.count("rebound")) == (1, 2, 1)
    assert gestures.kinds(town.office, 1) == ["EV", "AR"], "the receipt does not change"
    invariants.hold(town.office)


def test_a_code_lives_fifteen_minutes(moved: tuple[Town, Visitor, str], clock: Clock) -> None:
    town, elsewhere, link = moved
    clock.moves(minutes=15, seconds=1)
    assert _tries(elsewhere, link, _code(town)) == 422


def test_five_wrong_codes_use_the_right_one_up(moved: tuple[Town, Visitor, str]) -> None:
    town, elsewhere, link = moved
    right = _code(town)
    for offset in range(1, 6):
        assert _tries(elsewhere, link, f"{(int(right) + offset) % 1_000_000:06d}") == 422
    assert _tries(elsewhere, link, right) == 422
    assert elsewhere.posts(f"{link}/code").status_code == 200
    town.works()
    assert _tries(elsewhere, link, _code(town)) == 303, "a new code may be asked for"


def test_a_new_code_makes_the_one_before_worthless(moved: tuple[Town, Visitor, str], clock: Clock) -> None:
    town, elsewhere, link = moved
    first = _code(town)
    clock.moves(seconds=5)
    assert elsewhere.posts(f"{link}/code").status_code == 200
    town.works()
    if _code(town) != first:
        assert _tries(elsewhere, link, first) == 422
    assert _tries(elsewhere, link, _code(town)) == 303


def test_where_letters_are_never_bound_anew_there_is_no_such_page(town: Town) -> None:
    recipient = _consulted(town, at=V4)
    elsewhere = Visitor(town, at=V6)
    assert elsewhere.posts(f"{recipient.link}/code").status_code == 404
    assert _tries(elsewhere, recipient.link, "123456") == 404
    town.works()
    assert not [mail for mail in town.mails("joel@exemple.nc") if "code" in str(mail["Message-ID"])]
