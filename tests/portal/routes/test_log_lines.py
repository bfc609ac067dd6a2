"""What an operator reads of a whole life of letters: doors, statuses and faults, and nothing of anybody's."""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from portal import worker
from portal.adapters.mail import Answer, Mail
from portal.demo import paid
from tests.conftest import OpenOffice
from tests.portal.routes.conftest import OperatorLog
from tests.portal.routes.tour import ANNE, JOEL, Tour, tour
from tests.stories.actors import PASSWORD, Recipient, Town, Visitor, body

WORDS = ("Bonjour", "relevé", "12 400", "Votre relevé", "D-1", "façade", "MARTIN", "Joël", "TĀNE", "Hélène", "Bougain")
WHERE = ("203.0.113", "198.51.100", "192.0.2", "127.0.0.1", "2001:db8")


@pytest.fixture
def town(opens_office: OpenOffice, log: Any) -> Town:
    return Town(opens_office(LSE_REBIND="mailbox"), log)


def private(made: Tour) -> set[str]:
    """Return every text of the story that must stand in no line: who, where, what, and whatever opens anything."""
    town = made.town
    mails = [mail for to in (JOEL, ANNE, made.sender.email) for mail in town.mails(to)]
    links = {token for mail in mails for token in re.findall(r"/l/(\S+)", body(mail))}
    codes = {code for mail in mails for code in re.findall(r"\b\d{6}\b", body(mail))}
    cookies = {
        str(cookie.value)
        for who in (made.sender, made.auditor, made.recipient)
        for cookie in who.browser._cookies.values()
    }
    tokens = {made.recipient.token(), made.sender.token()}
    people = {JOEL, ANNE, made.sender.email, "exemple.nc", PASSWORD, *WORDS, *WHERE}
    assert links
    assert codes
    assert len(cookies) >= 3
    return links | codes | cookies | tokens | people | {made.reference, made.unpaid, made.draft}


def says_nothing_of_anybody(text: str, secrets_of_all: set[str]) -> None:
    assert [one for one in secrets_of_all if one in text] == []
    assert not re.search(r"[^\s\"@]+@[^\s\"@]+", text), "an address"
    assert not re.search(r"\b\d{1,3}(\.\d{1,3}){3}\b", text), "a network address"
    assert not re.search(r"/l/|/courrier/|/lettres/", text), "a path"


def test_a_whole_story_leaves_lines_that_say_nothing_of_anybody(
    town: Town, operator_log: OperatorLog, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    made = tour(town)
    goes_wrong(made)
    lines, opened = operator_log.lines, private(made)
    assert len([line for line in lines if line["event"] == "request"]) > 80
    assert {line["event"] for line in lines} == {
        "breakage",
        "content policy broken",
        "notice",
        "notice rejected",
        "put off",
        "request",
    }
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    assert operator_log.out.getvalue().isascii()
    for line in lines:
        says_nothing_of_anybody(without_time(line), opened)
    for record in caplog.records:
        says_nothing_of_anybody(record.getMessage(), opened)
    said = capfd.readouterr()
    assert said.out + said.err == ""
    for one in opened:
        operator_log.logger.info("told", of=one)
        with pytest.raises(AssertionError):
            says_nothing_of_anybody(without_time(operator_log.lines[-1]), opened)


def without_time(line: dict[str, Any]) -> str:
    return str({name: value for name, value in line.items() if name != "timestamp"})


class Talkative:
    """A mail server whose library quotes the whole mail in its fault."""

    def hand_over(self, mail: Mail, *, now: datetime) -> Answer:
        raise RuntimeError(f"could not send to {mail.to}: {mail.text}")


def goes_wrong(made: Tour) -> None:
    """Let everything fail whose fault could quote somebody."""
    town, sender, stranger = made.town, made.sender, Recipient(made.town, JOEL, at="192.0.2.9")
    for path in (f"/l/{secrets.token_urlsafe(40)}", made.recipient.link, f"/courrier/{made.number}", "/Bonjour?D-1=x"):
        stranger.gets(path)
    stranger.posts(f"{made.recipient.link}/consulter", {"address": "quelqu.un@exemple.nc"})
    stranger.posts("/connexion", {"email": sender.email, "password": "Bonjour"})
    stranger.posts("/verifier", {"address": JOEL})
    stranger.browser.post("/connexion", base_url=town.base_url, data={"email": sender.email})
    reference = sender.deposits(outcome="refuse", to=ANNE)
    sender.posts(f"/lettres/{reference}/paiement")
    order = made.order(reference)
    for forged in ({**paid(town.office, order), "vads_amount": "1"}, {"signature": "é", "vads_cust_email": JOEL}):
        stranger.browser.post("/paiement/notification", base_url=town.base_url, data=forged)
    stranger.browser.post("/paiement/notification", base_url=town.base_url, data=paid(town.office, order))
    worker.work_once(replace(town.office, mailer=Talkative()), town.log)
    _breaks(made)


def _breaks(made: Tour) -> None:
    """Let services fail with the words of a letter in their faults, at doors whose path holds a token."""

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError(f"Bonjour {JOEL} {made.recipient.link}")

    with pytest.MonkeyPatch.context() as broken:
        for service in ("consult.look", "consult.consult", "tracking.history", "deposit.view", "accounts.sign_in"):
            broken.setattr(f"portal.services.{service}", fails)
        assert made.recipient.gets(made.recipient.link).status_code == 500
        assert made.recipient.posts(f"{made.recipient.link}/consulter", {"address": JOEL}).status_code == 500
        assert made.sender.gets(f"/lettres/{made.reference}").status_code == 500
        assert made.sender.gets(f"/lettres/nouvelle/{made.draft}").status_code == 500
        assert Visitor(made.town).signs_in(made.sender.email).status_code == 500
        broken.setattr("portal.services.accounts.signed_in", fails)
        assert made.sender.gets("/lettres").status_code == 500
        assert made.recipient.gets("/nowhere").status_code == 404
