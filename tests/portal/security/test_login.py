"""Passwords and tickets."""

from __future__ import annotations

import pytest

from portal.security.login import hash_password, new_ticket, password_matches, ticket_digest


def test_a_password_matches_its_own_hash_alone() -> None:
    stored = hash_password("un mot de passe")
    assert stored.startswith("$argon2id$")
    assert "un mot de passe" not in stored
    assert password_matches(stored, "un mot de passe")
    assert not password_matches(stored, "un mot de passé")
    assert not password_matches(stored, "")
    assert hash_password("un mot de passe") != stored


@pytest.mark.parametrize("stored", [None, "", "not a hash", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$"])
def test_an_unknown_account_and_a_damaged_hash_match_nothing(stored: str | None) -> None:
    assert not password_matches(stored, "anything")


def test_a_ticket_is_256_random_bits_and_the_server_keeps_only_its_digest() -> None:
    tickets = {new_ticket() for _ in range(100)}
    assert len(tickets) == 100
    assert {len(ticket) for ticket in tickets} == {43}
    ticket = tickets.pop()
    assert len(ticket_digest(ticket)) == 32
    assert ticket_digest(ticket) == ticket_digest(ticket)
    assert ticket.encode() not in ticket_digest(ticket)
