"""The operator makes an account from the command line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from portal.cli import lse
from portal.db import people
from portal.office import Office

ASKED = ["user", "marie@exemple.nc", "--first-name", "Marie", "--last-name", "WAMYTAN"]


@pytest.fixture
def command(office: Office, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("LSE_HOME", str(office.settings.home))
    monkeypatch.setenv("LSE_DATABASE_URL", office.settings.database_url)
    return CliRunner()


def test_an_account_has_the_address_and_the_status_that_the_operator_gave(office: Office, command: CliRunner) -> None:
    given = ["--address", "12 rue des Bougainvillées", "--address", "98800 Nouméa", "--status", "professionnel"]
    answer = command.invoke(lse, [*ASKED, *given, "--password", "x" * 12])
    assert answer.exit_code == 0, answer.output
    with office.db.read() as conn:
        made = people.by_email(conn, "marie@exemple.nc")
    assert made is not None
    assert (made.address, made.status) == ("12 rue des Bougainvillées\n98800 Nouméa", "professionnel")


def test_a_short_password_is_refused_in_a_sentence(office: Office, command: CliRunner) -> None:
    answer = command.invoke(lse, [*ASKED, "--password", "court"])
    assert answer.exit_code == 1
    assert "password: got 5 characters, expected at least 12" in answer.output
    with office.db.read() as conn:
        assert people.by_email(conn, "marie@exemple.nc") is None
