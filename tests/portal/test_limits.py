"""Rates are counted, and go on being counted."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from portal.app import create_app
from portal.office import Office
from portal.security import limits
from tests.conftest import OpenOffice
from tests.stories.actors import Recipient, Town, Visitor


def test_the_counter_of_rates_outlives_a_collection_of_garbage(office: Office, log: Any) -> None:
    town = Town(office, log)
    town.sender().deposits()
    town.works()
    gc.collect()
    assert Recipient(town).opens_the_mail().and_consults().status_code == 303


def test_an_address_typed_fifty_times_for_one_letter_is_stopped_whoever_types(office: Office, log: Any) -> None:
    town = Town(office, log)
    town.sender().deposits()
    town.works()
    answers = []
    for turn in range(51):
        recipient = Recipient(town, at=f"203.0.113.{turn}").opens_the_mail()
        answers.append(recipient.and_consults(typing="quelqu.un@exemple.nc").status_code)
    assert answers == [422] * 50 + [429]


@pytest.mark.parametrize("act", ["consulter", "refuser", "rattacher", "code"])
def test_whoever_tries_one_forged_link_after_another_is_stopped(
    office: Office, log: Any, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    monkeypatch.setattr(limits, "EVERYTHING", "20 per minute")
    town = Town(office, log)
    robot, other = Visitor(town), Visitor(town, at="198.51.100.9")
    robot.gets("/verifier")
    answers = [robot.posts(f"/l/forged-{turn}/{act}").status_code for turn in range(20)]
    assert answers == [404] * 20
    assert robot.gets("/verifier").status_code == 200, "each door is counted by itself"
    assert robot.posts(f"/l/forged/{act}").status_code == 429
    assert other.posts(f"/l/forged/{act}").status_code == 404


def test_what_a_form_without_a_token_costs_is_counted_too(
    office: Office, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "EVERYTHING", "5 per minute")
    browser = Town(office, log).app.test_client()
    assert [browser.post("/verifier").status_code for _ in range(6)] == [400] * 5 + [429]


def test_ten_wrong_passwords_for_one_address_stop_it_from_everywhere_account_or_not(office: Office, log: Any) -> None:
    town = Town(office, log)
    known = town.sender().email
    for email in (known, "personne@exemple.nc"):
        answers = []
        for turn in range(11):
            robot = Visitor(town, at=f"203.0.113.{turn}")
            typed = f" {email.upper()} " if turn % 2 else email
            answers.append(robot.posts("/connexion", {"email": typed, "password": "faux"}).status_code)
        assert answers == [422] * 10 + [429], email
    other = town.sender("autre@exemple.nc")
    assert other.page is not None
    assert other.page.status_code == 303


def test_signing_in_often_is_not_counted_against_the_account(office: Office, log: Any) -> None:
    town = Town(office, log)
    email = town.sender().email
    visits = [Visitor(town, at=f"203.0.113.{turn}").signs_in(email).status_code for turn in range(12)]
    assert visits == [303] * 12


def test_a_probe_that_comes_past_the_proxies_is_answered_and_nothing_else_is(opens_office: OpenOffice) -> None:
    browser = create_app(opens_office(LSE_TRUSTED_PROXIES="1")).test_client()
    assert [browser.get(path).status_code for path in ("/livez", "/readyz", "/", "/verifier")] == [200, 200, 400, 400]
    told = {"X-Forwarded-For": "203.0.113.7"}
    assert [browser.get(path, headers=told).status_code for path in ("/livez", "/readyz", "/")] == [200, 200, 200]
