"""The client's address through the whole portal behind one proxy: believed where the header says exactly one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from portal.app import create_app
from portal.office import Office
from tests.conftest import OpenOffice
from tests.portal.security.test_address import ONE_PROXY, SOCKET, UNCLEAR, forwarded
from tests.stories.actors import Recipient, Town

LINK_LOCAL = {"environ_overrides": {"REMOTE_ADDR": SOCKET}}


@pytest.fixture
def town(opens_office: OpenOffice, log: Any) -> Town:
    return Town(opens_office(LSE_TRUSTED_PROXIES="1"), log)


@pytest.mark.parametrize("path", ["/", "/connexion", "/l/forged", "/verifier", "/journal"])
def test_every_page_is_refused_to_whoever_has_no_clear_address(town: Town, path: str) -> None:
    browser = town.app.test_client()
    for headers, seen in ONE_PROXY:
        answer = browser.get(path, base_url=town.base_url, headers=list(headers), **LINK_LOCAL)
        assert (answer.status_code == 400) == (seen == UNCLEAR), headers
        assert ("Votre connexion n’a pas pu être reconnue" in answer.text) == (seen == UNCLEAR), headers


class Behind(Recipient):
    """A recipient whose proxy says where they are."""

    def _as_seen(self, options: dict[str, Any]) -> dict[str, Any]:
        headers = [forwarded(self.at)]
        return {"base_url": self.town.base_url, "headers": headers, **LINK_LOCAL, **options}


def test_a_letter_is_bound_to_the_address_that_the_proxy_tells(opens_office: OpenOffice, log: Any) -> None:
    behind = opens_office(LSE_TRUSTED_PROXIES="1")
    town = Town(behind, log)
    town.app.wsgi_app, proxies = town.app.wsgi_app._app, town.app.wsgi_app  # type: ignore[attr-defined,method-assign]
    town.sender().deposits()
    town.works()
    town.app.wsgi_app = proxies  # type: ignore[method-assign]
    joel = Behind(town, at="203.0.113.7").opens_the_mail()
    assert joel.and_consults().status_code == 303
    mapped = Behind(town, at="::ffff:203.0.113.7").opens_the_mail()
    assert mapped.page is not None
    assert mapped.page.status_code == 200, "the same address, written otherwise"
    for elsewhere in ("203.0.113.8", "2001:db8::1"):
        other = Behind(town, at=elsewhere).opens_the_mail()
        assert other.page is not None
        assert other.page.status_code == 403


def test_a_real_instance_behind_a_proxy_that_nobody_told_of_serves_machines_alone(office: Office) -> None:
    real = replace(office.settings, test=False, base_url="https://lse.example")
    browser = create_app(replace(office, settings=real)).test_client()

    def asks(path: str, *, at: str) -> int:
        return browser.get(path, base_url=real.base_url, environ_overrides={"REMOTE_ADDR": at}).status_code

    assert [asks(path, at="127.0.0.1") for path in ("/", "/l/forged", "/livez", "/readyz")] == [400, 400, 200, 200]
    assert [asks(path, at="203.0.113.7") for path in ("/", "/l/forged", "/livez", "/readyz")] == [200, 404, 200, 200]


def test_a_real_instance_binds_nobody_to_the_address_of_a_proxy_on_a_private_network(office: Office) -> None:
    real = replace(office.settings, test=False, base_url="https://lse.example")
    browser = create_app(replace(office, settings=real)).test_client()
    for name, value in (
        ("X-Forwarded-For", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9"),
        ("X-Real-IP", "203.0.113.9"),
    ):
        answer = browser.get(
            "/l/forged",
            base_url=real.base_url,
            headers={name: value},
            environ_overrides={"REMOTE_ADDR": "172.17.0.1"},
        )
        assert answer.status_code == 400, name
        assert "Votre connexion n’a pas pu être reconnue" in answer.text
