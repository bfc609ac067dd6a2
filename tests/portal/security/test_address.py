"""The client's address behind any number of proxies, for every shape of the header."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.domain.errors import AddressUnclear
from portal.security.address import FORWARDED, TrustedProxies, client_prefix

SOCKET = "10.0.0.9"
UNCLEAR = "unclear"


def seen(proxies: int, *headers: tuple[str, str], socket: str = SOCKET, local: bool = False) -> str:
    """Return the prefix that an application behind `proxies` sees, or that it sees none."""
    app = Flask("address")
    app.config.update(LOCAL_CLIENTS=local, PROXIES=proxies)

    @app.get("/")
    def whoever() -> str:
        try:
            return client_prefix()
        except AddressUnclear:
            return UNCLEAR

    if proxies:
        app.wsgi_app = TrustedProxies(app.wsgi_app, proxies)  # type: ignore[method-assign]
    return app.test_client().get("/", headers=list(headers), environ_overrides={"REMOTE_ADDR": socket}).text


def forwarded(value: str) -> tuple[str, str]:
    return ("X-Forwarded-For", value)


ONE_PROXY = [
    ((), UNCLEAR),
    ((forwarded("203.0.113.7"),), "203.0.113.7/32"),
    ((forwarded(" 203.0.113.7 "),), "203.0.113.7/32"),
    ((forwarded("2001:db8:1:2::1"),), "2001:db8:1:2::/64"),
    ((forwarded("::ffff:203.0.113.7"),), "203.0.113.7/32"),
    ((forwarded("198.51.100.1, 203.0.113.7"),), UNCLEAR),
    ((forwarded("198.51.100.1"), forwarded("203.0.113.7")), UNCLEAR),
    ((forwarded("203.0.113.7,"),), UNCLEAR),
    ((forwarded(""),), UNCLEAR),
    ((forwarded("203.0.113.7:443"),), UNCLEAR),
    ((forwarded("[2001:db8::1]:443"),), UNCLEAR),
    ((forwarded("[2001:db8::1]"),), UNCLEAR),
    ((forwarded("unknown"),), UNCLEAR),
    ((forwarded("fe80::1%eth0"),), UNCLEAR),
    ((forwarded("203.000.113.009"),), UNCLEAR),
    ((forwarded(", ".join(["203.0.113.7"] * 300)),), UNCLEAR),
    ((("Forwarded", "for=203.0.113.7"),), UNCLEAR),
    ((("X-Real-IP", "203.0.113.7"),), UNCLEAR),
]


@pytest.mark.parametrize(("headers", "expected"), ONE_PROXY)
def test_one_proxy_is_believed_when_it_says_one_address(headers: tuple[tuple[str, str], ...], expected: str) -> None:
    assert seen(1, *headers) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("203.0.113.7, 10.0.0.1", "203.0.113.7/32"),
        ("203.0.113.7,10.0.0.1", "203.0.113.7/32"),
        ("203.0.113.7", UNCLEAR),
        ("198.51.100.1, 203.0.113.7, 10.0.0.1", UNCLEAR),
    ],
)
def test_two_proxies_say_two_addresses(value: str, expected: str) -> None:
    assert seen(2, forwarded(value)) == expected


@pytest.mark.parametrize("headers", [headers for headers, _ in ONE_PROXY])
def test_without_a_proxy_no_header_is_read(headers: tuple[tuple[str, str], ...]) -> None:
    assert seen(0, *headers, local=True) == f"{SOCKET}/32"


@pytest.mark.parametrize("headers", [headers for headers, _ in ONE_PROXY])
def test_where_no_proxy_was_told_of_whoever_comes_with_a_proxys_word_is_nobody(
    headers: tuple[tuple[str, str], ...],
) -> None:
    told = any(name in FORWARDED for name, _ in headers)
    assert seen(0, *headers) == (UNCLEAR if told else f"{SOCKET}/32")


@pytest.mark.parametrize("socket", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", ""])
def test_where_visitors_come_from_elsewhere_this_machines_own_address_is_nobodys(socket: str) -> None:
    assert seen(0, socket=socket) == UNCLEAR
    assert seen(1, forwarded(socket), socket=SOCKET) == UNCLEAR
    assert seen(1, forwarded("203.0.113.7"), socket=socket) == "203.0.113.7/32"


@pytest.mark.parametrize(("socket", "expected"), [("127.0.0.1", "127.0.0.1/32"), ("::1", "::/64")])
def test_on_a_machine_of_ones_own_visitors_have_its_address(socket: str, expected: str) -> None:
    assert seen(0, socket=socket, local=True) == expected
