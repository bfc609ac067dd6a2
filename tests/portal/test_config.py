"""Settings: what is understood, and what stops the process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from portal.config import SettingInvalid, Settings
from portal.office import Office, open_office

HOME = {"LSE_HOME": "/srv/lse"}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
OUTSIDE = {
    "LSE_SMTP_URL": "smtp://relais.lse.example:25",
    "LSE_MAIL_FROM": "ne-pas-repondre@lse.example",
    "LSE_BANK_SITE": "87654321",
}
REAL = {**HOME, **OUTSIDE, "LSE_TEST": "no", "LSE_OPERATOR": "Poste", "LSE_BASE_URL": "https://lse.example"}


def test_an_instance_about_which_nothing_is_said_is_a_test_instance_on_this_machine() -> None:
    settings = Settings.from_env(HOME)
    assert settings.test
    assert settings.base_url == "http://127.0.0.1:8000"
    assert not settings.secure
    assert settings.secrets == Path("/srv/lse/secrets")
    assert settings.database_url == "sqlite:////srv/lse/lse.sqlite"
    assert settings.bank_url == "http://127.0.0.1:8000/dev/banque"
    assert settings.log_origin == "127.0.0.1/journal-test"
    assert (settings.price, settings.tax_percent) == (400, 6)
    assert (settings.legal_tz, settings.legal_place) == ("Pacific/Noumea", "Nouméa")
    assert (settings.challenge, settings.rebind, settings.trusted_proxies) == ("email", "never", 0)


def test_a_real_instance_has_the_real_bank_and_a_log_of_its_own() -> None:
    settings = Settings.from_env(REAL)
    assert not settings.test
    assert settings.secure
    assert settings.host == "lse.example"
    assert settings.bank_url == "https://epaync.nc/vads-payment/"
    assert settings.log_origin == "lse.example/journal"
    assert settings.mail_from == "ne-pas-repondre@lse.example"
    assert Settings.from_env({**REAL, "LSE_LIMITS": "no"}).limits, "rates of a real instance cannot be turned off"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LSE_TEST", "true"),
        ("LSE_TEST", ""),
        ("LSE_OPERATOR", ""),
        ("LSE_BASE_URL", "lse.example"),
        ("LSE_BASE_URL", "ftp://lse.example"),
        ("LSE_BASE_URL", "https://"),
        ("LSE_BASE_URL", "https://lse.example/app"),
        ("LSE_BASE_URL", "https://lse.example?x"),
        ("LSE_BASE_URL", "https://user@lse.example"),
        ("LSE_BASE_URL", "https://lse.example:https"),
        ("LSE_BASE_URL", "https://lse.example\n"),
        ("LSE_LEGAL_TZ", "Noumea"),
        ("LSE_LEGAL_TZ", "Europe"),
        ("LSE_LEGAL_TZ", ""),
        ("LSE_LEGAL_TZ", "../../etc/passwd"),
        ("LSE_RECIPIENT_CHALLENGE", "sms"),
        ("LSE_REBIND", "always"),
        ("LSE_ACCESS_DAYS", "0"),
        ("LSE_ACCESS_DAYS", "a year"),
        ("LSE_TRUSTED_PROXIES", "-1"),
        ("LSE_TRUSTED_PROXIES", "٣"),
        ("LSE_SMTP_URL", "relais.lse.example"),
        ("LSE_SMTP_URL", "http://relais.lse.example"),
        ("LSE_MAIL_FROM", "lse.example"),
        ("LSE_BANK_SITE", "1234567"),
        ("LSE_PRICE", "4.00"),
        ("LSE_PRICE", ""),
        ("LSE_TAX_PERCENT", "6 %"),
    ],
)
def test_a_word_that_is_not_understood_stops_the_process_and_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=f"{name}: got .*, expected"):
        Settings.from_env({**REAL, name: value})


def test_a_real_instance_without_its_operators_name_does_not_start() -> None:
    with pytest.raises(SettingInvalid, match="LSE_OPERATOR"):
        Settings.from_env({name: value for name, value in REAL.items() if name != "LSE_OPERATOR"})


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_real_instance_that_was_told_of_no_mail_server_or_no_shop_does_not_start(name: str) -> None:
    with pytest.raises(SettingInvalid, match=f"{name}: got nothing, expected"):
        Settings.from_env({key: value for key, value in REAL.items() if key != name})
    Settings.from_env({**{key: value for key, value in REAL.items() if key != name}, "LSE_TEST": "yes"})


def test_no_real_office_opens_with_the_mailbox_of_a_demonstration(office: Office) -> None:
    settings = replace(office.settings, test=False)
    with pytest.raises(SettingInvalid, match="LSE_SMTP_URL"):
        open_office(settings)


def test_a_link_never_grows_past_the_line_of_a_mail_by_a_slash() -> None:
    assert Settings.from_env({**REAL, "LSE_BASE_URL": "https://lse.example/"}).base_url == "https://lse.example"


def test_a_real_instance_is_reached_over_https_alone() -> None:
    with pytest.raises(SettingInvalid, match=r"LSE_BASE_URL: got .*, expected https:"):
        Settings.from_env({**REAL, "LSE_BASE_URL": "http://lse.example"})


@pytest.mark.parametrize(
    ("changes", "local"),
    [({}, False), ({"LSE_TEST": "yes"}, True), *(({"LSE_BASE_URL": f"http://{host}:8000"}, True) for host in LOOPBACK)],
)
def test_visitors_sit_at_the_machine_itself_on_a_test_instance_or_a_local_one_alone(
    changes: dict[str, str], local: bool
) -> None:
    assert Settings.from_env({**REAL, **changes}).local == local


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("https://lse.example:8443", "lse.example"),
        ("https://[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_an_address_may_carry_a_port(address: str, host: str) -> None:
    settings = Settings.from_env({**REAL, "LSE_BASE_URL": address})
    assert (settings.base_url, settings.host) == (address, host)
