"""Accounts are made with a password that is worth the name."""

from __future__ import annotations

import pytest

from portal.db import people
from portal.office import Office
from portal.services import accounts


def _registers(office: Office, password: str) -> bool:
    accounts.register(office, email="a@exemple.nc", first_name="A", last_name="B", role="sender", password=password)
    with office.db.read() as conn:
        return people.by_email(conn, "a@exemple.nc") is not None


@pytest.mark.parametrize("length", [0, 1, 11])
def test_a_password_of_fewer_than_twelve_characters_makes_no_account(office: Office, length: int) -> None:
    with pytest.raises(accounts.PasswordTooShort, match=f"password: got {length} characters, expected at least 12"):
        _registers(office, "x" * length)
    with office.db.read() as conn:
        assert people.by_email(conn, "a@exemple.nc") is None


def test_a_password_of_twelve_characters_makes_an_account(office: Office) -> None:
    assert _registers(office, "x" * 12)
