"""Addresses that nobody was given: numbers, days and letters that no database can hold find nothing and break nothing."""

from __future__ import annotations

from typing import Any

import pytest

from portal.db import schema
from tests.conftest import OpenOffice
from tests.stories.actors import PASSWORD, Recipient, Sender, Town, Visitor

BEYOND = ("9" * 18, "9" * 19, "9" * 5000, "٣", "-1", "0")


@pytest.fixture(params=["sqlite", "postgresql"])
def sender(request: pytest.FixtureRequest, opens_office: OpenOffice, log: Any) -> Sender:
    """A sender of one letter, on SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        office = opens_office()
    else:
        office = opens_office(LSE_DATABASE_URL=request.getfixturevalue("postgresql"))
        schema.upgrade(office.db)
    return Town(office, log).sender()


def test_what_no_database_can_hold_is_not_found(sender: Sender) -> None:
    reference = sender.deposits()
    for number in BEYOND:
        assert sender.gets(f"/lettres/{reference}/preuves/{number}").status_code == 404, number[:20]
    for path in ("/lettres/%00", "/lettres/a%00b/paiement", "/lettres/nouvelle/%00", "/l/%00", "/langue/%00", "/%00"):
        assert sender.gets(path).status_code in (404, 405), path
    for query in ("reference=%00", "recipient=%00", "status=%00", "below=%00", "%00=1&reference=x%00"):
        assert sender.gets(f"/lettres?{query}").status_code == 404, query
    assert sender.gets("/paiement/retour?vads_order_id=%00").status_code == 404


def test_a_letter_of_an_impossible_number_is_not_open_here(sender: Sender) -> None:
    recipient = Recipient(sender.town)
    for number in BEYOND:
        recipient.is_given(f"courrier-{number[:30].encode('ascii', 'ignore').decode()}", "a ticket")
        for part in ("", "/lettre.pdf", "/piece/0", "/tout.zip"):
            assert recipient.gets(f"/courrier/{number}{part}").status_code in (403, 404), (number[:20], part)


def test_a_day_from_which_nothing_can_be_reckoned_filters_nothing(sender: Sender) -> None:
    for day in ("0001-01-01", "9999-12-31", "9999-12-30", "2026-02-30", "20260414", "-1", "١٢-٠١-٠١", "x"):
        for name in ("since", "until"):
            assert sender.gets("/lettres", query_string={name: day}).status_code == 200, (name, day)


def test_what_is_typed_to_sign_in_may_be_anything(sender: Sender) -> None:
    visitor = Visitor(sender.town)
    for email in ("a\0b", "\0", "😀@😀", "x" * 100_000, "a\nb"):
        for password in (PASSWORD, "\0", "é" * 1000):
            visitor.gets("/connexion")
            assert visitor.posts("/connexion", {"email": email, "password": password}).status_code in (422, 429)
