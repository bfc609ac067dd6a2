"""The main job: a letter is sent, opened, proven, and verified by a stranger."""

from __future__ import annotations

from typing import Any

import pytest

from portal.app import create_app
from portal.office import Office
from tests.stories.actors import Recipient, Town, body


@pytest.fixture
def town(office: Office, log: Any) -> Town:
    return Town(office, log)


def test_a_letter_goes_all_the_way_from_deposit_to_two_proofs(town: Town) -> None:
    sender = town.sender()
    reference = sender.deposits("Bonjour", files=(("relevé.txt", b"12 400 XPF"),))
    town.works()
    assert "Envoyé" in sender.sees(reference)

    recipient = Recipient(town).opens_the_mail()
    assert recipient.page is not None
    assert recipient.page.status_code == 200
    assert recipient.and_consults().status_code == 303
    letter = recipient.follows()
    assert "Bonjour" in letter.text
    assert "relevé.txt" in letter.text

    town.works()
    assert "Reçu et lu" in sender.sees(reference)
    assert sorted(sender.downloads_proofs(reference)) == ["AR", "EV"]
    assert any("accusé réception" in body(mail) for mail in town.mails(recipient.email))


def test_opening_the_link_any_number_of_times_changes_nothing(town: Town) -> None:
    sender = town.sender()
    reference = sender.deposits()
    town.works()
    recipient = Recipient(town).opens_the_mail()
    for _ in range(3):
        assert recipient.gets(recipient.link).status_code == 200
        assert recipient.browser.head(recipient.link, base_url=town.base_url).status_code == 200
    town.works()
    assert "Envoyé" in sender.sees(reference)
    assert sorted(sender.downloads_proofs(reference)) == ["EV"]


def test_a_wrong_address_opens_nothing_and_keeps_what_was_typed(town: Town) -> None:
    town.sender().deposits()
    town.works()
    recipient = Recipient(town).opens_the_mail()
    answer = recipient.and_consults(typing="quelqu.un@exemple.nc")
    assert answer.status_code == 422
    assert "quelqu.un@exemple.nc" in answer.text
    assert recipient.and_consults().status_code == 303


def test_a_refusal_takes_a_second_page_and_gives_a_proof_of_refusal(town: Town) -> None:
    sender = town.sender()
    reference = sender.deposits()
    town.works()
    recipient = Recipient(town).opens_the_mail()
    assert recipient.and_refuses().status_code == 303
    town.works()
    assert "Refusé" in sender.sees(reference)
    assert sorted(sender.downloads_proofs(reference)) == ["EV", "RF"]
    assert recipient.gets(recipient.link).status_code == 409


def test_an_address_that_cannot_exist_gives_a_proof_of_non_delivery_alone(town: Town) -> None:
    sender = town.sender()
    reference = sender.deposits(to="personne@nulle-part.example")
    town.works()
    assert "Non distribué" in sender.sees(reference)
    assert sorted(sender.downloads_proofs(reference)) == ["BC"]


def test_a_refused_card_sends_nothing_and_can_be_tried_again(town: Town) -> None:
    sender = town.sender()
    reference = sender.deposits(outcome="refuse")
    town.works()
    assert "Paiement refusé" in sender.sees(reference)
    assert town.mails("joel@exemple.nc") == []
    sender.posts(f"/lettres/{reference}/paiement")
    sender.follows()
    sender.pays()
    town.works()
    assert "Envoyé" in sender.sees(reference)


def test_a_letter_that_was_consulted_shows_no_form_to_refuse_it(town: Town) -> None:
    sender = town.sender()
    sender.deposits()
    town.works()
    recipient = Recipient(town).opens_the_mail()
    assert recipient.gets(f"{recipient.link}/refuser").status_code == 200
    recipient.and_consults()
    page = recipient.gets(f"{recipient.link}/refuser")
    assert page.status_code == 409
    assert sender.email in page.text


def test_who_is_locked_out_is_told_why_and_whom_to_turn_to(town: Town) -> None:
    town.sender().deposits()
    town.works()
    Recipient(town).opens_the_mail().and_consults()
    elsewhere = Recipient(town, at="198.51.100.77").opens_the_mail()
    assert elsewhere.page is not None
    assert elsewhere.page.status_code == 403
    assert "expediteur@exemple.nc" in elsewhere.page.text


@pytest.mark.parametrize("counter", ["recipient", "sender", "verify", "audit"])
def test_a_process_that_serves_one_counter_links_to_no_other(office: Office, counter: str) -> None:
    browser = create_app(office, counters=frozenset({counter})).test_client()
    for path in ("/", "/politique", "/l/forged", "/nowhere"):
        assert browser.get(path, base_url=office.settings.base_url).status_code in (200, 404)
