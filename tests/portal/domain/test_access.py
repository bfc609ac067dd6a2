"""Who may read a letter again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.access import GRACE, masked, may_read, prefix, same_mailbox
from portal.domain.errors import AddressUnclear

OPENED = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
V4, OTHER_V4 = "203.0.113.7", "203.0.113.8"
V6, SAME_64, OTHER_64 = "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"
MAPPED = "::ffff:203.0.113.7"

SHAPES = [
    ("203.0.113.7", "203.0.113.7/32"),
    ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
    ("2001:DB8:1:2:0:0:0:1", "2001:db8:1:2::/64"),
    ("::ffff:203.0.113.7", "203.0.113.7/32"),
    ("::ffff:cb00:7107", "203.0.113.7/32"),
    ("64:ff9b::cb00:7107", "64:ff9b::/64"),
    ("2002:cb00:7107::1", "2002:cb00:7107::/64"),
    ("::1", "::/64"),
    ("127.0.0.1", "127.0.0.1/32"),
]
REFUSED = [
    None, "", "unknown", "localhost", "203.0.113.7:443", "[2001:db8::1]", "[2001:db8::1]:443", "fe80::1%eth0",
    "203.000.113.009", "203.0.113", "3405803783", "0xcb007107", " 203.0.113.7", "203.0.113.7 ", "203.0.113.7\n",
    "203.0.113.7, 10.0.0.1", "2001:db8:1:2::/64", "٢٠٣.0.113.7",
]  # fmt: skip


@pytest.mark.parametrize(("address", "expected"), SHAPES)
def test_an_address_has_one_canonical_prefix(address: str, expected: str) -> None:
    assert prefix(address) == expected


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_plainly_an_address_is_refused(address: str | None) -> None:
    with pytest.raises(AddressUnclear, match="network address: got"):
        prefix(address)


TABLE = [
    # bound to, seen from, same browser as made the act, minutes since, may read
    (V4, V4, False, 0, True),
    (V4, V4, False, 10_000, True),
    (V4, MAPPED, False, 10_000, True),
    (V6, SAME_64, False, 10_000, True),
    (V4, OTHER_V4, False, 1, False),
    (V4, OTHER_V4, True, 59, True),
    (V4, OTHER_V4, True, 60, True),
    (V4, OTHER_V4, True, 61, False),
    (V4, V6, True, 59, True),
    (V6, V4, True, 61, False),
    (V6, OTHER_64, False, 1, False),
    (V6, OTHER_64, True, 61, False),
]


@pytest.mark.parametrize(("bound", "client", "same_browser", "minutes", "allowed"), TABLE)
def test_the_bound_address_reads_for_ever_and_the_same_browser_for_an_hour(
    bound: str, client: str, same_browser: bool, minutes: int, allowed: bool
) -> None:
    until = OPENED + GRACE if same_browser else None
    now = OPENED + timedelta(minutes=minutes)
    assert may_read(bound=prefix(bound), client=prefix(client), grace_until=until, now=now) is allowed


def test_an_unbound_letter_is_read_by_nobody() -> None:
    assert not may_read(bound=None, client=prefix(V4), grace_until=OPENED + GRACE, now=OPENED)


@pytest.mark.parametrize(
    "typed",
    ["joel@exemple.nc", " joel@exemple.nc\n", "joel@EXEMPLE.nc", "Joel@exemple.nc", "\u00a0joel@exemple.nc"],
)
def test_the_same_mailbox_typed_by_a_person_is_recognised(typed: str) -> None:
    assert same_mailbox(typed, "joel@exemple.nc")


@pytest.mark.parametrize(
    "typed", ["", "joel", "joel@exemple", "joel@exemple.nc.example", "joël@exemple.nc", "jo el@exemple.nc"]
)
def test_another_mailbox_is_not(typed: str) -> None:
    assert not same_mailbox(typed, "joel@exemple.nc")


def test_composed_and_decomposed_accents_are_the_same() -> None:
    assert same_mailbox("jo\u0065\u0308l@exemple.nc", "jo\u00ebl@exemple.nc")


@given(st.emails())
def test_every_address_is_the_same_mailbox_as_itself_and_hides_its_owner_when_masked(address: str) -> None:
    assert same_mailbox(f" {address.upper()} ", address)
    local, _, domain = address.rpartition("@")
    assert masked(address) == f"{local[0]}•••@{domain}"
