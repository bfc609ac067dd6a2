"""What a sender pays is what was shown, once."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portal.db import tables
from portal.office import Office
from tests.stories.actors import Town


@pytest.fixture
def town(office: Office, log: Any) -> Town:
    return Town(office, log)


def _letters(town: Town) -> int:
    with town.office.db.read() as conn:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(tables.letters)) or 0)


def test_a_second_click_on_the_button_lands_on_the_payment_of_the_same_letter(town: Town) -> None:
    sender = town.sender()
    recap = sender.writes("Bonjour")
    form = {"accept_sales": "y", "version": sender.version()}
    answers = [sender.posts(recap.replace("recapitulatif", "payer"), form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert sender.follows().status_code == 200
    assert _letters(town) == 1
    assert sender.gets(recap).status_code == 303
    assert sender.follows().status_code == 200


def test_a_click_after_the_payment_leads_to_the_letter(town: Town) -> None:
    sender = town.sender()
    recap = sender.writes("Bonjour")
    form = {"accept_sales": "y", "version": sender.version()}
    sender.orders(recap)
    sender.follows()
    reference = sender.pays()
    sender.posts(recap.replace("recapitulatif", "payer"), form)
    assert sender.follows().status_code == 303
    page = sender.follows()
    assert (page.status_code, page.request.path) == (200, f"/lettres/{reference}")
    assert _letters(town) == 1


def test_what_another_tab_changed_is_shown_before_it_is_paid(town: Town) -> None:
    sender = town.sender()
    recap = sender.writes("Ce qui a été relu.")
    seen = sender.version()
    sender.writes("Ce qui a été écrit ailleurs.", at=recap.removesuffix("/recapitulatif"))
    answer = sender.posts(recap.replace("recapitulatif", "payer"), {"accept_sales": "y", "version": seen})
    assert answer.status_code == 409
    assert "Cette lettre a changé depuis que vous l’avez relue." in answer.text
    assert "Ce qui a été écrit ailleurs." in answer.text
    assert _letters(town) == 0
    assert sender.orders(recap).status_code == 303
    assert _letters(town) == 1


def test_a_form_that_does_not_say_what_was_shown_pays_nothing(town: Town) -> None:
    sender = town.sender()
    recap = sender.writes("Bonjour")
    assert sender.posts(recap.replace("recapitulatif", "payer"), {"accept_sales": "y"}).status_code == 409
    assert _letters(town) == 0
