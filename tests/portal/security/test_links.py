"""The individual link: one spelling, signed, dated, and forged in no way."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import LinkExpired, LinkForged
from portal.security.links import Link, Links

OLD, NEW, OTHER = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
NOW = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
ID = bytes(range(16))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def token(*keys: bytes, expires: datetime = NOW, version: int = 1) -> str:
    return Links(keys or (OLD,)).token(ID, version=version, expires=expires)


def test_a_link_says_what_was_put_into_it_in_fifty_characters() -> None:
    written = token(version=7)
    assert len(written) == 50
    assert Links((OLD,)).read(written, now=NOW) == Link(ID, 7, NOW.date())


@given(st.binary(min_size=16, max_size=16), st.integers(0, 65535), st.integers(0, 65535), st.integers(0, 24 * 3600 - 1))
def test_every_link_survives_being_written(public_id: bytes, version: int, days: int, second: int) -> None:
    expires = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days, seconds=second)
    links = Links((OLD,))
    link = links.read(links.token(public_id, version=version, expires=expires), now=expires)
    assert link == Link(public_id, version, expires.date())


def test_a_key_that_was_rotated_still_opens_and_the_newest_signs() -> None:
    both = Links((OLD, NEW))
    assert both.read(token(OLD), now=NOW)
    assert both.token(ID, version=1, expires=NOW) == token(NEW) != token(OLD)
    assert Links((NEW,)).read(both.token(ID, version=1, expires=NOW), now=NOW)


def test_a_link_under_a_key_that_was_dropped_is_forged() -> None:
    for keys in ((NEW,), (OTHER, NEW)):
        with pytest.raises(LinkForged):
            Links(keys).read(token(OLD), now=NOW)


def test_a_link_lasts_to_the_end_of_its_day_in_utc_and_not_a_second_longer() -> None:
    links, written = Links((OLD,)), token(expires=datetime(2026, 4, 14, 0, 0, tzinfo=UTC))
    assert links.read(written, now=datetime(2026, 4, 14, 23, 59, 59, tzinfo=UTC))
    with pytest.raises(LinkExpired):
        links.read(written, now=datetime(2026, 4, 15, 0, 0, 0, tzinfo=UTC))


def test_a_clock_that_steps_back_refuses_no_link() -> None:
    assert Links((OLD,)).read(token(), now=NOW - timedelta(seconds=2))
    assert Links((OLD,)).read(token(), now=NOW - timedelta(days=400))


def test_only_the_holder_of_a_good_signature_learns_that_a_link_is_over() -> None:
    late = NOW + timedelta(days=1)
    with pytest.raises(LinkExpired):
        Links((OLD,)).read(token(), now=late)
    with pytest.raises(LinkForged):
        Links((NEW,)).read(token(), now=late)


@pytest.mark.parametrize("position", range(50))
def test_no_character_of_a_link_can_be_another(position: int) -> None:
    written = token()
    for character in ALPHABET + ".=+/ é":
        if character != written[position]:
            with pytest.raises(LinkForged):
                Links((OLD,)).read(written[:position] + character + written[position + 1 :], now=NOW)


@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: text + "=",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace(".", "=."),
        lambda text: text.replace(".", ".."),
        lambda text: text.replace(".", ""),
        lambda text: text[:-1],
        lambda text: "A" + text,
        lambda text: text.partition(".")[0],
        lambda text: "." + text.partition(".")[2],
        lambda text: text.swapcase(),
        lambda text: "",
        lambda text: ".",
    ],
)
def test_a_link_has_one_spelling(spelling: object) -> None:
    assert callable(spelling)
    with pytest.raises(LinkForged):
        Links((OLD,)).read(spelling(token()), now=NOW)


@given(st.text(max_size=80))
def test_no_other_text_is_a_link(text: str) -> None:
    with pytest.raises(LinkForged):
        Links((OLD,)).read(text, now=NOW)


def test_a_genuine_signature_of_something_else_is_no_link() -> None:
    from itsdangerous import Signer

    for value in (base64.urlsafe_b64encode(bytes(20)).rstrip(b"="), b"hello"):
        with pytest.raises(LinkForged):
            Links((OLD,)).read(Signer(OLD, salt=b"another purpose").sign(value).decode(), now=NOW)
